// Floor 7. The quantizer of a tensor in the canonical value. SPEC.md chapter 7 (OUT-020).
#pragma once

#include <string>

#include "value/graph.h"

namespace weightsonly::output {

// Appends `,"q":{…}`. Refuses (throws) as Tensor::CopyTo: scales and zero points may lie in storages.
void AppendQuantizer(std::string& out, const Graph& graph, const QuantizerRecord& quantizer);

}  // namespace weightsonly::output
