// Floor 3. The invariants of sparse tensors that depend on the indices themselves. SPEC.md chapter 5 (SPR-005 to
// SPR-008).
#pragma once

#include "value/graph.h"

namespace weightsonly {

// Reads the indices of every sparse tensor of the graph, in order of creation, whether the root reaches it or not, and
// checks them: one pass, work linear in the file (Limits::steps_base and steps_per_byte for each of its bytes; deflated
// indices up to Limits::inflated_base + inflated_factor for each of its bytes). What it looked at is what the handles
// hand out. Refuses tensor.sparse-invariant, limit.steps and limit.memory at the call in data.pkl, and as
// Storage::data().
void CheckSparseTensors(const Graph& graph);

}  // namespace weightsonly
