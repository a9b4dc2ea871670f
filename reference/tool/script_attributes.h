// Floor 8. The attributes of the inert objects in a TorchScript archive that are no tensors. SPEC.md chapter 8
// (TSC-011).
#pragma once

#include <functional>
#include <span>

#include "checkpoint/checkpoint.h"

namespace weightsonly::tool {

using AttributeVisitor = std::function<void(std::span<const PathElement> path, const Value& value)>;

// Calls `visit` for what stands directly in the root, or in the state of an inert object that the root reaches, and is
// no tensor and no object of its own. In document order, each object once, under the first path that reaches it. False
// when it stopped because the paths became too long (CLI-012).
[[nodiscard]] bool ForEachAttribute(const Checkpoint& checkpoint, const AttributeVisitor& visit);

}  // namespace weightsonly::tool
