// Floor 3. Geometry checks. SPEC.md chapter 3.
#include "value/geometry.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/checked.h"

namespace weightsonly {
namespace {

bool Fail(GeometryFault& fault, RefusalKind kind, std::string detail) {
  fault = {.kind = kind, .detail = std::move(detail)};
  return false;
}

}  // namespace

// TEN-003. The product of the sizes in their order, which must never pass 2^64 on the way, and at the end not 2^63: a
// zero that comes first stops the growth, one that comes later does not undo it.
// DEV-508: a negative size is refused wherever it stands.
bool CountElements(std::span<const std::int64_t> shape, std::uint64_t& numel, GeometryFault& fault) {
  numel = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) return Fail(fault, RefusalKind::kTensorShape, "a size is " + std::to_string(size));
    if (!CheckedMul(numel, static_cast<std::uint64_t>(size), &numel)) {
      return Fail(fault, RefusalKind::kTensorOverflow, "the number of elements does not fit 64 bits");
    }
  }
  if (numel > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Fail(fault, RefusalKind::kTensorOverflow, "the number of elements does not fit 63 bits");
  }
  return true;
}

// TEN-005. torch replaces a negative stride by the row-major one; where the size is above 1 it then refuses
// (CheckGeometry).
bool NormaliseStride(std::span<const std::int64_t> shape, std::span<std::int64_t> stride, bool contiguous) {
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (!contiguous && stride[i] >= 0) continue;
    std::int64_t next = 1;
    if (i + 1 < shape.size() && !CheckedMul(std::max<std::int64_t>(shape[i + 1], 1), stride[i + 1], &next)) {
      return false;
    }
    stride[i] = next;
  }
  return true;
}

bool CheckGeometry(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride, std::int64_t offset,
                   std::uint64_t item_bytes, std::uint64_t storage_bytes, Extent1D& extent, GeometryFault& fault) {
  if (offset < 0) {  // TEN-001, also for a tensor of no elements
    return Fail(fault, RefusalKind::kTensorOutOfBounds, "the storage offset is " + std::to_string(offset));
  }
  if (!CountElements(shape, extent.numel, fault)) return false;
  extent.bytes = 0;
  if (extent.numel == 0) return true;  // TEN-004: nothing is reached, so stride and offset do not matter
  auto last = static_cast<std::uint64_t>(offset);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    if (stride[i] < 0) {
      return Fail(fault, RefusalKind::kTensorStride, "a stride is " + std::to_string(stride[i]));
    }
    std::uint64_t reach = 0;
    if (!CheckedMul(static_cast<std::uint64_t>(shape[i] - 1), static_cast<std::uint64_t>(stride[i]), &reach) ||
        !CheckedAdd(last, reach, &last)) {
      return Fail(fault, RefusalKind::kTensorOverflow, "the last element's position does not fit 64 bits");
    }
  }
  std::uint64_t elements = 0;
  if (!CheckedAdd(last, std::uint64_t{1}, &elements) || !CheckedMul(elements, item_bytes, &extent.bytes) ||
      extent.bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Fail(fault, RefusalKind::kTensorOverflow, "the bytes up to the last element do not fit 63 bits");
  }
  if (extent.bytes > storage_bytes) {  // TEN-006
    return Fail(fault, RefusalKind::kTensorOutOfBounds,
                "the tensor needs " + std::to_string(extent.bytes) + " bytes, its storage has " +
                    std::to_string(storage_bytes));
  }
  return true;
}

bool IsRowMajor(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride, std::uint64_t numel) {
  if (numel == 0) return true;
  std::int64_t expected = 1;  // cannot overflow: it stays at or below numel
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    if (stride[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

}  // namespace weightsonly
