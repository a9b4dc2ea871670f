// Floor 0. Where the seed of the hash comes from.
#include "base/hash.h"

#include <chrono>
#include <random>

namespace weightsonly {

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

}  // namespace weightsonly
