// Floor 5. The memo: index -> value, for any 32-bit index. SPEC.md chapter 5 (MEM-001 to MEM-003).
//
// Picklers count up from 0, so entries lie in an array as long as they come in order; an index beyond its end costs one
// entry of a hash table, not an array of that length.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/pod_vector.h"
#include "value/graph.h"

namespace weightsonly::machine {

class Memo {
 public:
  Memo() = default;
  // The array begins in memory of somebody else (PodVector).
  explicit Memo(PodVector<Ref> room) : dense_(std::move(room)) {}

  // Forgets every entry.
  void Clear() {
    dense_.truncate(0);
    sparse_.clear();
  }
  // MEM-002. Remembers `value` under `index`; a later Put of the same index replaces it.
  void Put(std::uint32_t index, Ref value) {
    if (index < dense_.size()) {
      dense_[index] = value;
    } else if (index == dense_.size()) {
      dense_.push_back(value);
    } else {
      PutSparse(index, value);
    }
  }
  // The value under `index`, or null when none was put. Valid until the next Put. The array is asked first: an index
  // that it reached later than the table was put later too.
  [[nodiscard]] const Ref* Get(std::uint32_t index) const {
    if (index < dense_.size()) return &dense_[index];
    return GetSparse(index);
  }

 private:
  [[gnu::noinline]] void PutSparse(std::uint32_t index, Ref value) { sparse_[index] = value; }
  [[gnu::noinline]] const Ref* GetSparse(std::uint32_t index) const {
    const auto found = sparse_.find(index);
    return found == sparse_.end() ? nullptr : &found->second;
  }

  struct SeededHash {
    SeededHash() : seed(ProcessSeed()) {}
    std::uint64_t seed;
    std::size_t operator()(std::uint32_t index) const { return HashInteger(index, seed); }
  };
  PodVector<Ref> dense_;
  std::unordered_map<std::uint32_t, Ref, SeededHash> sparse_;
};

}  // namespace weightsonly::machine
