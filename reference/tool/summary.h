// Floor 8. What is in a checkpoint, in a screenful. SPEC.md chapter 8.
#pragma once

#include <string>

#include "checkpoint/checkpoint.h"
#include "tool/commands.h"

namespace weightsonly::tool {

// Prints the verdict and the value three levels deep, with at most 12 entries of each container and about 60 lines in
// all.
void PrintSummary(const Context& context, const std::string& file, const Checkpoint& checkpoint);

}  // namespace weightsonly::tool
