// Floor 1. Payloads: inflating a deflate stream, and the CRC-32. SPEC.md chapter 1, rules ZIP-036 to ZIP-038. Both work
// in pieces, because zlib counts with 32 bits.
#include <zlib.h>

#include <algorithm>
#include <new>

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

  // Inflates from the front of *in to the front of *out, which is not empty, and cuts both to what is left. True at the
  // end of the stream; until then every step gets on.
  bool Step(Bytes* in, std::span<std::byte>* out, std::uint64_t header_offset) {
    const auto in_size = static_cast<uInt>(std::min(in->size(), kPiece));
    const auto out_size = static_cast<uInt>(std::min(out->size(), kPiece));
    // zlib takes its input as non-const and does not write to it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in->data()));
    stream_.avail_in = in_size;
    stream_.next_out = reinterpret_cast<Bytef*>(out->data());
    stream_.avail_out = out_size;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_STREAM_END || status == Z_OK) {
      *in = in->subspan(in_size - stream_.avail_in);
      *out = out->subspan(out_size - stream_.avail_out);
      return status == Z_STREAM_END;
    }
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    // Z_BUF_ERROR: nothing was read and nothing was made, so that all input is used up.
    RefuseStream(header_offset,
                 status == Z_BUF_ERROR ? "the deflate stream is cut off" : "the deflate stream is invalid");
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
  std::span<std::byte> rest = out;
  bool ended = false;
  while (!ended && !rest.empty()) ended = inflater.Step(&compressed, &rest, header_offset);
  if (!rest.empty()) RefuseStream(header_offset, "the deflate stream makes fewer bytes than announced");
  // All bytes are there; the end of the stream must follow without another one.
  std::byte surplus;
  rest = {&surplus, 1};
  while (!ended) {
    ended = inflater.Step(&compressed, &rest, header_offset);
    if (rest.empty()) RefuseStream(header_offset, "the deflate stream makes more bytes than announced");
  }
}

// Like Inflate, but the bytes pass through `buffer` and are not kept.
void InflatePieces(Bytes compressed, std::uint64_t size, std::span<std::byte> buffer, std::uint64_t header_offset,
                   const PieceSink& sink) {
  if (compressed.empty() && size == 0) return;
  Inflater inflater;
  std::uint64_t made = 0;
  for (bool ended = false; !ended;) {
    std::span<std::byte> rest = buffer;
    while (!ended && !rest.empty()) ended = inflater.Step(&compressed, &rest, header_offset);
    const std::size_t piece = buffer.size() - rest.size();
    if (piece > size - made) RefuseStream(header_offset, "the deflate stream makes more bytes than announced");
    made += piece;
    sink(buffer.first(piece));
  }
  if (made != size) RefuseStream(header_offset, "the deflate stream makes fewer bytes than announced");
}

// ZIP-038: nothing in a default load compares this with the CRC of the directory.
std::uint32_t Crc32(Bytes bytes, std::uint32_t before) {
  uLong crc = before;
  while (!bytes.empty()) {
    const std::size_t piece = std::min(bytes.size(), kPiece);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(piece));
    bytes = bytes.subspan(piece);
  }
  return static_cast<std::uint32_t>(crc);
}

void RequireCrc(std::uint32_t in_directory, std::uint32_t found, std::uint64_t header_offset) {
  if (in_directory == 0 || found == in_directory) return;
  Refuse(RefusalKind::kZipCrc, {}, header_offset, "the CRC-32 of the contents is not the directory's");
}

}  // namespace weightsonly::container
