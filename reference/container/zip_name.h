// Floor 1. Names of records as torch compares them: bytes, with the ASCII letters A-Z and a-z taken as equal (ZIP-028).
// Nothing here knows prefixes or directories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace weightsonly::container {

inline constexpr std::uint64_t kEachByte = 0x0101010101010101;

// Eight bytes with A-Z made lower case, whatever else is in them.
[[nodiscard]] inline std::uint64_t FoldWord(std::uint64_t word) {
  const std::uint64_t low = word & (0x7f * kEachByte);
  const std::uint64_t from_a = low + (0x80 - 'A') * kEachByte;         // bit 7: at least 'A'
  const std::uint64_t above_z = low + (0x80 - ('Z' + 1)) * kEachByte;  // bit 7: more than 'Z'
  const std::uint64_t upper = from_a & ~above_z & ~word & (0x80 * kEachByte);
  return word | (upper >> 2);
}

// The seeded hash of a folded name: equal for names that are equal letter case apart.
[[nodiscard]] inline std::uint64_t HashName(std::string_view name, std::uint64_t seed) {
  std::uint64_t state = name.size();
  const char* at = name.data();
  for (std::size_t left = name.size(); left > 8; at += 8, left -= 8) {
    state = HashInteger(state ^ FoldWord(FrontWord(at)), seed);
  }
  return HashInteger(state ^ FoldWord(TailWord(name)), seed);
}

// True when the names are equal, letter case apart.
[[nodiscard]] inline bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const char* at = a.data();
  const char* bt = b.data();
  for (std::size_t left = a.size(); left > 8; at += 8, bt += 8, left -= 8) {
    if (FoldWord(FrontWord(at)) != FoldWord(FrontWord(bt))) return false;
  }
  return FoldWord(TailWord(a)) == FoldWord(TailWord(b));
}

}  // namespace weightsonly::container
