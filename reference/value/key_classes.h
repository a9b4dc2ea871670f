// Floor 3. Equality of dict keys and set members, by Python's rules, in linear time. SPEC.md chapter 3 (VAL-010 to
// VAL-014).
//
// Every hashable value has a class; two values are equal exactly when their classes are. Classes of parts come first (a
// tuple's content is its items' classes), so hashing and comparing never descend, whatever a file nests or shares.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/block.h"
#include "base/pod_vector.h"
#include "value/graph.h"

namespace weightsonly {

class KeyClasses {
 public:
  explicit KeyClasses(std::uint64_t seed) : seed_(seed) {}
  // Bytes of a block in which the tables for up to `keys` keys begin; KeyClasses takes them once, before the first key.
  [[nodiscard]] static std::size_t BytesFor(std::size_t keys);
  void TakeRoom(Block& block, std::size_t keys);

  // The class of `ref`, 1 or more. Amortised constant time for each node, plus the bytes of text that is seen first.
  // Refuses value.unhashable (list, dict, set, bytearray, storage: also inside tuples) at data.pkl offset `offset`.
  std::uint32_t ClassOf(Graph& graph, Ref ref, std::uint64_t offset) {
    const Node& node = graph[ref];
    if (node.type == ValueType::kStr) return node.extra != 0 ? node.extra : InternText(graph, ref);
    return ComputeClass(graph, ref, offset);
  }

  // Drops all but the last pair of equal keys, which moves to the place of the first and keeps the first key (VAL-011).
  void MergePairs(Graph& graph, Ref dict);
  // Appends to graph.refs the items at [at, at + count) of graph.refs without later equals; returns how many there are.
  std::uint32_t AppendDistinct(Graph& graph, std::span<const Ref> items, std::uint64_t offset);

  // Upper bound (exclusive) of the classes handed out.
  [[nodiscard]] std::size_t size() const { return entries_.size() + 1; }

 private:
  enum class Kind : std::uint8_t { kInteger, kReal, kIdentity, kStr, kBytes, kBig, kComplex, kTuple, kNumpyDtype };
  struct Entry {
    std::uint64_t word;  // kInteger, kReal, kIdentity: the value; kStr: the node; others: place of the content in blob_
    std::uint32_t hash;
    Kind kind;
  };
  struct Seen {
    std::uint32_t stamp;
    std::uint32_t place;
  };

  [[gnu::noinline]] std::uint32_t ComputeClass(Graph& graph, Ref ref, std::uint64_t offset);
  std::uint32_t ScalarClass(Graph& graph, Ref ref, std::uint64_t offset);
  std::uint32_t NumpyClass(Graph& graph, Ref ref, std::uint64_t offset);
  std::uint32_t InternCodePoints(Graph& graph, std::string_view text, std::uint64_t offset);
  std::uint32_t RealClass(double value, Ref ref);
  std::uint32_t ComplexClass(double real, double imaginary, Ref ref);
  std::uint32_t TupleClass(Graph& graph, Ref ref);
  std::uint32_t InternWord(Kind kind, std::uint64_t word);
  [[gnu::noinline]] std::uint32_t InternText(Graph& graph, Ref ref);
  std::uint32_t InternBlob(Kind kind, std::string_view content);
  std::string_view BlobOf(const Entry& entry) const;
  // The slot of the entry with `hash` for which `same` holds, or the free one where it goes.
  template <typename Same>
  std::size_t FindSlot(std::uint32_t hash, Same same);
  // The class in a slot, or 0.
  [[nodiscard]] std::uint32_t ClassIn(std::size_t slot) const {
    return table_[slot] & static_cast<std::uint32_t>(table_.size() - 1);
  }
  std::uint32_t Insert(const Entry& entry, std::size_t slot);
  void GrowTable();
  std::uint32_t NextStamp();
  Seen& SeenOf(std::uint32_t key_class);

  std::uint64_t seed_;
  PodVector<Entry> entries_;  // class - 1
  // Open addressing by the low bits of the hash, a power of two, at most half full. A slot is a class in as many low
  // bits as the place takes of the hash, and the rest of the hash above: a slot of another hash is passed over without
  // a look at its entry, which would be a cache miss. 0 is free. Small slots, as a table that is filled is all misses.
  PodVector<std::uint32_t> table_;
  PodVector<char> blob_;
  PodVector<Seen> seen_;  // by class: where MergePairs last met it
  std::uint32_t stamp_ = 0;
};

}  // namespace weightsonly
