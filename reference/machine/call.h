// Floor 5. A call of a global of the allowlist, for the handlers and the functions that call another one. SPEC.md
// chapter 5 (RED-001, RED-002).
#pragma once

#include "machine/arguments.h"
#include "machine/state.h"

namespace weightsonly::machine {

// Calls `function`. Refuses policy.reduce for what is none, and as each function does.
Ref Call(State& state, const policy::Global& function, const Arguments& arguments);

// The items of a tuple as the arguments of `function`. Refuses value.type for any other value.
Arguments ArgumentsFrom(State& state, const policy::Global& function, Ref tuple);

}  // namespace weightsonly::machine
