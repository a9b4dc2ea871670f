// Floor 8. Counting what tensors show of their storages. SPEC.md chapter 8.
#include "tool/storage_use.h"

#include <algorithm>

namespace weightsonly::tool {
namespace {

std::uint64_t Saturated(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

// Items of ItemBytes() from the first to the last that a tensor with elements reaches. The loader has checked that it
// fits the storage.
std::uint64_t ReachOf(const Tensor& tensor) {
  std::uint64_t reach = 1;
  const auto shape = tensor.shape();
  const auto stride = tensor.stride();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1) reach += static_cast<std::uint64_t>(shape[i] - 1) * static_cast<std::uint64_t>(stride[i]);
  }
  return (reach - 1) / ElementsPerByte(tensor.dtype()) + 1;
}

}  // namespace

std::uint64_t StorageUse::ShownAtMost() const { return end_byte == 0 ? 0 : std::min(sum, end_byte - first_byte); }

bool StorageUses::Add(const Tensor& tensor) {
  if (tensor.node() >= seen_.size()) seen_.resize(std::max<std::size_t>(tensor.node() + 1, seen_.size() * 2));
  if (seen_[tensor.node()]) return false;
  seen_[tensor.node()] = true;
  ++tensors;
  elements = Saturated(elements, tensor.numel());
  bytes = Saturated(bytes, tensor.nbytes());

  if (tensor.is_meta()) return true;  // shows nothing
  StorageUse& use = uses_[tensor.storage()->index()];
  if (use.tensors++ == 0) use.first_node = tensor.node();
  if (tensor.numel() == 0) return true;
  const std::uint64_t item = ItemBytes(tensor.dtype());
  const std::uint64_t first = static_cast<std::uint64_t>(tensor.storage_offset()) * item;
  const std::uint64_t reach = ReachOf(tensor) * item;
  use.first_byte = std::min(use.first_byte, first);
  use.end_byte = std::max(use.end_byte, first + reach);
  use.sum = Saturated(use.sum, std::min(tensor.nbytes(), reach));
  return true;
}

bool IsExpanded(const Tensor& tensor) {
  const auto shape = tensor.shape();
  const auto stride = tensor.stride();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1 && stride[i] == 0) return true;
  }
  return false;
}

}  // namespace weightsonly::tool
