// Floor 3. The handle of an array or scalar of numpy. Public. SPEC.md chapter 5 (NPY-005, NPY-006).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/export.h"
#include "value/value.h"

namespace weightsonly {

// A handle as Value is. An array is no tensor: Checkpoint::tensors() does not list it. Its elements lie in the pickle,
// and were checked while it was loaded: they are as many as the shape says.
class WEIGHTSONLY_EXPORT Ndarray {
 public:
  // numpy's short form of the element type, always in little-endian order, to which numpy turns arrays while it loads
  // them: "<f4", "|b1", "<U3" (UCS-4), "|S3", "|V8", "<M8[ns]", "<f16" (the 80 bits of x86 in 16 bytes).
  [[nodiscard]] std::string_view dtype() const;
  // Bytes of an element, 0 to 2^31 - 1.
  [[nodiscard]] std::uint32_t item_bytes() const;
  // One entry for each dimension, 0 or more each; empty for a scalar and for an array without dimensions.
  [[nodiscard]] std::span<const std::int64_t> shape() const;
  // Elements, 0 to 2^63 - 1, and their bytes.
  [[nodiscard]] std::uint64_t numel() const;
  [[nodiscard]] std::uint64_t nbytes() const { return bytes().size(); }
  // A numpy.float32(…) instead of an array without dimensions.
  [[nodiscard]] bool is_scalar() const;
  // True when bytes() are column-major (Fortran order) and row-major order would be another one.
  [[nodiscard]] bool is_fortran() const;
  // The elements as the file has them, one after the other, little-endian whatever the host; column-major when
  // is_fortran(). Not aligned.
  [[nodiscard]] std::span<const std::byte> bytes() const;
  // Writes the elements row-major, little-endian, into `out`, which has nbytes() bytes (options.invalid otherwise).
  [[nodiscard]] std::expected<void, Refusal> CopyTo(std::span<std::byte> out) const;

  // The array as a Value again (kNdarray).
  [[nodiscard]] Value value() const { return {graph_, node_}; }

  Ndarray(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

}  // namespace weightsonly
