// Floor 5. `_rebuild_sparse_tensor`: the parts of a sparse tensor and whether they go together. SPEC.md chapter 5
// (SPR-001 to SPR-004, SPR-009).
//
// What the indices say is checked after the pickle (value/sparse.h), as torch does.
#include <algorithm>
#include <limits>
#include <string>

#include "base/limits.h"
#include "machine/arguments.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "machine/unbuilt.h"
#include "value/geometry.h"
#include "value/sparse_tensor.h"

namespace weightsonly::machine {
namespace {

constexpr std::string_view kName = "torch._utils._rebuild_sparse_tensor";

[[noreturn]] void RefuseParts(const Arguments& arguments, const std::string& what) {
  arguments.Fail(RefusalKind::kTensorSparseInvariant, what);
}

// SPR-001
SparseLayout ReadLayout(const State& state, const Arguments& arguments) {
  if (arguments.NodeAt(0).type != ValueType::kLayout) arguments.FailType(0, "the layout");
  const std::string_view name = state.graph.names[arguments.NodeAt(0).at].text;
  for (const SparseLayout layout :
       {SparseLayout::kCoo, SparseLayout::kCsr, SparseLayout::kCsc, SparseLayout::kBsr, SparseLayout::kBsc}) {
    if (name == SparseLayoutName(layout)) return layout;
  }
  RefuseParts(arguments, "the layout is " + std::string(name));
}

// A tensor with bytes, without lazy bits (DEV-551) and without a quantizer (DEV-553).
const TensorRecord& DensePart(const State& state, const Arguments& data, std::size_t index, std::string_view what) {
  const Node& node = data.NodeAt(index);
  if (node.type == ValueType::kSparse) RefuseParts(data, std::string(what) + " are sparse");
  if (node.type != ValueType::kTensor && node.type != ValueType::kParameter) data.FailType(index, what);
  const TensorRecord& tensor = state.graph.TensorOf(node);
  if (IsUnbuilt(tensor)) data.Fail(RefusalKind::kTensorState, std::string(what) + " wait for their BUILD");
  if (state.graph.IsMeta(tensor)) RefuseParts(data, std::string(what) + " are on the meta device");
  if (tensor.conj || tensor.neg) RefuseParts(data, std::string(what) + " are lazily conjugated or negated");
  if ((node.flags & kQuantized) != 0) RefuseParts(data, std::string(what) + " are quantized");
  return tensor;
}

// SPR-002. The shape, as RBT-002 and TEN-003.
void ReadShape(State& state, const Arguments& data, std::size_t index, SparseRecord& record) {
  const Arguments sizes(state, kName, data.Sequence(index, "the size"));
  if (sizes.size() > kMaxDimensions) data.Fail(RefusalKind::kLimitMemory, "more than 2^20 dimensions");
  state.graph.ChargeMemory(sizeof(SparseRecord) + sizes.size() * sizeof(std::int64_t), state.offset);
  record.dims_at = static_cast<std::uint32_t>(state.graph.dims.size());
  record.ndim = static_cast<std::uint32_t>(sizes.size());
  std::int64_t* dims = state.graph.dims.append(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) *dims++ = sizes.Integer(i, "the size");
  std::uint64_t numel = 0;
  GeometryFault fault;
  if (!CountElements(state.graph.dims.view(record.dims_at, record.ndim), numel, fault)) {
    data.Fail(fault.kind, fault.detail);
  }
}

using Sizes = std::span<const std::int64_t>;

// The bytes of indices are checked later, so nobody may see others than those.
void UseCopy(State& state, Ref part) {
  state.graph.storages[state.graph.TensorOf(state.graph[part]).storage].copied = true;
}

// SPR-003. (indices, values, size[, coalesced])
void ReadCoo(State& state, const Arguments& data, SparseRecord& record) {
  data.RequireCount(3, 4);
  const TensorRecord indices = DensePart(state, data, 0, "the indices");
  const TensorRecord values = DensePart(state, data, 1, "the values");
  ReadShape(state, data, 2, record);
  if (indices.dtype != Dtype::kInt64) {  // DEV-550
    RefuseParts(data, "the indices are of torch." + std::string(DtypeName(indices.dtype)));
  }
  const Sizes index_shape = state.graph.ShapeOf(indices);
  const Sizes value_shape = state.graph.ShapeOf(values);
  const Sizes shape = state.graph.dims.view(record.dims_at, record.ndim);
  if (index_shape.size() != 2 || value_shape.empty()) {
    RefuseParts(data, "the indices have " + std::to_string(index_shape.size()) + " dimensions, the values " +
                          std::to_string(value_shape.size()));
  }
  if (value_shape[0] != index_shape[1]) {
    RefuseParts(data, std::to_string(index_shape[1]) + " indices and " + std::to_string(value_shape[0]) + " values");
  }
  const auto sparse = static_cast<std::size_t>(index_shape[0]);
  if (shape.size() != sparse + value_shape.size() - 1 ||
      !std::ranges::equal(shape.subspan(sparse), value_shape.subspan(1))) {
    RefuseParts(data, "the size is not that of " + std::to_string(sparse) + " sparse and the values' dense dimensions");
  }
  record.coalesced = value_shape[0] < 2;
  if (data.size() == 4 && data.NodeAt(3).type != ValueType::kNone) {
    record.coalesced = data.Boolean(3, RefusalKind::kValueType, "coalesced");
  }
  record.indices = AddPart(state, data[0]);
  record.values = AddPart(state, data[1]);
  UseCopy(state, record.indices);
}

struct Compressed {
  Sizes counts, plain, values, shape;
  std::size_t batch;   // dimensions in front of the rows
  std::size_t blocks;  // 2 with blocks, otherwise 0
};

// SPR-004. How many dimensions each part has, and how long they are.
void CheckParts(const Arguments& data, const Compressed& parts) {
  const auto [counts, plain, values, shape, batch, blocks] = parts;
  if (plain.size() != counts.size() || values.size() <= batch + blocks) {
    RefuseParts(data, "counts, indices and values have " + std::to_string(counts.size()) + ", " +
                          std::to_string(plain.size()) + " and " + std::to_string(values.size()) + " dimensions");
  }
  const std::size_t dense = values.size() - batch - 1 - blocks;
  if (shape.size() != batch + 2 + dense) {
    RefuseParts(data, "the size has " + std::to_string(shape.size()) + " dimensions instead of " +
                          std::to_string(batch + 2 + dense));
  }
  const auto same = [&](Sizes sizes) { return std::ranges::equal(sizes.first(batch), shape.first(batch)); };
  if (!same(counts) || !same(plain) || !same(values)) RefuseParts(data, "the batches are not those of the size");
  if (plain[batch] != values[batch]) {
    RefuseParts(data, std::to_string(plain[batch]) + " indices and " + std::to_string(values[batch]) + " values");
  }
  if (!std::ranges::equal(shape.subspan(batch + 2), values.subspan(batch + 1 + blocks))) {  // DEV-554
    RefuseParts(data, "the dense dimensions are not those of the size");
  }
}

// The number of blocks along one of the two sparse dimensions; without blocks its size.
std::int64_t BlocksAlong(const Arguments& data, const Compressed& parts, std::size_t which) {
  const std::int64_t size = parts.shape[parts.batch + which];
  if (parts.blocks == 0) return size;
  const std::int64_t block = parts.values[parts.batch + 1 + which];
  if (block < 1 || size % block != 0) {  // DEV-555
    RefuseParts(data, "blocks of " + std::to_string(block) + " do not divide a size of " + std::to_string(size));
  }
  return size / block;
}

// SPR-004. Counts and indices lie one after the other in each batch, a single one too; where there are no indices
// nobody looks.
void RequireRows(const State& state, const Arguments& data, const TensorRecord& tensor, std::string_view what) {
  if (state.graph.StrideOf(tensor).back() != 1) {
    RefuseParts(data, std::string(what) + " of a batch do not lie one after the other");
  }
}

// SPR-004. (counts, indices, values, size)
void ReadCompressed(State& state, const Arguments& data, SparseRecord& record) {
  data.RequireCount(4, 4);
  const TensorRecord counts = DensePart(state, data, 0, "the counts");
  const TensorRecord plain = DensePart(state, data, 1, "the indices");
  const TensorRecord values = DensePart(state, data, 2, "the values");
  ReadShape(state, data, 3, record);
  if (counts.ndim == 0) RefuseParts(data, "the counts have no dimensions");
  const bool rows_first = record.layout == SparseLayout::kCsr || record.layout == SparseLayout::kBsr;
  const bool blocks = record.layout == SparseLayout::kBsr || record.layout == SparseLayout::kBsc;
  const Compressed parts{.counts = state.graph.ShapeOf(counts),
                         .plain = state.graph.ShapeOf(plain),
                         .values = state.graph.ShapeOf(values),
                         .shape = state.graph.dims.view(record.dims_at, record.ndim),
                         .batch = counts.ndim - 1,
                         .blocks = blocks ? std::size_t{2} : 0};
  CheckParts(data, parts);
  const std::int64_t lines = BlocksAlong(data, parts, rows_first ? 0 : 1);
  const std::int64_t places = BlocksAlong(data, parts, rows_first ? 1 : 0);
  if (parts.counts[parts.batch] - 1 != lines) {
    RefuseParts(data, std::to_string(parts.counts[parts.batch]) + " counts for " + std::to_string(lines) + " rows");
  }
  if (counts.dtype != plain.dtype || (counts.dtype != Dtype::kInt64 && counts.dtype != Dtype::kInt32)) {
    RefuseParts(data, "counts of torch." + std::string(DtypeName(counts.dtype)) + " and indices of torch." +
                          std::string(DtypeName(plain.dtype)));
  }
  if (counts.dtype == Dtype::kInt32 && std::max(lines, places) > std::numeric_limits<std::int32_t>::max()) {
    RefuseParts(data, "a size beyond the 32 bits of its indices");
  }
  RequireRows(state, data, counts, "the counts");
  if (plain.numel != 0) RequireRows(state, data, plain, "the indices");
  record.plain_size = static_cast<std::uint64_t>(places);
  record.indices = AddPart(state, data[0]);
  record.plain = AddPart(state, data[1]);
  record.values = AddPart(state, data[2]);
  UseCopy(state, record.indices);
  UseCopy(state, record.plain);
}

bool ValuesRequireGrad(const State& state, Ref values) {
  const Node& node = state.graph[values];
  return node.type == ValueType::kParameter ? (node.flags & kRequiresGrad) != 0
                                            : state.graph.TensorOf(node).requires_grad;
}

Ref AddSparse(State& state, std::size_t record, bool parameter, bool requires_grad) {
  Node node(ValueType::kSparse);
  node.at = static_cast<std::uint32_t>(record);
  node.small = parameter ? 1 : 0;
  if (requires_grad) node.flags = kRequiresGrad;
  return AddNode(state, node);
}

}  // namespace

// _rebuild_sparse_tensor(layout, data). SPR-009: it requires grad as its values do.
Ref CallRebuildSparseTensor(State& state, const Arguments& arguments) {
  arguments.RequireCount(2, 2);
  SparseRecord record{};
  record.offset = state.offset;
  record.layout = ReadLayout(state, arguments);
  const Arguments data(state, kName, arguments.Sequence(1, "the data"));
  const bool coo = record.layout == SparseLayout::kCoo;
  if (coo) {
    ReadCoo(state, data, record);
  } else {
    ReadCompressed(state, data, record);
  }
  state.graph.sparse.push_back(record);
  return AddSparse(state, state.graph.sparse.size() - 1, false, ValuesRequireGrad(state, data[coo ? 1 : 2]));
}

// torch.sparse.FloatTensor(indices, values, size) and its like: SPR-003 without a claim. The dtype is that of the
// values, whichever class is called.
Ref CallSparseClass(State& state, const Arguments& arguments) {
  arguments.RequireCount(3, 3);
  SparseRecord record{};
  record.offset = state.offset;
  record.layout = SparseLayout::kCoo;
  ReadCoo(state, arguments, record);
  state.graph.sparse.push_back(record);
  return AddSparse(state, state.graph.sparse.size() - 1, false, ValuesRequireGrad(state, arguments[1]));
}

Ref AddSparseParameter(State& state, const Arguments& arguments) {
  const std::uint32_t record = arguments.NodeAt(0).at;
  const Ref values = state.graph.sparse[record].values;
  return AddSparse(state, record, true, RequiresGrad(arguments, 1, state.graph.TensorOf(state.graph[values]).dtype));
}

}  // namespace weightsonly::machine
