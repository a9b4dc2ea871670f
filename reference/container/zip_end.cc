// Floor 1. Reads the end of a zip archive. SPEC.md chapter 1, rules ZIP-001 to ZIP-012. It does not read the directory.
#include "container/zip_end.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "base/checked.h"
#include "base/refusal.h"
#include "container/zip_format.h"

namespace weightsonly::container {
namespace {

// torch looks for the end record in windows of 4,096 bytes that overlap by 3, from the end of the file towards its
// front.
constexpr std::uint64_t kWindow = 4096;
constexpr std::uint64_t kWindowStep = 4093;
constexpr std::uint64_t kSearchSpan = 0xffff + kEndSize;

[[noreturn]] void RefuseEnd(std::uint64_t offset, std::string detail) {
  Refuse(RefusalKind::kZipEocd, {}, offset, std::move(detail));
}
[[noreturn]] void RefuseZip64(std::uint64_t offset, std::string detail) {
  Refuse(RefusalKind::kZipZip64, {}, offset, std::move(detail));
}
[[noreturn]] void RefuseAmbiguous(std::uint64_t offset, std::string detail) {
  Refuse(RefusalKind::kZipAmbiguous, {}, offset, std::move(detail));
}

// A copy of `size` bytes: a mapped file can change between two looks at it.
template <std::size_t size>
std::array<std::byte, size> Copy(Bytes file, std::uint64_t offset) {
  std::array<std::byte, size> copy;
  std::memcpy(copy.data(), file.data() + offset, size);
  return copy;
}

bool HasEndSignature(Bytes file, std::uint64_t offset) { return Load32(file.data() + offset) == kEndSignature; }

// The first byte of the file in which the signature is looked for (ZIP-001). A window that would start before the file
// is not looked at: torch then asks for a negative offset and fails.
std::uint64_t LowestCandidate(std::uint64_t size) {
  std::uint64_t lowest = size > kWindow ? size - kWindow : 0;
  while (lowest >= kWindowStep && size - lowest < kSearchSpan) lowest -= kWindowStep;
  return lowest;
}

// The last end signature in [lowest, from] that has 22 bytes.
std::optional<std::uint64_t> FindEnd(Bytes file, std::uint64_t from, std::uint64_t lowest) {
  for (std::uint64_t at = from + 1; at-- > lowest;) {
    if (HasEndSignature(file, at)) return at;
  }
  return std::nullopt;
}

std::uint64_t CommentEnd(Bytes file, std::uint64_t end_record) {
  return end_record + kEndSize + Load16(file.data() + end_record + kEndCommentLength);
}

// DEV-101: readers that believe the comment length would take another end record than torch, which takes the last one.
void RequireOneEnd(Bytes file, std::uint64_t chosen, std::uint64_t lowest) {
  if (CommentEnd(file, chosen) == file.size()) return;
  for (std::uint64_t at = chosen; at-- > lowest;) {
    if (HasEndSignature(file, at) && CommentEnd(file, at) == file.size()) {
      RefuseAmbiguous(at,
                      "two end records: this one ends with the file by its comment length, but another one follows it");
    }
  }
}

std::uint64_t LocateEnd(Bytes file) {
  if (file.size() < kEndSize) RefuseEnd(0, "the file is shorter than the 22 bytes of an end record");
  const std::uint64_t last = file.size() - kEndSize;
  const std::uint64_t lowest = LowestCandidate(file.size());
  // Nearly every archive ends with its end record; then nothing but its page is touched.
  const std::optional<std::uint64_t> found = HasEndSignature(file, last) ? last : FindEnd(file, last, lowest);
  if (!found)
    RefuseEnd(0, "no end record (PK, 5, 6) near the end of the file: the file was cut, or something was appended");
  RequireOneEnd(file, *found, lowest);
  return *found;
}

// One of the values that stand in both end records: the 32-bit one is all ones, or equal (DEV-102).
void RequireSame(std::uint64_t offset, std::uint64_t small, std::uint64_t marker, std::uint64_t large,
                 const char* what) {
  if (small == marker || small == large) return;
  RefuseAmbiguous(offset, std::string("end record and zip64 end record disagree about the ") + what);
}

struct Zip64End {
  std::uint64_t offset;
  std::array<std::byte, kEnd64Size> record;
};

// The zip64 end record that the locator in front of the end record points to, if there is one.
// Format notes:
//  - ZIP-005: the locator counts only where it stands directly in front of the end record.
//  - ZIP-006: a locator that points to something else than a zip64 end record is passed over, without complaint.
//  - DEV-103: a second zip64 end record directly in front of the locator is what other readers take.
std::optional<Zip64End> FindZip64(Bytes file, std::uint64_t end) {
  if (end < kLocatorSize + kEnd64Size) return std::nullopt;
  const std::uint64_t locator_at = end - kLocatorSize;
  const auto locator = Copy<kLocatorSize>(file, locator_at);
  if (Load32(locator.data()) != kLocatorSignature) return std::nullopt;
  const std::uint64_t offset = Load64(locator.data() + kLocatorOffset);
  if (!Fits(offset, kEnd64Size, file.size())) RefuseZip64(locator_at, "the zip64 locator points outside the file");
  const Zip64End result{offset, Copy<kEnd64Size>(file, offset)};
  const bool found = Load32(result.record.data()) == kEnd64Signature;
  if (offset != locator_at - kEnd64Size && Load32(file.data() + locator_at - kEnd64Size) == kEnd64Signature) {
    RefuseAmbiguous(locator_at, "the zip64 locator passes over the zip64 end record in front of it");
  }
  if (!found) return std::nullopt;
  // ZIP-007
  if (Load32(locator.data() + kLocatorDisks) != 1)
    RefuseZip64(locator_at, "the zip64 locator announces other than one disk");
  return result;
}

// The fields of both end records, before they are judged.
struct Fields {
  EndRecord end;
  std::uint64_t disk_entries = 0;
  std::uint32_t directory_disk = 0;
};

Fields ReadFields(std::uint64_t offset, const std::byte* end) {
  Fields fields;
  fields.end.offset = offset;
  fields.end.disk = Load16(end + kEndDisk);
  fields.directory_disk = Load16(end + kEndDirectoryDisk);
  fields.disk_entries = Load16(end + kEndDiskEntries);
  fields.end.entries = Load16(end + kEndEntries);
  fields.end.directory_size = Load32(end + kEndDirectorySize);
  fields.end.directory_offset = Load32(end + kEndDirectoryOffset);
  return fields;
}

// ZIP-008: what the zip64 end record says replaces what the end record says.
void ReplaceByZip64(const Zip64End& zip64, Fields* fields) {
  const std::byte* record = zip64.record.data();
  const EndRecord small = fields->end;
  // ZIP-009
  if (Load64(record + kEnd64RecordSize) < kEnd64Size - 12)
    RefuseZip64(zip64.offset, "the zip64 end record is too short");
  fields->disk_entries = Load64(record + kEnd64DiskEntries);
  fields->end.entries = Load64(record + kEnd64Entries);
  fields->end.directory_size = Load64(record + kEnd64DirectorySize);
  fields->end.directory_offset = Load64(record + kEnd64DirectoryOffset);
  fields->end.disk = Load32(record + kEnd64Disk);
  fields->directory_disk = Load32(record + kEnd64DirectoryDisk);
  // ZIP-010
  if (fields->end.entries > kMarker32 || fields->disk_entries > kMarker32 || fields->end.directory_size > kMarker32) {
    RefuseZip64(zip64.offset, "the zip64 end record announces 2^32 or more entries or bytes of directory");
  }
  RequireSame(zip64.offset, small.entries, kMarker16, fields->end.entries, "number of entries");
  RequireSame(zip64.offset, small.directory_size, kMarker32, fields->end.directory_size, "size of the directory");
  RequireSame(zip64.offset, small.directory_offset, kMarker32, fields->end.directory_offset, "offset of the directory");
}

}  // namespace

EndRecord ReadEnd(Bytes file) {
  const std::uint64_t offset = LocateEnd(file);
  const auto record = Copy<kEndSize>(file, offset);
  Fields fields = ReadFields(offset, record.data());
  std::uint64_t guilty = offset;
  RefusalKind kind = RefusalKind::kZipEocd;
  if (const auto zip64 = FindZip64(file, offset)) {
    ReplaceByZip64(*zip64, &fields);
    guilty = zip64->offset;
    kind = RefusalKind::kZipZip64;
  }
  EndRecord& end = fields.end;
  // ZIP-003
  if (end.entries != fields.disk_entries) Refuse(kind, {}, guilty, "the archive is split over several disks");
  if ((end.disk != 0 || fields.directory_disk != 0) && (end.disk != 1 || fields.directory_disk != 1)) {
    Refuse(kind, {}, guilty, "the archive is split over several disks");
  }
  // ZIP-004
  if (end.directory_size < end.entries * kCentralSize) {
    Refuse(kind, {}, guilty, "the directory is too small for the number of its entries");
  }
  if (!Fits(end.directory_offset, end.directory_size, file.size())) {
    Refuse(kind, {}, guilty, "the directory lies outside the file");
  }
  // ZIP-011
  if (end.entries == 0) RefuseEnd(offset, "the archive holds no records");
  // ZIP-002
  const std::uint64_t comment = Load16(record.data() + kEndCommentLength);
  end.comment_size = std::min<std::uint64_t>(comment, file.size() - offset - kEndSize);
  return end;
}

}  // namespace weightsonly::container
