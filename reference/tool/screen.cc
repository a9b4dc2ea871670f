// Floor 8. Colours, wrapping, sizes and columns. SPEC.md chapter 8.
#include "tool/screen.h"

#include <array>
#include <cstdlib>

#include "base/text.h"

namespace weightsonly::tool {
namespace {

bool WantsColor(ColorMode mode, const Stream& stream) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  return stream.IsTerminal() && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

Style::Style(ColorMode mode, const Stream& stream) {
  if (!WantsColor(mode, stream)) return;
  bold = "\x1b[1m";
  dim = "\x1b[2m";
  red = "\x1b[1;31m";
  yellow = "\x1b[33m";
  green = "\x1b[32m";
  reset = "\x1b[0m";
}

std::string ReadableBytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::string out;
  if (bytes < 1024) {
    AppendDecimal(out, bytes);
    return out += " B";
  }
  std::size_t unit = 0;
  int shift = 10;
  // The next unit as soon as the rounded number would have four digits before the point.
  while (unit + 1 < kUnits.size() && bytes >> shift >= 1000) {
    ++unit;
    shift += 10;
  }
  std::uint64_t whole = bytes >> shift;
  std::uint64_t tenths = (((bytes >> (shift - 10)) & 1023) * 10 + 512) >> 10;
  if (tenths == 10) {
    ++whole;
    tenths = 0;
  }
  AppendDecimal(out, whole);
  out += '.';
  AppendDecimal(out, tenths);
  out += ' ';
  return out += kUnits[unit];
}

std::string GroupedDigits(std::uint64_t value) {
  std::string out;
  AppendDecimal(out, value);
  for (std::size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, 1, ',');
  }
  return out;
}

std::string HexOffset(std::uint64_t offset) {
  std::string digits;
  AppendHex64(digits, offset);
  const std::size_t first = digits.find_first_not_of('0');
  return "0x" + (first == std::string::npos ? "0" : digits.substr(first));
}

std::string Count(std::uint64_t count, std::string_view noun) {
  std::string out = GroupedDigits(count);
  out += ' ';
  out += noun;
  if (count != 1) out += 's';
  return out;
}

std::size_t Width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  return width;
}

void AppendLeft(std::string& out, std::string_view text, std::size_t width) {
  const std::size_t taken = Width(text);
  out += text;
  if (taken < width) out.append(width - taken, ' ');
}

void AppendRight(std::string& out, std::string_view text, std::size_t width) {
  const std::size_t taken = Width(text);
  if (taken < width) out.append(width - taken, ' ');
  out += text;
}

void AppendWrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t columns) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t blank = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    if (word.empty()) continue;
    const std::size_t width = Width(word);
    if (column != 0 && column + 1 + width > columns) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
  }
  if (column != 0) out += '\n';
}

std::string DisplayName(const std::string& file) {
  return file == "-" ? "standard input" : EscapeForTerminal(file, 4096);
}

}  // namespace weightsonly::tool
