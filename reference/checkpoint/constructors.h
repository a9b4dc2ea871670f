// Floor 6. The caller's constructors of inert objects. SPEC.md chapter 6 (CHK-040).
#pragma once

#include <memory>

#include "policy/allowlist.h"
#include "value/graph.h"

namespace weightsonly {

// Has each constructor of `allowlist` called for each object of its class, in the order in which the file makes them,
// and keeps what they return in the graph. Call once, when the graph is complete. Refuses policy.constructor.
void RunConstructors(const std::shared_ptr<Graph>& graph, const Allowlist& allowlist);

}  // namespace weightsonly
