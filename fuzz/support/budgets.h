// Fuzz targets: how much memory and work a file may cost, beside the limits that the loader enforces itself.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "checkpoint/checkpoint.h"
#include "support/allocations.h"

namespace weightsonly::fuzz {

// What a load of `file`, however it ended, allocated is in proportion to the file and to the pickle in it, beside its
// small records and what `limits` let calls make.
void RequireLoadBudget(const Allocations& used, Bytes file, const Limits& limits);

// An accepted file kept within the limits that it was loaded with.
void RequireLimits(const Checkpoint& checkpoint);

}  // namespace weightsonly::fuzz
