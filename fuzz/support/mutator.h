// Fuzz targets: files out of files, by way of their recipes. The same seed gives the same file, whatever the engine is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weightsonly::fuzz {

// `file` with a few changes, at most `most` bytes of it. Checksums, sizes and offsets are right for what the file then
// holds, unless it is they that were changed. What has no recipe but its bytes is changed byte by byte.
[[nodiscard]] std::string Mutate(std::string_view file, std::uint64_t seed, std::size_t most);

// `file` with something of `other` in it.
[[nodiscard]] std::string CrossOver(std::string_view file, std::string_view other, std::uint64_t seed,
                                    std::size_t most);

}  // namespace weightsonly::fuzz
