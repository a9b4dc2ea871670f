// Fuzz target zip: where records lie, and what is in them.
#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "container/zip_format.h"
#include "support/one_shot.h"
#include "support/refusals.h"
#include "support/target.h"
#include "support/zip_check.h"

namespace weightsonly::fuzz {
namespace {

using container::Archive;
using container::Entry;
using container::Extent;

constexpr std::size_t kMostRecords = 64;
// Records up to this size are read.
constexpr std::uint64_t kMostRead = 16384;
// Of the bytes of all records together.
constexpr std::uint64_t kMostReadTogether = 65536;

// Calls `action`; its refusal, if there is one, must be one of the container's.
template <typename Action>
std::optional<RefusalKind> RefusalOf(Bytes file, Action action) {
  try {
    action();
    return std::nullopt;
  } catch (const Refusal& refusal) {
    CheckRefusal(refusal, file.size());
    const std::string_view kind = KindName(refusal.kind);
    Require(kind.starts_with("container.") || kind.starts_with("limit."), "the container refuses with a kind of others",
            kind);
    return refusal.kind;
  }
}

template <typename Action>
bool Accepted(Bytes file, Action action) {
  return !RefusalOf(file, action);
}

bool Meets(std::uint64_t from, std::uint64_t to, std::uint64_t other_from, std::uint64_t other_to) {
  return from < other_to && other_from < to;
}

void CheckPlace(Bytes file, const Archive& archive, const Entry& entry, const Extent& extent) {
  Require(extent.header_offset == entry.header_offset && extent.compressed_size == entry.compressed_size &&
              extent.size == entry.size && extent.crc == entry.crc,
          "a record was located with other numbers than its entry has");
  const std::uint64_t name_end =
      entry.header_offset + container::kLocalSize + archive.prefix().size() + 1 + archive.NameOf(entry).size();
  Require(name_end <= extent.offset && extent.offset <= file.size() &&
              extent.compressed_size <= file.size() - extent.offset,
          "the payload of a record lies outside of the file, or in its own header");
  const std::string_view text = AsText(file);
  Require(text.substr(entry.header_offset, 4) == "PK\3\4", "a local header has no signature");
  Require(extent.method != container::Method::kStored || extent.size == extent.compressed_size,
          "a stored record has two sizes");
  // DEV-106
  const std::uint64_t end = extent.offset + extent.compressed_size;
  const std::uint64_t end_record = archive.end_offset() - archive.comment_size() - container::kEndSize;
  Require(!Meets(entry.header_offset, end, end_record, end_record + container::kEndSize),
          "a record shares bytes with the end record");
  Require(!Meets(entry.header_offset, end, archive.directory_offset(),
                 archive.directory_offset() + archive.directory_size()),
          "a record shares bytes with the directory");
}

// ZIP-033 comes before DEV-106: bytes that are not in the file are shared with nothing.
void CheckRefusedPlace(Bytes file, const Archive& archive, const Entry& entry, RefusalKind kind) {
  if (kind != RefusalKind::kZipOverlap && kind != RefusalKind::kContainerTruncated) return;
  const auto byte = [&](std::uint64_t at) { return std::to_integer<std::uint64_t>(file[entry.header_offset + at]); };
  const std::uint64_t extra = byte(container::kLocalExtraLength) + (byte(container::kLocalExtraLength + 1) << 8);
  const std::uint64_t payload =
      entry.header_offset + container::kLocalSize + archive.prefix().size() + 1 + archive.NameOf(entry).size() + extra;
  const bool inside = payload <= file.size() && entry.compressed_size <= file.size() - payload;
  Require(inside == (kind == RefusalKind::kZipOverlap), "the end of a record and its refusal say different things",
          KindName(kind));
}

// DEV-106. `located` are the extents of those entries that were located.
void CheckOverlaps(std::vector<Extent> located) {
  std::ranges::sort(located, {}, &Extent::header_offset);
  for (std::size_t i = 1; i < located.size(); ++i) {
    Require(located[i - 1].offset + located[i - 1].compressed_size <= located[i].header_offset,
            "two records share bytes");
  }
}

// DEV-111, ZIP-036, ZIP-037. What a deflated payload makes, when it makes `size` bytes.
std::optional<std::string> ContentOf(Bytes payload, std::uint64_t size) {
  if (payload.empty() && size == 0) return std::string();
  std::optional<std::string> made = InflateWhole(payload, size);
  if (!made || made->size() != size) return std::nullopt;
  return made;
}

void CheckInflate(Bytes file, Bytes payload, std::uint64_t size, const std::optional<std::vector<std::byte>>& read) {
  const std::optional<std::string> right = ContentOf(payload, size);
  Require(read.has_value() == right.has_value(), "a stream inflates by one of library and zlib, and not by the other");
  Require(!read || AsText(*read) == *right, "the library inflates to other bytes than zlib");
  std::vector<std::byte> buffer(1 + size % 251);
  std::string pieces;
  bool ended = false;  // by a short piece
  const bool accepted = Accepted(file, [&] {
    container::InflatePieces(payload, size, buffer, 0, [&](std::span<std::byte> piece) {
      Require(!ended, "a piece follows a short one");
      ended = piece.size() < buffer.size();
      pieces += AsText(piece);
    });
  });
  Require(accepted == right.has_value(), "a stream inflates whole or in pieces, and not both ways");
  Require(!accepted || pieces == *right, "a stream inflates to other bytes in pieces");
}

void CheckContent(Bytes file, const Archive& archive, const Entry& entry, const Extent& extent) {
  const Bytes payload = file.subspan(extent.offset, extent.compressed_size);
  std::optional<std::vector<std::byte>> read;
  Accepted(file, [&] { read = archive.Read(entry, kMostRead); });
  Require(!read || read->size() == extent.size, "a record was read with another size than it has");
  if (extent.method == container::Method::kDeflated) {
    CheckInflate(file, payload, extent.size, read);
  } else {
    Require(read && AsText(*read) == AsText(payload), "a stored record was read as other bytes than its payload");
  }
  if (extent.size != 0) {
    Require(!Accepted(file, [&] { (void)archive.LocateWhole(entry, extent.size - 1); }),
            "a record is longer than what the caller allows");
  }
  if (!read) return;
  const Bytes content(*read);
  const std::uint32_t crc = container::Crc32(content);
  Require(crc == SlowCrc32(content), "the CRC is not that of its bits");
  const std::size_t half = content.size() / 2;
  Require(crc == container::Crc32(content.subspan(half), container::Crc32(content.first(half))),
          "the CRC in two pieces is another one");
}

}  // namespace

void CheckRecords(Bytes file, const Archive& archive) {
  std::vector<Extent> located;
  std::uint64_t left = kMostReadTogether;
  for (const Entry& entry : archive.entries().first(std::min(archive.entries().size(), kMostRecords))) {
    std::optional<Extent> extent;
    if (const auto kind = RefusalOf(file, [&] { extent = archive.Locate(entry); })) {
      CheckRefusedPlace(file, archive, entry, *kind);
      continue;
    }
    CheckPlace(file, archive, entry, *extent);
    located.push_back(*extent);
    if (std::max(extent->size, extent->compressed_size) > std::min(kMostRead, left)) continue;
    left -= extent->size;
    CheckContent(file, archive, entry, *extent);
  }
  CheckOverlaps(std::move(located));
}

}  // namespace weightsonly::fuzz
