// Floor 1. Reads the central directory of a zip archive. SPEC.md chapter 1, rules ZIP-013 to ZIP-029. It does not look
// at local headers or payloads.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
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

// Format: as much of a name as torch copies when it lists the records; the 512th byte of its buffer is the closing NUL.
constexpr std::size_t kListedName = 511;

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

// Replaces the values that are all ones by those of the zip64 field of `extra` (in the file); returns marks.
std::uint16_t ResolveInDirectory(Bytes extra, std::uint64_t offset, WideFields* wide) {
  if (!NeedsZip64(*wide)) return 0;
  const std::vector<std::byte> copy(extra.begin(), extra.end());
  switch (ResolveZip64(copy, wide)) {
    case Zip64::kComplete:
      return 0;
    case Zip64::kMissing:
      return kMarkZip64Missing;
    case Zip64::kShort:
      return kMarkZip64Short;
    case Zip64::kBroken:
      break;
  }
  Refuse(RefusalKind::kZipZip64, {}, offset, "the extra field of a record is damaged");
}

}  // namespace

Archive::Archive(Bytes file, const Source* source) : file_(file), source_(source), seed_(ProcessSeed()) {
  const EndRecord end = ReadEnd(file);
  directory_offset_ = end.directory_offset;
  directory_size_ = end.directory_size;
  comment_size_ = end.comment_size;
  end_record_ = end.offset;
  end_offset_ = end.offset + kEndSize + end.comment_size;
  const std::size_t name_bytes = end.directory_size - end.entries * kCentralSize;
  const std::size_t slots = std::bit_ceil(2 * end.entries);
  block_ = Block(Block::BytesFor<Entry>(end.entries) + Block::BytesFor<char>(name_bytes) +
                 Block::BytesFor<std::uint32_t>(slots));
  entries_ = block_.Take<Entry>(end.entries);
  names_ = block_.Take<char>(name_bytes);
  table_ = block_.TakeZeros<std::uint32_t>(slots);
  // ZIP-012: offsets count from the first byte of the file. ZIP-013: exactly as many entries as the end record
  // announces, one after the other; bytes after the last are not looked at.
  std::uint32_t at = 0;
  for (std::uint64_t i = 0; i < end.entries; ++i) at = AddEntry(at, end);
  BuildLimits();
  BuildTable();
}

std::string_view Archive::NameOf(const Entry& entry) const { return {names_.data() + entry.name_at, entry.name_size}; }

// Reads the entry at `at` of the directory and returns where the next one starts. Versions, times, the attributes but
// for one bit, what a comment says and the other flags are not looked at (ZIP-039). Every byte is taken out of the file
// once.
std::uint32_t Archive::AddEntry(std::uint32_t at, const EndRecord& end) {
  const std::uint64_t offset = directory_offset_ + at;
  const std::uint64_t rest = directory_size_ - at;
  // ZIP-014
  if (rest < kCentralSize) RefuseDirectory(offset, "the directory ends before its last entry");
  std::array<std::byte, kCentralSize> copy;
  std::memcpy(copy.data(), file_.data() + offset, kCentralSize);
  const std::byte* header = copy.data();
  if (Load32(header) != kCentralSignature) RefuseDirectory(offset, "no directory entry stands where one must");
  const std::uint16_t name_size = Load16(header + kCentralNameLength);
  const std::uint16_t extra_size = Load16(header + kCentralExtraLength);
  const std::uint16_t comment_size = Load16(header + kCentralCommentLength);
  const std::uint64_t total = kCentralSize + name_size + extra_size + comment_size;
  // ZIP-015
  if (total > rest) RefuseDirectory(offset, "a directory entry reaches past the end of the directory");

  WideFields wide{Load32(header + kCentralUncompressedSize), Load32(header + kCentralCompressedSize),
                  Load32(header + kCentralHeaderOffset)};
  std::uint16_t marks = 0;
  if (comment_size != 0) marks |= kMarkComment;
  if (wide.size == kMarker32) marks |= kMarkWideSize;
  if (wide.compressed_size == kMarker32) marks |= kMarkWideCompressed;
  marks |= ResolveInDirectory(file_.subspan(offset + kCentralSize + name_size, extra_size), offset, &wide);
  RequireSizes(header, wide, file_.size(), offset);
  // ZIP-016
  const std::uint16_t disk = Load16(header + kCentralDisk);
  if (disk == kMarker16 || (disk != end.disk && disk != 1)) RefuseDirectory(offset, "a record lies on another disk");
  // ZIP-017
  const std::uint16_t flags = Load16(header + kCentralFlags);
  if ((flags & kFlagMasked) != 0) Refuse(RefusalKind::kZipEncrypted, {}, offset, "the directory is encrypted");

  const std::string_view in_file = AsText(file_.subspan(offset + kCentralSize, name_size));
  if (at == 0) SetPrefix(in_file, offset);
  const std::string_view name = AddName(in_file, offset);
  if ((Load32(header + kCentralAttributes) & kAttributeDirectory) != 0) marks |= kMarkDirectory;
  entries_.push_back({.header_offset = wide.header_offset,
                      .compressed_size = wide.compressed_size,
                      .size = wide.size,
                      .directory_at = at,
                      .name_at = static_cast<std::uint32_t>(names_.size() - name.size()),
                      .crc = Load32(header + kCentralCrc),
                      .name_size = static_cast<std::uint16_t>(name.size()),
                      .method = Load16(header + kCentralMethod),
                      .flags = flags,
                      .marks = marks});
  return at + static_cast<std::uint32_t>(total);
}

// ZIP-025: the archive's name is what stands in front of the first slash of the first entry.
void Archive::SetPrefix(std::string_view name, std::uint64_t directory_offset) {
  prefix_ = name;
  const std::size_t slash = prefix_.find('/');
  if (slash == std::string::npos) RefuseName(directory_offset, prefix_, "it lies in no folder");
  // ZIP-027
  if (slash >= kListedName) RefuseName(directory_offset, prefix_, "its folder's name has more than 510 bytes");
  prefix_.resize(slash);
  if (prefix_.find('\0') != std::string::npos) RefuseName(directory_offset, prefix_, "it holds a NUL");
}

// Copies the part of a name that follows the prefix out of the file.
std::string_view Archive::AddName(std::string_view in_file, std::uint64_t directory_offset) {
  const std::size_t folder = prefix_.size() + 1;
  // ZIP-026
  if (in_file.size() < folder || !SameText(in_file.substr(0, prefix_.size()), prefix_) || in_file[folder - 1] != '/') {
    RefuseName(directory_offset, in_file,
               "it lies outside the folder of the first record, " + EscapeForTerminal(prefix_));
  }
  const std::size_t at = names_.size();
  const std::string_view tail = in_file.substr(folder);
  if (!tail.empty()) std::memcpy(names_.append(tail.size()), tail.data(), tail.size());
  const std::string_view name(names_.data() + at, tail.size());
  if (IsPlain(name)) return name;
  // DEV-105: what follows a NUL is there for one reader and not for another.
  if (name.find('\0') != std::string_view::npos) RefuseName(directory_offset, name, "it holds a NUL");
  // ZIP-035: a longer name is cut, and a character that the cut divides is no UTF-8 either.
  if (!IsUtf8(name.substr(0, kListedName - folder))) RefuseName(directory_offset, name, "it is not UTF-8");
  return name;
}

// Where a payload must end (DEV-106): at the next local header, at the directory or at the end record, whichever comes
// first after its own local header. Two entries with one local header share all their bytes, so neither may be read;
// nor may one whose local header lies in the directory (in the comment of an entry, say) or in the end record. `before`
// and `after`: the neighbours in the order of local headers, or null.
std::uint64_t Archive::LimitBetween(const Entry* before, const Entry& entry, const Entry* after) const {
  const std::uint64_t at = entry.header_offset;
  if (before != nullptr && before->header_offset == at) return at;
  std::uint64_t limit = after != nullptr ? after->header_offset : file_.size();
  for (const auto& [wall, size] :
       {std::pair(directory_offset_, directory_size_), std::pair(end_record_, std::uint64_t{kEndSize})}) {
    if (wall >= at) {
      limit = std::min(limit, wall);
    } else if (at - wall < size) {
      return at;
    }
  }
  return limit;
}

void Archive::BuildLimits() {
  if (std::ranges::is_sorted(entries_, {}, &Entry::header_offset)) return;
  std::vector<std::uint32_t> order(entries_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return entries_[i].header_offset; });
  limits_.resize(entries_.size());
  // Null in front of the first (where i - 1 wraps) and behind the last.
  const auto at = [&](std::size_t i) { return i < order.size() ? &entries_[order[i]] : nullptr; };
  for (std::size_t i = 0; i < order.size(); ++i) limits_[order[i]] = LimitBetween(at(i - 1), *at(i), at(i + 1));
}

std::uint64_t Archive::LimitOf(const Entry& entry) const {
  const std::size_t i = IndexOf(entry);
  if (!limits_.empty()) return limits_[i];
  return LimitBetween(i > 0 ? &entry - 1 : nullptr, entry, i + 1 < entries_.size() ? &entry + 1 : nullptr);
}

void Archive::BuildTable() {
  index_bits_ = static_cast<int>(std::bit_width(entries_.size()));
  const std::size_t mask = table_.size() - 1;
  const std::uint32_t low = static_cast<std::uint32_t>((std::uint64_t{1} << index_bits_) - 1);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view name = NameOf(entries_[i]);
    const std::uint64_t hash = HashName(name, seed_);
    const std::uint32_t tag = static_cast<std::uint32_t>(hash >> 32) & ~low;
    std::size_t slot = hash & mask;
    for (; table_[slot] != 0; slot = (slot + 1) & mask) {
      Entry& earlier = entries_[(table_[slot] & low) - 1];
      if ((table_[slot] & ~low) != tag || !SameName(NameOf(earlier), name)) continue;
      earlier.marks |= kMarkDuplicate;
      entries_[i].marks |= kMarkDuplicate;
      break;
    }
    if (table_[slot] == 0) table_[slot] = tag | static_cast<std::uint32_t>(i + 1);
  }
}

// The first entry with the name, letter case apart, or null.
const Entry* Archive::FindFirst(std::string_view name) const {
  const std::size_t mask = table_.size() - 1;
  const std::uint32_t low = static_cast<std::uint32_t>((std::uint64_t{1} << index_bits_) - 1);
  const std::uint64_t hash = HashName(name, seed_);
  const std::uint32_t tag = static_cast<std::uint32_t>(hash >> 32) & ~low;
  for (std::size_t slot = hash & mask; table_[slot] != 0; slot = (slot + 1) & mask) {
    if ((table_[slot] & ~low) != tag) continue;
    const Entry& entry = entries_[(table_[slot] & low) - 1];
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

const Entry* Archive::FindNear(std::size_t guess, std::string_view name) const {
  if (guess < entries_.size()) {
    const Entry& entry = entries_[guess];
    if ((entry.marks & kMarkDuplicate) == 0 && NameOf(entry) == name) return &entry;
  }
  return Find(name);
}

// ZIP-029
const Entry* Archive::FindExactly(std::string_view name) const {
  const Entry* first = FindFirst(name);
  if (first == nullptr || NameOf(*first) == name) return first;
  const auto found = std::ranges::find(entries_, name, [&](const Entry& entry) { return NameOf(entry); });
  return found == entries_.end() ? nullptr : &*found;
}

// DEV-107: the second of the two is the guilty one.
void Archive::RefuseDuplicate(const Entry& first) const {
  const std::string_view name = NameOf(first);
  for (const Entry& entry : entries().subspan(IndexOf(first) + 1)) {
    if (!SameName(NameOf(entry), name)) continue;
    Refuse(RefusalKind::kZipDuplicateName, {}, DirectoryOffsetOf(entry),
           "two records are named " + EscapeForTerminal(name) + ", letter case apart");
  }
  RefuseInternal("a duplicate name has no second entry");
}

}  // namespace weightsonly::container
