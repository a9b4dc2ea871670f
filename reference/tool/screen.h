// Floor 8. Text for people: colours, wrapped paragraphs, readable sizes, columns. SPEC.md chapter 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tool/stream.h"

namespace weightsonly::tool {

enum class ColorMode : std::uint8_t { kAuto, kAlways, kNever };

// Colour never carries a meaning alone: the words say it too. Empty strings when colour is off.
struct Style {
  // CLI-005. Automatic: only on a terminal, and not when NO_COLOR is set and not empty.
  Style(ColorMode mode, const Stream& stream);

  std::string_view bold, dim, red, yellow, green, reset;
};

// 24 -> "24 B", 1536 -> "1.5 KiB", 3 * 2^30 -> "3.0 GiB".
[[nodiscard]] std::string ReadableBytes(std::uint64_t bytes);
// 1234567 -> "1,234,567".
[[nodiscard]] std::string GroupedDigits(std::uint64_t value);
// 0x1a2 -> "0x1a2".
[[nodiscard]] std::string HexOffset(std::uint64_t offset);
// (1, "tensor") -> "1 tensor"; (2, "tensor") -> "2 tensors".
[[nodiscard]] std::string Count(std::uint64_t count, std::string_view noun);

// Columns that UTF-8 text takes, one for each code point.
[[nodiscard]] std::size_t Width(std::string_view text);
// Appends `text` and then blanks up to `width` columns (or the blanks first, for numbers).
void AppendLeft(std::string& out, std::string_view text, std::size_t width);
void AppendRight(std::string& out, std::string_view text, std::size_t width);

// Appends `text` as lines of at most `columns` columns, broken at blanks, each after `indent` blanks.
void AppendWrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t columns);

// A path from the command line for people: "standard input" for "-", otherwise escaped.
[[nodiscard]] std::string DisplayName(const std::string& file);

}  // namespace weightsonly::tool
