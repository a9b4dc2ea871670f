// Fuzz targets: which kinds of refusals were met, for the coverage of the corpus.
#include "support/kinds.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <fstream>

namespace weightsonly::fuzz {

void NoteKind(RefusalKind kind) {
  static std::array<std::atomic<bool>, kRefusalKindCount> met{};
  std::atomic<bool>& here = met[static_cast<std::size_t>(kind)];
  if (here.load(std::memory_order_relaxed) || here.exchange(true)) return;
  // Nothing here changes the environment.
  const char* const path = std::getenv("WEIGHTSONLY_FUZZ_KINDS");  // NOLINT(concurrency-mt-unsafe)
  if (path != nullptr) std::ofstream(path, std::ios::app) << KindName(kind) << '\n' << std::flush;
}

}  // namespace weightsonly::fuzz
