// Floor 3. Strided reading, and what conj and neg mean. SPEC.md chapter 3.
#include "value/strided.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace weightsonly {
namespace {

template <std::size_t item_bytes>
void CopyItems(const std::byte* from, std::size_t count, std::int64_t stride, std::byte* out) {
  for (std::size_t i = 0; i < count; ++i, out += item_bytes) {
    std::memcpy(out, from, item_bytes);
    if (i + 1 < count) from += stride * static_cast<std::int64_t>(item_bytes);
  }
}

// `count` elements, `stride` elements apart, one after the other.
void CopyRow(std::uint64_t item_bytes, const std::byte* from, std::size_t count, std::int64_t stride, std::byte* out) {
  if (stride == 1) {
    std::memcpy(out, from, count * item_bytes);
    return;
  }
  switch (item_bytes) {
    case 1:
      return CopyItems<1>(from, count, stride, out);
    case 2:
      return CopyItems<2>(from, count, stride, out);
    case 4:
      return CopyItems<4>(from, count, stride, out);
    case 8:
      return CopyItems<8>(from, count, stride, out);
    default:
      return CopyItems<16>(from, count, stride, out);
  }
}

template <typename Bits>
void FlipSign(std::span<std::byte> elements, std::size_t step, std::size_t from) {
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  for (std::size_t at = from; at + sizeof(Bits) <= elements.size(); at += step) {
    Bits bits;
    std::memcpy(&bits, &elements[at], sizeof bits);
    bits = static_cast<Bits>(bits ^ kSign);
    std::memcpy(&elements[at], &bits, sizeof bits);
  }
}

template <typename Bits>
void NegateIntegers(std::span<std::byte> elements) {
  for (std::size_t at = 0; at + sizeof(Bits) <= elements.size(); at += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, &elements[at], sizeof bits);
    bits = static_cast<Bits>(0 - bits);
    std::memcpy(&elements[at], &bits, sizeof bits);
  }
}

// Negates numbers of `part_bytes` bytes each (a complex element has two parts), or with `imaginary_only` every second.
void FlipSigns(std::span<std::byte> elements, std::size_t part_bytes, bool imaginary_only) {
  const std::size_t step = imaginary_only ? 2 * part_bytes : part_bytes;
  const std::size_t from = imaginary_only ? part_bytes : 0;
  if (part_bytes == 8) FlipSign<std::uint64_t>(elements, step, from);
  if (part_bytes == 4) FlipSign<std::uint32_t>(elements, step, from);
  if (part_bytes == 2) FlipSign<std::uint16_t>(elements, step, from);
  if (part_bytes == 1) FlipSign<std::uint8_t>(elements, step, from);
}

}  // namespace

StridedReader::StridedReader(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride,
                             std::uint64_t item_bytes, const std::byte* first)
    : shape_(shape),
      stride_(stride),
      item_bytes_(item_bytes),
      row_(first),
      row_size_(shape.empty() ? 1 : shape.back()),
      row_stride_(row_size_ == 1 ? 1 : stride.back()),
      index_(shape.empty() ? 0 : shape.size() - 1, 0) {}

void StridedReader::Read(std::span<std::byte> out) {
  while (!out.empty()) {
    if (column_ == row_size_) NextRow();
    const std::size_t count = std::min(static_cast<std::uint64_t>(row_size_ - column_), out.size() / item_bytes_);
    CopyRow(item_bytes_, row_ + column_ * row_stride_ * static_cast<std::int64_t>(item_bytes_), count, row_stride_,
            out.data());
    column_ += static_cast<std::int64_t>(count);
    out = out.subspan(count * item_bytes_);
  }
}

// Like an odometer: the last outer dimension moves first. A dimension of size 1 never moves, so its stride does not
// count.
void StridedReader::NextRow() {
  column_ = 0;
  for (std::size_t axis = index_.size(); axis-- > 0;) {
    if (shape_[axis] == 1) continue;
    const std::int64_t step = stride_[axis] * static_cast<std::int64_t>(item_bytes_);
    if (++index_[axis] < shape_[axis]) {
      row_ += step;
      return;
    }
    row_ -= step * (shape_[axis] - 1);
    index_[axis] = 0;
  }
}

// Conjugate first, then negate.
void ResolveLazyBits(const TensorRecord& tensor, std::span<std::byte> elements) {
  const DtypeInfo& info = InfoOf(tensor.dtype);
  if (tensor.conj) FlipSigns(elements, info.swap_bytes, true);
  if (!tensor.neg) return;
  if (info.category == DtypeCategory::Float || info.category == DtypeCategory::Complex) {
    FlipSigns(elements, info.swap_bytes, false);
  } else if (info.item_bytes == 8) {
    NegateIntegers<std::uint64_t>(elements);
  } else if (info.item_bytes == 4) {
    NegateIntegers<std::uint32_t>(elements);
  } else if (info.item_bytes == 2) {
    NegateIntegers<std::uint16_t>(elements);
  } else if (info.category != DtypeCategory::Bool) {
    NegateIntegers<std::uint8_t>(elements);
  }
}

std::vector<std::byte> ReadElements(const Graph& graph, const TensorRecord& tensor) {
  std::vector<std::byte> elements(tensor.numel * ItemBytes(tensor.dtype));
  if (elements.empty()) return elements;
  const auto bytes = graph.source->Data(tensor.storage);
  if (!bytes) throw bytes.error();
  const std::byte* first = bytes->data() + static_cast<std::uint64_t>(tensor.offset) * ItemBytes(tensor.dtype);
  StridedReader(graph.ShapeOf(tensor), graph.StrideOf(tensor), ItemBytes(tensor.dtype), first).Read(elements);
  ResolveLazyBits(tensor, elements);
  return elements;
}

Refusal RefusalOfPacked(Dtype dtype) {
  return {RefusalKind::kUnsupported,
          {},
          0,
          "elements of torch." + std::string(DtypeName(dtype)) + " that do not lie one after the other"};
}

std::expected<void, Refusal> RequireCopySize(std::uint64_t needed, std::uint64_t given) {
  if (given == needed) return {};
  std::string detail = "CopyTo needs " + std::to_string(needed) + " bytes, got " + std::to_string(given);
  return std::unexpected(
      Refusal{.kind = RefusalKind::kOptionsInvalid, .record = {}, .offset = 0, .detail = std::move(detail)});
}

std::uint64_t ReachedBytes(const Graph& graph, const TensorRecord& tensor) {
  if (tensor.numel == 0) return 0;
  std::uint64_t last = 0;
  const auto shape = graph.ShapeOf(tensor);
  const auto stride = graph.StrideOf(tensor);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1) last += static_cast<std::uint64_t>(shape[i] - 1) * static_cast<std::uint64_t>(stride[i]);
  }
  return last / ElementsPerByte(tensor.dtype) * ItemBytes(tensor.dtype) + ItemBytes(tensor.dtype);
}

}  // namespace weightsonly
