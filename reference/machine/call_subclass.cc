// Floor 5. Tensors of classes that the user allowed, and wrapper subclasses. SPEC.md chapter 5 (SUB-001 to SUB-005).
//
// The class is not looked up: whether it is one of tensors, has a __torch_dispatch__ (DEV-720) or a __setstate__
// (DEV-721) is not known.
#include <string>

#include "base/text.h"
#include "machine/arguments.h"
#include "machine/attributes.h"
#include "machine/inert.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "machine/subclass.h"
#include "machine/unbuilt.h"

namespace weightsonly::machine {
namespace {

std::string Quoted(std::string_view name) { return "`" + EscapeForTerminal(name) + "`"; }

// A kSubclass of the class `type` over data of its own: no other value refers to them. `device` as in SubclassRecord.
Ref AddSubclass(State& state, Ref type, const TensorRecord& tensor, std::uint32_t device) {
  Graph& graph = state.graph;
  graph.ChargeMemory(sizeof(SubclassRecord) + sizeof(TensorRecord), state.offset);
  const auto index = static_cast<std::uint32_t>(graph.subclasses.size());
  const Ref data = AddTensor(state, tensor);
  graph.at(data).flags |= kOfSubclass;
  graph.at(data).extra = index;
  Node node(ValueType::kSubclass);
  node.at = index;
  const Ref added = AddNode(state, node);
  graph.subclasses.push_back(
      {.node = added, .data = data, .state = kNoPart, .name = graph.ObjectOf(graph[type]).name, .device = device});
  return added;
}

// SUB-002. The data of a tensor or parameter under the class. torch makes a new object, without the attributes.
Ref AsSubclass(State& state, const Arguments& arguments, Ref type, Ref made) {
  const Node node = state.graph[made];
  if (!IsTensor(node.type)) {  // SUB-004, DEV-723
    arguments.Fail(RefusalKind::kTensorSubclass,
                   std::string(TypeName(node.type)) + " becomes no " + Quoted(InertName(state.graph, type)));
  }
  TensorRecord tensor = state.graph.TensorOf(node);
  if (IsUnbuilt(tensor)) arguments.Fail(RefusalKind::kTensorState, "the tensor waits for its BUILD");  // DEV-521
  if (node.type == ValueType::kParameter) tensor.requires_grad = (node.flags & kRequiresGrad) != 0;
  const Ref subclass = AddSubclass(state, type, tensor, kNoPart);
  state.graph.CopyQuantizer(made, state.graph.SubclassOf(state.graph[subclass]).data);
  return subclass;
}

// SUB-003. What a wrapper looks like from outside.
Ref AddWrapper(State& state, const Arguments& arguments, TensorRecord& tensor, const std::string& device) {
  RequireReadable(arguments, tensor.dtype);
  if (tensor.requires_grad) RequireGradients(arguments, tensor.dtype);
  if (tensor.offset < 0) {  // DEV-724
    arguments.Fail(RefusalKind::kTensorOutOfBounds, "the storage offset is " + std::to_string(tensor.offset));
  }
  const std::string_view layout = state.graph.names[arguments.NodeAt(5).at].text;
  if (layout != "torch.strided") {  // DEV-724
    arguments.Fail(RefusalKind::kTensorSubclass, "a wrapper of the layout " + std::string(layout));
  }
  LeaveWithoutStorage(state, arguments, tensor);
  return AddSubclass(state, arguments[0], tensor, state.graph[NamedNode(state, ValueType::kDevice, device)].at);
}

}  // namespace

Ref MakeSubclass(State& state, const Arguments& arguments, Ref made) {
  const Ref type = arguments[1];
  Ref subclass = made;
  if (state.graph[made].type != ValueType::kSubclass) {
    subclass = AsSubclass(state, arguments, type, made);
  } else if (const auto own = state.graph.names[state.graph.SubclassOf(state.graph[made]).name].text;
             own != InertName(state.graph, type)) {  // DEV-723
    arguments.Fail(RefusalKind::kTensorSubclass,
                   "a tensor of " + Quoted(own) + " becomes no " + Quoted(InertName(state.graph, type)));
  }
  if (SetsAttributes(state, arguments[3])) {  // STA-007
    SetState(state, arguments, 3, subclass);
  } else {  // STA-008
    state.graph.subclasses[state.graph[subclass].at].state = arguments[3];
  }
  return subclass;
}

// SUB-001, SUB-003. _rebuild_wrapper_subclass(class, dtype, size, stride, offset, layout, device, requires_grad)
Ref CallRebuildWrapperSubclass(State& state, const Arguments& arguments) {
  arguments.RequireCount(8, 8);
  if (arguments.NodeAt(1).type != ValueType::kDtype) arguments.FailType(1, "the dtype");
  TensorRecord tensor{};
  tensor.dtype = static_cast<Dtype>(arguments.NodeAt(1).small);
  const bool inert = IsInertClass(state.graph, arguments[0]);
  ReadDimensions(state, arguments, 2, inert, tensor);
  tensor.offset = arguments.Integer(4, "the storage offset");
  if (arguments.NodeAt(5).type != ValueType::kLayout) arguments.FailType(5, "the layout");
  const std::string device = DeviceArgument(state, arguments, 6);
  if (device.empty()) arguments.FailType(6, "the device");
  tensor.requires_grad = arguments.Boolean(7, RefusalKind::kValueType, "requires_grad");
  if (inert) return AddWrapper(state, arguments, tensor, device);
  const policy::Global* type = GlobalOf(state.graph, arguments[0]);
  if (type == nullptr ||
      (type->kind != policy::GlobalKind::kTensorBase && type->kind != policy::GlobalKind::kParameter)) {
    arguments.FailType(0, "the class");
  }
  arguments.Fail(RefusalKind::kTensorSubclass, std::string(type->path) + " defines no __torch_dispatch__");
}

}  // namespace weightsonly::machine
