// Floor 5. Tensors whose device is not that of their storage. SPEC.md chapter 5 (DVT-001 to DVT-004).
//
// Nothing is moved or converted: the tensor of another device is a view of the bytes in the file, under that device's
// label, and so is the tensor of a numpy array, whose bytes lie in the pickle.
#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "machine/arguments.h"
#include "machine/device.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "value/ndarrays.h"

namespace weightsonly::machine {

// DVT-002. The device's name, or "" for None, which keeps the tensor where it is.
std::string DeviceArgument(State& state, const Arguments& arguments, std::size_t index) {
  const Node& node = arguments.NodeAt(index);
  const bool is_text = node.type != ValueType::kNone && node.type != ValueType::kDevice;
  std::string text;
  if (node.type == ValueType::kDevice) text = state.graph.names[node.at].text;
  if (is_text) text = arguments.Text(index, "the device");
  if (state.locations != nullptr) text = state.locations->MapDevice(text, is_text, state.offset);
  if (text.empty() && !is_text) return {};
  const Device device = ParseDevice(text);
  if (!device.valid) {
    arguments.Fail(RefusalKind::kTensorDevice, "no device of torch is called '" + EscapeForTerminal(text) + "'");
  }
  return device.name;
}

namespace {

// DEV-526. Argument 1 is the dtype that the data have, or None.
void RequireSameDtype(const Arguments& arguments, Dtype dtype) {
  const Node& wanted = arguments.NodeAt(1);
  if (wanted.type != ValueType::kDtype && wanted.type != ValueType::kNone) arguments.FailType(1, "the dtype");
  if (wanted.type == ValueType::kDtype && static_cast<Dtype>(wanted.small) != dtype) {
    arguments.Fail(RefusalKind::kTensorDtype, "torch." + std::string(DtypeName(dtype)) + " is to become torch." +
                                                  std::string(DtypeName(static_cast<Dtype>(wanted.small))));
  }
}

// A storage of the graph that no persistent id names. A legacy stream has a key for each of its storages.
std::uint32_t AddStorageRecord(State& state, const StorageRecord& record) {
  const auto index = static_cast<std::uint32_t>(state.graph.storages.size());
  state.graph.storages.push_back(record);
  if (state.storage_ids == StorageIds::kStream) {
    state.storage_keys.push_back(record.in_values ? Graph::kNone : state.storage_keys[record.entry]);
  }
  return index;
}

std::string_view TypeOfDevice(std::string_view name) { return name.substr(0, name.find(':')); }

}  // namespace

// DVT-001 to DVT-003. _rebuild_device_tensor_from_cpu_tensor(data, dtype, device, requires_grad)
Ref CallRebuildDeviceTensorFromCpuTensor(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  if (arguments.NodeAt(0).type != ValueType::kTensor) arguments.FailType(0, "the data");
  const Dtype dtype = RequireTensor(state, arguments, 0);
  RequireSameDtype(arguments, dtype);
  const std::string device = DeviceArgument(state, arguments, 2);
  const bool requires_grad = RequiresGrad(arguments, 3, dtype);
  TensorRecord tensor = state.graph.TensorOf(arguments.NodeAt(0));
  const bool is_meta = state.graph.IsMeta(tensor);
  const std::string_view from = is_meta ? "meta" : state.graph.names[state.graph.storages[tensor.storage].device].text;
  if (device.starts_with("cpu:") && TypeOfDevice(from) == "cpu") {  // DEV-527
    arguments.Fail(RefusalKind::kTensorDevice, "a tensor of the cpu is moved to " + device);
  }
  if (device.empty() || TypeOfDevice(device) == TypeOfDevice(from)) {  // DVT-003
    state.graph.tensors[arguments.NodeAt(0).at].requires_grad = requires_grad;
    return arguments[0];
  }
  if (is_meta || device == "meta") {  // DEV-527
    arguments.Fail(RefusalKind::kTensorDevice, "a tensor is moved from " + std::string(from) + " to " + device);
  }
  state.graph.ChargeMemory(sizeof(StorageRecord) + sizeof(TensorRecord), state.offset);
  StorageRecord storage = state.graph.storages[tensor.storage];
  storage.device = state.graph[NamedNode(state, ValueType::kDevice, device)].at;
  tensor.storage = AddStorageRecord(state, storage);
  tensor.requires_grad = requires_grad;
  const Ref moved = AddTensor(state, tensor);
  state.graph.CopyQuantizer(arguments[0], moved);
  return moved;
}

namespace {

// Argument 0, an array that is built. Refuses value.type.
const NdarrayRecord& ArrayArgument(const State& state, const Arguments& arguments) {
  if (arguments.NodeAt(0).type != ValueType::kNdarray) arguments.FailType(0, "the numpy array");
  const NdarrayRecord& array = state.graph.ndarrays[arguments.NodeAt(0).at];
  if (array.scalar || !array.built) {
    arguments.Fail(RefusalKind::kValueType,
                   array.scalar ? "the numpy array is a scalar" : "the numpy array has no state");
  }
  return array;
}

// The dtype of torch.from_numpy, by numpy's short form.
Dtype DtypeOfArray(const Arguments& arguments, std::string_view name) {
  static constexpr auto kDtypes = std::to_array<std::pair<std::string_view, Dtype>>({
      {"|b1", Dtype::kBool},
      {"|i1", Dtype::kInt8},
      {"|u1", Dtype::kUInt8},
      {"<i2", Dtype::kInt16},
      {"<u2", Dtype::kUInt16},
      {"<i4", Dtype::kInt32},
      {"<u4", Dtype::kUInt32},
      {"<i8", Dtype::kInt64},
      {"<u8", Dtype::kUInt64},
      {"<f2", Dtype::kFloat16},
      {"<f4", Dtype::kFloat32},
      {"<f8", Dtype::kFloat64},
      {"<c8", Dtype::kComplex64},
      {"<c16", Dtype::kComplex128},
  });
  const auto* found = std::ranges::find(kDtypes, name, &std::pair<std::string_view, Dtype>::first);
  if (found == kDtypes.end()) {
    arguments.Fail(RefusalKind::kTensorDtype, "no tensor has elements of numpy's " + EscapeForTerminal(name));
  }
  return found->second;
}

}  // namespace

// DVT-004. _rebuild_device_tensor_from_numpy(array, dtype, device, requires_grad)
Ref CallRebuildDeviceTensorFromNumpy(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  const NdarrayRecord array = ArrayArgument(state, arguments);
  const Dtype dtype = DtypeOfArray(arguments, state.graph.names[state.graph.numpy_dtypes[array.dtype].name].text);
  RequireSameDtype(arguments, dtype);
  std::string device = DeviceArgument(state, arguments, 2);
  if (device.empty()) device = "cpu";
  TensorRecord tensor{};
  tensor.dtype = dtype;
  tensor.requires_grad = RequiresGrad(arguments, 3, dtype);
  state.graph.ChargeMemory(sizeof(StorageRecord) + sizeof(TensorRecord) + array.ndim * (2 * sizeof(std::int64_t)),
                           state.offset);
  const Node& bytes = state.graph[array.bytes];
  tensor.numel = bytes.count / ItemBytes(dtype);
  tensor.storage = AddStorageRecord(state, {.offset = 0,
                                            .nbytes = bytes.count,
                                            .entry = array.bytes,
                                            .device = state.graph[NamedNode(state, ValueType::kDevice, device)].at,
                                            .deflated = false,
                                            .unit = InfoOf(dtype).swap_bytes,
                                            .foreign = std::endian::native == std::endian::big,
                                            .in_values = true,
                                            .meta = device == "meta"});
  tensor.ndim = array.ndim;
  tensor.dims_at = static_cast<std::uint32_t>(state.graph.dims.size());
  for (std::uint32_t i = 0; i < array.ndim; ++i) state.graph.dims.push_back(state.graph.dims[array.dims_at + i]);
  for (const std::int64_t stride : StrideOf(state.graph, array)) state.graph.dims.push_back(stride);
  return AddTensor(state, tensor);
}

}  // namespace weightsonly::machine
