// Floor 0. The one hash of the library: 64 bits, seeded, so that a file cannot choose its collisions.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace weightsonly {

// A seed that differs from process to process (from the system's randomness, read once).
std::uint64_t ProcessSeed();

[[nodiscard]] inline std::uint64_t HashMix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

[[nodiscard]] inline std::uint64_t HashInteger(std::uint64_t value, std::uint64_t seed) {
  return HashMix(value ^ seed ^ 0x9e3779b97f4a7c15U, seed | 0xa0761d6478bd642fU);
}

[[nodiscard]] inline std::uint64_t HashBytes(std::string_view text, std::uint64_t seed) {
  std::uint64_t state = seed ^ HashMix(text.size() ^ 0xe7037ed1a0b428dbU, 0x8ebc6af09c88c6e3U);
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    state = HashMix(state ^ word, seed | 0xa0761d6478bd642fU);
  }
  std::uint64_t tail = 0;
  if (left != 0) std::memcpy(&tail, at, left);
  return HashMix(state ^ tail ^ 0x589965cc75374cc3U, seed | 0x1d8e4e27c47d124fU);
}

}  // namespace weightsonly
