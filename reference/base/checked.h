// Floor 0. Arithmetic on numbers that a file supplied: every operation says whether it fitted.
#pragma once

#include <cstdint>

namespace weightsonly {

// *result = a + b (a * b); false, with *result unspecified, when the exact result does not fit.
[[nodiscard]] inline bool CheckedAdd(std::uint64_t a, std::uint64_t b, std::uint64_t* result) {
  return !__builtin_add_overflow(a, b, result);
}
[[nodiscard]] inline bool CheckedMul(std::uint64_t a, std::uint64_t b, std::uint64_t* result) {
  return !__builtin_mul_overflow(a, b, result);
}
[[nodiscard]] inline bool CheckedAdd(std::int64_t a, std::int64_t b, std::int64_t* result) {
  return !__builtin_add_overflow(a, b, result);
}
[[nodiscard]] inline bool CheckedMul(std::int64_t a, std::int64_t b, std::int64_t* result) {
  return !__builtin_mul_overflow(a, b, result);
}

// base + factor * count, or 2^64 - 1 when that is more: a limit that the caller set.
[[nodiscard]] inline std::uint64_t SaturatingSum(std::uint64_t base, std::uint64_t factor, std::uint64_t count) {
  std::uint64_t sum = 0;
  return CheckedMul(factor, count, &sum) && CheckedAdd(base, sum, &sum) ? sum : ~std::uint64_t{0};
}

// True when [offset, offset + length) lies inside `total` bytes.
[[nodiscard]] inline bool Fits(std::uint64_t offset, std::uint64_t length, std::uint64_t total) {
  return offset <= total && length <= total - offset;
}

}  // namespace weightsonly
