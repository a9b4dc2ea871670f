// Floor 4. Whether a load is one with weights only: torch.load's argument and its two environment variables, by the
// precedence and the spellings of each release. SPEC.md chapter 4 (ENV-001 to ENV-006).
//
// Nothing here reads the environment: the texts are handed in (ENV-007).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/release.h"

namespace weightsonly::policy {

// What torch.load would be called with. The views are only looked at.
struct LoadRequest {
  Release release = Release::k2_15;
  std::optional<bool> weights_only;          // empty: the argument is not passed
  std::optional<std::string_view> force;     // TORCH_FORCE_WEIGHTS_ONLY_LOAD as found; empty: not set
  std::optional<std::string_view> force_no;  // TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD
};

enum class Loading : std::uint8_t {
  kWeightsOnly,             // the restricted unpickler
  kUnrestrictedByDefault,   // nothing is said, and the release's default is to load without restriction (ENV-004)
  kUnrestrictedByArgument,  // weights_only=False
  kUnrestrictedByVariable,  // TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD
  kBothForced,              // an error in torch
};

// ENV-001, ENV-002. Whether that release takes the variable's text for true. Any bytes are answered.
[[nodiscard]] bool IsTrueText(Release release, std::string_view text);

// ENV-003 to ENV-006. What torch.load of that release does. Nothing is thrown.
[[nodiscard]] Loading LoadingOf(const LoadRequest& request);

}  // namespace weightsonly::policy
