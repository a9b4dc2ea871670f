// Recipes: words. conformance/FORMAT.md, chapter 1.
#include "recipe/words.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#include "base/checked.h"
#include "base/text.h"

namespace weightsonly::recipe {
namespace {

constexpr std::size_t kLongestInteger = 4096;  // characters
constexpr std::size_t kMostBits = 2039;        // of an integer of 255 bytes, without its sign

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Where the string that starts at `at` ends: behind its closing quote.
std::size_t EndOfString(std::string_view line, std::size_t at) {
  for (++at; at < line.size(); ++at) {
    if (line[at] == '"') return at + 1;
    if (line[at] == '\\') ++at;
  }
  Fail("a string is not closed");
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

void AppendCodePoint(std::string& out, std::uint32_t point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | (point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// `\u{…}`, of which `rest` starts behind the backslash; what it takes of it.
std::size_t AppendUnicodeEscape(std::string& out, std::string_view rest) {
  const std::size_t end = rest.substr(0, 9).find('}');
  const std::string_view digits = end == std::string_view::npos ? "" : rest.substr(2, end - 2);
  if (digits.empty() || std::ranges::any_of(digits, [](char c) { return DigitOf(c) == 16; })) {
    Fail("unknown escape \\u");
  }
  std::uint32_t point = 0;
  for (const char c : digits) point = point * 16 + static_cast<std::uint32_t>(DigitOf(c));
  if (point > 0x10ffff) Fail("\\u{" + std::string(digits) + "} is no code point");
  AppendCodePoint(out, point);
  return end + 1;
}

// An escape, of which `rest` starts behind the backslash; how many characters it takes of it.
std::size_t AppendEscape(std::string& out, std::string_view rest) {
  constexpr std::string_view kNames = "nrt\\\"";
  constexpr std::string_view kBytes = "\n\r\t\\\"";
  if (const std::size_t simple = kNames.find(rest.front()); simple != std::string_view::npos) {
    out += kBytes[simple];
    return 1;
  }
  if (rest.front() == 'x' && rest.size() >= 3 && DigitOf(rest[1]) < 16 && DigitOf(rest[2]) < 16) {
    out += static_cast<char>(DigitOf(rest[1]) * 16 + DigitOf(rest[2]));
    return 3;
  }
  if (rest.starts_with("u{")) return AppendUnicodeEscape(out, rest);
  Fail("unknown escape \\" + Shown(rest.substr(0, 1)));
}

// The parts of an integer's word.
struct Digits {
  bool negative = false;
  unsigned base = 10;
  std::string_view digits;
};

Digits DigitsOf(std::string_view word) {
  Digits found;
  found.digits = word;
  if (word.starts_with("0x")) {
    found.base = 16;
    found.digits.remove_prefix(2);
  } else if (word.starts_with('-')) {
    found.negative = true;
    found.digits.remove_prefix(1);
  }
  const auto wrong = [&](char c) { return static_cast<unsigned>(DigitOf(c)) >= found.base; };
  if (found.digits.empty() || word.size() > kLongestInteger || std::ranges::any_of(found.digits, wrong)) {
    Fail("an integer is expected, not " + Shown(word));
  }
  return found;
}

using Limbs = std::vector<std::uint32_t>;  // least significant first, the last one is not 0

std::size_t BitsOf(const Limbs& limbs) {
  return limbs.empty() ? 0 : limbs.size() * 32 - static_cast<std::size_t>(std::countl_zero(limbs.back()));
}

Limbs MagnitudeOf(const Digits& digits, std::string_view word) {
  Limbs limbs;
  for (const char c : digits.digits) {
    auto carry = static_cast<std::uint64_t>(DigitOf(c));
    for (std::uint32_t& limb : limbs) {
      carry += std::uint64_t{limb} * digits.base;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs.push_back(static_cast<std::uint32_t>(carry));
    if (BitsOf(limbs) > kMostBits + 1) Fail(Shown(word) + " has more than 255 bytes");
  }
  return limbs;
}

void DecrementByOne(Limbs& limbs) {
  for (std::uint32_t& limb : limbs) {
    if (limb-- != 0) break;
  }
  if (limbs.back() == 0) limbs.pop_back();
}

}  // namespace

void Fail(std::string text) { throw LineError{.text = std::move(text)}; }

std::string Shown(std::string_view word) { return EscapeForTerminal(word.substr(0, 256), 64); }

void SplitLine(std::string_view line, std::vector<std::string_view>& words) {
  std::size_t at = 0;
  while (at < line.size() && line[at] != '#') {
    if (IsBlank(line[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    while (at < line.size() && !IsBlank(line[at]) && line[at] != '#') {
      at = line[at] == '"' ? EndOfString(line, at) : at + 1;
    }
    words.push_back(line.substr(start, at - start));
  }
}

std::string StringOf(std::string_view word) {
  if (!IsString(word) || EndOfString(word, 0) != word.size()) {
    Fail("a string in quotes is expected, not " + Shown(word));
  }
  const std::string_view text = word.substr(1, word.size() - 2);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t plain = std::min(text.find('\\', at), text.size());
    out.append(text.substr(at, plain - at));
    at = plain;
    if (at < text.size()) at += 1 + AppendEscape(out, text.substr(at + 1));
  }
  return out;
}

std::string HexOf(std::string_view digits, std::string_view word) {
  const bool wrong = digits.size() % 2 != 0 || std::ranges::any_of(digits, [](char c) { return DigitOf(c) == 16; });
  if (wrong) Fail(Shown(word) + " holds no whole number of bytes in lower-case hex digits");
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    out += static_cast<char>(DigitOf(digits[i]) * 16 + DigitOf(digits[i + 1]));
  }
  return out;
}

std::uint64_t IntegerOf(std::string_view word, std::int64_t least, std::uint64_t most) {
  const Digits digits = DigitsOf(word);
  std::uint64_t value = 0;
  bool fits = true;
  for (const char c : digits.digits) {
    fits = fits && CheckedMul(value, digits.base, &value) &&
           CheckedAdd(value, static_cast<std::uint64_t>(DigitOf(c)), &value);
  }
  const std::uint64_t bound = digits.negative ? std::uint64_t{0} - static_cast<std::uint64_t>(least) : most;
  if (!fits || value > bound) {
    Fail(Shown(word) + " is not in " + std::to_string(least) + ".." + std::to_string(most));
  }
  return digits.negative ? std::uint64_t{0} - value : value;
}

std::string BigIntegerOf(std::string_view word) {
  const Digits digits = DigitsOf(word);
  Limbs limbs = MagnitudeOf(digits, word);
  if (limbs.empty()) return {};
  if (digits.negative) DecrementByOne(limbs);  // -n is ~(n - 1)
  if (BitsOf(limbs) > kMostBits) Fail(Shown(word) + " has more than 255 bytes");
  std::string out;
  for (std::size_t i = 0; i <= BitsOf(limbs) / 8; ++i) {
    const std::uint32_t limb = i / 4 < limbs.size() ? limbs[i / 4] : 0;
    const std::uint32_t byte = (limb >> (8 * (i % 4))) & 0xff;
    out += static_cast<char>(digits.negative ? ~byte : byte);
  }
  return out;
}

}  // namespace weightsonly::recipe
