// Numbers as this host holds them, for tests that write them down as bytes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>

namespace weightsonly::testing {

inline constexpr bool kLittleHost = std::endian::native == std::endian::little;

// Little-endian numbers of `unit` bytes each as this host holds them, and the other way round. A rest that is no number
// stays as it is.
inline std::string OnHost(std::string bytes, std::size_t unit) {
  if (kLittleHost) return bytes;
  for (std::size_t at = 0; at + unit <= bytes.size(); at += unit) std::reverse(&bytes[at], &bytes[at] + unit);
  return bytes;
}

}  // namespace weightsonly::testing
