// Fuzz targets: sums and products of 64-bit numbers in 128 bits, by 32-bit halves as one does it on paper: no builtin
// of the compiler, which is what the library's checked arithmetic is made of.
#pragma once

#include <compare>
#include <cstdint>

namespace weightsonly::fuzz {

struct Exact {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Exact&, const Exact&) = default;
  // Below 2^bits; `bits` is 1 to 64.
  [[nodiscard]] bool FitsBits(unsigned bits) const { return high == 0 && (low >> (bits - 1)) >> 1 == 0; }
};

// Of numbers whose sum stays below 2^128.
constexpr Exact operator+(Exact a, Exact b) {
  const std::uint64_t low = a.low + b.low;
  return {a.high + b.high + (low < a.low ? 1 : 0), low};
}

constexpr Exact Product(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kHalf = 0xFFFFFFFF;
  const Exact outer{(a >> 32) * (b >> 32), (a & kHalf) * (b & kHalf)};
  const std::uint64_t left = (a >> 32) * (b & kHalf);
  const std::uint64_t right = (a & kHalf) * (b >> 32);
  return outer + Exact{left >> 32, left << 32} + Exact{right >> 32, right << 32};
}

static_assert(Product(~std::uint64_t{0}, ~std::uint64_t{0}) == Exact{~std::uint64_t{0} - 1, 1});

}  // namespace weightsonly::fuzz
