// What strict accepts the defaults accept, with the same value: strict only refuses more.
#include "checkpoint/checkpoint.h"
#include "support/outcome.h"
#include "support/refusals.h"
#include "support/target.h"
#include "support/variants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  weightsonly::Options options = DefaultOptions();
  options.strict = true;
  const Outcome strict = OutcomeOf(weightsonly::Load(file, options));
  if (!strict.accepted) {
    CheckRefusal(strict.refusal, size);
    return 0;
  }
  RequireSame(strict, OutcomeOf(weightsonly::Load(file, DefaultOptions())), "strict accepts what the defaults do not");
  return 0;
}
