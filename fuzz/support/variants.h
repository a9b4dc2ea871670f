// Fuzz targets: the options that files are loaded with.
#pragma once

#include "base/bytes.h"
#include "checkpoint/options.h"

namespace weightsonly::fuzz {

// torch's defaults. Walks over paths end early: how far they go is no matter of the verdict.
[[nodiscard]] Options DefaultOptions();
// Limits so low that an ordinary file comes to them.
[[nodiscard]] Options TightOptions();
// Limits that leave room for nothing that is not in proportion to the file; within them the memory of a load is known
// most exactly.
[[nodiscard]] Options LinearOptions();
// Others than the defaults, which follow from the bytes of the file: strict, a release, numpy, a device, an encoding.
[[nodiscard]] Options VariantOf(Bytes file);

}  // namespace weightsonly::fuzz
