// Floor 6. Whether options ask for a load that this library does. SPEC.md chapter 4 (ENV-008 to ENV-010).
#pragma once

#include "checkpoint/options.h"

namespace weightsonly {

// Refuses policy.environment when both variables are set, policy.full-pickle when torch would load without restriction;
// both before the file is looked at. What loads nothing does not ask (ENV-010). Options::torch that names no release is
// left to CheckOptions.
void RequireWeightsOnly(const Options& options);

}  // namespace weightsonly
