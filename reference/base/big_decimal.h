// Floor 0. Integers of any size as decimal text.
#pragma once

#include <string>
#include <string_view>

namespace weightsonly {

// Appends the decimal digits of an integer of `bytes.size()` bytes, two's complement, little-endian; no bytes are 0.
// The time grows with the square of the size: callers bound it (a LONG1 has at most 255 bytes).
void AppendBigDecimal(std::string& out, std::string_view bytes);

}  // namespace weightsonly
