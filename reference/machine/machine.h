// Floor 5. Runs a pickle. SPEC.md chapter 5.
#pragma once

#include "base/refusal.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly::machine {

// Executes graph.pickle up to its first STOP and sets graph.root. One pass; work and memory are linear in the pickle,
// but for calls, whose work is bounded by Limits. Refuses whatever a handler refuses, pickle.opcode and
// pickle.truncated; the record of every refusal is data.pkl. With `strict`: also pickle.trailing (bytes after STOP,
// values or marks left).
void Run(Graph& graph, StorageResolver& resolver, bool strict);

}  // namespace weightsonly::machine
