// Floor 7. Values that hold no others, in the canonical value. SPEC.md chapter 7 (OUT-001).
#pragma once

#include <string>

#include "value/graph.h"

namespace weightsonly::output {

// {"t":"int","v":"3" — without the closing brace. `ref`: a value without items, parts, identity and storage.
void AppendPlain(std::string& out, const Graph& graph, Ref ref);

}  // namespace weightsonly::output
