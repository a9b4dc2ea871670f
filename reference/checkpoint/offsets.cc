// Floor 6. The layout of torch's writer, computed. SPEC.md chapter 6.
#include "checkpoint/offsets.h"

#include <charconv>
#include <string>
#include <vector>

#include "base/refusal.h"
#include "base/text.h"

namespace weightsonly {
namespace {

// Format: miniz writes 64-bit fields from here on.
constexpr std::uint64_t kWide = 0xFFFFFFFF;
constexpr std::uint64_t kLocalHeaderBytes = 30;
// Format: of the padding's extra field, of a zip64 one, and of each 64-bit value in that.
constexpr std::uint64_t kExtraHeaderBytes = 4;
constexpr std::uint64_t kWideValueBytes = 8;
// Format: a data descriptor with 32-bit and with 64-bit sizes.
constexpr std::uint64_t kDescriptorBytes = 16;
constexpr std::uint64_t kWideDescriptorBytes = 24;
// Ours: twice the largest offset of a file; the sums below stay far from 2^64.
constexpr std::uint64_t kMostAlignment = std::uint64_t{1} << 62;

// The alignment as a number. It is an int as Python reads it (CHK-008): a sign, blanks and underscores may stand there.
std::uint64_t AlignmentOf(const SmallRecords& records) {
  std::string digits;
  for (const char c : records.alignment) {
    if (c == '-') digits = "-";
    if (c >= '0' && c <= '9') digits += c;
  }
  std::uint64_t alignment = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), alignment);
  if (read.ec != std::errc() || alignment == 0 || alignment > kMostAlignment) {
    Refuse(RefusalKind::kContainerRecordText, {}, records.alignment_at,
           "nothing can be aligned to '" + EscapeForTerminal(records.alignment, 64) + "' bytes");
  }
  return alignment;
}

[[noreturn]] void RefuseOffset(const container::Archive& archive, const container::Entry& entry,
                               const std::string& what) {
  Refuse(RefusalKind::kStorageOffset, {}, entry.header_offset,
         "record '" + EscapeForTerminal(archive.NameOf(entry)) + "' " + what);
}

}  // namespace

std::uint64_t PayloadOffset(std::uint64_t header, std::uint64_t name_size, std::uint64_t nbytes,
                            std::uint64_t alignment) {
  std::uint64_t start = header + kLocalHeaderBytes + name_size + kExtraHeaderBytes;
  if (nbytes >= kWide || header >= kWide) {
    start += kExtraHeaderBytes;
    if (nbytes >= kWide) start += 2 * kWideValueBytes;
    if (header >= kWide) start += kWideValueBytes;
  }
  return (start + alignment - 1) / alignment * alignment;
}

// CHK-021, DEV-605. torch/serialization.py:_load._get_offset. A record that two keys name is computed once.
void CheckOffsets(const Graph& graph, const container::Archive& archive, const SmallRecords& records) {
  if (!records.has_layout || graph.storages.empty()) return;
  const std::uint64_t alignment = AlignmentOf(records);
  const std::uint64_t prefix_size = archive.prefix().size() + 1;
  std::vector<bool> seen(archive.entries().size());
  std::uint64_t header = 0;
  bool first = true;
  for (std::size_t i = 0; i < graph.storages.size(); ++i) {
    const StorageRecord& storage = graph.storages[i];
    if (storage.in_values) continue;
    const container::Entry& entry = archive.entries()[storage.entry];
    if (seen[storage.entry]) continue;
    seen[storage.entry] = true;
    if (first) {
      first = false;
      if (archive.NameOf(entry) != "data/0") RefuseOffset(archive, entry, "comes first, which must be 'data/0'");
      header = entry.header_offset;
    } else {
      const std::uint64_t offset = PayloadOffset(header, prefix_size + entry.name_size, storage.nbytes, alignment);
      if (offset != storage.offset) {
        RefuseOffset(
            archive, entry,
            "begins at " + std::to_string(storage.offset) + ", and by the layout at " + std::to_string(offset));
      }
    }
    const bool wide = header >= kWide || storage.nbytes >= kWide;
    header = storage.offset + storage.nbytes;
    if (storage.nbytes > 0) header += wide ? kWideDescriptorBytes : kDescriptorBytes;
  }
}

}  // namespace weightsonly
