// Fuzz targets: what became of a file, in a form that can be compared.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/refusal.h"
#include "checkpoint/checkpoint.h"

namespace weightsonly::fuzz {

// Text of one value that is looked at; a file can share a text so that it stands there very often.
inline constexpr std::size_t kMostText = std::size_t{1} << 20;

struct Outcome {
  bool accepted = false;
  Refusal refusal;    // of the load, or of its contents
  std::string value;  // accepted: the canonical value, cut behind kMostText; or why it has none
};

// Loaded, its contents verified, and the value written down.
[[nodiscard]] Outcome OutcomeOf(const std::expected<Checkpoint, Refusal>& loaded);

// Same verdict, value, kind, record, offset and detail. `what` is the sentence that does not hold.
void RequireSame(const Outcome& one, const Outcome& other, std::string_view what);

}  // namespace weightsonly::fuzz
