// Fuzz target: value/geometry.h, against the rules (TEN-001 to TEN-007, DEV-508) in exact arithmetic, and for small
// tensors against a list of all their elements. What is accepted is read, too (value/strided.h).
//
// Input: number of dimensions, item size, flags, then integers (support/integers.h): offset, bytes of the storage, and
// size and stride of each dimension.
#include "value/geometry.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "support/exact.h"
#include "support/integers.h"
#include "support/target.h"
#include "value/strided.h"

namespace weightsonly::fuzz {
namespace {

constexpr unsigned kMostDimensions = 6;
// Tensors and storages that are looked at element by element, byte by byte.
constexpr std::uint64_t kFewElements = 256;
constexpr std::uint64_t kFewBytes = 8192;

struct Geometry {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> stride;
  std::int64_t offset;
  std::uint64_t item_bytes;
  std::uint64_t storage_bytes;
};

Geometry TakeGeometry(Input& input) {
  const unsigned ndim = input.Below(kMostDimensions + 1);
  Geometry made{
      .shape = {}, .stride = {}, .offset = 0, .item_bytes = std::uint64_t{1} << input.Below(5), .storage_bytes = 0};
  made.offset = TakeInteger(input);
  made.storage_bytes = static_cast<std::uint64_t>(TakeInteger(input)) >> 1;  // as many as an int64 can say
  for (unsigned i = 0; i < ndim; ++i) {
    made.shape.push_back(TakeInteger(input));
    made.stride.push_back(TakeInteger(input));
  }
  return made;
}

std::uint64_t Unsigned(std::int64_t number) { return static_cast<std::uint64_t>(number); }

// TEN-003, DEV-508: the fault, or nothing, and then `numel`.
std::optional<RefusalKind> CountFault(const Geometry& given, std::uint64_t& numel) {
  numel = 1;
  for (const std::int64_t size : given.shape) {
    if (size < 0) return RefusalKind::kTensorShape;
    const Exact product = Product(numel, Unsigned(size));
    if (!product.FitsBits(64)) return RefusalKind::kTensorOverflow;
    numel = product.low;
  }
  if (!Exact{0, numel}.FitsBits(63)) return RefusalKind::kTensorOverflow;
  return std::nullopt;
}

// TEN-001, TEN-003 to TEN-006: the fault, or nothing, and then what the geometry needs.
std::optional<RefusalKind> GeometryFaultOf(const Geometry& given, Extent1D& extent) {
  if (given.offset < 0) return RefusalKind::kTensorOutOfBounds;
  if (const auto fault = CountFault(given, extent.numel)) return fault;
  extent.bytes = 0;
  if (extent.numel == 0) return std::nullopt;
  Exact last{0, Unsigned(given.offset)};
  for (std::size_t i = 0; i < given.shape.size(); ++i) {
    if (given.shape[i] == 1) continue;
    if (given.stride[i] < 0) return RefusalKind::kTensorStride;
    last = last + Product(Unsigned(given.shape[i]) - 1, Unsigned(given.stride[i]));
    if (!last.FitsBits(64)) return RefusalKind::kTensorOverflow;
  }
  const Exact bytes = Product(last.low, given.item_bytes) + Exact{0, given.item_bytes};
  if (!bytes.FitsBits(63)) return RefusalKind::kTensorOverflow;
  extent.bytes = bytes.low;
  if (bytes.low > given.storage_bytes) return RefusalKind::kTensorOutOfBounds;
  return std::nullopt;
}

// TEN-005, TEN-007: the strides that count; nothing when one of them does not fit.
std::optional<std::vector<std::int64_t>> StridesOf(const Geometry& given, bool contiguous) {
  std::vector<std::int64_t> stride = given.stride;
  for (std::size_t left = stride.size(); left != 0; --left) {
    const std::size_t i = left - 1;
    if (stride[i] >= 0 && !contiguous) continue;
    if (left == stride.size()) {
      stride[i] = 1;
      continue;
    }
    const std::int64_t next = given.shape[i + 1] > 1 ? given.shape[i + 1] : 1;
    const Exact product = Product(Unsigned(next), Unsigned(stride[i + 1]));
    if (!product.FitsBits(63)) return std::nullopt;
    stride[i] = static_cast<std::int64_t>(product.low);
  }
  return stride;
}

// The places of all elements in row-major order. There are few.
std::vector<std::uint64_t> PlacesOf(const Geometry& given, std::uint64_t numel) {
  std::vector<std::uint64_t> places;
  for (std::uint64_t element = 0; element < numel; ++element) {
    std::uint64_t rest = element;
    std::uint64_t place = Unsigned(given.offset);
    for (std::size_t i = given.shape.size(); i-- > 0;) {
      place += rest % Unsigned(given.shape[i]) * Unsigned(given.stride[i]);
      rest /= Unsigned(given.shape[i]);
    }
    places.push_back(place);
  }
  return places;
}

// By sizes and strides, where the elements are too many to be listed.
bool RowMajorBySizes(const Geometry& given) {
  Exact behind{0, 1};
  for (std::size_t i = given.shape.size(); i-- > 0;) {
    if (given.shape[i] == 1) continue;
    if (Exact{0, Unsigned(given.stride[i])} != behind) return false;
    behind = Product(behind.low, Unsigned(given.shape[i]));
  }
  return true;
}

// Reads all elements in pieces, the first of `first` elements, out of a storage that ends where the tensor does.
void CheckReading(const Geometry& given, std::span<const std::uint64_t> places, std::uint64_t bytes,
                  std::uint64_t first) {
  const auto storage = std::make_unique<std::byte[]>(bytes);
  for (std::uint64_t i = 0; i < bytes; ++i) storage[i] = static_cast<std::byte>((i * 167) >> 3);
  std::vector<std::byte> read(places.size() * given.item_bytes);
  StridedReader reader(given.shape, given.stride, given.item_bytes,
                       storage.get() + Unsigned(given.offset) * given.item_bytes);
  const std::uint64_t piece = std::min<std::uint64_t>(first, places.size()) * given.item_bytes;
  reader.Read(std::span(read).first(piece));
  reader.Read(std::span(read).subspan(piece));
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool same =
        std::memcmp(&read[i * given.item_bytes], &storage[places[i] * given.item_bytes], given.item_bytes) == 0;
    Require(same, "an element was read from another place");
  }
}

// What must hold of a geometry that was accepted and whose strides are those that count.
void CheckAccepted(const Geometry& given, const Extent1D& extent, unsigned first) {
  const bool row_major = IsRowMajor(given.shape, given.stride, extent.numel);
  if (extent.numel == 0) return Require(row_major, "a tensor of no elements is not row-major");
  if (extent.numel > kFewElements) {
    return Require(row_major == RowMajorBySizes(given), "row-major by the library and by sizes are not the same");
  }
  const std::vector<std::uint64_t> places = PlacesOf(given, extent.numel);
  bool in_a_row = true;
  for (std::size_t i = 0; i < places.size(); ++i) in_a_row &= places[i] == Unsigned(given.offset) + i;
  Require(row_major == in_a_row, "row-major by the library and by a list of the elements are not the same");
  Require((*std::ranges::max_element(places) + 1) * given.item_bytes == extent.bytes,
          "the last element does not end where the geometry does");
  if (extent.bytes <= kFewBytes) CheckReading(given, places, extent.bytes, first);
}

void CheckStrides(const Geometry& given, bool contiguous) {
  const auto expected = StridesOf(given, contiguous);
  std::vector<std::int64_t> stride = given.stride;
  const bool fits = NormaliseStride(given.shape, stride, contiguous);
  Require(fits == expected.has_value(), "a stride fits by one of library and rules, and not by the other");
  if (fits) Require(stride == *expected, "the strides of library and rules are not the same");
}

void Check(Bytes bytes) {
  Input input(bytes);
  const unsigned first = input.Byte();
  Geometry given = TakeGeometry(input);
  std::uint64_t numel = 0;
  GeometryFault fault;
  const bool counted = CountElements(given.shape, numel, fault);
  std::uint64_t right_numel = 0;
  const auto right_count = CountFault(given, right_numel);
  Require(counted == !right_count, "elements can be counted by one of library and rules, and not by the other");
  Require(counted ? numel == right_numel : fault.kind == *right_count,
          "the count of library and rules is not the same");

  // Sizes are checked before strides are replaced.
  if (counted) {
    CheckStrides(given, false);
    CheckStrides(given, true);
  }
  Extent1D extent;
  const bool accepted =
      CheckGeometry(given.shape, given.stride, given.offset, given.item_bytes, given.storage_bytes, extent, fault);
  Extent1D right;
  const auto right_fault = GeometryFaultOf(given, right);
  Require(accepted == !right_fault, "a geometry is possible by one of library and rules, and not by the other");
  if (!accepted) return Require(fault.kind == *right_fault, "the faults of library and rules are not the same");
  Require(extent.numel == right.numel && extent.bytes == right.bytes, "what a geometry needs is not the same");
  if (!NormaliseStride(given.shape, given.stride, false)) return;
  CheckAccepted(given, extent, first);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
