// Floor 5. Tensors and parameters with Python attributes. SPEC.md chapter 5 (STA-001 to STA-007).
#include <string>

#include "base/text.h"
#include "machine/arguments.h"
#include "machine/attributes.h"
#include "machine/call.h"
#include "machine/inert.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "machine/subclass.h"

namespace weightsonly::machine {

// _rebuild_parameter_with_state(data, requires_grad, hooks, state)
Ref CallRebuildParameterWithState(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  const Ref parameter =
      arguments.NodeAt(0).type == ValueType::kSparse
          ? AddSparseParameter(state, arguments)
          : AddParameter(state, arguments, RequiresGrad(arguments, 1, RequireTensor(state, arguments, 0)));
  SetState(state, arguments, 3, parameter);
  return parameter;
}

// STA-005, STA-006, SUB-002. _rebuild_from_type_v2(function, type, arguments, state)
Ref CallRebuildFromTypeV2(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  const policy::Global* function = GlobalOf(state.graph, arguments[0]);
  if (function == nullptr && IsInertClass(state.graph, arguments[0])) {  // DEV-722
    arguments.Fail(RefusalKind::kPolicyReduce, "the function is `" +
                                                   EscapeForTerminal(InertName(state.graph, arguments[0])) +
                                                   "`, and what it makes is not known");
  }
  if (function == nullptr) arguments.FailType(0, "the function");
  if (function->kind == policy::GlobalKind::kRebuildFromTypeV2) {  // DEV-523
    arguments.Fail(RefusalKind::kPolicyReduce, "the function is " + std::string(function->path) + " itself");
  }
  const policy::Global* type = GlobalOf(state.graph, arguments[1]);
  const bool inert = IsInertClass(state.graph, arguments[1]);
  if (type == nullptr && !inert) arguments.Fail(RefusalKind::kTensorSubclass, "the type is no class");
  const Ref made = Call(state, *function, ArgumentsFrom(state, *function, arguments[2]));
  if (inert) return MakeSubclass(state, arguments, made);
  const ValueType result = state.graph[made].type;
  const bool sparse = result == ValueType::kSparse;
  const bool parameter = sparse ? state.graph[made].small != 0 : result == ValueType::kParameter;
  const bool fits =
      parameter ? type->kind == policy::GlobalKind::kParameter : type->kind == policy::GlobalKind::kTensorBase;
  if (!fits || (!sparse && !parameter && result != ValueType::kTensor)) {  // DEV-524
    arguments.Fail(RefusalKind::kTensorSubclass,
                   std::string(TypeName(result)) + " becomes no " + std::string(type->path));
  }
  SetState(state, arguments, 3, made);
  return made;
}

}  // namespace weightsonly::machine
