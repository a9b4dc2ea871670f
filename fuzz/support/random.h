// Fuzz targets: numbers that follow from a seed, the same on every machine (splitmix64).
#pragma once

#include <cstddef>
#include <cstdint>

namespace weightsonly::fuzz {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  // Below `bound`, which is not 0.
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(Next() % bound); }
  bool OneIn(std::size_t bound) { return Below(bound) == 0; }
  // One of the items of a range with an index, which is not empty.
  template <typename Range>
  const auto& Pick(const Range& range) {
    return range[Below(range.size())];
  }
  // 1, seldom more, at most `most`.
  std::size_t Few(std::size_t most) {
    std::size_t count = 1;
    while (count < most && OneIn(2)) ++count;
    return count;
  }

 private:
  std::uint64_t state_;
};

}  // namespace weightsonly::fuzz
