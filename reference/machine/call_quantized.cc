// Floor 5. `_rebuild_qtensor`: a tensor of a quantized dtype and its quantizer. SPEC.md chapter 5 (QTN-001 to QTN-007).
//
// The numbers that a tensor of scales or zero points holds are not read here: any number is possible.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/checked.h"
#include "machine/arguments.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "machine/unbuilt.h"
#include "value/geometry.h"
#include "value/quantizer_numbers.h"

namespace weightsonly::machine {
namespace {

constexpr std::size_t kParameters = 4;  // the argument that holds the quantizer's parameters

// Refuses tensor.quantizer.
[[noreturn]] void RefuseQuantizer(const Arguments& arguments, const std::string& what) {
  arguments.Fail(RefusalKind::kTensorQuantizer, what);
}

// QTN-003. A number as torch reads it for a double: a float, an int that fits 64 bits, a bool.
double Real(const State& state, const Arguments& arguments, Ref ref, std::string_view what) {
  const Node& node = state.graph[ref];
  if (node.type == ValueType::kFloat) return node.real;
  if (node.type == ValueType::kBool) return node.small;
  if (node.type == ValueType::kInt && (node.flags & kBigInt) == 0) return static_cast<double>(node.integer);
  if (node.type == ValueType::kList) RefuseQuantizer(arguments, std::string(what) + " is a list");
  arguments.Fail(RefusalKind::kValueType, std::string(what) + " is " +
                                              (node.type == ValueType::kInt ? "an int that does not fit 64 bits"
                                                                            : std::string(TypeName(node.type))));
}

// QTN-004. A zero point in a list: an int of 64 bits, a bool, or a float, whose fraction torch drops.
std::int64_t Whole(const State& state, const Arguments& arguments, Ref ref) {
  const Node& node = state.graph[ref];
  if (node.type == ValueType::kInt && (node.flags & kBigInt) == 0) return node.integer;
  const double number = std::trunc(Real(state, arguments, ref, "a zero point"));
  if (!(number >= -0x1p63 && number < 0x1p63)) RefuseQuantizer(arguments, "a zero point does not fit 64 bits");
  return static_cast<std::int64_t>(number);
}

// SUB-005. The tensor that holds the scales or zero points: of a class of the user's, its data.
Ref NumbersAt(const State& state, const Arguments& parameters, std::size_t index) {
  const Node& node = parameters.NodeAt(index);
  return node.type == ValueType::kSubclass ? state.graph.SubclassOf(node).data : parameters[index];
}

// How many numbers the scales or zero points are.
std::uint64_t CountNumbers(const State& state, const Arguments& parameters, std::size_t index, std::string_view what) {
  const Node& node = parameters.NodeAt(index);
  if (node.type == ValueType::kList) return node.count;
  const Node& numbers = state.graph[NumbersAt(state, parameters, index)];
  if (!IsTensor(numbers.type)) parameters.FailType(index, what);
  return state.graph.TensorOf(numbers).numel;
}

// QTN-005. The tensor of scales or zero points: one dimension and a dtype of numbers. An expanded one is charged by
// what it becomes. What it gives stays as it is when the tensor of the file gets a BUILD (DEV-542).
Ref NumberTensor(State& state, const Arguments& parameters, Ref numbers, bool allowed_dtype, std::string_view what) {
  const TensorRecord& tensor = state.graph.TensorOf(state.graph[numbers]);
  if (tensor.ndim != 1) {
    RefuseQuantizer(parameters, std::string(what) + " have " + std::to_string(tensor.ndim) + " dimensions");
  }
  if (!allowed_dtype) {
    RefuseQuantizer(parameters, std::string(what) + " are of torch." + std::string(DtypeName(tensor.dtype)));
  }
  if (IsUnbuilt(tensor)) parameters.Fail(RefusalKind::kTensorState, std::string(what) + " wait for their BUILD");
  if (state.graph.IsMeta(tensor)) RefuseQuantizer(parameters, std::string(what) + " are on the meta device");
  const std::uint64_t stored = state.graph.storages[tensor.storage].nbytes;
  std::uint64_t bytes = 0;
  if (!CheckedMul(tensor.numel, std::uint64_t{8}, &bytes)) bytes = std::numeric_limits<std::uint64_t>::max();
  if (bytes / 8 > stored) state.graph.ChargeMemory(bytes, state.offset);
  return AddPart(state, numbers);
}

// QTN-005. Both as tensors: the dtype of the zero points decides the scheme, whichever the file names.
void ReadTensors(State& state, const Arguments& parameters, QuantizerRecord& quantizer) {
  const Ref scale_numbers = NumbersAt(state, parameters, 1);
  const Ref point_numbers = NumbersAt(state, parameters, 2);
  const Dtype points = state.graph.TensorOf(state.graph[point_numbers]).dtype;
  const bool whole = CanBeZeroPoint(points);
  quantizer.scheme = whole ? Qscheme::kPerChannelAffine : Qscheme::kPerChannelAffineFloatQparams;
  const Dtype scales = state.graph.TensorOf(state.graph[scale_numbers]).dtype;
  quantizer.scales = NumberTensor(state, parameters, scale_numbers, CanBeScale(scales), "the scales");
  quantizer.zero_points =
      NumberTensor(state, parameters, point_numbers, whole || CanBeScale(points), "the zero points");
}

// QTN-004. Both as lists: the scheme that the file names decides what the zero points are. Copied, as torch does: a
// list can still change.
void ReadLists(State& state, const Arguments& parameters, QuantizerRecord& quantizer) {
  Graph& graph = state.graph;
  const auto scales = parameters.Sequence(1, "the scales");
  const auto points = parameters.Sequence(2, "the zero points");
  graph.ChargeMemory(2 * sizeof(std::uint64_t) * scales.size(), state.offset);
  quantizer.numbers_at = graph.quantizer_numbers.size();
  std::uint64_t* number = graph.quantizer_numbers.append(2 * scales.size());
  for (const Ref scale : scales) *number++ = std::bit_cast<std::uint64_t>(Real(state, parameters, scale, "a scale"));
  const bool whole = quantizer.scheme == Qscheme::kPerChannelAffine;
  for (const Ref point : points) {
    *number++ = whole ? static_cast<std::uint64_t>(Whole(state, parameters, point))
                      : std::bit_cast<std::uint64_t>(Real(state, parameters, point, "a zero point"));
  }
}

// QTN-004. (scheme, scales, zero points, axis)
void ReadPerChannel(State& state, const Arguments& parameters, const TensorRecord& tensor, QuantizerRecord& quantizer) {
  parameters.RequireCount(4, 4);
  if (parameters.NodeAt(3).type == ValueType::kInt && (parameters.NodeAt(3).flags & kBigInt) != 0) {
    RefuseQuantizer(parameters, "the axis does not fit 64 bits");
  }
  quantizer.axis = parameters.Integer(3, "the axis");
  if (quantizer.axis < 0 || quantizer.axis >= static_cast<std::int64_t>(tensor.ndim)) {
    RefuseQuantizer(parameters,
                    "axis " + std::to_string(quantizer.axis) + " of " + std::to_string(tensor.ndim) + " dimensions");
  }
  const std::int64_t size = state.graph.ShapeOf(tensor)[static_cast<std::size_t>(quantizer.axis)];
  const std::uint64_t scales = CountNumbers(state, parameters, 1, "the scales");
  const std::uint64_t points = CountNumbers(state, parameters, 2, "the zero points");
  if (size < 0 || scales != static_cast<std::uint64_t>(size) || points != scales) {
    RefuseQuantizer(parameters, std::to_string(scales) + " scales and " + std::to_string(points) +
                                    " zero points for a size of " + std::to_string(size));
  }
  quantizer.channels = scales;
  const bool lists = parameters.NodeAt(1).type == ValueType::kList;
  if (lists != (parameters.NodeAt(2).type == ValueType::kList)) {
    parameters.Fail(RefusalKind::kValueType, "of scales and zero points one is a list and one a tensor");
  }
  return lists ? ReadLists(state, parameters, quantizer) : ReadTensors(state, parameters, quantizer);
}

// QTN-002. The parameters' first item names the scheme.
QuantizerRecord ReadQuantizer(State& state, const Arguments& arguments, const Arguments& parameters,
                              const TensorRecord& tensor) {
  if (parameters.size() == 0) parameters.Fail(RefusalKind::kValueArity, "the quantizer has no parameters");
  if (parameters.NodeAt(0).type != ValueType::kQscheme) {
    RefuseQuantizer(parameters, "the scheme is " + std::string(TypeName(parameters.NodeAt(0).type)));
  }
  const std::string_view name = state.graph.names[parameters.NodeAt(0).at].text;
  QuantizerRecord quantizer{};
  if (name == QschemeName(Qscheme::kPerTensorAffine)) {
    quantizer.scheme = Qscheme::kPerTensorAffine;
    parameters.RequireCount(3, 3);
    quantizer.scale = Real(state, arguments, parameters[1], "the scale");
    quantizer.zero_point = parameters.Integer(2, "the zero point");
    return quantizer;
  }
  const bool whole = name == QschemeName(Qscheme::kPerChannelAffine);
  if (!whole && name != QschemeName(Qscheme::kPerChannelAffineFloatQparams)) {
    RefuseQuantizer(arguments, "torch loads no tensor of " + std::string(name));
  }
  quantizer.scheme = whole ? Qscheme::kPerChannelAffine : Qscheme::kPerChannelAffineFloatQparams;
  ReadPerChannel(state, parameters, tensor, quantizer);
  return quantizer;
}

// QTN-006. A stride is always given, and quint4x2 and quint2x4 pack several elements into a byte.
void CheckView(State& state, const Arguments& arguments, TensorRecord& tensor) {
  Graph& graph = state.graph;
  if (arguments.NodeAt(3).type == ValueType::kNone || state.graph[arguments[3]].count == 0) {
    if (tensor.ndim != 0) arguments.Fail(RefusalKind::kTensorShape, "a quantized tensor without strides");
  }
  tensor.offset = arguments.Integer(1, "the storage offset");
  const std::uint64_t packed = ElementsPerByte(tensor.dtype);
  std::uint64_t room = graph.storages[tensor.storage].nbytes;
  std::int64_t offset = tensor.offset;
  if (packed != 1 && offset >= 0) {
    // DEV-540: torch counts this offset in bytes where it reads and in elements where it checks. Both must fit.
    const std::uint64_t behind = room - std::min(room, static_cast<std::uint64_t>(offset));
    if (!CheckedMul(behind, packed, &room)) room = std::numeric_limits<std::int64_t>::max();
    offset = 0;
  }
  const auto shape = graph.ShapeOf(tensor);
  Extent1D extent;
  GeometryFault fault;
  if (!CheckGeometry(shape, graph.StrideOf(tensor), offset, ItemBytes(tensor.dtype), room, extent, fault)) {
    arguments.Fail(fault.kind, fault.detail);
  }
  const std::span<std::int64_t> stride(graph.dims.data() + tensor.dims_at + tensor.ndim, tensor.ndim);
  if (!NormaliseStride(shape, stride, false)) {
    arguments.Fail(RefusalKind::kTensorOverflow, "a row-major stride does not fit 63 bits");
  }
  tensor.numel = extent.numel;
}

}  // namespace

// _rebuild_qtensor(storage, offset, size, stride, parameters, requires_grad, hooks). QTN-007: no quantized dtype has
// gradients, so requires_grad is False.
Ref CallRebuildQtensor(State& state, const Arguments& arguments) {
  arguments.RequireCount(7, 7);
  TensorRecord tensor{};
  tensor.dtype = RequireStorage(arguments);
  tensor.storage = arguments.NodeAt(0).at;
  ReadDimensions(state, arguments, 2, false, tensor);
  if (arguments.NodeAt(kParameters).type == ValueType::kStr) RefuseQuantizer(arguments, "the quantizer is a text");
  const Arguments parameters(state, "the quantizer of torch._utils._rebuild_qtensor",
                             arguments.Sequence(kParameters, "the quantizer"));
  const QuantizerRecord quantizer = ReadQuantizer(state, arguments, parameters, tensor);
  if (InfoOf(tensor.dtype).category != DtypeCategory::Quantized) {
    arguments.Fail(RefusalKind::kTensorDtype, "a quantizer for torch." + std::string(DtypeName(tensor.dtype)));
  }
  if (state.graph.IsMeta(tensor)) RefuseQuantizer(arguments, "a quantized tensor on the meta device");
  CheckView(state, arguments, tensor);
  RequiresGrad(arguments, 5, tensor.dtype);
  const Ref made = AddTensor(state, tensor);
  state.graph.ChargeMemory(sizeof quantizer, state.offset);
  state.graph.quantizers.push_back(quantizer);
  state.graph.SetQuantizer(made, static_cast<std::uint32_t>(state.graph.quantizers.size() - 1));
  return made;
}

}  // namespace weightsonly::machine
