// Floor 1. Names of records as torch compares them: bytes, with the ASCII letters A-Z and a-z taken as equal (ZIP-028).
// Nothing here knows prefixes or directories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
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

// Eight bytes from the front of a longer name.
[[nodiscard]] inline std::uint64_t NameWord(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, 8);
  return word;
}

// The last eight bytes of a name, some of them for the second time; of a shorter one, all its bytes. Together with its
// length and the words in front they are the whole name. Loads of fixed sizes: a copy of unknown length would cost more
// than the rest.
[[nodiscard]] inline std::uint64_t NameTail(std::string_view name) {
  const char* at = name.data();
  const std::size_t size = name.size();
  if (size >= 8) return NameWord(at + size - 8);
  if (size >= 4) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, at, 4);
    std::memcpy(&last, at + size - 4, 4);
    return first | std::uint64_t{last} << 32;
  }
  if (size == 0) return 0;
  const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
  return byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
}

// The seeded hash of a folded name: equal for names that are equal letter case apart.
[[nodiscard]] inline std::uint64_t HashName(std::string_view name, std::uint64_t seed) {
  std::uint64_t state = name.size();
  const char* at = name.data();
  for (std::size_t left = name.size(); left > 8; at += 8, left -= 8) {
    state = HashInteger(state ^ FoldWord(NameWord(at)), seed);
  }
  return HashInteger(state ^ FoldWord(NameTail(name)), seed);
}

// True when the names are equal, letter case apart.
[[nodiscard]] inline bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const char* at = a.data();
  const char* bt = b.data();
  for (std::size_t left = a.size(); left > 8; at += 8, bt += 8, left -= 8) {
    if (FoldWord(NameWord(at)) != FoldWord(NameWord(bt))) return false;
  }
  return FoldWord(NameTail(a)) == FoldWord(NameTail(b));
}

}  // namespace weightsonly::container
