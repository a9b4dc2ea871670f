// Floor 1. Reads the zip64 field. SPEC.md chapter 1, rules ZIP-018 to ZIP-021 and ZIP-040.
#include "container/zip_extra.h"

#include <algorithm>
#include <cstddef>

#include "container/zip_format.h"

namespace weightsonly::container {
namespace {

// Position of the first zip64 field (ZIP-040), extra.size() when there is none, nothing (`*broken`) when the chain is
// no chain.
std::size_t FindZip64Field(Bytes extra, bool* broken) {
  std::size_t at = 0;
  while (at < extra.size()) {
    // ZIP-019
    if (extra.size() - at < kExtraHeaderSize) return *broken = true, at;
    const std::size_t length = kExtraHeaderSize + Load16(extra.data() + at + 2);
    if (length > extra.size() - at) return *broken = true, at;
    if (Load16(extra.data() + at) == kExtraZip64) return at;
    at += length;
  }
  return at;
}

}  // namespace

bool NeedsZip64(const WideFields& fields) {
  return std::max({fields.size, fields.compressed_size, fields.header_offset}) == kMarker32;
}

Zip64 ResolveZip64(Bytes extra, WideFields* fields) {
  bool broken = false;
  std::size_t at = FindZip64Field(extra, &broken);
  if (broken) return Zip64::kBroken;
  if (at == extra.size()) return Zip64::kMissing;
  at += kExtraHeaderSize;
  const std::size_t field_end = at + Load16(extra.data() + at - 2);
  bool complete = true;
  for (std::uint64_t* value : {&fields->size, &fields->compressed_size, &fields->header_offset}) {
    if (*value != kMarker32) continue;
    if (at > field_end || field_end - at < 8) complete = false;
    if (extra.size() - at < 8) continue;
    *value = Load64(extra.data() + at);
    at += 8;
  }
  return complete ? Zip64::kComplete : Zip64::kShort;
}

}  // namespace weightsonly::container
