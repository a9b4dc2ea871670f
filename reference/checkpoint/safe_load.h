// Floor 6. Whether options ask for a load that this library does. SPEC.md chapter 4 (ENV-008, ENV-009).
#pragma once

#include "checkpoint/options.h"

namespace weightsonly {

// Refuses policy.environment when both variables are set, policy.full-pickle when torch would load without restriction;
// both before the file is looked at. Options::torch that names no release is left to CheckOptions.
void RequireWeightsOnly(const Options& options);

}  // namespace weightsonly
