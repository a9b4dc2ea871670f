// Floor 8. The path of a tensor as people write it: model.layers[0].weight. SPEC.md chapter 8.
#pragma once

#include <span>
#include <string>

#include "value/value.h"

namespace weightsonly::tool {

// CLI-008. str keys joined by dots, int keys and positions as [0], attributes as @name (of inert objects as .name),
// other keys in a few words in brackets; escaped, at most about `max_bytes` long. The root itself is "(root)". For
// people only: a key with a dot in it looks like two keys; JSON has the exact path.
[[nodiscard]] std::string PathText(std::span<const PathElement> path, std::size_t max_bytes = 512);

}  // namespace weightsonly::tool
