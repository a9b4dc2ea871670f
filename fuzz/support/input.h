// Fuzz targets: takes an input apart, from its front. Never fails: what is not there is 0 or empty, so that every input
// is a valid one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace weightsonly::fuzz {

class Input {
 public:
  explicit Input(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }

  std::uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return byte;
  }
  // `width` bytes, 1 to 8, the least significant first.
  std::uint64_t Number(unsigned width) {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < width; ++i) number |= std::uint64_t{Byte()} << (8 * i);
    return number;
  }
  // A number below `bound`, 1 to 256, out of one byte.
  unsigned Below(unsigned bound) { return Byte() % bound; }
  bool Flag() { return (Byte() & 1) != 0; }
  // The next `most` bytes, or as many as there are.
  Bytes Take(std::size_t most) {
    const Bytes taken = rest_.first(std::min(most, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // A length in one byte, then that many bytes.
  Bytes Short() { return Take(Byte()); }
  Bytes Rest() { return Take(rest_.size()); }

 private:
  Bytes rest_;
};

}  // namespace weightsonly::fuzz
