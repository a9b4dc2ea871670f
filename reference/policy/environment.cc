// Floor 4. The precedence of weights_only and the two environment variables. SPEC.md chapter 4.
#include "policy/environment.h"

#include <algorithm>
#include <array>

namespace weightsonly::policy {
namespace {

constexpr auto kTrueTexts = std::to_array<std::string_view>({"1", "y", "yes", "true"});

// Python's lower() turns no letter outside of ASCII into one of those in kTrueTexts.
char Lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool EqualInLowerCase(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, Lower);
}

// ENV-002
bool IgnoresCase(Release release) { return release < Release::k2_6 || release >= Release::k2_13; }

// ENV-003, ENV-004
bool KnowsForceNo(Release release) { return release >= Release::k2_6; }
bool IsSafeByDefault(Release release) { return release >= Release::k2_6; }

}  // namespace

bool IsTrueText(Release release, std::string_view text) {
  return std::ranges::any_of(kTrueTexts, [&](std::string_view word) {
    return IgnoresCase(release) ? EqualInLowerCase(text, word) : text == word;
  });
}

Loading LoadingOf(const LoadRequest& request) {
  const auto is_set = [&](std::optional<std::string_view> text) { return text && IsTrueText(request.release, *text); };
  const bool force = is_set(request.force);
  const bool force_no = KnowsForceNo(request.release) && is_set(request.force_no);
  if (force && force_no) return Loading::kBothForced;  // ENV-005
  if (force) return Loading::kWeightsOnly;             // ENV-003
  if (request.weights_only) return *request.weights_only ? Loading::kWeightsOnly : Loading::kUnrestrictedByArgument;
  if (force_no) return Loading::kUnrestrictedByVariable;                                              // ENV-006
  return IsSafeByDefault(request.release) ? Loading::kWeightsOnly : Loading::kUnrestrictedByDefault;  // ENV-004
}

}  // namespace weightsonly::policy
