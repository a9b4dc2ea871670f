// Fuzz targets: what became of a file.
#include "support/outcome.h"

#include "output/canonical.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

std::string Shown(const Refusal& refusal) {
  return std::string(KindName(refusal.kind)) + " " + refusal.record + ":" + std::to_string(refusal.offset) + " " +
         refusal.detail;
}

std::string ValueOf(const Checkpoint& checkpoint) {
  std::string text;
  const auto written = WriteCanonical(checkpoint, {}, [&](std::string_view piece) {
    text += piece;
    return text.size() <= kMostText;
  });
  if (!written) return Shown(written.error());
  return written->omitted_for_depth ? "too deep" : text;
}

}  // namespace

Outcome OutcomeOf(const std::expected<Checkpoint, Refusal>& loaded) {
  if (!loaded) return {.accepted = false, .refusal = loaded.error(), .value = {}};
  if (const auto verified = loaded->Verify(); !verified) {
    return {.accepted = false, .refusal = verified.error(), .value = {}};
  }
  return {.accepted = true, .refusal = {}, .value = ValueOf(*loaded)};
}

void RequireSame(const Outcome& one, const Outcome& other, std::string_view what) {
  if (one.accepted != other.accepted) Fail(what, Shown((one.accepted ? other : one).refusal));
  if (one.accepted) return Require(one.value == other.value, what, one.value + " and " + other.value);
  const bool same = one.refusal.kind == other.refusal.kind && one.refusal.record == other.refusal.record &&
                    one.refusal.offset == other.refusal.offset && one.refusal.detail == other.refusal.detail &&
                    one.refusal.subject == other.refusal.subject;
  Require(same, what, Shown(one.refusal) + " and " + Shown(other.refusal));
}

}  // namespace weightsonly::fuzz
