// Floor 6. The storages of a zip archive: answers the machine (which record, what size) and the handles (which bytes).
// SPEC.md chapter 6 (CHK-010 to CHK-014).
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/refusal.h"
#include "container/source.h"
#include "container/zip.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly {

class ArchiveSource final : public StorageResolver, public StorageSource {
 public:
  // `graph` owns this object once it is loaded and is not used before Seal().
  ArchiveSource(std::shared_ptr<const container::Source> file, container::Archive archive, const Graph& graph,
                bool swap, bool check_crc);

  [[nodiscard]] const container::Archive& archive() const { return archive_; }
  // Called once, after the last ResolveStorage: from now on the handles may ask.
  void Seal();

  StorageRecord ResolveStorage(std::string_view key, Dtype dtype, std::uint64_t nbytes, std::uint64_t offset) override;

  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const override;
  [[nodiscard]] bool InPlace(std::uint32_t index) const override;
  [[nodiscard]] std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                                  std::span<std::byte> out) const override;
  [[nodiscard]] std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const override;
  [[nodiscard]] std::string RecordName(std::uint32_t index) const override;
  [[nodiscard]] std::expected<void, Refusal> Verify(std::uint32_t index) const override;

 private:
  // The bytes of one storage that is not used in place, made when first asked for.
  struct Slot {
    std::mutex mutex;
    bool ready = false;
    std::vector<std::byte> bytes;
  };

  // Remembers that the page of a local header was touched, and lets such pages go again now and then.
  void Touched(std::uint64_t header_offset);
  void ForgetTouched();

  [[nodiscard]] const StorageRecord& RecordOf(std::uint32_t index) const { return graph_.storages[index]; }
  [[nodiscard]] const container::Entry& EntryOf(const StorageRecord& record) const {
    return archive_.entries()[record.entry];
  }
  [[nodiscard]] Bytes PayloadOf(const StorageRecord& record) const;
  // Fills `out` (all bytes of the storage) in the host's order.
  void Make(const StorageRecord& record, std::span<std::byte> out) const;
  void ReadSwapped(const StorageRecord& record, std::uint64_t offset, std::span<std::byte> out) const;
  void VerifyContents(const StorageRecord& record) const;

  std::shared_ptr<const container::Source> file_;
  container::Archive archive_;
  const Graph& graph_;
  std::uint32_t touched_ = 0;  // local headers since the last ForgetTouched(), and the range that they lie in
  std::uint64_t touched_from_ = 0;
  std::uint64_t touched_to_ = 0;
  bool swap_;
  bool check_crc_;
  std::vector<std::unique_ptr<Slot>> slots_;  // by storage; empty when every storage is in place
};

// Changes the order of every `unit` bytes (2, 4 or 8) of `bytes`; a rest shorter than that stays.
void SwapBytes(std::span<std::byte> bytes, std::uint8_t unit);

// Runs `body` and turns what it throws into a Refusal: the one place where refusals are caught (CHK-001).
template <typename Result, typename Body>
[[nodiscard]] std::expected<Result, Refusal> AtBoundary(Body&& body) {
  try {
    if constexpr (std::is_void_v<Result>) {
      body();
      return {};
    } else {
      return body();
    }
  } catch (Refusal& refusal) {
    return std::unexpected(std::move(refusal));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Refusal{RefusalKind::kHostMemory, {}, 0, {}});
  } catch (const std::length_error&) {  // a container of the standard library that cannot be that long
    return std::unexpected(Refusal{RefusalKind::kHostMemory, {}, 0, {}});
  }
}

}  // namespace weightsonly
