// Floor 1. The end of a zip archive: end record, zip64 locator, zip64 end record. SPEC.md chapter 1, rules ZIP-001 to
// ZIP-012.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weightsonly::container {

// What the end records say, 64-bit values resolved. Offsets count in the file.
struct EndRecord {
  std::uint64_t offset = 0;            // the end record
  std::uint64_t entries = 0;           // at least 1
  std::uint64_t directory_offset = 0;  // directory_offset + directory_size lies inside the file
  std::uint64_t directory_size = 0;    // at least 46 for each entry
  std::uint64_t comment_size = 0;      // announced bytes, as far as the file has them
  std::uint32_t disk = 0;              // number of this disk: 0 or 1
};

// Finds and reads the end records of `file`. Refuses container.zip.{eocd, zip64, ambiguous}.
EndRecord ReadEnd(Bytes file);

}  // namespace weightsonly::container
