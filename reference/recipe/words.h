// Recipes (conformance/FORMAT.md, chapter 1): the words of one line, and what they mean by themselves. It knows no
// statement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weightsonly::recipe {

// What is wrong with a line. Thrown where it is seen, caught by the Assembler; it never leaves this folder.
struct LineError {
  std::uint64_t line = 0;  // 0: the line at hand
  std::string text;        // one sentence without a full stop, fit for a terminal
};

[[noreturn]] void Fail(std::string text);

// A word for a message: escaped, and cut when it is long.
[[nodiscard]] std::string Shown(std::string_view word);

// Appends the words of a line, without its comment, to `words`: views into `line`. Refuses a string that is not closed.
void SplitLine(std::string_view line, std::vector<std::string_view>& words);

[[nodiscard]] inline bool IsString(std::string_view word) { return word.starts_with('"'); }
// The bytes of a string in quotes: UTF-8, but for what is escaped.
[[nodiscard]] std::string StringOf(std::string_view word);

// The bytes that lower-case hex digits stand for, two for each. `word` is what a message shows.
[[nodiscard]] std::string HexOf(std::string_view digits, std::string_view word);

// An integer, decimal or in hex digits behind 0x, that is not less than `least` (which is 0 or negative) nor more than
// `most`: its bits in two's complement.
[[nodiscard]] std::uint64_t IntegerOf(std::string_view word, std::int64_t least, std::uint64_t most);

// An integer of at most 255 bytes: its shortest two's complement, little-endian; 0 has no byte.
[[nodiscard]] std::string BigIntegerOf(std::string_view word);

}  // namespace weightsonly::recipe
