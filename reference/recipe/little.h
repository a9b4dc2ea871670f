// Recipes: integers as little-endian bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weightsonly::recipe {

// Appends the lowest `width` bytes of `value`, the least significant first.
inline void AppendLittle(std::string& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i));
}

}  // namespace weightsonly::recipe
