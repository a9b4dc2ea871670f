// Floor 6. The small records beside data.pkl: version, byteorder, .format_version, .storage_alignment,
// .data/serialization_id. SPEC.md chapter 6 (CHK-003 to CHK-009).
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/options.h"
#include "container/zip.h"

namespace weightsonly {

// What the small records say about the rest.
struct SmallRecords {
  std::uint64_t version = 0;       // 1 to 10
  bool big_endian = false;         // by the record or, without one, by the options
  bool has_layout = false;         // `.format_version` is "1" or more: offsets follow the rule of the writer (CHK-021)
  std::string alignment;           // `.storage_alignment`, an int as Python writes it, or torch's default
  std::uint64_t alignment_at = 0;  // where that stands in the file
};

// Checks all of them, in the order in which refusals are reported: TorchScript (constants.pkl), version, byteorder,
// .format_version, .storage_alignment, .data/serialization_id. Refuses container.{torchscript, record-missing, version,
// byteorder, record-text} and limit.record-size, in strict also container.zip.crc.
SmallRecords CheckSmallRecords(const container::Archive& archive, const Options& options);

// The first two of these alone, which settle what the archive is (GLS-001). Refuses container.{torchscript,
// record-missing, version} and limit.record-size.
void CheckArchiveKind(const container::Archive& archive);

// CheckSmallRecords for a TorchScript archive: requires constants.pkl (container.record-missing) instead of refusing
// it.
SmallRecords CheckScriptRecords(const container::Archive& archive, const Options& options);

}  // namespace weightsonly
