// Floor 6. What of an archive strict refuses besides what floors 1 and 5 compare: whatever torch.save does not put
// there. SPEC.md chapter 6 (CHK-043 to CHK-046).
#pragma once

#include "container/zip.h"
#include "value/graph.h"

namespace weightsonly {

// Compares the archive of a checkpoint with what torch.save writes, when its pickle was executed into `graph`, which
// names the storages. Refuses container.zip.eocd where a comment of the archive or bytes behind it begin, and at the
// directory entry of a record container.zip.{name, method, central-directory}. Linear in the number of records; looks
// at no byte of the file.
void RequireAsTorchWrites(const container::Archive& archive, const Graph& graph);

}  // namespace weightsonly
