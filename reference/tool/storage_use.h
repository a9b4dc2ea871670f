// Floor 8. Which storages the listed tensors share, and how much of each they show: what `ls` sums up. SPEC.md
// chapter 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace weightsonly::tool {

// What one storage is used for. Bytes and positions count from its start.
struct StorageUse {
  std::uint64_t first_byte = UINT64_MAX;
  std::uint64_t end_byte = 0;    // behind the last byte that a tensor reaches
  std::uint64_t sum = 0;         // bytes that the tensors show, overlaps counted twice; saturates
  std::uint32_t tensors = 0;     // different ones, not paths
  std::uint32_t first_node = 0;  // of the first of them

  // At most this many bytes are shown by any tensor. (An upper bound: overlaps and gaps can make it too large, never
  // too small.)
  [[nodiscard]] std::uint64_t ShownAtMost() const;
};

// Memory grows with the number of storages, plus one bit for each value; not with the number of paths.
class StorageUses {
 public:
  explicit StorageUses(std::size_t storages) : uses_(storages) {}

  // Counts a tensor once, however many paths reach it. False when it was counted before.
  bool Add(const Tensor& tensor);

  [[nodiscard]] const StorageUse& of(std::size_t storage) const { return uses_[storage]; }
  [[nodiscard]] std::size_t size() const { return uses_.size(); }

  // Over all different tensors. Saturate.
  std::uint64_t tensors = 0, elements = 0, bytes = 0;

 private:
  std::vector<StorageUse> uses_;
  std::vector<bool> seen_;  // by node
};

// True when some dimension of more than one element has stride 0: the same bytes are shown many times.
[[nodiscard]] bool IsExpanded(const Tensor& tensor);

}  // namespace weightsonly::tool
