// Fuzz targets: storages for a machine without an archive. Their bytes lie in one small array that never changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/refusal.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly::fuzz {

// The array, and what a graph over these storages takes for the size of its file.
inline constexpr std::size_t kStorageArrayBytes = std::size_t{16} << 10;
[[nodiscard]] Bytes StorageArray();

// Almost every key names a record, and almost every size is that of the record: where a storage begins in the array
// depends on the record alone. Keys that differ in letter case have the same record, as in an archive.
class FakeResolver final : public StorageResolver {
 public:
  // `foreign`: the bytes are in the order that is not the host's.
  explicit FakeResolver(bool foreign) : foreign_(foreign) {}

  std::uint32_t FindRecord(std::string_view key, std::uint64_t offset) override;
  [[nodiscard]] std::size_t record_count() const override { return kRecords; }
  [[nodiscard]] std::string RecordNamed(std::string_view key) const override;
  StorageRecord ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes, std::uint64_t offset) override;

  static constexpr std::size_t kRecords = 64;

 private:
  bool foreign_;
};

// What a caller who maps every location to the CPU would be.
class FakeLocations final : public LocationResolver {
 public:
  [[nodiscard]] std::string Restore(const StorageRecord& record, Dtype dtype, std::string_view name,
                                    std::string_view location, std::uint64_t offset) const override;
  [[nodiscard]] std::string MapDevice(std::string_view device, bool is_text, std::uint64_t offset) const override;
};

// Serves the storages of `graph`, which must outlive it, out of the array. A storage that reaches outside of the array,
// or outside of the value that it lies in, is a finding. Not for several threads.
class FakeSource final : public StorageSource {
 public:
  explicit FakeSource(const Graph& graph) : graph_(graph) {}

  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const override;
  [[nodiscard]] bool InPlace(std::uint32_t index) const override;
  [[nodiscard]] std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                                  std::span<std::byte> out) const override;
  [[nodiscard]] std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const override;
  [[nodiscard]] std::string RecordName(std::uint32_t index) const override;
  [[nodiscard]] std::expected<void, Refusal> Verify(std::uint32_t) const override { return {}; }

 private:
  [[nodiscard]] const StorageRecord& RecordOf(std::uint32_t index) const;
  [[nodiscard]] Bytes InFile(const StorageRecord& record) const;

  const Graph& graph_;
  mutable std::map<std::uint32_t, std::vector<std::byte>> turned_;  // in the host's order
};

}  // namespace weightsonly::fuzz
