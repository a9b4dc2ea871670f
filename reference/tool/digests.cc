// Floor 8. SHA-256 of tensors, bounded. SPEC.md chapter 8.
#include "tool/digests.h"

#include "base/checked.h"
#include "output/canonical.h"
#include "value/quantizer.h"
#include "value/subclass.h"

namespace weightsonly::tool {

std::expected<Digests, Refusal> Digests::Of(const Checkpoint& checkpoint, const Limits& limits) {
  Digests digests;
  // CLI-009. Views of one storage can show its bytes any number of times: the work is bounded by the file, not by its
  // claims.
  constexpr std::uint64_t kPerFileByte = 8;
  std::uint64_t left = SaturatingSum(kPerFileByte * checkpoint.file_bytes(), 4, limits.logical_bytes);
  for (const auto& [path, tensor] : checkpoint.tensors()) {
    const auto [entry, fresh] = digests.by_node_.try_emplace(tensor.node());
    if (!fresh || tensor.is_meta() || tensor.quantizer() || tensor.subclass() || tensor.nbytes() > left) continue;
    auto digest = LogicalSha256(tensor);
    if (!digest && digest.error().kind != RefusalKind::kLimitOutput) return std::unexpected(digest.error());
    if (!digest) continue;
    left -= tensor.nbytes();
    entry->second = std::move(*digest);
  }
  return digests;
}

}  // namespace weightsonly::tool
