// Floor 1. Reads local headers and whole records. SPEC.md chapter 1, rules ZIP-030 to ZIP-039. Payloads that are only
// located are not touched.
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

namespace weightsonly::container {
namespace {

// Format: deflate makes at most 258 bytes out of two bits, 1,032 out of a byte.
constexpr std::uint64_t kMaxInflation = 1032;

[[noreturn]] void RefuseLocal(const Entry& entry, std::string_view name, std::string_view what) {
  Refuse(RefusalKind::kZipLocalHeader, {}, entry.header_offset,
         "local header of " + EscapeForTerminal(name) + ": " + std::string(what));
}

[[noreturn]] void RefuseEntry(RefusalKind kind, const Entry& entry, std::string_view name, std::string_view what) {
  Refuse(kind, {}, entry.directory_offset, "record " + EscapeForTerminal(name) + ": " + std::string(what));
}

// What the directory says of an entry, judged now that it is read.
void RequireReadable(const Entry& entry, std::string_view name) {
  // ZIP-030
  if (entry.method != std::to_underlying(Method::kStored) && entry.method != std::to_underlying(Method::kDeflated)) {
    RefuseEntry(RefusalKind::kZipMethod, entry, name, "compression method " + std::to_string(entry.method));
  }
  // ZIP-031
  if ((entry.flags & (kFlagEncrypted | kFlagStrongEncryption | kFlagPatched)) != 0) {
    RefuseEntry(RefusalKind::kZipEncrypted, entry, name, "it is encrypted or patched");
  }
  // ZIP-021
  if ((entry.marks & kMarkZip64Short) != 0) {
    RefuseEntry(RefusalKind::kZipZip64, entry, name, "its zip64 field is too short");
  }
  // DEV-108
  if ((entry.marks & kMarkDirectory) != 0) {
    RefuseEntry(RefusalKind::kZipAmbiguous, entry, name, "it is marked as a directory");
  }
  if (name.ends_with('/')) RefuseEntry(RefusalKind::kZipName, entry, name, "it is the name of a directory");
  // DEV-109
  if (entry.method == std::to_underlying(Method::kStored) && entry.size != entry.compressed_size) {
    RefuseEntry((entry.marks & kMarkZip64Missing) != 0 ? RefusalKind::kZipZip64 : RefusalKind::kZipCentralDirectory,
                entry, name, "it is stored and has two different sizes");
  }
}

// True when the local header announces the sizes of the directory (`central`: the entry's header in its copy).
// Format notes:
//  - The values of the zip64 fields count, not which of the two headers needs one: a writer that does not know sizes in
//    advance reserves 64 bits in the local header, and 32 are enough in the directory.
//  - A local field of all ones without a zip64 field says nothing; it contradicts only a directory that has a number
//  there.
bool SameSizes(const Entry& entry, const std::byte* local, const std::byte* central, Bytes file,
               std::uint64_t extra_at) {
  WideFields wide{Load32(local + kLocalUncompressedSize), Load32(local + kLocalCompressedSize), 0};
  const std::uint16_t extra_size = Load16(local + kLocalExtraLength);
  if (std::max(wide.size, wide.compressed_size) == kMarker32 && Fits(extra_at, extra_size, file.size())) {
    const Bytes in_file = file.subspan(extra_at, extra_size);
    const std::vector<std::byte> extra(in_file.begin(), in_file.end());
    ResolveZip64(extra, &wide);
  }
  const auto same = [&](std::uint64_t here, std::uint64_t there, std::size_t field) {
    return here == there || (here == kMarker32 && Load32(central + field) == kMarker32);
  };
  return same(wide.size, entry.size, kCentralUncompressedSize) &&
         same(wide.compressed_size, entry.compressed_size, kCentralCompressedSize);
}

}  // namespace

// The header is copied before it is looked at; the name is compared where it lies, each byte once.
Extent Archive::Locate(const Entry& entry) const {
  const std::string_view name = NameOf(entry);
  RequireReadable(entry, name);
  if (!Fits(entry.header_offset, kLocalSize, file_.size())) RefuseLocal(entry, name, "it lies outside the file");
  std::array<std::byte, kLocalSize> header;
  std::memcpy(header.data(), file_.data() + entry.header_offset, kLocalSize);
  // ZIP-032
  if (Load32(header.data()) != kLocalSignature) RefuseLocal(entry, name, "its signature is wrong");
  // DEV-110
  if (Load16(header.data() + kLocalMethod) != entry.method)
    RefuseLocal(entry, name, "another method than in the directory");
  if (Load16(header.data() + kLocalFlags) != entry.flags) RefuseLocal(entry, name, "other flags than in the directory");
  const std::uint64_t name_at = entry.header_offset + kLocalSize;
  if (Load16(header.data() + kLocalNameLength) != entry.name_size || !Fits(name_at, entry.name_size, file_.size()) ||
      std::memcmp(file_.data() + name_at, directory_.data() + entry.name_at, entry.name_size) != 0) {
    RefuseLocal(entry, name, "another name than in the directory");
  }
  const std::uint64_t extra_at = name_at + entry.name_size;
  const std::byte* central = directory_.data() + entry.name_at - kCentralSize;
  if ((entry.flags & kFlagDescriptor) == 0 && !SameSizes(entry, header.data(), central, file_, extra_at)) {
    RefuseLocal(entry, name, "other sizes than in the directory");
  }
  // ZIP-033
  const std::uint64_t offset = extra_at + Load16(header.data() + kLocalExtraLength);
  if (!Fits(offset, entry.compressed_size, file_.size())) {
    const bool missing = (entry.marks & kMarkZip64Missing) != 0;
    RefuseEntry(missing ? RefusalKind::kZipZip64 : RefusalKind::kContainerTruncated, entry, name,
                "its bytes reach past the end of the file");
  }
  // DEV-106
  if (offset + entry.compressed_size > entry.end_limit) {
    Refuse(RefusalKind::kZipOverlap, {}, entry.header_offset,
           "record " + EscapeForTerminal(name) + " shares bytes with another record or with the directory");
  }
  return {offset, entry.compressed_size, entry.size, entry.header_offset, entry.crc, static_cast<Method>(entry.method)};
}

std::vector<std::byte> Archive::Read(const Entry& entry, std::uint64_t max_bytes) const {
  const Extent extent = Locate(entry);
  const std::string_view name = NameOf(entry);
  if (extent.size > max_bytes) {
    RefuseEntry(
        RefusalKind::kLimitRecordSize, entry, name,
        "it has " + std::to_string(extent.size) + " bytes, more than the " + std::to_string(max_bytes) + " allowed");
  }
  const Bytes payload = file_.subspan(extent.offset, extent.compressed_size);
  if (extent.method == Method::kStored) return {payload.begin(), payload.end()};
  // Before anything is allocated: more than this no deflate stream makes.
  if (extent.size / kMaxInflation > extent.compressed_size) {
    Refuse(RefusalKind::kZipInflate, {}, extent.header_offset,
           "record " + EscapeForTerminal(name) + " announces more bytes than its deflate stream can make");
  }
  std::vector<std::byte> out(extent.size);
  Inflate(payload, out, extent.header_offset);
  return out;
}

}  // namespace weightsonly::container
