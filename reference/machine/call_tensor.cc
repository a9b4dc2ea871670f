// Floor 5. The rebuild functions: tensors as views of storages, and parameters. SPEC.md chapter 5 (RBT-001 to RBT-009).
//
// Not here: quantized, sparse and meta tensors, subclasses, and tensors with Python state.
#include <string>

#include "machine/arguments.h"
#include "machine/state.h"
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

// RBT-002. Copies shape and stride behind each other into graph.dims and sets tensor.dims_at and ndim.
void ReadDimensions(State& state, const Arguments& arguments, TensorRecord& tensor) {
  const auto shape = arguments.Sequence(2, "the size");
  const Node& stride_node = arguments.NodeAt(3);
  const bool no_stride = stride_node.type == ValueType::kNone || arguments[3] == Graph::kEmptyTuple;  // TEN-007
  const auto stride = no_stride ? std::span<const Ref>{} : arguments.Sequence(3, "the stride");
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
  for (const Ref item : stride) *dims++ = Dimension(state, arguments, item, "the stride");
}

// RBT-001. The part that all three functions share: storage, offset, size, stride. torch's order of checks.
Ref Rebuild(State& state, const Arguments& arguments, Dtype dtype) {
  const Node& storage = arguments.NodeAt(0);
  TensorRecord tensor{};
  tensor.storage = storage.at;
  tensor.dtype = dtype;
  tensor.offset = arguments.Integer(1, "the storage offset");
  if (tensor.offset < 0) {
    arguments.Fail(RefusalKind::kTensorOutOfBounds, "the storage offset is " + std::to_string(tensor.offset));
  }
  ReadDimensions(state, arguments, tensor);
  Extent1D extent;
  GeometryFault fault;
  const auto shape = state.graph.ShapeOf(tensor);
  if (!CheckGeometry(shape, state.graph.StrideOf(tensor), tensor.offset, ItemBytes(dtype),
                     state.graph.storages[tensor.storage].nbytes, extent, fault)) {
    arguments.Fail(fault.kind, fault.detail);
  }
  const std::span<std::int64_t> stride(state.graph.dims.data() + tensor.dims_at + tensor.ndim, tensor.ndim);
  if (!NormaliseStride(shape, stride, false)) {
    arguments.Fail(RefusalKind::kTensorOverflow, "a row-major stride does not fit 63 bits");
  }
  tensor.numel = extent.numel;
  Node node(ValueType::kTensor);
  node.at = static_cast<std::uint32_t>(state.graph.tensors.size());
  state.graph.tensors.push_back(tensor);
  return AddNode(state, node);
}

// RBT-003. The first argument is a storage that the file supplies. Returns its dtype.
Dtype RequireStorage(const Arguments& arguments) {
  if (arguments.NodeAt(0).type != ValueType::kStorage) arguments.FailType(0, "the storage");
  return static_cast<Dtype>(arguments.NodeAt(0).small);
}

// RBT-006. A quantized dtype without a quantizer: torch makes a tensor that cannot be read (DEV-504).
void RequireReadable(const Arguments& arguments, Dtype dtype) {
  if (InfoOf(dtype).category == DtypeCategory::Quantized) {
    arguments.Fail(RefusalKind::kTensorQuantizer, "torch." + std::string(DtypeName(dtype)) + " without a quantizer");
  }
}

// RBT-005. Strictly a bool, and True only where gradients exist.
bool RequiresGrad(const Arguments& arguments, std::size_t index, Dtype dtype) {
  const bool value = arguments.Boolean(index, RefusalKind::kTensorRequiresGrad, "requires_grad");
  const DtypeCategory category = InfoOf(dtype).category;
  if (value && category != DtypeCategory::Float && category != DtypeCategory::Complex) {
    arguments.Fail(RefusalKind::kTensorRequiresGrad,
                   "requires_grad is set on a tensor of torch." + std::string(DtypeName(dtype)));
  }
  return value;
}

// RBT-007. The metadata dict: that `conj` stands in it, or `neg`, sets the bit, whatever the value; `conj` only on
// complex dtypes; other names are ignored.
void ApplyMetadata(State& state, const Arguments& arguments, std::size_t index, TensorRecord& tensor) {
  if (arguments.size() <= index || !IsTruthy(state.graph, arguments[index])) return;
  const ValueType type = arguments.NodeAt(index).type;
  if (type != ValueType::kDict && type != ValueType::kOrderedDict && type != ValueType::kCounter) {
    arguments.FailType(index, "the metadata");
  }
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
  return Rebuild(state, arguments, dtype);
}

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]). RBT-004: the hooks are never
// called, so they may be anything.
Ref CallRebuildTensorV2(State& state, const Arguments& arguments) {
  arguments.RequireCount(6, 7);
  const Dtype dtype = RequireStorage(arguments);
  RequireReadable(arguments, dtype);
  const Ref tensor = Rebuild(state, arguments, dtype);
  TensorRecord& record = state.graph.tensors.back();
  record.requires_grad = RequiresGrad(arguments, 4, dtype);
  ApplyMetadata(state, arguments, 6, record);
  return tensor;
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
  const Ref tensor = Rebuild(state, arguments, dtype);
  ApplyMetadata(state, arguments, 7, state.graph.tensors.back());
  return tensor;
}

// _rebuild_parameter(data, requires_grad, hooks). RBT-009: a parameter is a new object over the data of a tensor.
Ref CallRebuildParameter(State& state, const Arguments& arguments) {
  arguments.RequireCount(3, 3);
  const Node& data = arguments.NodeAt(0);
  if (data.type != ValueType::kTensor && data.type != ValueType::kParameter) arguments.FailType(0, "the data");
  const bool requires_grad = RequiresGrad(arguments, 1, state.graph.TensorOf(data).dtype);
  TensorRecord record = state.graph.TensorOf(data);
  record.requires_grad = false;
  state.graph.ChargeMemory(sizeof record, state.offset);
  Node node(ValueType::kParameter);
  node.at = static_cast<std::uint32_t>(state.graph.tensors.size());
  if (requires_grad) node.flags = kRequiresGrad;
  state.graph.tensors.push_back(record);
  return AddNode(state, node);
}

}  // namespace weightsonly::machine
