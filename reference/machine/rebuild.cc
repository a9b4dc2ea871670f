// Floor 5. What the rebuild functions share. SPEC.md chapter 5.
#include "machine/rebuild.h"

#include "machine/state.h"

namespace weightsonly::machine {

Ref AddPart(State& state, Ref tensor) {
  TensorRecord record = state.graph.TensorOf(state.graph[tensor]);
  record.requires_grad = false;
  state.graph.ChargeMemory(sizeof record, state.offset);
  return AddTensor(state, record);
}

}  // namespace weightsonly::machine
