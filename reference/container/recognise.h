// Floor 1. What kind of file this is, by its bytes alone. SPEC.md chapter 1.
#pragma once

#include "base/bytes.h"

namespace weightsonly::container {

// Returns when the file is to be read as a zip archive (torch's rule: it starts with `PK\3\4`). Everything else is
// refused by name with offset 0: container.empty, .text, .legacy, .tar, .safetensors, .compressed, .plain-pickle,
// .truncated, .not-a-checkpoint, container.zip.eocd (a zip that starts with something else). TorchScript is told by its
// records, later.
void RequireZip(Bytes file);

}  // namespace weightsonly::container
