// Floor 6. Storages of an archive that is loaded to the meta device: found, and not looked at. SPEC.md chapter 6
// (CHK-027).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/storage_source.h"

namespace weightsonly {

class MetaStorages final : public StorageResolver {
 public:
  // `records` finds the records; it outlives this object.
  explicit MetaStorages(StorageResolver& records) : records_(records) {}

  std::uint32_t FindRecord(std::string_view key, std::uint64_t offset) override {
    return records_.FindRecord(key, offset);
  }
  [[nodiscard]] std::size_t record_count() const override { return records_.record_count(); }
  [[nodiscard]] std::string RecordNamed(std::string_view key) const override { return records_.RecordNamed(key); }
  // Any size: neither the record nor its header is read. Refuses nothing.
  StorageRecord ResolveStorage(std::uint32_t record, Dtype /*dtype*/, std::uint64_t nbytes,
                               std::uint64_t /*offset*/) override {
    return {.offset = 0, .nbytes = nbytes, .entry = record, .device = 0, .deflated = false, .meta = true};
  }

 private:
  StorageResolver& records_;
};

}  // namespace weightsonly
