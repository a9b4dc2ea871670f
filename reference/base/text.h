// Floor 0. Text for people and for JSON: decimal numbers, hex, and names from files made harmless.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/export.h"

namespace weightsonly {

// Appends the decimal digits of `value`.
void AppendDecimal(std::string& out, std::uint64_t value);
void AppendDecimal(std::string& out, std::int64_t value);

// Appends two lower-case hex digits for each byte.
void AppendHex(std::string& out, std::string_view bytes);
// Appends 16 lower-case hex digits: how a float's bits are written.
void AppendHex64(std::string& out, std::uint64_t value);

// Without the blanks, tabs and line ends at both ends.
[[nodiscard]] WEIGHTSONLY_EXPORT std::string_view Trimmed(std::string_view text);

// True when `text` is UTF-8 by the standard (no surrogates, nothing above U+10FFFF, no overlong form).
[[nodiscard]] WEIGHTSONLY_EXPORT bool IsUtf8(std::string_view text);
// The same, but surrogates U+D800..U+DFFF are let through as three bytes (Python's "surrogatepass").
[[nodiscard]] bool IsUtf8WithSurrogates(std::string_view text);

// A name from a file, fit for a terminal and for a message: printable UTF-8 stays; control characters (C0, C1, DEL),
// backslash, bidirectional and other invisible controls, and bytes that are not UTF-8 become \n \t \r \\ \xNN or
// \u{NNNN}; longer than `max_bytes` of result is cut and ends in "…".
[[nodiscard]] WEIGHTSONLY_EXPORT std::string EscapeForTerminal(std::string_view name, std::size_t max_bytes = 256);

}  // namespace weightsonly
