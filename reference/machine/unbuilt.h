// Floor 5. Tensors and parameters that their class makes and BUILD fills, as torch did before release 0.4. SPEC.md
// chapter 5 (LEG-001 to LEG-005).
#pragma once

#include "machine/arguments.h"
#include "machine/state.h"

namespace weightsonly::machine {

// TensorRecord::storage of a tensor that waits for its BUILD. None is left when the machine stops.
inline constexpr std::uint32_t kUnbuilt = kNoStorage - 1;
inline constexpr std::uint32_t kUnbuiltCuda = kNoStorage - 2;
[[nodiscard]] inline bool IsUnbuilt(const TensorRecord& tensor) {
  return tensor.storage == kUnbuilt || tensor.storage == kUnbuiltCuda;
}

// LEG-001. A tensor class called without arguments.
Ref AddUnbuiltTensor(State& state, const policy::Global& type);
// LEG-002. torch.nn.Parameter called, or created by NEWOBJ.
Ref CallParameter(State& state, const Arguments& arguments);

// LEG-003, LEG-004. BUILD of a tensor and of a parameter.
void BuildTensor(State& state, Ref target, Ref update);
void BuildParameter(State& state, Ref target, Ref update);

// LEG-005. Refuses pickle.stop-unbuilt at STOP when a tensor still waits.
void RefuseUnbuilt(const State& state);

}  // namespace weightsonly::machine
