// Fuzz targets: inflate in one call, and CRC-32 bit by bit.
#include "support/one_shot.h"

#include <zlib.h>

#include "support/target.h"

namespace weightsonly::fuzz {

std::optional<std::string> InflateWhole(Bytes compressed, std::size_t most) {
  z_stream stream = {};
  Require(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib has no memory");
  std::string out(most + 1, '\0');  // one more, to see that there is no more
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  if (status != Z_STREAM_END || out.size() > most) return std::nullopt;
  return out;
}

std::uint32_t SlowCrc32(Bytes bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

}  // namespace weightsonly::fuzz
