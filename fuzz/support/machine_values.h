// Fuzz targets: what must hold of the values in a graph (value/graph.h), each for itself.
#pragma once

#include <cstddef>

#include "value/graph.h"

namespace weightsonly::fuzz {

// Every part of every value lies where it says; every tensor lies in its storage, by an arithmetic of its own; items of
// a tuple are older than the tuple, so that none holds itself. `ended`: also that nothing is left to be built or
// merged.
void CheckValues(const Graph& graph, bool ended);

// Keys are equal exactly when their classes are, as far as a plain comparison can tell. Classes are below `classes`.
void CheckKeyClasses(const Graph& graph, std::size_t classes);

// One tensor, of which only the record is asked. Used where there is no node.
void CheckTensor(const Graph& graph, const TensorRecord& tensor, bool ended);

}  // namespace weightsonly::fuzz
