// Floor 1. What kind of file this is, by its bytes alone. SPEC.md chapter 1.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weightsonly::container {

enum class Format : std::uint8_t {
  kZip,     // starts with `PK\3\4` (REC-001)
  kLegacy,  // the stream of five pickles, by its magic number (REC-005)
};

// The two formats that are read. Everything else is refused by name with offset 0: container.empty, .text, .tar,
// .safetensors, .compressed, .plain-pickle, .truncated, .not-a-checkpoint, container.zip.eocd (a zip that starts with
// something else). TorchScript is told by its records, later.
Format Recognise(Bytes file);

}  // namespace weightsonly::container
