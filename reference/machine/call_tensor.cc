// Floor 5. The rebuild functions: tensors as views of storages, and parameters. SPEC.md chapter 5 (RBT-001 to RBT-009).
//
// Not here: quantized (call_quantized.cc), sparse (call_sparse.cc) and meta tensors, subclasses, and Python state.
#include <limits>
#include <string>

#include "base/text.h"
#include "machine/arguments.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "machine/unbuilt.h"
#include "value/geometry.h"

namespace weightsonly::machine {
namespace {

// One size or stride: an int, no bool, that fits 64 bits.
std::int64_t Dimension(const State& state, const Arguments& arguments, Ref ref, std::string_view what) {
  const Node& node = state.graph[ref];
  if (node.type != ValueType::kInt) {
    arguments.Fail(RefusalKind::kValueType, std::string(what) + " holds " + std::string(TypeName(node.type)));
  }
  if ((node.flags & kBigInt) != 0) {
    arguments.Fail(RefusalKind::kValueType, std::string(what) + " holds a number that does not fit 64 bits");
  }
  return node.integer;
}

// TEN-005, DEV-509: below this torch has no stride.
constexpr std::int64_t kLeastStride = -(std::int64_t{1} << 62);

std::int64_t Stride(const State& state, const Arguments& arguments, Ref ref) {
  const std::int64_t stride = Dimension(state, arguments, ref, "the stride");
  if (stride < kLeastStride) arguments.Fail(RefusalKind::kTensorStride, "a stride is " + std::to_string(stride));
  return stride;
}

// TEN-008: what the bytes in front of a row-major tensor of no elements stay within.
constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int64_t>::max();

// TEN-007. None, or a sequence of nothing.
bool IsNoStride(const Node& node) {
  if (node.type == ValueType::kNone) return true;
  const bool sequence =
      node.type == ValueType::kTuple || node.type == ValueType::kList || node.type == ValueType::kSize;
  return sequence && node.count == 0;
}

}  // namespace

// RBT-002
void ReadDimensions(State& state, const Arguments& arguments, std::size_t at, bool needs_stride, TensorRecord& tensor) {
  const auto shape = arguments.Sequence(at, "the size");
  const bool no_stride = !needs_stride && IsNoStride(arguments.NodeAt(at + 1));
  const auto stride = no_stride ? std::span<const Ref>{} : arguments.Sequence(at + 1, "the stride");
  if (shape.size() > kMaxDimensions) arguments.Fail(RefusalKind::kLimitMemory, "more than 2^20 dimensions");
  if (!no_stride && stride.size() != shape.size()) {
    arguments.Fail(RefusalKind::kTensorShape, "the size has " + std::to_string(shape.size()) +
                                                  " dimensions, the stride " + std::to_string(stride.size()));
  }
  state.graph.ChargeMemory(sizeof(TensorRecord) + shape.size() * 2 * sizeof(std::int64_t), state.offset);
  tensor.dims_at = static_cast<std::uint32_t>(state.graph.dims.size());
  tensor.ndim = static_cast<std::uint32_t>(shape.size());
  std::int64_t* dims = state.graph.dims.append(shape.size() * 2);
  for (const Ref item : shape) *dims++ = Dimension(state, arguments, item, "the size");
  if (no_stride) {
    const std::span<std::int64_t> filled(dims, shape.size());
    if (!NormaliseStride(state.graph.ShapeOf(tensor), filled, true)) {
      arguments.Fail(RefusalKind::kTensorOverflow, "a row-major stride does not fit 63 bits");
    }
    return;
  }
  for (const Ref item : stride) *dims++ = Stride(state, arguments, item);
}

// RBT-001. torch's order of checks.
TensorRecord ReadView(State& state, const Arguments& arguments, Dtype dtype) {
  const Node& storage = arguments.NodeAt(0);
  TensorRecord tensor{};
  tensor.storage = storage.at;
  tensor.dtype = dtype;
  tensor.offset = arguments.Integer(1, "the storage offset");
  if (tensor.offset < 0) {
    arguments.Fail(RefusalKind::kTensorOutOfBounds, "the storage offset is " + std::to_string(tensor.offset));
  }
  ReadDimensions(state, arguments, 2, false, tensor);
  Extent1D extent;
  GeometryFault fault;
  const auto shape = state.graph.ShapeOf(tensor);
  if (!CheckGeometry(shape, state.graph.StrideOf(tensor), tensor.offset, ItemBytes(dtype),
                     state.graph.storages[tensor.storage].nbytes, extent, fault)) {
    arguments.Fail(fault.kind, fault.detail);
  }
  if (extent.numel == 0 && IsNoStride(arguments.NodeAt(3)) && !state.graph.IsMeta(tensor) &&
      static_cast<std::uint64_t>(tensor.offset) > kMostBytes / ItemBytes(dtype)) {  // TEN-008
    arguments.Fail(RefusalKind::kTensorOverflow, "the bytes up to the storage offset do not fit 63 bits");
  }
  const std::span<std::int64_t> stride(state.graph.dims.data() + tensor.dims_at + tensor.ndim, tensor.ndim);
  if (!NormaliseStride(shape, stride, false)) {
    arguments.Fail(RefusalKind::kTensorOverflow, "a row-major stride does not fit 63 bits");
  }
  tensor.numel = extent.numel;
  return tensor;
}

Ref AddTensor(State& state, const TensorRecord& tensor) {
  Node node(ValueType::kTensor);
  node.at = static_cast<std::uint32_t>(state.graph.tensors.size());
  state.graph.tensors.push_back(tensor);
  return AddNode(state, node);
}

// RBT-003
Dtype RequireStorage(const Arguments& arguments) {
  if (arguments.NodeAt(0).type != ValueType::kStorage) arguments.FailType(0, "the storage");
  return static_cast<Dtype>(arguments.NodeAt(0).small);
}

// RBT-006: torch makes a tensor that cannot be read (DEV-504).
void RequireReadable(const Arguments& arguments, Dtype dtype) {
  if (InfoOf(dtype).category == DtypeCategory::Quantized) {
    arguments.Fail(RefusalKind::kTensorQuantizer, "torch." + std::string(DtypeName(dtype)) + " without a quantizer");
  }
}

// RBT-005
bool RequiresGrad(const Arguments& arguments, std::size_t index, Dtype dtype) {
  const bool value = arguments.Boolean(index, RefusalKind::kTensorRequiresGrad, "requires_grad");
  if (value) RequireGradients(arguments, dtype);
  return value;
}

// RBT-005
void RequireGradients(const Arguments& arguments, Dtype dtype) {
  const DtypeCategory category = InfoOf(dtype).category;
  if (category == DtypeCategory::Float || category == DtypeCategory::Complex) return;
  arguments.Fail(RefusalKind::kTensorRequiresGrad,
                 "requires_grad is set on a tensor of torch." + std::string(DtypeName(dtype)));
}

namespace {

// RBT-007. The metadata dict: that `conj` stands in it, or `neg`, sets the bit, whatever the value; `conj` only on
// complex dtypes; other names are ignored.
void ApplyMetadata(State& state, const Arguments& arguments, std::size_t index, TensorRecord& tensor) {
  if (arguments.size() <= index || !IsTruthy(state.graph, arguments[index])) return;
  if (!IsDict(arguments.NodeAt(index).type)) arguments.FailType(index, "the metadata");
  MergeNow(state, arguments[index]);
  const auto pairs = state.graph.PairsOf(state.graph[arguments[index]]);
  state.graph.ChargeSteps(pairs.size(), state.offset);
  for (const Pair& pair : pairs) {
    const Node& key = state.graph[pair.key];
    const Node& value = state.graph[pair.value];
    if (key.type != ValueType::kStr) arguments.Fail(RefusalKind::kValueType, "a key of the metadata is no str");
    if (value.type != ValueType::kBool && value.type != ValueType::kInt) {
      arguments.Fail(RefusalKind::kValueType, "a value of the metadata is no bool");
    }
    const std::string_view name = state.graph.TextOf(key);
    state.graph.ChargeSteps(name.size(), state.offset);
    if (!IsUtf8(name)) arguments.Fail(RefusalKind::kValueType, "a key of the metadata is no Unicode");
    if (name == "neg") tensor.neg = true;
    if (name != "conj") continue;
    if (InfoOf(tensor.dtype).category != DtypeCategory::Complex) {
      arguments.Fail(RefusalKind::kTensorConj, "conj on a tensor of torch." + std::string(DtypeName(tensor.dtype)));
    }
    tensor.conj = true;
  }
}

}  // namespace

// _rebuild_tensor(storage, offset, size, stride)
Ref CallRebuildTensor(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  const Dtype dtype = RequireStorage(arguments);
  RequireReadable(arguments, dtype);
  return AddTensor(state, ReadView(state, arguments, dtype));
}

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]). RBT-004: the hooks are never
// called, so they may be anything.
Ref CallRebuildTensorV2(State& state, const Arguments& arguments) {
  arguments.RequireCount(6, 7);
  const Dtype dtype = RequireStorage(arguments);
  RequireReadable(arguments, dtype);
  TensorRecord tensor = ReadView(state, arguments, dtype);
  tensor.requires_grad = RequiresGrad(arguments, 4, dtype);
  ApplyMetadata(state, arguments, 6, tensor);
  return AddTensor(state, tensor);
}

// _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype[, metadata]): dtypes without a typed
// storage.
Ref CallRebuildTensorV3(State& state, const Arguments& arguments) {
  arguments.RequireCount(7, 8);
  RequireStorage(arguments);
  if (arguments.NodeAt(6).type != ValueType::kDtype) {  // DEV-506: for None torch takes its default dtype of the moment
    arguments.Fail(RefusalKind::kTensorDtype, "the dtype is " + std::string(TypeName(arguments.NodeAt(6).type)));
  }
  const auto dtype = static_cast<Dtype>(arguments.NodeAt(6).small);
  RequireReadable(arguments, dtype);
  if (arguments.Boolean(4, RefusalKind::kTensorRequiresGrad, "requires_grad")) {  // RBT-008
    arguments.Fail(RefusalKind::kTensorRequiresGrad, "torch never loads such a tensor with requires_grad");
  }
  TensorRecord tensor = ReadView(state, arguments, dtype);
  ApplyMetadata(state, arguments, 7, tensor);
  return AddTensor(state, tensor);
}

// RBT-009
Dtype RequireTensor(const State& state, const Arguments& arguments, std::size_t index) {
  const Node& node = arguments.NodeAt(index);
  if (node.type == ValueType::kSparse) {
    arguments.Fail(RefusalKind::kTensorSparseInvariant, "the data are a sparse tensor");
  }
  if (node.type == ValueType::kSubclass) {  // DEV-725
    arguments.Fail(RefusalKind::kTensorSubclass, "the data are " + std::string(TypeName(node.type)));
  }
  if (node.type != ValueType::kTensor && node.type != ValueType::kParameter) arguments.FailType(index, "the data");
  const TensorRecord& tensor = state.graph.TensorOf(node);
  if (IsUnbuilt(tensor)) arguments.Fail(RefusalKind::kTensorState, "the data wait for their BUILD");  // DEV-521
  return tensor.dtype;
}

// RBT-009
Ref AddParameter(State& state, const Arguments& arguments, bool requires_grad) {
  TensorRecord record = state.graph.TensorOf(arguments.NodeAt(0));
  record.requires_grad = false;
  state.graph.ChargeMemory(sizeof record, state.offset);
  Node node(ValueType::kParameter);
  node.at = static_cast<std::uint32_t>(state.graph.tensors.size());
  if (requires_grad) node.flags = kRequiresGrad;
  state.graph.tensors.push_back(record);
  const Ref parameter = AddNode(state, node);
  state.graph.CopyQuantizer(arguments[0], parameter);
  return parameter;
}

// _rebuild_parameter(data, requires_grad, hooks). RBT-009: a parameter is a new object over the data of a tensor.
Ref CallRebuildParameter(State& state, const Arguments& arguments) {
  arguments.RequireCount(3, 3);
  if (arguments.NodeAt(0).type == ValueType::kSparse) return AddSparseParameter(state, arguments);
  return AddParameter(state, arguments, RequiresGrad(arguments, 1, RequireTensor(state, arguments, 0)));
}

}  // namespace weightsonly::machine
