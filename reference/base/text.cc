// Floor 0. Text for people and for JSON. SPEC.md chapter 0. It knows UTF-8 and nothing of any file format.
#include "base/text.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace weightsonly {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

// One code point of a text and the bytes that it took; size 0: these bytes are not UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;
};

bool IsContinuation(unsigned char byte) { return (byte & 0xc0U) == 0x80U; }

// Decodes the code point at `at`, surrogates included.
// Format notes (TXT-001):
//   0xxxxxxx                             U+0000..U+007F
//   110xxxxx 10xxxxxx                    U+0080..U+07FF    (C0 and C1 would be overlong)
//   1110xxxx 10xxxxxx 10xxxxxx           U+0800..U+FFFF    (E0 80..9F would be overlong)
//   11110xxx 10xxxxxx 10xxxxxx 10xxxxxx  U+10000..U+10FFFF (F0 80..8F would be overlong, F4 90.. too large)
CodePoint Decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const std::size_t left = text.size() - at;
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xc2 && lead < 0xe0 && left >= 2 && IsContinuation(byte(1))) {
    return {(lead & 0x1fU) << 6 | (byte(1) & 0x3fU), 2};
  }
  if (lead >= 0xe0 && lead < 0xf0 && left >= 3 && IsContinuation(byte(1)) && IsContinuation(byte(2))) {
    const std::uint32_t value = (lead & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
    if (value >= 0x800) return {value, 3};
  }
  if (lead >= 0xf0 && lead < 0xf5 && left >= 4 && IsContinuation(byte(1)) && IsContinuation(byte(2)) &&
      IsContinuation(byte(3))) {
    const std::uint32_t value =
        (lead & 0x07U) << 18 | (byte(1) & 0x3fU) << 12 | (byte(2) & 0x3fU) << 6 | (byte(3) & 0x3fU);
    if (value >= 0x10000 && value <= 0x10ffff) return {value, 4};
  }
  return {};
}

bool IsSurrogate(std::uint32_t value) { return value >= 0xd800 && value <= 0xdfff; }

// Bytes at the front that are ASCII: nearly every text is, and eight of them cost one comparison.
std::size_t AsciiPrefix(std::string_view text, std::size_t at) {
  while (text.size() - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080U) != 0) break;
    at += 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

bool IsUtf8With(std::string_view text, bool surrogates) {
  for (std::size_t at = AsciiPrefix(text, 0); at < text.size(); at = AsciiPrefix(text, at)) {
    const CodePoint point = Decode(text, at);
    if (point.size == 0 || (!surrogates && IsSurrogate(point.value))) return false;
    at += point.size;
  }
  return true;
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Code points that a terminal obeys or does not show: a name with one of them can look like another name (TXT-002).
// C0, DEL and C1; soft hyphen; Arabic letter mark; Hangul and Khmer fillers; Mongolian variation selectors; zero-width
// characters and marks of direction; line and paragraph separators, embeddings and overrides; invisible operators and
// isolates; Hangul filler; variation selectors; byte order mark; interlinear annotation; musical and shorthand
// controls; tags; noncharacters and private use stay out of this list: they are shown as a box.
constexpr std::array<Range, 20> kInvisible = {
    {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
     {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
     {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xdfff},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
     {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}}};

bool IsInvisible(std::uint32_t value) {
  for (const Range& range : kInvisible) {
    if (value <= range.last) return value >= range.first;
  }
  return false;
}

void AppendByteEscape(std::string& out, unsigned char byte) {
  out += "\\x";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

void AppendEscaped(std::string& out, std::uint32_t value) {
  switch (value) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (value < 0x80) return AppendByteEscape(out, static_cast<unsigned char>(value));
  std::array<char, 8> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  out += "\\u{";
  out.append(digits.data(), end);
  out += '}';
}

template <typename Integer>
void AppendInteger(std::string& out, Integer value) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

}  // namespace

void AppendDecimal(std::string& out, std::uint64_t value) { AppendInteger(out, value); }
void AppendDecimal(std::string& out, std::int64_t value) { AppendInteger(out, value); }

void AppendHex(std::string& out, std::string_view bytes) {
  const std::size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  char* to = out.data() + at;
  for (const char c : bytes) {
    *to++ = kHexDigits[static_cast<unsigned char>(c) >> 4];
    *to++ = kHexDigits[static_cast<unsigned char>(c) & 15];
  }
}

void AppendHex64(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) out += kHexDigits[(value >> shift) & 15];
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

bool IsUtf8(std::string_view text) { return IsUtf8With(text, false); }
bool IsUtf8WithSurrogates(std::string_view text) { return IsUtf8With(text, true); }

std::string EscapeForTerminal(std::string_view name, std::size_t max_bytes) {
  std::string out;
  std::size_t room_for_ellipsis = 0;  // length of `out` up to which "…" still fits
  for (std::size_t at = 0; at < name.size();) {
    const CodePoint point = Decode(name, at);
    if (point.size == 0) {
      AppendByteEscape(out, static_cast<unsigned char>(name[at]));
    } else if (point.value == '\\' || IsInvisible(point.value)) {
      AppendEscaped(out, point.value);
    } else {
      out += name.substr(at, point.size);
    }
    at += point.size == 0 ? 1 : point.size;
    if (out.size() > max_bytes) {
      out.resize(room_for_ellipsis);
      return max_bytes < kEllipsis.size() ? out : out.append(kEllipsis);
    }
    if (out.size() + kEllipsis.size() <= max_bytes) room_for_ellipsis = out.size();
  }
  return out;
}

}  // namespace weightsonly
