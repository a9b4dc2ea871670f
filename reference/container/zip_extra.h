// Floor 1. The zip64 field of an extra field, in the central directory and in local headers. SPEC.md chapter 1,
// rules ZIP-018 to ZIP-021. Other fields are passed over.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace weightsonly::container {

// The values of a header that can stand in the zip64 field. Those that are all ones (32 bits) are looked up there.
struct WideFields {
  std::uint64_t size;
  std::uint64_t compressed_size;
  std::uint64_t header_offset;
};

enum class Zip64 : std::uint8_t {
  kMissing,   // a value is all ones, and there is no zip64 field
  kComplete,  // all values that are all ones were replaced
  kShort,     // the zip64 field ends before the values that it must hold
  kBroken,    // a field reaches past the end of the extra field
};

// True when a value is all ones, so that the zip64 field is looked for. ZIP-018: otherwise the extra field is not
// looked at, whatever stands in it.
[[nodiscard]] bool NeedsZip64(const WideFields& fields);

// Replaces the values of `fields` that are all ones by those of the first zip64 field of `extra`.
// Format notes:
//  - ZIP-018: without a value of all ones the extra field is not looked at, whatever stands in it.
//  - ZIP-020: when the zip64 field is too short the values are read past its end, as far as the extra field goes; such
//  an
//    entry only counts as long as nobody reads it.
Zip64 ResolveZip64(Bytes extra, WideFields* fields);

}  // namespace weightsonly::container
