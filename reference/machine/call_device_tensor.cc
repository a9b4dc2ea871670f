// Floor 5. Tensors whose device is not that of their storage. SPEC.md chapter 5 (DVT-001 to DVT-004).
//
// Nothing is moved or converted: the tensor of another device is a view of the bytes in the file, under that device's
// label. numpy arrays are no values of the default allowlist.
#include <string>
#include <string_view>

#include "base/text.h"
#include "machine/arguments.h"
#include "machine/device.h"
#include "machine/rebuild.h"
#include "machine/state.h"

namespace weightsonly::machine {
namespace {

std::string_view TypeOfDevice(std::string_view name) { return name.substr(0, name.find(':')); }

}  // namespace

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

// DVT-001 to DVT-003. _rebuild_device_tensor_from_cpu_tensor(data, dtype, device, requires_grad)
Ref CallRebuildDeviceTensorFromCpuTensor(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  if (arguments.NodeAt(0).type != ValueType::kTensor) arguments.FailType(0, "the data");
  const Dtype dtype = RequireTensor(state, arguments, 0);
  const Node& wanted = arguments.NodeAt(1);
  if (wanted.type != ValueType::kDtype && wanted.type != ValueType::kNone) arguments.FailType(1, "the dtype");
  if (wanted.type == ValueType::kDtype && static_cast<Dtype>(wanted.small) != dtype) {  // DEV-526
    arguments.Fail(RefusalKind::kTensorDtype, "torch." + std::string(DtypeName(dtype)) + " is to become torch." +
                                                  std::string(DtypeName(static_cast<Dtype>(wanted.small))));
  }
  const std::string device = DeviceArgument(state, arguments, 2);
  const bool requires_grad = RequiresGrad(arguments, 3, dtype);
  TensorRecord tensor = state.graph.TensorOf(arguments.NodeAt(0));
  const bool is_meta = state.graph.IsMeta(tensor);
  const std::string_view from = is_meta ? "meta" : state.graph.names[state.graph.storages[tensor.storage].device].text;
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
  tensor.storage = static_cast<std::uint32_t>(state.graph.storages.size());
  state.graph.storages.push_back(storage);
  tensor.requires_grad = requires_grad;
  const Ref moved = AddTensor(state, tensor);
  state.graph.CopyQuantizer(arguments[0], moved);
  return moved;
}

// DVT-004. _rebuild_device_tensor_from_numpy(array, dtype, device, requires_grad)
Ref CallRebuildDeviceTensorFromNumpy(State&, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  arguments.FailType(0, "the numpy array");
}

}  // namespace weightsonly::machine
