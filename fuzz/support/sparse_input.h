// Fuzz target sparse: graphs of sparse tensors out of an input, such as the call that makes them lets through (SPR-001
// to SPR-004), whatever their indices say.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/input.h"
#include "value/graph.h"

namespace weightsonly::fuzz {

// Sparse tensors with at most this many indices or counts each, unless the budget of steps forbids to read them: the
// check goes through indices in pieces of 1,024.
inline constexpr std::uint64_t kMostNumbers = 1100;

// The storages of such a graph, each in memory of exactly its size.
class IndexSource final : public StorageSource {
 public:
  void Add(std::unique_ptr<std::byte[]> bytes, std::size_t size) {
    storages_.push_back({.bytes = std::move(bytes), .size = size});
  }
  // Questions for the bytes of storage `index` are refused.
  void Damage(std::uint32_t index) { damaged_ = index; }

  [[nodiscard]] bool damaged(std::uint32_t index) const { return index == damaged_; }
  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const override;
  [[nodiscard]] bool InPlace(std::uint32_t) const override { return true; }
  [[nodiscard]] std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                                  std::span<std::byte> out) const override;
  [[nodiscard]] std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const override;
  [[nodiscard]] std::string RecordName(std::uint32_t) const override { return "data/0"; }
  [[nodiscard]] std::expected<void, Refusal> Verify(std::uint32_t) const override { return {}; }

 private:
  struct Stored {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  std::vector<Stored> storages_;
  std::uint32_t damaged_ = kNoStorage;
};

// A graph and where the bytes of its storages are; graph->source is the same object.
struct SparseGraph {
  std::unique_ptr<Graph> graph;
  const IndexSource* source;
};

// Reads up to four sparse tensors. The forms of inputs stand in fuzz/seed_makers/sparse.py.
[[nodiscard]] SparseGraph TakeSparseGraph(Bytes input);

}  // namespace weightsonly::fuzz
