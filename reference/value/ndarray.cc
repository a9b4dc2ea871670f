// Floor 3. Arrays of numpy. SPEC.md chapter 5.
#include "value/ndarray.h"

#include <cstring>
#include <vector>

#include "value/graph.h"
#include "value/ndarrays.h"
#include "value/strided.h"

namespace weightsonly {

std::span<const std::int64_t> ShapeOf(const Graph& graph, const NdarrayRecord& array) {
  return graph.dims.view(array.dims_at, array.ndim);
}

std::span<const std::byte> BytesOf(const Graph& graph, const NdarrayRecord& array) {
  return AsBytes(graph.TextOf(graph[array.bytes]));
}

std::vector<std::int64_t> StrideOf(const Graph& graph, const NdarrayRecord& array) {
  const auto shape = ShapeOf(graph, array);
  std::vector<std::int64_t> stride(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t at = array.column_major ? i : shape.size() - 1 - i;
    stride[at] = step;
    if (shape[at] > 1) step *= shape[at];
  }
  return stride;
}

void CopyRowMajor(const Graph& graph, const NdarrayRecord& array, std::span<std::byte> out) {
  const auto bytes = BytesOf(graph, array);
  if (bytes.empty()) return;
  if (!array.column_major) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return;
  }
  const std::vector<std::int64_t> stride = StrideOf(graph, array);
  StridedReader(ShapeOf(graph, array), stride, graph.numpy_dtypes[array.dtype].item_bytes, bytes.data()).Read(out);
}

namespace {

const NdarrayRecord& RecordOf(const Graph& graph, Ref node) { return graph.ndarrays[graph[node].at]; }

}  // namespace

std::string_view Ndarray::dtype() const {
  return graph_->names[graph_->numpy_dtypes[RecordOf(*graph_, node_).dtype].name].text;
}
std::uint32_t Ndarray::item_bytes() const { return graph_->numpy_dtypes[RecordOf(*graph_, node_).dtype].item_bytes; }
std::span<const std::int64_t> Ndarray::shape() const { return ShapeOf(*graph_, RecordOf(*graph_, node_)); }

std::uint64_t Ndarray::numel() const {
  std::uint64_t numel = 1;
  for (const std::int64_t size : shape()) {
    if (size == 0) return 0;
    numel *= static_cast<std::uint64_t>(size);
  }
  return numel;
}

bool Ndarray::is_scalar() const { return RecordOf(*graph_, node_).scalar; }
bool Ndarray::is_fortran() const { return RecordOf(*graph_, node_).column_major; }
std::span<const std::byte> Ndarray::bytes() const { return BytesOf(*graph_, RecordOf(*graph_, node_)); }

std::expected<void, Refusal> Ndarray::CopyTo(std::span<std::byte> out) const {
  if (auto right = RequireCopySize(nbytes(), out.size()); !right) return right;
  CopyRowMajor(*graph_, RecordOf(*graph_, node_), out);
  return {};
}

}  // namespace weightsonly
