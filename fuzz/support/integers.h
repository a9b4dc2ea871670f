// Fuzz targets: 64-bit numbers out of few bytes, such that a change of one byte reaches what lies around the powers of
// two, where arithmetic goes wrong. fuzz/seed_makers/integers.py writes them.
#pragma once

#include <cstdint>

#include "support/input.h"

namespace weightsonly::fuzz {

// The first byte decides: 0 to 127 is that number; from 128 on 2^k (k: its low six bits) plus the next byte, which has
// a sign; from 192 on the next byte (and from 208 on the next two) as a number below zero; from 224 on the next eight
// bytes.
inline std::int64_t TakeInteger(Input& input) {
  const std::uint8_t first = input.Byte();
  if (first < 128) return first;
  if (first < 192) {
    const auto more = static_cast<std::int8_t>(input.Byte());
    return static_cast<std::int64_t>((std::uint64_t{1} << (first & 63)) + static_cast<std::uint64_t>(more));
  }
  if (first < 208) return -1 - std::int64_t{input.Byte()};
  if (first < 224) return -1 - static_cast<std::int64_t>(input.Number(2));
  return static_cast<std::int64_t>(input.Number(8));
}

}  // namespace weightsonly::fuzz
