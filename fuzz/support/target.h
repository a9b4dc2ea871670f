// Fuzz targets: what all of them share. A target is the function that engines call with one input (libFuzzer's
// interface); it returns 0, throws nothing, keeps nothing between calls, and ends the process when something that must
// always hold does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

// The engine calls it; every target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weightsonly::fuzz {

inline Bytes BytesOf(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span<const std::uint8_t>(data, size));
}

// Says on stderr what does not hold, then aborts: the finding of an engine. `detail` is escaped.
[[noreturn, gnu::cold]] void Fail(std::string_view what, std::string_view detail = {});

// An invariant. `what` is the sentence that does not hold when `holds` is false.
inline void Require(bool holds, std::string_view what, std::string_view detail = {}) {
  if (!holds) [[unlikely]]
    Fail(what, detail);
}

}  // namespace weightsonly::fuzz
