// Floor 3. Numbers of 16 bits. SPEC.md chapter 3.
#pragma once

#include <bit>
#include <cstdint>

namespace weightsonly {

// IEEE 754 binary16; every value of it is a float.
[[nodiscard]] inline double HalfToDouble(std::uint16_t bits) {
  constexpr std::uint32_t kExponentShift = 112U << 23;  // from a bias of 15 to one of 127
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t rest = (bits & 0x7fffU) << 13;
  if ((bits & 0x7c00U) == 0x7c00U) return std::bit_cast<float>(sign | 0x7f800000U | rest);
  if ((bits & 0x7c00U) != 0) return std::bit_cast<float>(sign | (rest + kExponentShift));
  const double magnitude = static_cast<double>(bits & 0x3ffU) * 0x1p-24;
  return sign != 0 ? -magnitude : magnitude;
}

}  // namespace weightsonly
