// Floor 8. A bound on what listing tensors costs, beyond the walk's own limit of paths. SPEC.md chapter 8.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "checkpoint/checkpoint.h"

namespace weightsonly::tool {

// CLI-012. A path can be as long as the file, a shape too, and each can be listed as often as there are paths: a
// listing stops, truncated, when their bytes exceed 2^28 + 64 times the pickle.
class ListingBudget {
 public:
  explicit ListingBudget(const Checkpoint& checkpoint)
      : left_((std::uint64_t{1} << 28) + 64 * checkpoint.pickle_bytes()) {}

  // True while there is room for the entry.
  [[nodiscard]] bool Take(const TensorEntry& entry) {
    std::uint64_t cost = 8 * (entry.path.size() + 2 * entry.tensor.shape().size());
    for (const PathElement& element : entry.path) {
      if (const auto* key = std::get_if<std::string_view>(&element)) cost += key->size();
    }
    exhausted_ = exhausted_ || cost > left_;
    if (!exhausted_) left_ -= cost;
    return !exhausted_;
  }

  [[nodiscard]] bool exhausted() const { return exhausted_; }

 private:
  std::uint64_t left_;
  bool exhausted_ = false;
};

}  // namespace weightsonly::tool
