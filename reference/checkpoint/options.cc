// Floor 6. Options of the process's environment. SPEC.md chapter 4 (ENV-007).
#include "checkpoint/options.h"

#include <cstdlib>

namespace weightsonly {
namespace {

std::optional<std::string> Variable(const char* name) {
  const char* text =
      std::getenv(name);  // NOLINT(concurrency-mt-unsafe): the caller sees to that, and nobody else reads
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

Options Options::FromEnvironment() {
  Options options;
  options.force_weights_only_load = Variable(kForceVariable);
  options.force_no_weights_only_load = Variable(kForceNoVariable);
  return options;
}

}  // namespace weightsonly
