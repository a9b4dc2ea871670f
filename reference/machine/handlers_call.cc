// Floor 5. REDUCE, NEWOBJ and BUILD: what a pickle may call, create and set. SPEC.md chapter 5.
#include <string>

#include "machine/arguments.h"
#include "machine/attributes.h"
#include "machine/call.h"
#include "machine/handlers.h"
#include "machine/inert.h"
#include "machine/numpy.h"
#include "machine/state.h"
#include "machine/subject.h"
#include "machine/unbuilt.h"

namespace weightsonly::machine {
namespace {

using policy::GlobalKind;

// RED-003. Tensors and storages made from numbers: torch hands out memory that nobody filled (DEV-501), or copies what
// no release wrote so (DEV-525).
[[noreturn]] void RefuseConstructor(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments.NodeAt(i).type == ValueType::kInt || arguments.NodeAt(i).type == ValueType::kSize) {
      arguments.Fail(RefusalKind::kPolicyUninitialised, "makes memory of a size and leaves it unfilled");
    }
  }
  arguments.Fail(RefusalKind::kValueType, "makes memory of its own");
}

// Python names StorageType without its module.
std::vector<std::string> NotCallableSubject(GlobalKind kind) {
  if (kind == GlobalKind::kDtype) return {"torch.dtype", ""};
  if (kind == GlobalKind::kQscheme) return {"torch.qscheme", ""};
  return {"StorageType", ""};
}

// LEG-001. Without arguments a tensor class is how torch before release 0.4 began a tensor; a sparse one takes its
// parts (SPR-010).
Ref CallTensorClass(State& state, const policy::Global& type, const Arguments& arguments) {
  const bool sparse = type.path.find(".sparse.") != std::string_view::npos;
  if (sparse && arguments.size() == 3) return CallSparseClass(state, arguments);
  if (arguments.size() != 0) RefuseConstructor(arguments);
  if (sparse) arguments.RequireCount(3, 3);
  return AddUnbuiltTensor(state, type);
}

}  // namespace

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
    case GlobalKind::kRebuildMetaTensorNoStorage:
      return CallRebuildMetaTensor(state, arguments);
    case GlobalKind::kRebuildQtensor:
      return CallRebuildQtensor(state, arguments);
    case GlobalKind::kRebuildParameterWithState:
      return CallRebuildParameterWithState(state, arguments);
    case GlobalKind::kRebuildFromTypeV2:
      return CallRebuildFromTypeV2(state, arguments);
    case GlobalKind::kRebuildDeviceTensorFromNumpy:
      return CallRebuildDeviceTensorFromNumpy(state, arguments);
    case GlobalKind::kRebuildDeviceTensorFromCpuTensor:
      return CallRebuildDeviceTensorFromCpuTensor(state, arguments);
    case GlobalKind::kRebuildWrapperSubclass:
      return CallRebuildWrapperSubclass(state, arguments);
    case GlobalKind::kParameter:
      return CallParameter(state, arguments);
    case GlobalKind::kTensorBase:
    case GlobalKind::kTensorClass:
      return CallTensorClass(state, function, arguments);
    case GlobalKind::kRebuildSparseTensor:
      return CallRebuildSparseTensor(state, arguments);
    case GlobalKind::kTypedStorage:
    case GlobalKind::kUntypedStorage:
      RefuseConstructor(arguments);
    case GlobalKind::kUnreadable:  // DEV-414
      RefuseHere(state, RefusalKind::kPolicyReduce,
                 std::string(function.path) + " makes a kind of value that is not read");
    case GlobalKind::kDtype:
    case GlobalKind::kQscheme:
    case GlobalKind::kStorageClass:
      RefuseAbout(state, RefusalKind::kPolicyReduce, std::string(function.path) + " cannot be called",
                  NotCallableSubject(function.kind));
  }
  RefuseInternal("an allowed global of no kind");
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

namespace {

// NEW-001. cls.__new__(cls, *args) of a plain class is the empty object when there are no arguments; torch.save writes
// NEWOBJ only for classes that the user allowed, and with arguments the plain classes ignore them (DEV-505).
Ref Create(State& state, const policy::Global& type, const Arguments& arguments) {
  if (!state.behaviour.newobj_of_any && type.kind != GlobalKind::kParameter) {  // POL-009
    RefuseHere(state, RefusalKind::kPolicyNewobj, "creates an object of " + std::string(type.path));
  }
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
      return Call(state, type, arguments);
    default:
      RefuseHere(state, RefusalKind::kPolicyNewobj,
                 "creates an object of " + std::string(type.path) + ", which is no class");
  }
}

// POL-009. What BUILD took in every release.
bool IsBuiltByAll(ValueType type) {
  return type == ValueType::kOrderedDict || type == ValueType::kTensor || type == ValueType::kParameter;
}

}  // namespace

// RED-001. The function must be a global of the allowlist, the arguments a tuple.
[[gnu::noinline]] void Reduce(State& state, const pickle::Instruction&) {
  Need(state, 2);
  const Ref tuple = Pop(state);
  Ref& top = Top(state);
  const policy::Global* function = GlobalOf(state.graph, top);
  if (function == nullptr) {
    top = CallInert(state, top, tuple);
    return;
  }
  top = Call(state, *function, ArgumentsFrom(state, *function, tuple));
}

[[gnu::noinline]] void NewObj(State& state, const pickle::Instruction&) {
  Need(state, 2);
  const Ref tuple = Pop(state);
  const Ref type = Pop(state);
  const policy::Global* global = GlobalOf(state.graph, type);
  if (global == nullptr) return Push(state, CreateInert(state, type, tuple));
  Push(state, Create(state, *global, ArgumentsFrom(state, *global, tuple)));
}

// BLD-001 to BLD-003.
[[gnu::noinline]] void Build(State& state, const pickle::Instruction&) {
  Need(state, 2);
  const Ref update = Pop(state);
  const Ref target = Top(state);
  const ValueType type = state.graph[target].type;
  if (!state.behaviour.build_of_any && !IsBuiltByAll(type)) {  // POL-009
    RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of " + std::string(TypeName(type)));
  }
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
      RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of " + std::string(TypeName(type)));
    case ValueType::kTensor:
      return BuildTensor(state, target, update);
    case ValueType::kParameter:
      return BuildParameter(state, target, update);
    case ValueType::kNdarray:
      return BuildNdarray(state, target, update);
    case ValueType::kNumpyDtype:
      return BuildNumpyDtype(state, target, update);
    case ValueType::kObject:
      return BuildInert(state, target, update);
    case ValueType::kStorage:  // torch sets attributes of these: no message of torch's is about it
      RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of " + std::string(TypeName(type)));
    case ValueType::kSparse:
      RefuseHere(state, RefusalKind::kTensorState, "sets the storage of a sparse tensor");
    default:  // also a tensor of a class of the user's (DEV-726)
      break;
  }
  RefuseAbout(state, RefusalKind::kPolicyBuild, "sets the state of " + std::string(TypeName(type)),
              {PythonType(state, target)});
}

}  // namespace weightsonly::machine
