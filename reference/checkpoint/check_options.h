// Floor 6. Whether options are possible. SPEC.md chapter 6 (CHK-022).
#pragma once

#include <vector>

#include "checkpoint/options.h"
#include "container/source.h"
#include "policy/globals.h"

namespace weightsonly {

// Refuses options.invalid, and says which option and why.
void CheckOptions(const Options& options);
// The part of CheckOptions that is about packages: no two priorities alike, torch's own included; no empty
// deserializer.
void CheckPackages(const std::vector<Package>& packages);

// Whose lists answer for globals; refers to options.allowlist. The options were checked.
[[nodiscard]] policy::Policy PolicyOf(const Options& options);
// How the options want a file in memory.
[[nodiscard]] container::Mapping MappingOf(const Options& options);

}  // namespace weightsonly
