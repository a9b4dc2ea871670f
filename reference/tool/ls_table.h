// Floor 8. The table of `weightsonly ls`. SPEC.md chapter 8.
#pragma once

#include <string>

#include "checkpoint/checkpoint.h"
#include "tool/commands.h"
#include "tool/digests.h"

namespace weightsonly::tool {

// Prints the tensors aligned, their total, and what is worth knowing about their storages. Walks the tensors twice, so
// that its memory does not grow with their number (storage_use.h). `digests` may be null.
void PrintTensors(const Context& context, const Checkpoint& checkpoint, const Digests* digests);
// The same between the name of the file and an empty line when there is more than one FILE.
void PrintTensorTable(const Context& context, const std::string& file, const Checkpoint& checkpoint,
                      const Digests* digests);

}  // namespace weightsonly::tool
