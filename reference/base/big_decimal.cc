// Floor 0. Integers of any size as decimal text. SPEC.md chapter 0. No arithmetic beyond the division that this needs.
#include "base/big_decimal.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weightsonly {
namespace {

using Words = std::vector<std::uint32_t>;  // least significant first

constexpr std::uint32_t kBillion = 1'000'000'000;  // the largest power of ten in a word: nine digits a division

bool IsNegative(std::string_view bytes) { return !bytes.empty() && static_cast<unsigned char>(bytes.back()) >= 0x80; }

// |value|: as many words as the bytes fill and one more for |-2^(32k-1)|'s sign bit.
Words Magnitude(std::string_view bytes) {
  const bool negative = IsNegative(bytes);
  Words words(bytes.size() / 4 + 1, 0);
  for (std::size_t i = 0; i < words.size() * 4; ++i) {
    const std::uint32_t byte = i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : (negative ? 0xffU : 0U);
    words[i / 4] |= byte << (8 * (i % 4));
  }
  std::uint64_t carry = 1;
  for (std::size_t i = 0; negative && i < words.size(); ++i) {
    carry += static_cast<std::uint32_t>(~words[i]);
    words[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return words;
}

// Divides in place and drops leading zero words; the remainder.
std::uint32_t DivideByBillion(Words& words) {
  std::uint64_t rest = 0;
  for (std::size_t i = words.size(); i-- > 0;) {
    rest = (rest << 32) | words[i];
    words[i] = static_cast<std::uint32_t>(rest / kBillion);
    rest %= kBillion;
  }
  while (!words.empty() && words.back() == 0) words.pop_back();
  return static_cast<std::uint32_t>(rest);
}

}  // namespace

void AppendBigDecimal(std::string& out, std::string_view bytes) {
  if (IsNegative(bytes)) out += '-';
  Words words = Magnitude(bytes);
  std::string digits;  // least significant first
  while (!words.empty()) {
    std::uint32_t nine = DivideByBillion(words);
    for (int i = 0; i < 9 && (nine != 0 || !words.empty()); ++i, nine /= 10) {
      digits += static_cast<char>('0' + nine % 10);
    }
  }
  if (digits.empty()) digits = "0";
  out.append(digits.rbegin(), digits.rend());
}

}  // namespace weightsonly
