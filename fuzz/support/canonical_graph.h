// Fuzz target canonical: a checkpoint out of a pickle alone. Whatever storage the pickle names is there, with bytes of
// the harness.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "checkpoint/checkpoint.h"

namespace weightsonly::fuzz {

// Storages that the pickle names have at most this many bytes, so that some are written as a digest.
inline constexpr std::uint64_t kMostStorageBytes = 4352;

// Runs the pickle with names of numpy and a few classes allowed. Nothing where it is refused.
[[nodiscard]] std::optional<Checkpoint> RunPickle(Bytes pickle);

}  // namespace weightsonly::fuzz
