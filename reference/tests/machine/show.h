// A value as one line of text, much as Python's repr writes it, so that a row of a test can say what it expects.
#pragma once

#include <string>

#include "value/graph.h"

namespace weightsonly::machine {

// None, True, 1, 1.0, 'text', bytes(6100), (1,), [1], set(1, 2), {1: 2}, OrderedDict{1: 2}@{'attribute': 3},
// Size(1, 2), complex(1.0, 2.0), names of dtypes and globals, device(cpu), storage(float32, 16), and
// tensor(float32, [2, 3], [3, 1], offset 0, storage 0[, grad][, conj][, neg]). Deeper than 8 levels: "…".
std::string Show(const Graph& graph, Ref ref);

}  // namespace weightsonly::machine
