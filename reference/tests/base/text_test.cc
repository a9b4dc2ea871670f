// Text for people. The second sources: RFC 3629 and the Unicode standard for UTF-8, the C library for numbers.
#include "base/text.h"

#include <cstdio>
#include <limits>

#include "tests/catch.h"

namespace weightsonly::testing {
namespace {

// The UTF-8 form of a code point by the table of RFC 3629, surrogates included.
std::string Encode(std::uint32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("every code point is UTF-8, surrogates only where they are allowed") {
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    const bool surrogate = c >= 0xd800 && c < 0xe000;
    const std::string text = Encode(c);
    if (IsUtf8(text) == surrogate) FAIL("U+" << std::hex << c);
    if (!IsUtf8WithSurrogates(text)) FAIL("U+" << std::hex << c);
    if (c >= 0x80 && IsUtf8(text.substr(0, text.size() - 1))) FAIL("cut U+" << std::hex << c);
    if (c >= 0x80 && IsUtf8("12345678" + text.substr(1))) FAIL("tail of U+" << std::hex << c);
  }
  SUCCEED();
}

TEST_CASE("forms that RFC 3629 forbids are not UTF-8") {
  for (const char* text :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xff", "\x80", "\xc3(", "\xe2\x82(", "\xe2(\xa1", "\xf0\x9f\x98("}) {
    INFO(EscapeForTerminal(text));
    CHECK_FALSE(IsUtf8(text));
    CHECK_FALSE(IsUtf8WithSurrogates(text));
    CHECK_FALSE(IsUtf8(std::string("eight bytes in front: ") + text));
  }
  CHECK(IsUtf8(""));
}

TEST_CASE("numbers are written as the C library writes them") {
  for (const std::uint64_t value : {0ULL, 9ULL, 10ULL, 1234567890123ULL, ~0ULL, 0x8000000000000000ULL}) {
    char want[32];
    std::string decimal;
    AppendDecimal(decimal, value);
    std::snprintf(want, sizeof want, "%llu", static_cast<unsigned long long>(value));
    CHECK(decimal == want);
    std::string hex = "0x";
    AppendHex64(hex, value);
    std::snprintf(want, sizeof want, "0x%016llx", static_cast<unsigned long long>(value));
    CHECK(hex == want);
    std::string negative;
    AppendDecimal(negative, static_cast<std::int64_t>(value));
    std::snprintf(want, sizeof want, "%lld", static_cast<long long>(value));
    CHECK(negative == want);
  }
  std::string hex = ">";
  AppendHex(hex, std::string_view("\0\x7f\x80\xff", 4));
  CHECK(hex == ">007f80ff");
}

TEST_CASE("a name is made harmless for a terminal") {
  struct Row {
    std::string name, want;
  };
  const Row rows[] = {
      {"data/0", "data/0"},
      {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"\n\r\t\\", "\\n\\r\\t\\\\"},
      {std::string("\0\x1b[31m\x7f", 7), "\\x00\\x1b[31m\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\u{9b}31m"},  // C1 control: another way to write ESC [
      {"a\xe2\x80\xae"
       "b",
       "a\\u{202e}b"},  // right-to-left override
      {"a\xe2\x80\x8b"
       "b",
       "a\\u{200b}b"},                     // zero-width space
      {"\xef\xbb\xbf", "\\u{feff}"},       // byte order mark
      {"\xf3\xa0\x80\xa1", "\\u{e0021}"},  // tag
      {"\xff\xc3", "\\xff\\xc3"},          // not UTF-8
      {"\xed\xa0\x80", "\\u{d800}"},       // surrogate
  };
  for (const Row& row : rows) CHECK(EscapeForTerminal(row.name) == row.want);
}

TEST_CASE("blanks, tabs and line ends are trimmed at both ends and nowhere else") {
  CHECK(Trimmed(" \t\r\na \n b\r\n\t ") == "a \n b");
  CHECK(Trimmed("a") == "a");
  CHECK(Trimmed("\va\f") == "\va\f");
  CHECK(Trimmed(" \n").empty());
  CHECK(Trimmed("").empty());
}

TEST_CASE("a long name is cut between characters and escapes") {
  CHECK(EscapeForTerminal("0123456789", 10) == "0123456789");
  CHECK(EscapeForTerminal("0123456789x", 10) == "0123456\xe2\x80\xa6");
  CHECK(EscapeForTerminal("012345\n789x", 10) == "012345\xe2\x80\xa6");
  CHECK(EscapeForTerminal("0123456\xc3\xbc\xc3\xbc", 10) == "0123456\xe2\x80\xa6");
  CHECK(EscapeForTerminal("abc", 2).empty());
  const std::string cut = EscapeForTerminal(std::string(100000, '\n'));
  CHECK(cut.size() <= 256);
  CHECK(cut.ends_with("\\n\xe2\x80\xa6"));
}

}  // namespace weightsonly::testing
