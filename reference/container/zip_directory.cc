// Floor 1. Reads the central directory of a zip archive. SPEC.md chapter 1, rules ZIP-013 to ZIP-029. It does not look
// at local headers or payloads.
#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "base/checked.h"
#include "base/refusal.h"
#include "base/text.h"
#include "container/zip.h"
#include "container/zip_end.h"
#include "container/zip_extra.h"
#include "container/zip_format.h"
#include "container/zip_name.h"

namespace weightsonly::container {
namespace {

// Format: torch copies names into 512 bytes before it compares their prefix.
constexpr std::size_t kMaxPrefix = 510;

[[noreturn]] void RefuseDirectory(std::uint64_t offset, std::string detail) {
  Refuse(RefusalKind::kZipCentralDirectory, {}, offset, std::move(detail));
}
[[noreturn]] void RefuseName(std::uint64_t offset, std::string_view name, std::string_view what) {
  Refuse(RefusalKind::kZipName, {}, offset, "record name " + EscapeForTerminal(name) + ": " + std::string(what));
}

// The sizes that a directory entry announces, checked against each other and the file as far as torch checks them for
// entries that nobody reads.
void RequireSizes(const std::byte* header, const WideFields& wide, std::uint64_t file_size, std::uint64_t offset) {
  if (wide.compressed_size != kMarker32 && wide.size != kMarker32) {
    // ZIP-022: torch looks at method and time as one number, so that a stored entry with a time passes here.
    if (Load32(header + kCentralMethod) == 0 && wide.size != wide.compressed_size) {
      RefuseDirectory(offset, "a stored record has two different sizes");
    }
    // ZIP-023
    if (wide.size != 0 && wide.compressed_size == 0) RefuseDirectory(offset, "a record has a size and no bytes");
  }
  // ZIP-024 and DEV-104: torch adds with wrap-around.
  if (wide.compressed_size == kMarker32) return;
  std::uint64_t end;
  if (!CheckedAdd(wide.header_offset, kLocalSize, &end) || !CheckedAdd(end, wide.compressed_size, &end) ||
      end > file_size) {
    RefuseDirectory(offset, "a record lies outside the file");
  }
}

}  // namespace

Archive::Archive(Bytes file, const Limits& /*limits*/) : file_(file), seed_(ProcessSeed()) {
  const EndRecord end = ReadEnd(file);
  directory_offset_ = end.directory_offset;
  comment_size_ = end.comment_size;
  end_offset_ = end.offset + kEndSize + end.comment_size;
  ReadDirectory(end);
  BuildLimits(end);
  BuildTable();
}

std::string_view Archive::NameOf(const Entry& entry) const {
  const std::string_view name = AsText(Bytes(directory_).subspan(entry.name_at, entry.name_size));
  return name.substr(prefix_.size() + 1);
}

// ZIP-013: exactly as many entries as the end record announces, one after the other; bytes after the last are not
// looked at.
void Archive::ReadDirectory(const EndRecord& end) {
  const Bytes in_file = file_.subspan(end.directory_offset, end.directory_size);
  directory_.assign(in_file.begin(), in_file.end());
  entries_.reserve(end.entries);
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < end.entries; ++i) at = AddEntry(at, end);
}

// Reads the entry at `at` of the copy and returns where the next one starts.
std::size_t Archive::AddEntry(std::size_t at, const EndRecord& end) {
  const std::uint64_t offset = directory_offset_ + at;
  const Bytes rest = Bytes(directory_).subspan(at);
  const std::byte* header = rest.data();
  // ZIP-014
  if (rest.size() < kCentralSize || Load32(header) != kCentralSignature) {
    RefuseDirectory(offset, "there is no directory entry where one must be");
  }
  const std::size_t name_size = Load16(header + kCentralNameLength);
  const std::size_t extra_size = Load16(header + kCentralExtraLength);
  const std::size_t total = kCentralSize + name_size + extra_size + Load16(header + kCentralCommentLength);
  // ZIP-015
  if (total > rest.size()) RefuseDirectory(offset, "a directory entry reaches past the end of the directory");

  WideFields wide{Load32(header + kCentralUncompressedSize), Load32(header + kCentralCompressedSize),
                  Load32(header + kCentralHeaderOffset)};
  const Zip64 zip64 = ResolveZip64(rest.subspan(kCentralSize + name_size, extra_size), &wide);
  if (zip64 == Zip64::kBroken) Refuse(RefusalKind::kZipZip64, {}, offset, "the extra field of a record is damaged");
  RequireSizes(header, wide, file_.size(), offset);
  // ZIP-016
  const std::uint16_t disk = Load16(header + kCentralDisk);
  if (disk == kMarker16 || (disk != end.disk && disk != 1)) RefuseDirectory(offset, "a record lies on another disk");
  // ZIP-017
  const std::uint16_t flags = Load16(header + kCentralFlags);
  if ((flags & kFlagMasked) != 0) Refuse(RefusalKind::kZipEncrypted, {}, offset, "the directory is encrypted");

  const std::string_view name = AsText(rest.subspan(kCentralSize, name_size));
  if (at == 0) SetPrefix(name, offset);
  RequireName(name, offset);
  std::uint16_t marks = 0;
  if ((Load32(header + kCentralAttributes) & kAttributeDirectory) != 0) marks |= kMarkDirectory;
  if (zip64 == Zip64::kShort) marks |= kMarkZip64Short;
  if (zip64 == Zip64::kMissing) marks |= kMarkZip64Missing;
  entries_.push_back({.header_offset = wide.header_offset,
                      .compressed_size = wide.compressed_size,
                      .size = wide.size,
                      .end_limit = 0,
                      .directory_offset = offset,
                      .name_at = static_cast<std::uint32_t>(at + kCentralSize),
                      .name_size = static_cast<std::uint16_t>(name_size),
                      .method = Load16(header + kCentralMethod),
                      .flags = flags,
                      .marks = marks,
                      .crc = Load32(header + kCentralCrc)});
  return at + total;
}

// ZIP-025: the archive's name is what stands in front of the first slash of the first entry.
void Archive::SetPrefix(std::string_view name, std::uint64_t directory_offset) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) RefuseName(directory_offset, name, "it lies in no folder");
  // ZIP-027
  if (slash > kMaxPrefix) RefuseName(directory_offset, name, "its folder's name has more than 510 bytes");
  prefix_ = name.substr(0, slash);
}

void Archive::RequireName(std::string_view name, std::uint64_t directory_offset) const {
  // ZIP-026
  if (!name.starts_with(prefix_) || name.size() == prefix_.size() || name[prefix_.size()] != '/') {
    RefuseName(directory_offset, name, "it lies outside the folder of the first record, " + EscapeForTerminal(prefix_));
  }
  // DEV-105: what follows a NUL is there for one reader and not for another.
  if (name.find('\0') != std::string_view::npos) RefuseName(directory_offset, name, "it holds a NUL");
}

// Where each payload must end (DEV-106): at the next local header, at the directory or at the end record, whichever
// comes first after its own local header. Two entries with one local header share all their bytes, so neither may be
// read.
void Archive::BuildLimits(const EndRecord& end) {
  std::vector<std::uint32_t> order;
  const auto by_offset = [](const Entry& a, const Entry& b) { return a.header_offset < b.header_offset; };
  const bool sorted = std::is_sorted(entries_.begin(), entries_.end(), by_offset);
  if (!sorted) {
    order.resize(entries_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t i) { return entries_[i].header_offset; });
  }
  const auto at = [&](std::size_t i) -> Entry& { return entries_[sorted ? i : order[i]]; };
  std::uint64_t next = file_.size();
  for (std::size_t i = entries_.size(); i-- > 0;) {
    Entry& entry = at(i);
    std::uint64_t limit = next;
    for (const std::uint64_t wall : {end.directory_offset, end.offset}) {
      if (wall >= entry.header_offset) limit = std::min(limit, wall);
    }
    if (i > 0 && at(i - 1).header_offset == entry.header_offset) limit = entry.header_offset;
    entry.end_limit = limit;
    next = entry.header_offset;
  }
}

void Archive::BuildTable() {
  table_.resize(std::bit_ceil(2 * entries_.size()));
  const std::size_t mask = table_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view name = NameOf(entries_[i]);
    const std::uint64_t hash = HashName(name, seed_);
    const std::uint64_t tag = hash >> 32 << 32;
    std::size_t slot = hash & mask;
    for (; table_[slot] != 0; slot = (slot + 1) & mask) {
      Entry& earlier = entries_[static_cast<std::uint32_t>(table_[slot]) - 1];
      if (table_[slot] >> 32 << 32 != tag || !SameName(NameOf(earlier), name)) continue;
      earlier.marks |= kMarkDuplicate;
      break;
    }
    if (table_[slot] == 0) table_[slot] = tag | static_cast<std::uint32_t>(i + 1);
  }
}

// The first entry with the name, letter case apart, or null.
const Entry* Archive::FindFirst(std::string_view name) const {
  const std::size_t mask = table_.size() - 1;
  const std::uint64_t hash = HashName(name, seed_);
  for (std::size_t slot = hash & mask; table_[slot] != 0; slot = (slot + 1) & mask) {
    if (table_[slot] >> 32 != hash >> 32) continue;
    const Entry& entry = entries_[static_cast<std::uint32_t>(table_[slot]) - 1];
    // ZIP-028
    if (SameName(NameOf(entry), name)) return &entry;
  }
  return nullptr;
}

const Entry* Archive::Find(std::string_view name) const {
  const Entry* entry = FindFirst(name);
  if (entry != nullptr && (entry->marks & kMarkDuplicate) != 0) RefuseDuplicate(*entry);
  return entry;
}

// ZIP-029
bool Archive::HasExactly(std::string_view name) const {
  const Entry* first = FindFirst(name);
  if (first == nullptr || NameOf(*first) == name) return first != nullptr;
  if ((first->marks & kMarkDuplicate) == 0) return false;
  return std::ranges::any_of(entries_, [&](const Entry& entry) { return NameOf(entry) == name; });
}

// DEV-107: the second of the two is the guilty one.
void Archive::RefuseDuplicate(const Entry& first) const {
  const std::string_view name = NameOf(first);
  for (const Entry& entry : std::span(entries_).subspan(IndexOf(first) + 1)) {
    if (!SameName(NameOf(entry), name)) continue;
    Refuse(RefusalKind::kZipDuplicateName, {}, entry.directory_offset,
           "two records are named " + EscapeForTerminal(name) + ", letter case apart");
  }
  RefuseInternal("a duplicate name has no second entry");
}

}  // namespace weightsonly::container
