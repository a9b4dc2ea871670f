// Our answer to a file, in the form of the answers of torch that stand in corpus/.
#pragma once

#include <weightsonly/weightsonly.h>

#include <expected>
#include <string>
#include <string_view>

namespace weightsonly::testing {

// What the library makes of a file: `verdict` accept with the canonical `value`, or reject with the `kind`.
struct Answer {
  std::string verdict, value, kind;
};

inline Answer AnswerOf(const std::expected<Checkpoint, Refusal>& checkpoint) {
  const auto refused = [](const Refusal& refusal) {
    return Answer{.verdict = "reject", .value = {}, .kind = std::string(KindName(refusal.kind))};
  };
  if (!checkpoint) return refused(checkpoint.error());
  if (const auto verified = checkpoint->Verify(); !verified) return refused(verified.error());
  std::string value;
  const auto written = WriteCanonical(*checkpoint, {}, [&](std::string_view piece) {
    value += piece;
    return true;
  });
  if (!written) return refused(written.error());
  return {.verdict = "accept", .value = value, .kind = {}};
}

}  // namespace weightsonly::testing
