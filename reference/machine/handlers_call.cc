// Floor 5. REDUCE, NEWOBJ and BUILD: what a pickle may call, create and set. SPEC.md chapter 5.
#include <algorithm>
#include <string>

#include "machine/arguments.h"
#include "machine/handlers.h"
#include "machine/state.h"

namespace weightsonly::machine {
namespace {

using policy::GlobalKind;

[[noreturn]] void RefuseUnsupported(const State& state, const policy::Global& function) {
  RefuseHere(state, RefusalKind::kUnsupported, std::string(function.path) + " is not read by this release");
}

// RED-003. Tensors and storages made from numbers: torch hands out memory that nobody filled (DEV-501). No arguments,
// or anything but numbers, is how torch before 0.4 rebuilt tensors.
[[noreturn]] void RefuseConstructor(const State& state, const policy::Global& function, const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments.NodeAt(i).type == ValueType::kInt || arguments.NodeAt(i).type == ValueType::kSize) {
      arguments.Fail(RefusalKind::kPolicyUninitialised, "makes memory of a size and leaves it unfilled");
    }
  }
  RefuseUnsupported(state, function);
}

// RED-002. The functions and classes that may be called, each with its own handler.
Ref Call(State& state, const policy::Global& function, const Arguments& arguments) {
  switch (function.kind) {
    case GlobalKind::kOrderedDict:
      return CallOrderedDict(state, arguments);
    case GlobalKind::kCounter:
      return CallCounter(state, arguments);
    case GlobalKind::kSet:
      return CallSet(state, arguments);
    case GlobalKind::kBytearray:
      return CallBytearray(state, arguments);
    case GlobalKind::kComplex:
      return CallComplex(state, arguments);
    case GlobalKind::kCodecsEncode:
      return CallEncode(state, arguments);
    case GlobalKind::kSize:
      return CallSize(state, arguments);
    case GlobalKind::kDevice:
      return CallDevice(state, arguments);
    case GlobalKind::kGetLayout:
      return CallGetLayout(state, arguments);
    case GlobalKind::kRebuildTensor:
      return CallRebuildTensor(state, arguments);
    case GlobalKind::kRebuildTensorV2:
      return CallRebuildTensorV2(state, arguments);
    case GlobalKind::kRebuildTensorV3:
      return CallRebuildTensorV3(state, arguments);
    case GlobalKind::kRebuildParameter:
      return CallRebuildParameter(state, arguments);
    case GlobalKind::kTensorBase:
    case GlobalKind::kTensorClass:
    case GlobalKind::kTypedStorage:
    case GlobalKind::kUntypedStorage:
      RefuseConstructor(state, function, arguments);
    case GlobalKind::kDtype:
    case GlobalKind::kQscheme:
    case GlobalKind::kStorageClass:
      RefuseHere(state, RefusalKind::kPolicyReduce, std::string(function.path) + " cannot be called");
    case GlobalKind::kParameter:
    case GlobalKind::kRebuildParameterWithState:
    case GlobalKind::kRebuildQtensor:
    case GlobalKind::kRebuildSparseTensor:
    case GlobalKind::kRebuildMetaTensorNoStorage:
    case GlobalKind::kRebuildWrapperSubclass:
    case GlobalKind::kRebuildDeviceTensorFromNumpy:
    case GlobalKind::kRebuildDeviceTensorFromCpuTensor:
    case GlobalKind::kRebuildFromTypeV2:
      RefuseUnsupported(state, function);
  }
  RefuseInternal("an allowed global of no kind");
}

// BLD-002. `__dict__.update(state)` of an OrderedDict or Counter: the attributes are kept, they change nothing else. An
// empty sequence sets nothing, as in Python.
void UpdateAttributes(State& state, Ref target, Ref update) {
  const ValueType type = state.graph[update].type;
  if (type != ValueType::kDict && type != ValueType::kOrderedDict && type != ValueType::kCounter) {
    const bool sequence = type == ValueType::kStr || type == ValueType::kTuple || type == ValueType::kList ||
                          type == ValueType::kSet || type == ValueType::kBytes || type == ValueType::kBytearray;
    if (!sequence || IsTruthy(state.graph, update)) {
      RefuseHere(state, RefusalKind::kValueType, "the state is " + std::string(TypeName(type)) + ", no dict");
    }
    return;
  }
  MergeNow(state, update);
  const std::uint32_t count = state.graph[update].count;
  if (count == 0) return;
  state.graph.ChargeMemory(count * sizeof(Pair) + sizeof(Node), state.offset);
  Ref attributes = state.graph.AttributesOf(target);
  if (attributes == Graph::kNone) {
    attributes = AddNode(state, Node(ValueType::kDict));
    state.graph.SetAttributes(target, attributes);
  }
  Pair* pairs = GrowDict(state.graph, attributes, count);
  std::copy_n(state.graph.PairsOf(state.graph[update]).begin(), count, pairs);
  state.graph.at(attributes).flags |= kUnmerged;
  MergeNow(state, attributes);
}

Arguments ArgumentsFrom(State& state, const policy::Global& function, Ref tuple) {
  const Node& node = state.graph[tuple];
  if (node.type != ValueType::kTuple && node.type != ValueType::kSize) {
    RefuseHere(
        state, RefusalKind::kValueType,
        "the arguments of " + std::string(function.path) + " are " + std::string(TypeName(node.type)) + ", no tuple");
  }
  return {state, function.path, state.graph.ItemsOf(node)};
}

// NEW-001. cls.__new__(cls, *args) of a plain class is the empty object when there are no arguments; torch.save writes
// NEWOBJ only for classes that the user allowed, and with arguments the plain classes ignore them (DEV-505).
Ref Create(State& state, const policy::Global& type, const Arguments& arguments) {
  switch (type.kind) {
    case GlobalKind::kSize:
    case GlobalKind::kComplex:
    case GlobalKind::kDevice:
      return Call(state, type, arguments);
    case GlobalKind::kOrderedDict:
    case GlobalKind::kCounter:
    case GlobalKind::kSet:
    case GlobalKind::kBytearray:
      if (arguments.size() == 0) return Call(state, type, arguments);
      arguments.Fail(RefusalKind::kPolicyNewobj, "creates an object whose arguments would be lost");
    case GlobalKind::kParameter:
    case GlobalKind::kTensorBase:
    case GlobalKind::kTensorClass:
    case GlobalKind::kTypedStorage:
    case GlobalKind::kUntypedStorage:
      RefuseConstructor(state, type, arguments);
    default:
      RefuseHere(state, RefusalKind::kPolicyNewobj,
                 "creates an object of " + std::string(type.path) + ", which is no class");
  }
}

}  // namespace

// RED-001. The function must be a global of the allowlist, the arguments a tuple.
[[gnu::noinline]] void Reduce(State& state, const pickle::Instruction&) {
  Need(state, 2);
  const Ref tuple = Pop(state);
  Ref& top = Top(state);
  const policy::Global* function = GlobalOf(state.graph, top);
  if (function == nullptr) {
    RefuseHere(state, RefusalKind::kPolicyReduce,
               "calls " + std::string(TypeName(state.graph[top].type)) + ", which is no function or class");
  }
  top = Call(state, *function, ArgumentsFrom(state, *function, tuple));
}

[[gnu::noinline]] void NewObj(State& state, const pickle::Instruction&) {
  Need(state, 2);
  const Ref tuple = Pop(state);
  const Ref type = Pop(state);
  const policy::Global* global = GlobalOf(state.graph, type);
  if (global == nullptr) {
    RefuseHere(state, RefusalKind::kPolicyNewobj,
               "creates an object of " + std::string(TypeName(state.graph[type].type)) + ", which is no class");
  }
  Push(state, Create(state, *global, ArgumentsFrom(state, *global, tuple)));
}

// BLD-001 to BLD-003.
[[gnu::noinline]] void Build(State& state, const pickle::Instruction&) {
  Need(state, 2);
  const Ref update = Pop(state);
  const Ref target = Top(state);
  const ValueType type = state.graph[target].type;
  switch (type) {
    case ValueType::kOrderedDict:
      return UpdateAttributes(state, target, update);
    case ValueType::kCounter:
      if (IsTruthy(state.graph, update)) UpdateAttributes(state, target, update);
      return;
    case ValueType::kSet:
    case ValueType::kBytearray:
    case ValueType::kComplex:
    case ValueType::kSize:
    case ValueType::kDevice:
      if (!IsTruthy(state.graph, update)) return;  // BLD-003: nothing is set
      break;
    case ValueType::kTensor:
    case ValueType::kParameter:
      RefuseHere(state, RefusalKind::kUnsupported,
                 "the state of a " + std::string(TypeName(type)) + " is not read by this release");
    default:
      break;
  }
  RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of " + std::string(TypeName(type)));
}

}  // namespace weightsonly::machine
