// Floor 5. Classes of tensors without arguments, and BUILD. SPEC.md chapter 5.
#include "machine/unbuilt.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "machine/rebuild.h"

namespace weightsonly::machine {
namespace {

// Shape (0,), and no storage yet.
TensorRecord UnbuiltRecord(State& state, Dtype dtype, std::uint32_t storage) {
  state.graph.ChargeMemory(sizeof(TensorRecord) + 2 * sizeof(std::int64_t), state.offset);
  TensorRecord tensor{};
  tensor.dtype = dtype;
  tensor.storage = storage;
  tensor.dims_at = static_cast<std::uint32_t>(state.graph.dims.size());
  tensor.ndim = 1;
  state.graph.dims.push_back(0);
  state.graph.dims.push_back(1);
  state.has_unbuilt = true;
  return tensor;
}

// "cuda" of "cuda:0".
std::string_view DeviceTypeOf(const Graph& graph, const TensorRecord& tensor) {
  if (tensor.storage == kNoStorage) return "meta";
  if (IsUnbuilt(tensor)) return tensor.storage == kUnbuilt ? "cpu" : "cuda";
  const std::string_view name = graph.names[graph.storages[tensor.storage].device].text;
  return name.substr(0, name.find(':'));
}

// The items of a state, which is a tuple or a list.
Arguments StateItems(State& state, std::string_view what, Ref update) {
  const Node& node = state.graph[update];
  if (node.type != ValueType::kTuple && node.type != ValueType::kList) {
    RefuseHere(state, RefusalKind::kValueType,
               "the state of " + std::string(what) + " is " + std::string(TypeName(node.type)));
  }
  return {state, what, state.graph.ItemsOf(node)};
}

// LEG-004. `parameter.data = data`
void ReplaceData(State& state, const Arguments& items, Ref target) {
  const Dtype dtype = RequireTensor(state, items, 0);
  TensorRecord& record = state.graph.tensors[state.graph[target].at];
  TensorRecord data = state.graph.TensorOf(items.NodeAt(0));
  RequireReadable(items, dtype);  // DEV-522
  RequireReadable(items, record.dtype);
  const DtypeCategory category = InfoOf(dtype).category;
  const bool floats = category == DtypeCategory::Float || category == DtypeCategory::Complex;
  if ((state.graph[target].flags & kRequiresGrad) != 0 && !floats) {
    items.Fail(RefusalKind::kTensorRequiresGrad, "data of torch." + std::string(DtypeName(dtype)) + " require grad");
  }
  if (DeviceTypeOf(state.graph, record) != DeviceTypeOf(state.graph, data)) {
    items.Fail(RefusalKind::kTensorDevice, "the data lie on another device");
  }
  data.requires_grad = false;
  record = data;
}

}  // namespace

Ref AddUnbuiltTensor(State& state, const policy::Global& type) {
  const bool cuda = type.path.starts_with("torch.cuda.");
  // DEV-506: torch.Tensor has torch's default dtype of the moment, which is float32 unless somebody changed it
  const Dtype dtype = type.dtype.value_or(Dtype::kFloat32);
  return AddTensor(state, UnbuiltRecord(state, dtype, cuda ? kUnbuiltCuda : kUnbuilt));
}

Ref CallParameter(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 2);
  if (arguments.size() == 0) {
    Node node(ValueType::kParameter);
    node.flags = kRequiresGrad;
    node.at = static_cast<std::uint32_t>(state.graph.tensors.size());
    state.graph.tensors.push_back(UnbuiltRecord(state, Dtype::kFloat32, kUnbuilt));
    return AddNode(state, node);
  }
  const Dtype dtype = RequireTensor(state, arguments, 0);
  if (arguments.size() == 1) RequireGradients(arguments, dtype);
  return AddParameter(state, arguments, arguments.size() == 1 || RequiresGrad(arguments, 1, dtype));
}

// torch's order of checks: the storage's type, the device, the geometry.
void BuildTensor(State& state, Ref target, Ref update) {
  const Arguments items = StateItems(state, "torch.Tensor.set_", update);
  items.RequireCount(4, 4);
  const Node& node = state.graph[target];
  const TensorRecord& before = state.graph.tensors[node.at];
  if (RequireStorage(items) != before.dtype) {
    items.Fail(RefusalKind::kTensorDtype, "a storage of torch." + std::string(DtypeName(RequireStorage(items))) +
                                              " for a tensor of torch." + std::string(DtypeName(before.dtype)));
  }
  RequireReadable(items, before.dtype);  // DEV-522
  if (before.requires_grad) items.Fail(RefusalKind::kTensorRequiresGrad, "the tensor requires grad");
  TensorRecord after = ReadView(state, items, before.dtype);
  if (DeviceTypeOf(state.graph, before) != DeviceTypeOf(state.graph, after)) {
    items.Fail(RefusalKind::kTensorDevice, "the storage lies on another device");
  }
  after.conj = before.conj;
  after.neg = before.neg;
  state.graph.tensors[node.at] = after;
}

void BuildParameter(State& state, Ref target, Ref update) {
  const Arguments items = StateItems(state, "torch.nn.Parameter.__setstate__", update);
  if (items.size() == 4) {  // DEV-522
    items.Fail(RefusalKind::kTensorState, "a storage is set on a parameter");
  }
  if (items.size() != 3) items.RequireCount(5, 5);
  if (items.size() == 5) ReplaceData(state, items, target);
  const Dtype dtype = state.graph.TensorOf(state.graph[target]).dtype;
  const bool requires_grad = RequiresGrad(items, items.size() == 5 ? 3 : 0, dtype);
  std::uint8_t& flags = state.graph.at(target).flags;
  flags = static_cast<std::uint8_t>(requires_grad ? flags | kRequiresGrad : flags & ~kRequiresGrad);
}

void RefuseUnbuilt(const State& state) {
  if (!state.has_unbuilt || std::ranges::none_of(state.graph.tensors, IsUnbuilt)) return;
  RefuseHere(state, RefusalKind::kPickleStopUnbuilt,
             "a tensor class was called without arguments, and no BUILD followed");
}

}  // namespace weightsonly::machine
