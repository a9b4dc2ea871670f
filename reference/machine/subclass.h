// Floor 5. Tensors of classes that the user allowed. SPEC.md chapter 5 (SUB-002 to SUB-005, STA-007, STA-008).
//
// Reached only where a file names such a class.
#pragma once

#include "machine/arguments.h"
#include "machine/state.h"

namespace weightsonly::machine {

// SUB-002. What `_rebuild_from_type_v2` makes of `made`, the result of its function: a tensor of the class in argument
// 1, which is inert, with the state in argument 3. Refuses tensor.subclass, tensor.state.
Ref MakeSubclass(State& state, const Arguments& arguments, Ref made);

}  // namespace weightsonly::machine
