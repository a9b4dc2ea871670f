// Floor 8. The digests of `ls --sha256`: each tensor once, within a budget. SPEC.md chapter 8.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <unordered_map>

#include "checkpoint/checkpoint.h"

namespace weightsonly::tool {

// Made before the first byte of output: what goes wrong is a refusal and not half a document.
class Digests {
 public:
  // Hashes the logical bytes of every tensor that tensors() lists, once each. Refuses as Tensor::CopyTo does, but for
  // limit.output: such a tensor, every tensor beyond `4 * logical_bytes + 8 * file` bytes in all (CLI-009), and every
  // meta tensor goes without a digest.
  [[nodiscard]] static std::expected<Digests, Refusal> Of(const Checkpoint& checkpoint, const Limits& limits);

  // 64 hex digits, or "" when the tensor goes without.
  [[nodiscard]] const std::string& of(const Tensor& tensor) const { return by_node_.at(tensor.node()); }

 private:
  std::unordered_map<std::uint32_t, std::string> by_node_;
};

}  // namespace weightsonly::tool
