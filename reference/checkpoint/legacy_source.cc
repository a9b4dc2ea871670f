// Floor 6. Storages of a legacy stream. SPEC.md chapter 6.
#include "checkpoint/legacy_source.h"

#include <utility>

#include "machine/stream.h"

namespace weightsonly {

LegacySource::LegacySource(std::shared_ptr<const container::Source> file, const Graph& graph, std::span<const Ref> keys)
    : StoredBytes(std::move(file), graph), keys_(keys.begin(), keys.end()) {}

std::string LegacySource::RecordName(std::uint32_t index) const {
  if (RecordOf(index).in_values) return "data.pkl";
  return machine::PickleStream::StorageName(graph(), keys_[RecordOf(index).entry]);
}

std::expected<void, Refusal> LegacySource::Verify(std::uint32_t) const { return {}; }

}  // namespace weightsonly
