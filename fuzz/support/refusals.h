// Fuzz targets: what must hold of every refusal, whatever the input was.
#pragma once

#include <cstdint>

#include "base/refusal.h"

namespace weightsonly::fuzz {

// The kind is in use and is none of those that say that the loader, not the file, is at fault; the detail is short and
// printable; the record's name is one that a zip can have and is printable once it is escaped.
void CheckRefusal(const Refusal& refusal);

// The same for what loading a file of `file_bytes` bytes was refused with: it also points into the file, or into a
// record that such a file can hold, and torch's message about it can be made.
void CheckRefusal(const Refusal& refusal, std::uint64_t file_bytes);

}  // namespace weightsonly::fuzz
