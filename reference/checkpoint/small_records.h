// Floor 6. The small records beside data.pkl: version, byteorder, .format_version, .storage_alignment,
// .data/serialization_id. SPEC.md chapter 6 (CHK-003 to CHK-009).
#pragma once

#include "checkpoint/options.h"
#include "container/zip.h"

namespace weightsonly {

// Checks all of them, in the order in which refusals are reported: TorchScript (constants.pkl), version, byteorder,
// .format_version, .storage_alignment, .data/serialization_id. Returns true when the archive's byte order is big-endian
// (by the record or, without one, by `options`). Refuses container.{torchscript, record-missing, version, byteorder,
// record-text} and limit.record-size.
bool CheckSmallRecords(const container::Archive& archive, const Options& options);

}  // namespace weightsonly
