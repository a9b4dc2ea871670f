// Floor 1. Reads local headers and whole records. SPEC.md chapter 1, rules ZIP-021 and ZIP-030 to ZIP-034. Payloads
// that are only located are not touched.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/checked.h"
#include "base/refusal.h"
#include "base/text.h"
#include "container/zip.h"
#include "container/zip_extra.h"
#include "container/zip_format.h"
#include "container/zip_name.h"

namespace weightsonly::container {
namespace {

// Format: deflate makes at most 258 bytes out of two bits, 1,032 out of a byte.
constexpr std::uint64_t kMaxInflation = 1032;

constexpr std::uint64_t kMappedAround = 64 << 10;
constexpr std::size_t kHeaderRoom = 512;

// True when the local header announces the sizes of the directory.
// Format notes:
//  - The values of the zip64 fields count, not which of the two headers needs one: a writer that does not know sizes in
//    advance reserves 64 bits in the local header, and 32 are enough in the directory.
//  - A local field of all ones without a zip64 field says nothing; it contradicts only a directory that has a number
//  there.
bool SameSizes(const Entry& entry, const std::byte* local, Bytes file, std::uint64_t extra_at) {
  WideFields wide{Load32(local + kLocalUncompressedSize), Load32(local + kLocalCompressedSize), 0};
  const std::uint16_t extra_size = Load16(local + kLocalExtraLength);
  if (NeedsZip64(wide) && Fits(extra_at, extra_size, file.size())) {
    const Bytes in_file = file.subspan(extra_at, extra_size);
    const std::vector<std::byte> extra(in_file.begin(), in_file.end());
    ResolveZip64(extra, &wide);
  }
  const auto same = [&](std::uint64_t here, std::uint64_t there, EntryMark wide_there) {
    return here == there || (here == kMarker32 && (entry.marks & wide_there) != 0);
  };
  return same(wide.size, entry.size, kMarkWideSize) &&
         same(wide.compressed_size, entry.compressed_size, kMarkWideCompressed);
}

}  // namespace

void Archive::RefuseEntry(RefusalKind kind, const Entry& entry, std::string_view what) const {
  Refuse(kind, {}, DirectoryOffsetOf(entry), "record " + EscapeForTerminal(NameOf(entry)) + ": " + std::string(what));
}

void Archive::RefuseLocal(const Entry& entry, std::string_view what) const {
  Refuse(RefusalKind::kZipLocalHeader, {}, entry.header_offset,
         "local header of " + EscapeForTerminal(NameOf(entry)) + ": " + std::string(what));
}

// What the directory says of an entry, judged now that it is read.
void Archive::RequireReadable(const Entry& entry) const {
  const bool stored = entry.method == std::to_underlying(Method::kStored);
  // ZIP-030
  if (!stored && entry.method != std::to_underlying(Method::kDeflated)) {
    RefuseEntry(RefusalKind::kZipMethod, entry, "compression method " + std::to_string(entry.method));
  }
  // ZIP-031
  if ((entry.flags & (kFlagEncrypted | kFlagStrongEncryption | kFlagPatched)) != 0) {
    RefuseEntry(RefusalKind::kZipEncrypted, entry, "it is encrypted or patched");
  }
  // ZIP-021
  if ((entry.marks & kMarkZip64Short) != 0) {
    RefuseEntry(RefusalKind::kZipZip64, entry, "its zip64 field is too short");
  }
  // DEV-108
  if ((entry.marks & kMarkDirectory) != 0) {
    RefuseEntry(RefusalKind::kZipAmbiguous, entry, "it is marked as a directory");
  }
  if (NameOf(entry).ends_with('/')) RefuseEntry(RefusalKind::kZipName, entry, "it is the name of a directory");
  // DEV-109
  if (stored && entry.size != entry.compressed_size) {
    const bool missing = (entry.marks & kMarkZip64Missing) != 0;
    RefuseEntry(missing ? RefusalKind::kZipZip64 : RefusalKind::kZipCentralDirectory, entry,
                "it is stored and has two different sizes");
  }
}

// True when `text` is prefix, slash and the entry's name.
bool Archive::IsFullName(std::string_view text, const Entry& entry) const {
  const std::size_t folder = prefix_.size() + 1;
  return text.size() == folder + entry.name_size && SameText(text.substr(0, prefix_.size()), prefix_) &&
         text[folder - 1] == '/' && SameText(text.substr(folder), NameOf(entry));
}

// The header and the name behind it: where they lie, or in `room`. Around a fault the kernel maps 64 KiB: with a longer
// payload behind it no other header lies there, and a read into `room` costs a tenth of the fault (measured: 16 headers
// in 1 GiB, 0.020 ms instead of 0.072 ms for the whole load).
Bytes Archive::HeaderAndName(const Entry& entry, std::uint64_t size, std::span<std::byte> room) const {
  if (source_ == nullptr || entry.compressed_size < kMappedAround || size > room.size()) {
    return file_.subspan(entry.header_offset, size);
  }
  source_->ReadAt(entry.header_offset, room.first(size));
  return room.first(size);
}

// The header is copied before it is looked at; the name is compared where it lies, and nothing of it is kept.
Extent Archive::Locate(const Entry& entry) const {
  RequireReadable(entry);
  if (!Fits(entry.header_offset, kLocalSize, file_.size())) {
    RefuseEntry(RefusalKind::kZipLocalHeader, entry, "its local header would lie outside the file");
  }
  const std::uint64_t name_at = entry.header_offset + kLocalSize;
  const std::uint64_t name_size = prefix_.size() + 1 + entry.name_size;
  std::array<std::byte, kHeaderRoom> room;
  const Bytes front = HeaderAndName(entry, std::min(kLocalSize + name_size, file_.size() - entry.header_offset), room);
  std::array<std::byte, kLocalSize> header;
  std::memcpy(header.data(), front.data(), kLocalSize);
  // ZIP-032
  if (Load32(header.data()) != kLocalSignature) RefuseLocal(entry, "its signature is wrong");
  // DEV-110
  if (Load16(header.data() + kLocalMethod) != entry.method) RefuseLocal(entry, "another method than in the directory");
  if (Load16(header.data() + kLocalFlags) != entry.flags) RefuseLocal(entry, "other flags than in the directory");
  if (Load16(header.data() + kLocalNameLength) != name_size || front.size() != kLocalSize + name_size ||
      !IsFullName(AsText(front.subspan(kLocalSize)), entry)) {
    RefuseLocal(entry, "another name than in the directory");
  }
  const std::uint64_t extra_at = name_at + name_size;
  if ((entry.flags & kFlagDescriptor) == 0 && !SameSizes(entry, header.data(), file_, extra_at)) {
    RefuseLocal(entry, "other sizes than in the directory");
  }
  // ZIP-034, ZIP-033
  const std::uint64_t offset = extra_at + Load16(header.data() + kLocalExtraLength);
  if (!Fits(offset, entry.compressed_size, file_.size())) {
    const bool missing = (entry.marks & kMarkZip64Missing) != 0;
    RefuseEntry(missing ? RefusalKind::kZipZip64 : RefusalKind::kContainerTruncated, entry,
                "its bytes reach past the end of the file");
  }
  // DEV-106
  if (offset + entry.compressed_size > LimitOf(entry)) {
    Refuse(RefusalKind::kZipOverlap, {}, entry.header_offset,
           "record " + EscapeForTerminal(NameOf(entry)) + " shares bytes with another record or with the directory");
  }
  return {offset, entry.compressed_size, entry.size, entry.header_offset, entry.crc, static_cast<Method>(entry.method)};
}

Extent Archive::LocateWhole(const Entry& entry, std::uint64_t max_bytes, std::string_view limit) const {
  const Extent extent = Locate(entry);
  if (extent.size > max_bytes) {
    std::string what =
        "it has " + std::to_string(extent.size) + " bytes, more than the " + std::to_string(max_bytes) + " allowed";
    if (!limit.empty()) what.append(" (").append(limit).append(")");
    RefuseEntry(RefusalKind::kLimitRecordSize, entry, what);
  }
  // Before anything is allocated: more than this no deflate stream makes.
  if (extent.method == Method::kDeflated && extent.size / kMaxInflation > extent.compressed_size) {
    Refuse(RefusalKind::kZipInflate, {}, extent.header_offset,
           "record " + EscapeForTerminal(NameOf(entry)) + " announces more bytes than its deflate stream can make");
  }
  return extent;
}

void Archive::ReadInto(const Extent& extent, std::span<std::byte> out) const {
  const Bytes payload = file_.subspan(extent.offset, extent.compressed_size);
  if (extent.method == Method::kDeflated) return Inflate(payload, out, extent.header_offset);
  if (!out.empty()) std::memcpy(out.data(), payload.data(), out.size());
}

std::vector<std::byte> Archive::Read(const Entry& entry, std::uint64_t max_bytes) const {
  const Extent extent = LocateWhole(entry, max_bytes);
  std::vector<std::byte> out(extent.size);
  ReadInto(extent, out);
  return out;
}

}  // namespace weightsonly::container
