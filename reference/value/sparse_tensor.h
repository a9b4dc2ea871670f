// Floor 3. The handle of a sparse tensor. Public. SPEC.md chapter 5 (SPR-001 to SPR-009).
//
// Every invariant holds once Load has returned: an index is inside of the shape, rows are in order without repeats, the
// counts go from 0 to the number of elements. Nothing here makes a dense tensor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/export.h"
#include "value/value.h"

namespace weightsonly {

enum class SparseLayout : std::uint8_t { kCoo, kCsr, kCsc, kBsr, kBsc };

// "torch.sparse_csr". Static storage.
[[nodiscard]] WEIGHTSONLY_EXPORT std::string_view SparseLayoutName(SparseLayout layout);

// A handle as Tensor is. Its parts are tensors with storages of their own; those of indices are copies of the file's
// bytes, which were checked. Parts hold a share of the checkpoint and stay valid without the handle.
class WEIGHTSONLY_EXPORT SparseTensor {
 public:
  [[nodiscard]] SparseLayout layout() const;
  // The logical shape: sparse and dense dimensions (kCoo), or batch, rows, columns and dense dimensions.
  [[nodiscard]] std::span<const std::int64_t> shape() const;
  [[nodiscard]] Dtype dtype() const;  // of the values
  [[nodiscard]] bool requires_grad() const;
  [[nodiscard]] bool is_parameter() const;
  // kCoo: the elements are in row-major order without repeats, as the file says and Load has checked. Otherwise false.
  [[nodiscard]] bool is_coalesced() const;

  // kCoo: int64, shape (sparse dimensions, elements), each in [0, shape()). Nothing for the other layouts.
  [[nodiscard]] std::optional<Tensor> indices() const;
  // kCsr, kBsr: int32 or int64, shape (batch…, rows + 1), where a row starts among the elements (kBsr: rows of blocks).
  [[nodiscard]] std::optional<Tensor> crow() const;
  // kCsr, kBsr: the same dtype, shape (batch…, elements), the column (of blocks) of each element.
  [[nodiscard]] std::optional<Tensor> col() const;
  // kCsc, kBsc: as crow() and col() with rows and columns exchanged.
  [[nodiscard]] std::optional<Tensor> ccol() const;
  [[nodiscard]] std::optional<Tensor> row() const;
  // Shape (batch…, elements, dense…), with two dimensions of a block behind the elements for kBsr and kBsc.
  [[nodiscard]] Tensor values() const;

  // The tensor as a Value again (kSparse).
  [[nodiscard]] Value value() const { return {graph_, node_}; }

  SparseTensor(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

}  // namespace weightsonly
