// Floor 1. Payloads: inflating a deflate stream, and the CRC-32. SPEC.md chapter 1, rules ZIP-036 to ZIP-038. Both work
// in pieces, because zlib counts with 32 bits.
#include <zlib.h>

#include <algorithm>

#include "base/refusal.h"
#include "container/zip.h"

namespace weightsonly::container {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 30;
constexpr int kRawDeflate = -15;  // no zlib or gzip header, the largest window

[[noreturn]] void RefuseStream(std::uint64_t header_offset, const char* what) {
  Refuse(RefusalKind::kZipInflate, {}, header_offset, what);
}

// zlib's state, released whatever happens.
class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kRawDeflate) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  // Inflates from the front of *in to the front of *out and cuts both to what is left. True at the end of the stream.
  bool Step(Bytes* in, std::span<std::byte>* out, std::uint64_t header_offset) {
    const auto in_size = static_cast<uInt>(std::min(in->size(), kPiece));
    const auto out_size = static_cast<uInt>(std::min(out->size(), kPiece));
    // zlib takes its input as non-const and does not write to it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in->data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<Bytef*>(out->data());
    stream_.avail_out = out_size;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      RefuseStream(header_offset, "the deflate stream is invalid");
    }
    *in = in->subspan(in_size - stream_.avail_in);
    *out = out->subspan(out_size - stream_.avail_out);
    return status == Z_STREAM_END;
  }

 private:
  z_stream stream_ = {};
};

}  // namespace

// Format notes:
//  - DEV-111: torch keeps what was made of an invalid stream and leaves the rest of the memory as it was.
//  - ZIP-037: bytes of the payload after the end of the stream are not looked at.
void Inflate(Bytes compressed, std::span<std::byte> out, std::uint64_t header_offset) {
  // ZIP-036
  if (compressed.empty() && out.empty()) return;
  Inflater inflater;
  std::byte surplus;
  std::span<std::byte> rest = out;
  bool at_surplus = false;
  for (;;) {
    if (rest.empty()) {
      if (at_surplus) RefuseStream(header_offset, "the deflate stream makes more bytes than announced");
      rest = {&surplus, 1};
      at_surplus = true;
    }
    const std::size_t in_before = compressed.size();
    const std::size_t out_before = rest.size();
    const bool ended = inflater.Step(&compressed, &rest, header_offset);
    if (ended) break;
    if (compressed.size() == in_before && rest.size() == out_before) {
      RefuseStream(header_offset, "the deflate stream is cut off");
    }
  }
  if (!at_surplus && !rest.empty()) RefuseStream(header_offset, "the deflate stream makes fewer bytes than announced");
  if (at_surplus && rest.empty()) RefuseStream(header_offset, "the deflate stream makes more bytes than announced");
}

std::uint32_t Crc32(Bytes bytes) {
  uLong crc = crc32(0, nullptr, 0);
  while (!bytes.empty()) {
    const std::size_t piece = std::min(bytes.size(), kPiece);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(piece));
    bytes = bytes.subspan(piece);
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace weightsonly::container
