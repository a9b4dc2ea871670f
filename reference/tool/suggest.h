// Floor 8. "Did you mean": the candidate that is nearest to a mistyped word.
#pragma once

#include <span>
#include <string_view>

namespace weightsonly::tool {

// The candidate with the fewest edits from `word`, when they are at most a third of its letters (and at least one edit
// is granted); otherwise nothing. Words above 64 bytes have no neighbour.
[[nodiscard]] std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace weightsonly::tool
