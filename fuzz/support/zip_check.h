// Fuzz target zip: what must hold of an archive that was opened, by the plainest reading of its bytes.
#pragma once

#include <string>
#include <string_view>

#include "container/zip.h"

namespace weightsonly::fuzz {

// The end record, the directory and every entry are what the bytes of the file say.
void CheckDirectory(Bytes file, const container::Archive& archive);

// Find, FindNear and FindExactly give what a look at every name gives, for the archive's own names and for others made
// from them.
void CheckNames(const container::Archive& archive);

// Each record lies where SPEC.md allows, or is refused (ZIP-030 to ZIP-034, DEV-106 to DEV-110). Small ones are read,
// and are what their bytes say (ZIP-034 to ZIP-038, DEV-111).
void CheckRecords(Bytes file, const container::Archive& archive);

}  // namespace weightsonly::fuzz
