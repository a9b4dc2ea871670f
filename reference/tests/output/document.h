// The canonical text of a checkpoint, for tests.
#pragma once

#include <string>

#include "output/canonical.h"
#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {

// The document, or the refusal's outcome; a refused document has not written anything.
inline std::string DocumentOf(const Checkpoint& checkpoint, const CanonicalOptions& options = {}) {
  std::string out;
  const auto written = WriteCanonical(checkpoint, options, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  if (!written) {
    CHECK(out.empty());
    return OutcomeOf(written);
  }
  CHECK(written->omitted_for_depth == (out == "null"));
  return out;
}

}  // namespace weightsonly::testing
