// Recipes: lines. conformance/FORMAT.md, chapters 1.1 and 1.2.
#include "recipe/lines.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"
#include "pickle/disassembler.h"

namespace weightsonly::recipe {
namespace {

constexpr std::size_t kRawBytesPerLine = 32;
constexpr std::size_t kShortestRun = 64;        // of one byte, to become a REPEAT
constexpr std::size_t kLongestTextLine = 1024;  // bytes

std::size_t RunAt(std::string_view bytes, std::size_t at) {
  return std::min(bytes.find_first_not_of(bytes[at], at), bytes.size()) - at;
}

// How many bytes from `at` on stand in one RAW: up to the next run.
std::size_t RawAt(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && end - at < kRawBytesPerLine) {
    const std::size_t run = RunAt(bytes, end);
    if (run >= kShortestRun) break;
    end += run;
  }
  return std::min(end - at, kRawBytesPerLine);
}

}  // namespace

void Lines::Instructions(Bytes pickle, std::string_view front) {
  pickle::Disassembler disassembler(pickle, {.offsets = options_.offsets});
  std::string line(front);
  for (; disassembler.NextLine(line); line = front) {
    line.pop_back();
    sink_(line);
  }
}

void Lines::Text(Bytes text) {
  std::string_view rest = AsText(text);
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    sink_("TEXT " + QuotedString(rest.substr(0, size)));
    rest.remove_prefix(size);
  }
}

void Lines::Raw(Bytes bytes) {
  const std::string_view text = AsText(bytes);
  if (text.size() > options_.most_shown && RunAt(text, 0) != text.size()) {
    left_out_ += text.size();
    return sink_("# " + std::to_string(text.size()) + " bytes are left out");
  }
  std::string line;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t size = RunAt(text, at);
    line.clear();
    if (size >= kShortestRun) {
      line = "REPEAT " + std::to_string(size) + " RAW ";
      AppendHex(line, text.substr(at, 1));
    } else {
      size = RawAt(text, at);
      line = "RAW ";
      AppendHex(line, text.substr(at, size));
    }
    sink_(line);
    at += size;
  }
}

bool IsShortText(Bytes bytes) {
  const std::string_view text = AsText(bytes);
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  };
  if (std::ranges::any_of(text, is_control) || !IsUtf8(text)) return false;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > kLongestTextLine) return false;
    start = end + 1;
  }
  return true;
}

std::string QuotedString(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : EscapeForTerminal(bytes, std::string::npos)) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out += '"';
}

}  // namespace weightsonly::recipe
