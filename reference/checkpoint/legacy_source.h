// Floor 6. The storages of a legacy stream: views of the file, as those of an archive are. SPEC.md chapter 6 (LST-015,
// LST-018).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/stored_bytes.h"

namespace weightsonly {

class LegacySource final : public StoredBytes {
 public:
  // `keys`: by storage, the key that named it. `graph` as for StoredBytes.
  LegacySource(std::shared_ptr<const container::Source> file, const Graph& graph, std::span<const Ref> keys);

  // "legacy/storage/" and the key of the storage in whose bytes it lies.
  [[nodiscard]] std::string RecordName(std::uint32_t index) const override;
  // Nothing is compressed and nothing has a checksum: always true.
  [[nodiscard]] std::expected<void, Refusal> Verify(std::uint32_t index) const override;

 private:
  std::vector<Ref> keys_;
};

}  // namespace weightsonly
