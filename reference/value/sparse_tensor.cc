// Floor 3. The handle of a sparse tensor. SPEC.md chapter 5.
#include "value/sparse_tensor.h"

#include "value/graph.h"

namespace weightsonly {
namespace {

const SparseRecord& RecordOf(const std::shared_ptr<const Graph>& graph, Ref node) {
  return graph->sparse[(*graph)[node].at];
}

bool IsRows(SparseLayout layout) { return layout == SparseLayout::kCsr || layout == SparseLayout::kBsr; }
bool IsColumns(SparseLayout layout) { return layout == SparseLayout::kCsc || layout == SparseLayout::kBsc; }

}  // namespace

SparseParts::SparseParts(const SparseRecord& record) : count_(record.layout == SparseLayout::kCoo ? 2 : 3) {
  if (record.layout == SparseLayout::kCoo) {
    parts_ = {SparsePart{record.indices, "indices"}, SparsePart{record.values, "values"}};
    return;
  }
  const bool columns = IsColumns(record.layout);
  parts_ = {SparsePart{record.indices, columns ? "ccol" : "crow"}, SparsePart{record.plain, columns ? "row" : "col"},
            SparsePart{record.values, "values"}};
}

std::string_view SparseLayoutName(SparseLayout layout) {
  switch (layout) {
    case SparseLayout::kCoo:
      return "torch.sparse_coo";
    case SparseLayout::kCsr:
      return "torch.sparse_csr";
    case SparseLayout::kCsc:
      return "torch.sparse_csc";
    case SparseLayout::kBsr:
      return "torch.sparse_bsr";
    case SparseLayout::kBsc:
      return "torch.sparse_bsc";
  }
  return "?";
}

SparseLayout SparseTensor::layout() const { return RecordOf(graph_, node_).layout; }

std::span<const std::int64_t> SparseTensor::shape() const {
  const SparseRecord& record = RecordOf(graph_, node_);
  return graph_->dims.view(record.dims_at, record.ndim);
}

Dtype SparseTensor::dtype() const { return values().dtype(); }

bool SparseTensor::requires_grad() const { return ((*graph_)[node_].flags & kRequiresGrad) != 0; }
bool SparseTensor::is_parameter() const { return (*graph_)[node_].small != 0; }
bool SparseTensor::is_coalesced() const { return RecordOf(graph_, node_).coalesced; }

std::optional<Tensor> SparseTensor::indices() const {
  if (layout() != SparseLayout::kCoo) return std::nullopt;
  return Tensor(graph_, RecordOf(graph_, node_).indices);
}

std::optional<Tensor> SparseTensor::crow() const {
  if (!IsRows(layout())) return std::nullopt;
  return Tensor(graph_, RecordOf(graph_, node_).indices);
}

std::optional<Tensor> SparseTensor::col() const {
  if (!IsRows(layout())) return std::nullopt;
  return Tensor(graph_, RecordOf(graph_, node_).plain);
}

std::optional<Tensor> SparseTensor::ccol() const {
  if (!IsColumns(layout())) return std::nullopt;
  return Tensor(graph_, RecordOf(graph_, node_).indices);
}

std::optional<Tensor> SparseTensor::row() const {
  if (!IsColumns(layout())) return std::nullopt;
  return Tensor(graph_, RecordOf(graph_, node_).plain);
}

Tensor SparseTensor::values() const { return {graph_, RecordOf(graph_, node_).values}; }

}  // namespace weightsonly
