// Floor 0. Where the seed of the hash comes from.
#include "base/hash.h"

#include <chrono>
#include <random>

namespace weightsonly {

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION

// Under an engine an input does the same each time: what it collides with is not taken for something new.
std::uint64_t ProcessSeed() { return 0x243f6a8885a308d3U; }

#else

std::uint64_t ProcessSeed() {
  static const std::uint64_t seed = [] {
    const auto clock = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    try {
      std::random_device device;
      return (static_cast<std::uint64_t>(device()) << 32) ^ device() ^ clock;
    } catch (...) {  // no source of randomness on this machine: the clock alone is the best there is
      return HashMix(clock, 0x9e3779b97f4a7c15U);
    }
  }();
  return seed;
}

#endif

}  // namespace weightsonly
