// Floor 5. Inert objects: what NEWOBJ, REDUCE, BUILD and the filling opcodes make of a class that is not looked up.
// SPEC.md chapter 5 (INE-001 to INE-005).
//
// Everything here is reached only behind a check that an ordinary file passes: values of torch.load cost nothing more.
#pragma once

#include <cstdint>
#include <string>

#include "machine/state.h"

namespace weightsonly::machine {

// GLOBAL. A class or function that is not called: a kObject of the kind Object::Made::kClass. `path`: module, dot,
// name. `script` tells CallInert what a call of it gives.
Ref AddInertClass(State& state, std::string path, policy::ScriptGlobal script);

// REDUCE of `function`, which is no function of the allowlist. Refuses policy.reduce unless it is an inert class.
Ref CallInert(State& state, Ref function, Ref arguments);
// NEWOBJ of `type`, which is no class of the allowlist. Refuses policy.newobj unless it is an inert class. Both refuse
// value.type unless the arguments are a tuple, which TorchScript alone does not always give to REDUCE.
Ref CreateInert(State& state, Ref type, Ref arguments);
// BUILD of the kObject `target`. Refuses policy.build for a class, and where a state was set before.
void BuildInert(State& state, Ref target, Ref update);

// The list that APPEND(S), the dict that SETITEM(S) fills instead of the kObject `target`; made when first asked for.
// Refuse policy.append-target and policy.setitem-target for a class, and for objects where torch.load does.
Ref ItemsOfInert(State& state, Ref target);
Ref PairsOfInert(State& state, Ref target);

// Refuses pickle.stop-unbuilt at STOP when an object of a class that must be built (POL-016) has no state, or a value
// of numpy none (NPY-010).
void RefusePending(const State& state);

// Refuses value.type unless the arguments of `function` are a tuple: what calls take only because Python happens to is
// refused (DEV-502).
void RequireTuple(const State& state, Ref function, Ref arguments);

// True for the class or function itself, named and not called.
[[nodiscard]] bool IsInertClass(const Graph& graph, Ref ref);
// The name of the class of a kObject.
[[nodiscard]] std::string_view InertName(const Graph& graph, Ref ref);

}  // namespace weightsonly::machine
