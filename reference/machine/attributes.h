// Floor 5. Python attributes of dicts and tensors: what `__dict__` holds. SPEC.md chapter 5 (BLD-002, STA-001 to
// STA-004).
#pragma once

#include <cstddef>

#include "machine/arguments.h"
#include "machine/state.h"

namespace weightsonly::machine {

// BLD-002. `__dict__.update(update)` of an OrderedDict or Counter. Refuses value.type.
void UpdateAttributes(State& state, Ref target, Ref update);

// STA-008. True when SetState understands `update`: a dict with keys that are all str, a pair of such, what is falsy.
[[nodiscard]] bool SetsAttributes(State& state, Ref update);
// STA-001 to STA-004. Sets argument `index`, the state of a tensor, parameter or subclass, on `target`: a dict, or the
// pair of a dict and slots. Refuses value.type, tensor.state.
void SetState(State& state, const Arguments& arguments, std::size_t index, Ref target);

}  // namespace weightsonly::machine
