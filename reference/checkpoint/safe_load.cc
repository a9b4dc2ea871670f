// Floor 6. The one place where a load without restriction is asked for and refused. SPEC.md chapter 4.
#include "checkpoint/safe_load.h"

#include <string>

#include "base/refusal.h"
#include "base/text.h"
#include "policy/environment.h"

namespace weightsonly {
namespace {

// The longest text of a variable that a message shows.
constexpr std::size_t kShownBytes = 64;

std::string Assignment(std::string_view name, const std::optional<std::string>& text) {
  return std::string(name) + "='" + EscapeForTerminal(text.value_or(""), kShownBytes) + "'";
}

std::optional<std::string_view> View(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

[[noreturn]] void RefuseFullPickle(std::string reason) {
  Refuse(RefusalKind::kPolicyFullPickle, {}, 0,
         std::move(reason) + ": torch would load the file without restriction, and run what it says");
}

}  // namespace

void RequireWeightsOnly(const Options& options) {
  const std::optional<policy::Release> release = policy::ReleaseOf(options.torch);
  if (!release) return;
  const policy::LoadRequest request{.release = *release,
                                    .weights_only = options.weights_only,
                                    .force = View(options.force_weights_only_load),
                                    .force_no = View(options.force_no_weights_only_load)};
  switch (policy::LoadingOf(request)) {
    case policy::Loading::kWeightsOnly:
    case policy::Loading::kUnrestrictedByDefault:  // DEV-660
      return;
    case policy::Loading::kBothForced:
      Refuse(RefusalKind::kPolicyEnvironment, {}, 0,
             Assignment(kForceVariable, options.force_weights_only_load) + " and " +
                 Assignment(kForceNoVariable, options.force_no_weights_only_load) + " contradict each other");
    case policy::Loading::kUnrestrictedByArgument:
      RefuseFullPickle("weights_only is false");
    case policy::Loading::kUnrestrictedByVariable:
      RefuseFullPickle(Assignment(kForceNoVariable, options.force_no_weights_only_load) +
                       " is set and weights_only is not given");
  }
  RefuseInternal("a way of loading that is none");
}

}  // namespace weightsonly
