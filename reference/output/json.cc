// Floor 7. JSON strings and numbers. SPEC.md chapter 7.
#include "output/json.h"

#include "base/text.h"
#include "output/canonical.h"

namespace weightsonly {
namespace output {
namespace {

constexpr std::int64_t kMostExact = (std::int64_t{1} << 53) - 1;

// What stands for a character below U+0020, a quote or a backslash; 0: the character itself; 'u': \u00xx.
char EscapeOf(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return static_cast<unsigned char>(c) < 0x20 ? 'u' : '\0';
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t clean = 0;  // text[clean, i) needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char escape = EscapeOf(text[i]);
    if (escape == '\0') continue;
    out.append(text, clean, i - clean);
    clean = i + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') {
      out += "00";
      AppendHex(out, text.substr(i, 1));
    }
  }
  out.append(text, clean);
  out.push_back('"');
}

void AppendJsonNumber(std::string& out, std::int64_t value) {
  const bool exact = value >= -kMostExact && value <= kMostExact;
  if (!exact) out.push_back('"');
  AppendDecimal(out, value);
  if (!exact) out.push_back('"');
}

void AppendJsonNumber(std::string& out, std::uint64_t value) {
  const bool exact = value <= static_cast<std::uint64_t>(kMostExact);
  if (!exact) out.push_back('"');
  AppendDecimal(out, value);
  if (!exact) out.push_back('"');
}

void AppendJsonNumbers(std::string& out, std::span<const std::int64_t> values) {
  out.push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out.push_back(',');
    AppendJsonNumber(out, values[i]);
  }
  out.push_back(']');
}

void AppendJsonDigits(std::string& out, std::span<const std::int64_t> values) {
  out.push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += i != 0 ? ",\"" : "\"";
    AppendDecimal(out, values[i]);
    out.push_back('"');
  }
  out.push_back(']');
}

}  // namespace output

void AppendJsonText(std::string& out, std::string_view text) {
  if (IsUtf8(text)) {
    output::AppendJsonString(out, text);
    return;
  }
  out += R"({"x":")";
  AppendHex(out, text);
  out += "\"}";
}

}  // namespace weightsonly
