// Fuzz targets: what a load does with the values when the machine is done.
#pragma once

#include "value/graph.h"

namespace weightsonly::fuzz {

// Checks the sparse tensors of `graph`, whose storages are those of FakeSource, and writes its root as a canonical
// document, of which must hold that a JSON parser reads it. Refuses as the two do; limit.output soon.
void WriteAndCheck(Graph& graph);

}  // namespace weightsonly::fuzz
