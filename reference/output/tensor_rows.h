// Floor 7. Level 1 of the conformance suite: the tensors of a checkpoint with what is in them, in an order that does
// not depend on the file. Public. SPEC.md chapter 7 (OUT-030 to OUT-036).
#pragma once

#include <expected>

#include "base/export.h"
#include "base/refusal.h"
#include "checkpoint/checkpoint.h"
#include "output/canonical.h"

namespace weightsonly {

struct TensorRowsResult {
  // There are more paths, or more bytes to digest, than a list like this can hold: nothing but `null` was written.
  bool truncated = false;
};

// Writes [{"path":[…],"dtype":…,"shape":[…],"data":…},…] as compact JSON. Refuses as Storage::data(), then the text
// that was written ends anywhere.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<TensorRowsResult, Refusal> WriteTensorRows(const Checkpoint& checkpoint,
                                                                                          const TextSink& sink);

}  // namespace weightsonly
