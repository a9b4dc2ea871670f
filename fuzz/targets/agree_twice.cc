// The same file twice gives the same: verdict, kind, record, offset, detail, value. With lower limits it gives the same
// or a limit.* refusal.
#include "checkpoint/checkpoint.h"
#include "support/loaded.h"
#include "support/outcome.h"
#include "support/target.h"
#include "support/variants.h"

namespace weightsonly::fuzz {
namespace {

// Budgets refuse; they change no value and let nothing through.
void CheckLimits(Bytes file, const Options& lower, const Outcome& usual) {
  const Outcome tight = OutcomeOf(LoadInBudget(file, lower));
  if (!tight.accepted && KindName(tight.refusal.kind).starts_with("limit.")) return;
  RequireSame(usual, tight, "lower limits change what becomes of a file");
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  const weightsonly::Options options = VariantOf(file);
  const Outcome usual = OutcomeOf(weightsonly::Load(file, DefaultOptions()));
  RequireSame(usual, OutcomeOf(weightsonly::Load(file, DefaultOptions())), "a file loads in two ways");
  RequireSame(OutcomeOf(weightsonly::Load(file, options)), OutcomeOf(weightsonly::Load(file, options)),
              "a file loads in two ways with options");
  CheckLimits(file, TightOptions(), usual);
  CheckLimits(file, LinearOptions(), usual);
  return 0;
}
