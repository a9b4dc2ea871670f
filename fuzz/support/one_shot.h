// Fuzz targets: a raw deflate stream and a checksum, each by the shortest way there is: zlib's inflate in one call, and
// CRC-32 bit by bit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace weightsonly::fuzz {

// What the stream at the front of `compressed` makes, which may have bytes behind it. Nothing when it is invalid, cut
// off, or makes more than `most` bytes.
[[nodiscard]] std::optional<std::string> InflateWhole(Bytes compressed, std::size_t most);

// CRC-32 of zip: the polynomial 0x04c11db7, reflected.
[[nodiscard]] std::uint32_t SlowCrc32(Bytes bytes);

}  // namespace weightsonly::fuzz
