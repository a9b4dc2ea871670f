// Floor 6. The storages of a zip archive: answers the machine (which record, what size) and the handles (which bytes).
// SPEC.md chapter 6 (CHK-010 to CHK-014).
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/refusal.h"
#include "checkpoint/stored_bytes.h"
#include "container/source.h"
#include "container/zip.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly {

class ArchiveSource final : public StorageResolver, public StoredBytes {
 public:
  // As StoredBytes. `swap`: the archive's byte order is not the host's.
  ArchiveSource(std::shared_ptr<const container::Source> file, container::Archive archive, const Graph& graph,
                bool swap, bool check_crc, std::string_view folder = "data/");

  [[nodiscard]] const container::Archive& archive() const { return archive_; }
  // StoredBytes::Seal, after the last ResolveStorage.
  void Seal();

  std::uint32_t FindRecord(std::string_view key, std::uint64_t offset) override;
  [[nodiscard]] std::size_t record_count() const override { return archive_.entries().size(); }
  [[nodiscard]] std::string RecordNamed(std::string_view key) const override {
    return name_.substr(0, folder_size_).append(key);
  }
  StorageRecord ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes, std::uint64_t offset) override;

  [[nodiscard]] std::string RecordName(std::uint32_t index) const override;
  [[nodiscard]] std::expected<void, Refusal> Verify(std::uint32_t index) const override;

 private:
  void MakeDeflated(const StorageRecord& record, std::span<std::byte> out) const override;
  void MakeDeflatedPieces(const StorageRecord& record, std::span<std::byte> buffer,
                          const PieceSink& sink) const override;

  // Remembers that the page of a local header was touched, and lets such pages go again now and then.
  void Touched(std::uint64_t header_offset);
  void ForgetTouched();

  [[nodiscard]] const container::Entry& EntryOf(const StorageRecord& record) const {
    return archive_.entries()[record.entry];
  }
  [[nodiscard]] Bytes PayloadOf(const StorageRecord& record) const;
  void VerifyContents(const StorageRecord& record) const;

  container::Archive archive_;
  std::string name_;           // of the record that FindRecord looked for
  std::size_t folder_size_;    // of name_: the folder of the storages, `data/`
  std::size_t next_ = 0;       // the entry behind the one that it found: most often the next one that is asked for
  std::uint32_t touched_ = 0;  // local headers since the last ForgetTouched(), and the range that they lie in
  std::uint64_t touched_from_ = 0;
  std::uint64_t touched_to_ = 0;
  bool swap_;
  bool check_crc_;
};

}  // namespace weightsonly
