// Floor 6. Storages of a legacy stream. SPEC.md chapter 6.
#include "checkpoint/legacy_source.h"

#include <utility>

namespace weightsonly {

LegacySource::LegacySource(std::shared_ptr<const container::Source> file, const Graph& graph, std::span<const Ref> keys)
    : StoredBytes(std::move(file), graph), keys_(keys.begin(), keys.end()) {}

std::string LegacySource::RecordName(std::uint32_t index) const {
  if (RecordOf(index).in_values) return "data.pkl";
  const Ref key = keys_[RecordOf(index).entry];
  const Node& node = graph()[key];
  std::string name = "legacy/storage/";
  if (node.type == ValueType::kStr || node.type == ValueType::kBytes) return name.append(graph().TextOf(node));
  return node.type == ValueType::kInt ? name.append(IntText(graph(), key)) : name;
}

std::expected<void, Refusal> LegacySource::Verify(std::uint32_t) const { return {}; }

}  // namespace weightsonly
