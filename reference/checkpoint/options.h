// Floor 6. How a checkpoint is loaded. Public. Nothing here is kept in the process: two loads never see each other.
#pragma once

#include <cstdint>

#include "base/limits.h"

namespace weightsonly {

// The byte order of an archive that has no `byteorder` record (CHK-006).
enum class Endianness : std::uint8_t { kLittle, kBig, kNative };

struct Options {
  // True: a regular file is mapped and its stored records are used where they lie; it must not shrink while the
  // Checkpoint lives. False: it is read whole.
  bool mmap = true;
  // Also refuse what torch.save never writes: wrong CRCs, bytes after STOP, values left on the stack.
  bool strict = false;
  // torch's default is little, whatever the host.
  Endianness default_load_endianness = Endianness::kLittle;
  Limits limits;
};

}  // namespace weightsonly
