// Fuzz targets: where the parts of a recipe are, for those who change it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/archive.h"
#include "support/random.h"
#include "support/recipe_changes.h"
#include "support/vocabulary.h"

namespace weightsonly::fuzz {

// Lines [begin, end).
struct LineRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

[[nodiscard]] inline std::string_view FirstWord(std::string_view line) { return line.substr(0, line.find(' ')); }
[[nodiscard]] inline bool IsPartLine(std::string_view line) { return recipe::Archive::IsPart(FirstWord(line)); }
[[nodiscard]] inline bool IsInstructionLine(std::string_view line) { return InstructionOf(line) != nullptr; }

// The number of the next line that `wanted` is true of, from a random one on and around; lines.size(): there is none.
template <typename Wanted>
[[nodiscard]] std::size_t FindLine(const RecipeLines& lines, Random& random, Wanted wanted) {
  if (lines.empty()) return 0;
  const std::size_t start = random.Below(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t at = (start + i) % lines.size();
    if (wanted(lines[at])) return at;
  }
  return lines.size();
}

// Each RECORD with its content and its DESCRIPTOR.
[[nodiscard]] std::vector<LineRange> RecordsOf(const RecipeLines& lines);

// Up to `most` lines from `at` on of which `wanted` is true.
template <typename Wanted>
[[nodiscard]] LineRange RunFrom(const RecipeLines& lines, std::size_t at, std::size_t most, Wanted wanted) {
  std::size_t end = at;
  while (end < lines.size() && end - at < most && wanted(lines[end])) ++end;
  return {at, end};
}

[[nodiscard]] inline RecipeLines LinesIn(const RecipeLines& lines, LineRange range) {
  return {lines.begin() + static_cast<std::ptrdiff_t>(range.begin),
          lines.begin() + static_cast<std::ptrdiff_t>(range.end)};
}
inline void EraseLines(RecipeLines& lines, LineRange range) {
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(range.begin),
              lines.begin() + static_cast<std::ptrdiff_t>(range.end));
}
inline void InsertLines(RecipeLines& lines, std::size_t at, const RecipeLines& more) {
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
}

}  // namespace weightsonly::fuzz
