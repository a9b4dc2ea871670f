// Floor 3. The geometry of a strided tensor: what shape, stride and storage offset are possible over a storage, in
// checked arithmetic. SPEC.md chapter 3 (TEN-001 to TEN-007).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/refusal.h"

namespace weightsonly {

// What a geometry needs of its storage.
struct Extent1D {
  std::uint64_t numel = 0;  // 0 to 2^63 - 1
  std::uint64_t bytes = 0;  // from the start of the storage to the end of the last element; 0 for no elements
};

// A geometry that is not possible: the kind and the detail of the refusal.
struct GeometryFault {
  RefusalKind kind = RefusalKind::kInternal;
  std::string detail;
};

// Fills `stride` with the strides that torch takes: the given ones, a negative one replaced where it cannot matter
// (TEN-005), or row-major ones when `contiguous`. Same length as `shape`. False when one of them does not fit 63 bits.
[[nodiscard]] bool NormaliseStride(std::span<const std::int64_t> shape, std::span<std::int64_t> stride,
                                   bool contiguous);

// TEN-003. Sets `numel` to the number of elements. False: `fault` is set.
[[nodiscard]] bool CountElements(std::span<const std::int64_t> shape, std::uint64_t& numel, GeometryFault& fault);

// Checks a geometry whose shape and stride have the same length. `storage_bytes` bounds it. True: `extent` is set.
// False: `fault` is set. Order of checks as torch's: offset, number of elements, strides, bounds.
[[nodiscard]] bool CheckGeometry(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride,
                                 std::int64_t offset, std::uint64_t item_bytes, std::uint64_t storage_bytes,
                                 Extent1D& extent, GeometryFault& fault);

// True when the elements lie one after the other in row-major order (a tensor of no elements does).
[[nodiscard]] bool IsRowMajor(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride,
                              std::uint64_t numel);

}  // namespace weightsonly
