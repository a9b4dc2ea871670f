// Floor 6. Options::encoding. SPEC.md chapter 5 (OPC-010, DEV-606).
#pragma once

#include "checkpoint/options.h"
#include "machine/state.h"

namespace weightsonly {

// Refuses options.invalid.
[[nodiscard]] machine::StringEncoding EncodingOf(const Options& options);

}  // namespace weightsonly
