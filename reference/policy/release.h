// Floor 4. The releases of torch whose answers are known. SPEC.md chapter 4 (POL-008).
//
// Only the tables of this floor ask for a release; no other code does.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weightsonly::policy {

// In the order in which they came out. A release stands for itself and those before the next one: 2.6 for 2.7 to 2.9.
// NOLINTNEXTLINE(readability-identifier-naming): the underscore is the release's dot
enum class Release : std::uint8_t { k1_13, k2_0, k2_6, k2_10, k2_13, k2_15 };

inline constexpr auto kReleaseNames = std::to_array<std::string_view>({"1.13", "2.0", "2.6", "2.10", "2.13", "2.15"});

[[nodiscard]] constexpr std::string_view ReleaseName(Release release) {
  return kReleaseNames[static_cast<std::size_t>(release)];
}

// The release of that name, which is one of kReleaseNames exactly; nothing for any other text.
[[nodiscard]] constexpr std::optional<Release> ReleaseOf(std::string_view name) {
  const auto found = std::ranges::find(kReleaseNames, name);
  if (found == kReleaseNames.end()) return std::nullopt;
  return static_cast<Release>(found - kReleaseNames.begin());
}

}  // namespace weightsonly::policy
