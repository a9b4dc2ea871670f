// Fuzz targets: the ways in which the bytes of a file can be there.
#pragma once

#include "base/bytes.h"
#include "checkpoint/options.h"
#include "support/outcome.h"

namespace weightsonly::fuzz {

// From a path, mapped (shared or privately, which follows from the bytes) and read, and from memory: the same becomes
// of the file, which is the result.
Outcome CheckSources(Bytes file, Options options);

}  // namespace weightsonly::fuzz
