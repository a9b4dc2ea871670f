// Floor 3. Reads the elements of a tensor in row-major order, as many at a time as the caller has room for. SPEC.md
// chapter 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "base/refusal.h"
#include "value/graph.h"

namespace weightsonly {

class StridedReader {
 public:
  // `shape` and `stride` of a tensor of at least one element, and its first element; all must outlive the reader. Every
  // element that they reach lies in memory.
  StridedReader(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride, std::uint64_t item_bytes,
                const std::byte* first);

  // Copies the next out.size() / item_bytes elements; the caller does not ask for more than there are.
  void Read(std::span<std::byte> out);

 private:
  void NextRow();

  std::span<const std::int64_t> shape_;
  std::span<const std::int64_t> stride_;
  std::uint64_t item_bytes_;
  const std::byte* row_;  // the first element of the current row of the innermost dimension
  std::int64_t row_size_;
  std::int64_t row_stride_;
  std::int64_t column_ = 0;          // elements of the row that were read
  std::vector<std::int64_t> index_;  // of the outer dimensions
};

// VAL-009. Applies the lazy conjugate and negative bits of `tensor` to elements that were copied out of it.
void ResolveLazyBits(const TensorRecord& tensor, std::span<std::byte> elements);

// The logical elements of a tensor, row-major in the host's byte order; conj and neg are resolved. Throws Refusal as
// Tensor::CopyTo. The caller has bounded their number.
[[nodiscard]] std::vector<std::byte> ReadElements(const Graph& graph, const TensorRecord& tensor);

// Elements of a dtype that packs several into a byte, which do not lie one after the other: nothing reads them.
[[nodiscard]] Refusal RefusalOfPacked(Dtype dtype);

// options.invalid unless the caller of a CopyTo gives memory of exactly the size `needed`.
[[nodiscard]] std::expected<void, Refusal> RequireCopySize(std::uint64_t needed, std::uint64_t given);

// Bytes from a tensor's first element to the end of the last one that it reaches. The load has checked that they fit.
[[nodiscard]] std::uint64_t ReachedBytes(const Graph& graph, const TensorRecord& tensor);

}  // namespace weightsonly
