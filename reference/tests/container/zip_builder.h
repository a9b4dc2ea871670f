// Writes zip archives for tests, any field of any header wrong if asked for. Independent of container/: field positions
// are written out here a second time, from the zip specification (APPNOTE.TXT 4.3).
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/refusal.h"

namespace weightsonly::testing {

// Appends the low `size` bytes of `value`, little-endian.
inline void Put(std::string& out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
}

inline std::string Deflate(std::string_view bytes) {
  std::string out(compressBound(bytes.size()) + 16, '\0');
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// The zip64 extra field with these values.
inline std::string Zip64Field(const std::vector<std::uint64_t>& values) {
  std::string out;
  Put(out, 1, 2);
  Put(out, 8 * values.size(), 2);
  for (const std::uint64_t value : values) Put(out, value, 8);
  return out;
}

struct Record {
  std::string name;
  std::string payload = {};
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::optional<std::string> stream = {};  // the bytes in the file; by default the payload, deflated for method 8
  // Fields of the central header.
  std::optional<std::uint32_t> size = {}, compressed_size = {}, header_offset = {};
  std::uint16_t time = 0, disk = 0, version_needed = 0;
  std::uint32_t attributes = 0, signature = 0x02014b50;
  std::string extra = {}, comment = {};
  std::optional<std::uint16_t> name_length = {}, extra_length = {}, comment_length = {};
  // Fields of the local header; by default those of the central header.
  std::optional<std::string> local_name = {};
  std::optional<std::uint16_t> local_method = {}, local_flags = {}, local_extra_length = {};
  std::optional<std::uint32_t> local_size = {}, local_compressed_size = {};
  std::uint32_t local_signature = 0x04034b50;
  std::string local_extra = {};
};

struct Layout {
  std::string before_directory = {}, in_directory = {}, before_end = {}, comment = {}, tail = {};
  bool zip64 = false;
  std::string before_locator = {};
  // Fields of the end record.
  std::optional<std::uint16_t> entries = {}, disk_entries = {}, comment_length = {};
  std::uint16_t disk = 0, directory_disk = 0;
  std::optional<std::uint32_t> directory_size = {}, directory_offset = {};
  // Fields of the zip64 end record and the locator.
  std::optional<std::uint64_t> entries64 = {}, disk_entries64 = {}, directory_size64 = {}, directory_offset64 = {};
  std::uint64_t record_size64 = 44;
  std::uint32_t disk64 = 0, directory_disk64 = 0, disks = 1;
  std::optional<std::uint64_t> locator_offset = {};
};

struct Zip {
  std::string bytes;
  std::vector<std::uint64_t> local, payload, central;  // where the parts of each record lie
  std::uint64_t directory = 0, end64 = 0, locator = 0, end = 0;
};

inline void PutLocal(Zip& zip, const Record& record, const std::string& stream) {
  std::string& out = zip.bytes;
  const std::string name = record.local_name.value_or(record.name);
  const bool later = (record.local_flags.value_or(record.flags) & 8) != 0;  // sizes follow the payload
  const auto size = static_cast<std::uint32_t>(record.payload.size());
  zip.local.push_back(out.size());
  Put(out, record.local_signature, 4);
  Put(out, record.version_needed, 2);
  Put(out, record.local_flags.value_or(record.flags), 2);
  Put(out, record.local_method.value_or(record.method), 2);
  Put(out, record.time, 2);
  Put(out, 0, 2 + 4);
  Put(out, record.local_compressed_size.value_or(later ? 0 : record.compressed_size.value_or(stream.size())), 4);
  Put(out, record.local_size.value_or(later ? 0 : record.size.value_or(size)), 4);
  Put(out, name.size(), 2);
  Put(out, record.local_extra_length.value_or(record.local_extra.size()), 2);
  out += name + record.local_extra;
  zip.payload.push_back(out.size());
  out += stream;
}

inline void PutCentral(Zip& zip, const Record& record, const std::string& stream, std::uint64_t local) {
  std::string& out = zip.bytes;
  zip.central.push_back(out.size());
  Put(out, record.signature, 4);
  Put(out, 0, 2);
  Put(out, record.version_needed, 2);
  Put(out, record.flags, 2);
  Put(out, record.method, 2);
  Put(out, record.time, 2);
  Put(out, 0, 2 + 4);
  Put(out, record.compressed_size.value_or(stream.size()), 4);
  Put(out, record.size.value_or(record.payload.size()), 4);
  Put(out, record.name_length.value_or(record.name.size()), 2);
  Put(out, record.extra_length.value_or(record.extra.size()), 2);
  Put(out, record.comment_length.value_or(record.comment.size()), 2);
  Put(out, record.disk, 2);
  Put(out, 0, 2);
  Put(out, record.attributes, 4);
  Put(out, record.header_offset.value_or(local), 4);
  out += record.name + record.extra + record.comment;
}

inline void PutEnd(Zip& zip, const Layout& layout, std::uint64_t count, std::uint64_t directory_size) {
  std::string& out = zip.bytes;
  if (layout.zip64) {
    zip.end64 = out.size();
    Put(out, 0x06064b50, 4);
    Put(out, layout.record_size64, 8);
    Put(out, 0x002d031e, 4);
    Put(out, layout.disk64, 4);
    Put(out, layout.directory_disk64, 4);
    Put(out, layout.disk_entries64.value_or(layout.entries64.value_or(count)), 8);
    Put(out, layout.entries64.value_or(count), 8);
    Put(out, layout.directory_size64.value_or(directory_size), 8);
    Put(out, layout.directory_offset64.value_or(zip.directory), 8);
    out += layout.before_locator;
    zip.locator = out.size();
    Put(out, 0x07064b50, 4);
    Put(out, 0, 4);
    Put(out, layout.locator_offset.value_or(zip.end64), 8);
    Put(out, layout.disks, 4);
  }
  out += layout.before_end;
  zip.end = out.size();
  Put(out, 0x06054b50, 4);
  Put(out, layout.disk, 2);
  Put(out, layout.directory_disk, 2);
  Put(out, layout.disk_entries.value_or(layout.entries.value_or(count)), 2);
  Put(out, layout.entries.value_or(count), 2);
  Put(out, layout.directory_size.value_or(directory_size), 4);
  Put(out, layout.directory_offset.value_or(zip.directory), 4);
  Put(out, layout.comment_length.value_or(layout.comment.size()), 2);
  out += layout.comment + layout.tail;
}

inline Zip BuildZip(const std::vector<Record>& records, const Layout& layout = {}) {
  Zip zip;
  std::vector<std::string> streams;
  for (const Record& record : records) {
    streams.push_back(record.stream.value_or(record.method == 8 ? Deflate(record.payload) : record.payload));
    PutLocal(zip, record, streams.back());
  }
  zip.bytes += layout.before_directory;
  zip.directory = zip.bytes.size();
  for (std::size_t i = 0; i < records.size(); ++i) PutCentral(zip, records[i], streams[i], zip.local[i]);
  zip.bytes += layout.in_directory;
  PutEnd(zip, layout, records.size(), zip.bytes.size() - zip.directory);
  return zip;
}

// The refusal that `call` throws, or nothing.
template <typename Call>
std::optional<Refusal> RefusalOf(Call call) {
  try {
    call();
  } catch (const Refusal& refusal) {
    return refusal;
  }
  return std::nullopt;
}

// "kind@offset" of the refusal, "accepted" without one: what a row of a table expects.
template <typename Call>
std::string Outcome(Call call) {
  const std::optional<Refusal> refusal = RefusalOf(call);
  if (!refusal) return "accepted";
  return std::string(KindName(refusal->kind)) + "@" + std::to_string(refusal->offset);
}
inline std::string At(std::string_view kind, std::uint64_t offset) {
  return std::string(kind) + "@" + std::to_string(offset);
}

}  // namespace weightsonly::testing
