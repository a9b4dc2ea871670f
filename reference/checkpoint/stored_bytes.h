// Floor 6. The bytes of storages that lie in a file: in place, read, swapped. What zip archives and legacy streams have
// in common. SPEC.md chapter 6 (CHK-012, CHK-013).
#pragma once

#include <algorithm>
#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/block.h"
#include "base/boundary.h"
#include "base/refusal.h"
#include "container/source.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly {

class StoredBytes : public StorageSource {
 public:
  // Called once, when graph.storages is complete: from now on the handles may ask.
  void Seal();

  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const override;
  [[nodiscard]] bool InPlace(std::uint32_t index) const override;
  [[nodiscard]] std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                                  std::span<std::byte> out) const override;
  [[nodiscard]] std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const override;

 protected:
  // Payloads pass in pieces that stay in the cache between one step and the next. A multiple of every swap unit.
  static constexpr std::size_t kPiece = std::size_t{256} << 10;
  // What the bytes of a record pass through: no more than they are, so that many small records cost little each.
  [[nodiscard]] static std::size_t PieceOf(const StorageRecord& record) {
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(record.nbytes, 1, kPiece));
  }

  // `graph` owns this object once it is loaded and is not used before Seal().
  StoredBytes(std::shared_ptr<const container::Source> file, const Graph& graph);

  // All bytes of a deflated storage in the host's order, in `out`, or piece by piece through `buffer`. A source that
  // has none leaves them as they are: `internal`.
  virtual void MakeDeflated(const StorageRecord& record, std::span<std::byte> out) const;
  virtual void MakeDeflatedPieces(const StorageRecord& record, std::span<std::byte> buffer,
                                  const PieceSink& sink) const;

  [[nodiscard]] const container::Source& file() const { return *file_; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const StorageRecord& RecordOf(std::uint32_t index) const { return graph_.storages[index]; }

 private:
  // The bytes of one storage that is not used in place, made when first asked for.
  struct Slot {
    std::mutex mutex;
    bool ready = false;
    Block bytes;
  };

  [[nodiscard]] Bytes StoredPayload(const StorageRecord& record) const;
  void Make(const StorageRecord& record, std::span<std::byte> out) const;
  void ReadStored(const StorageRecord& record, std::uint64_t offset, std::span<std::byte> out) const;
  void ReadSwapped(const StorageRecord& record, std::uint64_t offset, std::span<std::byte> out) const;

  std::shared_ptr<const container::Source> file_;
  const Graph& graph_;
  std::vector<std::unique_ptr<Slot>> slots_;  // by storage; empty when every storage is in place
};

// CHK-013, DEV-602. A storage that was named as single bytes takes the unit of the first tensor over it whose elements
// are more. Before Seal(). Does nothing where nobody asks for units: on a little-endian host, of a file of its order.
void SetUnitsByTensors(Graph& graph);

// Changes the order of every `unit` bytes (2, 4 or 8) of `bytes`; a rest shorter than that stays.
void SwapBytes(std::span<std::byte> bytes, std::uint8_t unit);

}  // namespace weightsonly
