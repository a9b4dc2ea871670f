// Floor 7. Values of numpy in the canonical document. SPEC.md chapter 5 (NPY-012).
#pragma once

#include <string>

#include "value/graph.h"

namespace weightsonly::output {

// The object of an array or scalar, with all its bytes, which lie in the pickle, and that of a dtype; both without the
// closing brace.
void AppendNdarray(std::string& out, const Graph& graph, const NdarrayRecord& array);
void AppendNumpyDtype(std::string& out, const Graph& graph, const NumpyDtypeRecord& dtype);

}  // namespace weightsonly::output
