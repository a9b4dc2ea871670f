// Fuzz targets: coverage of one part of an execution.
#include "support/spotlight.h"

#include <algorithm>
#include <span>

// The linker gives these to a section of that name; there is none without the counters.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
extern std::uint8_t __start___sancov_cntrs __attribute__((weak));
extern std::uint8_t __stop___sancov_cntrs __attribute__((weak));
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace weightsonly::fuzz {
namespace {

std::span<std::uint8_t> Counters() {
  if (&__start___sancov_cntrs == nullptr) return {};
  return {&__start___sancov_cntrs, &__stop___sancov_cntrs};
}

// libFuzzer clears it before each execution.
#if defined(__ELF__)
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]]
#endif
std::uint8_t state_kinds[kStateKinds];

// Kept between executions for its memory alone.
std::vector<std::uint8_t>& Memory() {
  thread_local std::vector<std::uint8_t> memory;
  return memory;
}

// By pointer, as one block: with sanitizers each step of a span's iterator is a call, which took two fifths of the time
// of handler_reduce. There may be no counters.
void Clear(std::span<std::uint8_t> counters) { std::fill_n(counters.data(), counters.size(), std::uint8_t{0}); }

}  // namespace

Spotlight::Spotlight() : seen_(Memory()) { seen_.clear(); }

Spotlight::~Spotlight() {
  const auto counters = Counters();
  Clear(counters);
  std::ranges::copy(seen_, counters.begin());
}

Spotlight::Beam::Beam(Spotlight& spotlight) : spotlight_(spotlight) { Clear(Counters()); }

Spotlight::Beam::~Beam() {
  const auto counters = Counters();
  spotlight_.seen_.assign(counters.begin(), counters.end());
}

void Distinguish(unsigned kind) { state_kinds[kind % kStateKinds] = 1; }

}  // namespace weightsonly::fuzz
