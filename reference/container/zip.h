// Floor 1. The zip archive as torch writes and reads it: end records, central directory, local headers, payloads.
// SPEC.md chapter 1. It knows records by name and nothing of what is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/block.h"
#include "base/bytes.h"
#include "base/pod_vector.h"
#include "base/refusal.h"
#include "container/source.h"

namespace weightsonly::container {

enum class Method : std::uint16_t { kStored = 0, kDeflated = 8 };

// One entry of the central directory, 64-bit sizes resolved. Offsets count in the file. Kept small: a checkpoint has
// one for each storage, and fresh memory is most of what opening costs.
struct Entry {
  std::uint64_t header_offset;    // local header
  std::uint64_t compressed_size;  // payload bytes in the file
  std::uint64_t size;             // bytes after inflation; equals compressed_size when stored
  std::uint32_t directory_at;     // this entry, counted from the start of the central directory
  std::uint32_t name_at;          // the name without prefix, in Archive's copy of all names
  std::uint32_t crc;              // 0 can mean "not computed"
  std::uint16_t name_size;        // bytes of the name without prefix
  std::uint16_t method;           // as written; only 0 and 8 can be located
  std::uint16_t flags;
  std::uint16_t marks;  // a set of EntryMark
};

// What the directory said of an entry and matters when it is read, or in strict. An entry that nobody reads may have
// all of them.
enum EntryMark : std::uint16_t {
  kMarkDuplicate = 1,        // another entry has the same name, letter case apart
  kMarkDirectory = 2,        // the external attributes call it a directory
  kMarkZip64Short = 4,       // its zip64 field does not hold all values that it must hold
  kMarkZip64Missing = 8,     // a 32-bit field is all ones and there is no zip64 field
  kMarkWideSize = 16,        // the 32-bit field of the size is all ones
  kMarkWideCompressed = 32,  // the 32-bit field of the compressed size is all ones
  kMarkComment = 64          // a comment follows the entry
};

// Where a record's payload lies. Its local header was checked.
struct Extent {
  std::uint64_t offset;  // first payload byte in the file
  std::uint64_t compressed_size;
  std::uint64_t size;
  std::uint64_t header_offset;
  std::uint32_t crc;
  Method method;
};

struct EndRecord;

// The directory of one archive. Holds its own copy of all that it needs of the central directory; the file's bytes must
// outlive it.
class Archive {
 public:
  // Reads the end records and the whole central directory. Refuses container.zip.{eocd, zip64, ambiguous} for the end
  // records, and for the entries, whether they are read later or not, container.zip.{central-directory, zip64,
  // encrypted, name}. What only forbids reading a record is refused when it is located, duplicates when they are looked
  // up. Linear in the size of the directory (plus a sort when entries are not in file order).
  explicit Archive(Bytes file) : Archive(file, nullptr) {}
  // The same of an opened file, which must outlive it: local headers that lie far apart are read, not mapped.
  explicit Archive(const Source& source) : Archive(source.bytes(), source.mapped() ? &source : nullptr) {}

  // Text before the first '/' of the first entry: the archive's name. At most 510 bytes, any but NUL, may be empty.
  [[nodiscard]] std::string_view prefix() const { return prefix_; }
  // Every entry in directory order.
  [[nodiscard]] std::span<const Entry> entries() const { return entries_.view(0, entries_.size()); }
  // The entry's name without "prefix/": no NUL, UTF-8 as far as the 511th byte of the full name.
  [[nodiscard]] std::string_view NameOf(const Entry& entry) const;

  // The record `name` (without prefix; compared as torch does, ASCII letters of any case), or null. Refuses
  // container.zip.duplicate-name when two entries have that name. Constant time. A name with NUL in it is never found.
  [[nodiscard]] const Entry* Find(std::string_view name) const;
  // Find, with a guess: entries()[guess], when it exists and has exactly this name, costs one comparison.
  [[nodiscard]] const Entry* FindNear(std::size_t guess, std::string_view name) const;
  // The first record that has exactly this name, letter by letter, or null. Never refuses. Constant time, but linear in
  // the number of entries when several have the name, letter case apart.
  [[nodiscard]] const Entry* FindExactly(std::string_view name) const;
  // The index of an entry in entries().
  [[nodiscard]] std::size_t IndexOf(const Entry& entry) const {
    return static_cast<std::size_t>(&entry - entries_.data());
  }

  // The entry's place in the file, for refusals.
  [[nodiscard]] std::uint64_t DirectoryOffsetOf(const Entry& entry) const {
    return directory_offset_ + entry.directory_at;
  }

  // Checks the entry, then its local header (a copy of it) against the directory, and returns where the payload lies,
  // whose bytes are not touched. Refuses container.zip.{method, encrypted, zip64, ambiguous, name, central-directory}
  // at the directory entry, container.zip.{local-header, overlap} at the local header, container.truncated. Constant
  // time.
  [[nodiscard]] Extent Locate(const Entry& entry) const;

  // Locate for a record that is then read whole: refuses also limit.record-size above `max_bytes`, and
  // container.zip.inflate when no deflate stream of its length makes that many bytes. `limit` is what a caller may
  // change of max_bytes, for the refusal: members of Limits, or nothing.
  [[nodiscard]] Extent LocateWhole(const Entry& entry, std::uint64_t max_bytes, std::string_view limit = {}) const;
  // Copies the bytes of a located record, inflated if need be, to `out`, which has extent.size bytes. Refuses
  // container.zip.inflate.
  void ReadInto(const Extent& extent, std::span<std::byte> out) const;
  // LocateWhole and ReadInto in one.
  [[nodiscard]] std::vector<std::byte> Read(const Entry& entry, std::uint64_t max_bytes) const;

  // Bytes of the file that belong to the archive and what lies around it, for `inspect` and strict.
  [[nodiscard]] std::uint64_t directory_offset() const { return directory_offset_; }
  [[nodiscard]] std::uint64_t directory_size() const { return directory_size_; }
  // First byte after the end record and its comment.
  [[nodiscard]] std::uint64_t end_offset() const { return end_offset_; }
  [[nodiscard]] std::uint64_t comment_size() const { return comment_size_; }

 private:
  Archive(Bytes file, const Source* source);
  [[nodiscard]] Bytes HeaderAndName(const Entry& entry, std::uint64_t size, std::span<std::byte> room) const;
  std::uint32_t AddEntry(std::uint32_t at, const EndRecord& end);
  void SetPrefix(std::string_view name, std::uint64_t directory_offset);
  std::string_view AddName(std::string_view in_file, std::uint64_t directory_offset);
  void BuildTable();
  void BuildLimits();
  [[nodiscard]] std::uint64_t LimitBetween(const Entry* before, const Entry& entry, const Entry* after) const;
  [[nodiscard]] std::uint64_t LimitOf(const Entry& entry) const;
  [[nodiscard]] bool IsFullName(std::string_view text, const Entry& entry) const;
  [[nodiscard]] const Entry* FindFirst(std::string_view name) const;
  [[noreturn]] void RefuseDuplicate(const Entry& first) const;
  void RequireReadable(const Entry& entry) const;
  [[noreturn]] void RefuseEntry(RefusalKind kind, const Entry& entry, std::string_view what) const;
  [[noreturn]] void RefuseLocal(const Entry& entry, std::string_view what) const;

  Bytes file_;
  const Source* source_;  // where the file is mapped: reads what is not worth a fault
  Block block_;           // the three arrays that follow, whose sizes the end record bounds
  PodVector<Entry> entries_;
  PodVector<char> names_;  // the names of all entries without prefix, one after the other
  // Where the payload of each entry must end. Empty when the entries stand in file order: then the next entry tells.
  std::vector<std::uint64_t> limits_;
  // Open addressing by the hash of the folded name, a power of two, at most half full. A slot is the index of an entry
  // plus 1 in its low `index_bits_` and high bits of the hash above; 0 is free.
  PodVector<std::uint32_t> table_;
  int index_bits_ = 0;
  std::uint64_t seed_ = 0;
  std::string prefix_;
  std::uint64_t directory_offset_ = 0;
  std::uint64_t directory_size_ = 0;
  std::uint64_t end_record_ = 0;
  std::uint64_t end_offset_ = 0;
  std::uint64_t comment_size_ = 0;
};

// Inflates a raw deflate stream into exactly out.size() bytes. Refuses container.zip.inflate at `header_offset` when
// the stream is invalid, truncated, longer or shorter than that.
void Inflate(Bytes compressed, std::span<std::byte> out, std::uint64_t header_offset);

// Receives the pieces of a payload in their order; each is valid during the call.
using PieceSink = std::function<void(std::span<std::byte>)>;
// The same check for exactly `size` bytes, which pass through `buffer` (not empty) piece by piece and are not kept.
// Only the last piece is shorter than `buffer`.
void InflatePieces(Bytes compressed, std::uint64_t size, std::span<std::byte> buffer, std::uint64_t header_offset,
                   const PieceSink& sink);

// CRC-32 of a payload, as zip defines it; `before` is that of the bytes in front of these.
std::uint32_t Crc32(Bytes bytes, std::uint32_t before = 0);
// CHK-014. Refuses container.zip.crc at `header_offset` unless `found` is what the directory says; 0 there says
// nothing.
void RequireCrc(std::uint32_t in_directory, std::uint32_t found, std::uint64_t header_offset);

}  // namespace weightsonly::container
