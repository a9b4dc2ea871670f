// Floor 0. The one hash of the library: 64 bits, seeded, so that a file cannot choose its collisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weightsonly {

// A seed that differs from process to process (from the system's randomness, read once); in builds for a fuzzing engine
// always the same.
std::uint64_t ProcessSeed();

// The upper half of a product xor the lower one, out of the halves of the factors, where nothing wraps.
[[nodiscard]] constexpr std::uint64_t HashMixByHalves(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kLow = 0xffffffff;
  const std::uint64_t left = (a >> 32) * (b & kLow) + ((a & kLow) * (b & kLow) >> 32);
  const std::uint64_t right = (a & kLow) * (b >> 32) + (left & kLow);
  return ((a >> 32) * (b >> 32) + (left >> 32) + (right >> 32)) ^ (a * b);
}

[[nodiscard]] inline std::uint64_t HashMix(std::uint64_t a, std::uint64_t b) {
#ifdef __SIZEOF_INT128__
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#else
  return HashMixByHalves(a, b);  // Compilers for 32 bits have no such type.
#endif
}

[[nodiscard]] inline std::uint64_t HashInteger(std::uint64_t value, std::uint64_t seed) {
  return HashMix(value ^ seed ^ 0x9e3779b97f4a7c15U, seed | 0xa0761d6478bd642fU);
}

// Eight bytes from the front of a longer text.
[[nodiscard]] inline std::uint64_t FrontWord(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, 8);
  return word;
}

// The last eight bytes of a text, some of them for the second time; of a shorter one, all its bytes. Together with its
// length and the words in front they are the whole text. Loads of fixed sizes: a copy of unknown length would cost more
// than the rest.
[[nodiscard]] inline std::uint64_t TailWord(std::string_view text) {
  const char* at = text.data();
  const std::size_t size = text.size();
  if (size >= 8) return FrontWord(at + size - 8);
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

[[nodiscard]] inline std::uint64_t HashBytes(std::string_view text, std::uint64_t seed) {
  std::uint64_t state = seed ^ HashMix(text.size() ^ 0xe7037ed1a0b428dbU, 0x8ebc6af09c88c6e3U);
  const char* at = text.data();
  for (std::size_t left = text.size(); left > 8; at += 8, left -= 8) {
    state = HashMix(state ^ FrontWord(at), seed | 0xa0761d6478bd642fU);
  }
  return HashMix(state ^ TailWord(text) ^ 0x589965cc75374cc3U, seed | 0x1d8e4e27c47d124fU);
}

}  // namespace weightsonly
