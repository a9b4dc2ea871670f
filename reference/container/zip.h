// Floor 1. The zip archive as torch writes and reads it: end records, central directory, local headers, payloads.
// SPEC.md chapter 1. It knows records by name and nothing of what is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"

namespace weightsonly::container {

enum class Method : std::uint16_t { kStored = 0, kDeflated = 8 };

// One entry of the central directory, 64-bit sizes resolved. Offsets count in the file.
struct Entry {
  std::uint64_t header_offset;    // local header
  std::uint64_t compressed_size;  // payload bytes in the file
  std::uint64_t size;             // bytes after inflation; equals compressed_size when stored
  std::uint64_t end_limit;        // the payload ends at or before this: the next local header, or the central directory
  std::uint64_t directory_offset; // this entry in the file, for refusals
  std::uint32_t name_at;          // the name in Archive's copy of the directory
  std::uint16_t name_size;        // full name, prefix included, in bytes
  std::uint16_t method;           // as written; only 0 and 8 can be located
  std::uint16_t flags;
  std::uint16_t marks;            // what is wrong with it when it is read; a set of EntryMark
  std::uint32_t crc;              // 0 can mean "not computed"
};

// What the directory said of an entry that forbids reading it. An entry that nobody reads may have all of them.
enum EntryMark : std::uint16_t {
  kMarkDuplicate = 1,     // a later entry has the same name, letter case apart
  kMarkDirectory = 2,     // the external attributes call it a directory
  kMarkZip64Short = 4,    // its zip64 field does not hold all values that it must hold
  kMarkZip64Missing = 8,  // a 32-bit field is all ones and there is no zip64 field
};

// Where a record's payload lies. Its local header was checked.
struct Extent {
  std::uint64_t offset;           // first payload byte in the file
  std::uint64_t compressed_size;
  std::uint64_t size;
  std::uint64_t header_offset;
  std::uint32_t crc;
  Method method;
};

struct EndRecord;

// The directory of one archive. Holds its own copy of the central directory; the file's bytes must outlive it.
class Archive {
 public:
  // Reads the end records and the whole central directory. Refuses container.zip.{eocd, central-directory, zip64, name,
  // encrypted} and container.zip.name for an entry outside the prefix; duplicates are refused when they are looked up.
  // Linear in the size of the directory (plus a sort when entries are not in file order).
  Archive(Bytes file, const Limits& limits);

  // Text before the first '/' of the first entry: the archive's name. Any bytes, may be empty.
  [[nodiscard]] std::string_view prefix() const { return prefix_; }
  // Every entry in directory order.
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  // The entry's name without "prefix/".
  [[nodiscard]] std::string_view NameOf(const Entry& entry) const;

  // The record `name` (without prefix; compared as torch does, ASCII letters of any case), or null. Refuses
  // container.zip.duplicate-name when two entries have that name. Constant time.
  [[nodiscard]] const Entry* Find(std::string_view name) const;
  // True when a record has exactly this name, letter by letter. Never refuses. Constant time, but linear in the number of
  // entries when several have the name, letter case apart.
  [[nodiscard]] bool HasExactly(std::string_view name) const;
  // The index of an entry in entries().
  [[nodiscard]] std::size_t IndexOf(const Entry& entry) const { return static_cast<std::size_t>(&entry - entries_.data()); }

  // Checks the entry's local header (a copy of it) against the directory and returns where the payload lies. Refuses
  // container.zip.{local-header, method, encrypted, overlap, zip64} and container.truncated.
  [[nodiscard]] Extent Locate(const Entry& entry) const;

  // The whole record, inflated if need be, copied. Refuses limit.record-size above `max_bytes` and container.zip.inflate.
  [[nodiscard]] std::vector<std::byte> Read(const Entry& entry, std::uint64_t max_bytes) const;

  // Bytes of the file that belong to the archive and what lies around it, for `inspect` and strict.
  [[nodiscard]] std::uint64_t directory_offset() const { return directory_offset_; }
  [[nodiscard]] std::uint64_t directory_size() const { return directory_.size(); }
  // First byte after the end record and its comment.
  [[nodiscard]] std::uint64_t end_offset() const { return end_offset_; }
  [[nodiscard]] std::uint64_t comment_size() const { return comment_size_; }

 private:
  void ReadDirectory(const EndRecord& end);
  std::size_t AddEntry(std::size_t at, const EndRecord& end);
  void SetPrefix(std::string_view name, std::uint64_t directory_offset);
  void RequireName(std::string_view name, std::uint64_t directory_offset) const;
  void BuildTable();
  void BuildLimits(const EndRecord& end);
  [[nodiscard]] const Entry* FindFirst(std::string_view name) const;
  [[noreturn]] void RefuseDuplicate(const Entry& first) const;

  Bytes file_;
  std::vector<std::byte> directory_;
  std::vector<Entry> entries_;
  // Open addressing by the folded name: high half of the hash, then index + 1; 0 is free. A power of two, at most half full.
  std::vector<std::uint64_t> table_;
  std::uint64_t seed_ = 0;
  std::string prefix_;
  std::uint64_t directory_offset_ = 0;
  std::uint64_t end_offset_ = 0;
  std::uint64_t comment_size_ = 0;
};

// Inflates a raw deflate stream into exactly out.size() bytes. Refuses container.zip.inflate at `header_offset` when the
// stream is invalid, truncated, longer or shorter than that.
void Inflate(Bytes compressed, std::span<std::byte> out, std::uint64_t header_offset);

// CRC-32 of a payload, as zip defines it.
std::uint32_t Crc32(Bytes bytes);

}  // namespace weightsonly::container
