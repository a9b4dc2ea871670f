// Floor 0. Loading integers from bytes, whatever their alignment and the host's byte order.
// The caller has checked that the bytes are there.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weightsonly {

using Bytes = std::span<const std::byte>;

template <typename T>
[[nodiscard]] inline T LoadLittle(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}

[[nodiscard]] inline std::uint16_t Load16(const std::byte* at) { return LoadLittle<std::uint16_t>(at); }
[[nodiscard]] inline std::uint32_t Load32(const std::byte* at) { return LoadLittle<std::uint32_t>(at); }
[[nodiscard]] inline std::uint64_t Load64(const std::byte* at) { return LoadLittle<std::uint64_t>(at); }

// The same bytes seen as text, and text seen as bytes: views, nothing is copied.
[[nodiscard]] inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace weightsonly
