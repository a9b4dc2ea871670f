// Floor 3. The handle of a tensor: its geometry, and its elements copied out. SPEC.md chapter 3.
#include <limits>
#include <string>

#include "base/checked.h"
#include "value/geometry.h"
#include "value/graph.h"
#include "value/quantizer.h"
#include "value/strided.h"
#include "value/subclass.h"
#include "value/value.h"

namespace weightsonly {
namespace {

const TensorRecord& RecordOf(const std::shared_ptr<const Graph>& graph, Ref node) {
  return graph->TensorOf((*graph)[node]);
}

}  // namespace

Dtype Tensor::dtype() const { return RecordOf(graph_, node_).dtype; }
std::span<const std::int64_t> Tensor::shape() const { return graph_->ShapeOf(RecordOf(graph_, node_)); }
std::span<const std::int64_t> Tensor::stride() const { return graph_->StrideOf(RecordOf(graph_, node_)); }
std::int64_t Tensor::storage_offset() const { return RecordOf(graph_, node_).offset; }
std::uint64_t Tensor::numel() const { return RecordOf(graph_, node_).numel; }

std::uint64_t Tensor::nbytes() const {
  std::uint64_t bytes = 0;
  const std::uint64_t packed = ElementsPerByte(dtype());
  if (packed != 1) return numel() / packed + (numel() % packed != 0 ? 1 : 0);
  return CheckedMul(numel(), ItemBytes(dtype()), &bytes) ? bytes : std::numeric_limits<std::uint64_t>::max();
}

bool Tensor::requires_grad() const {
  const Node& node = (*graph_)[node_];
  return is_parameter() ? (node.flags & kRequiresGrad) != 0 : graph_->TensorOf(node).requires_grad;
}

bool Tensor::is_parameter() const { return (*graph_)[node_].type == ValueType::kParameter; }
bool Tensor::is_conj() const { return RecordOf(graph_, node_).conj; }
bool Tensor::is_neg() const { return RecordOf(graph_, node_).neg; }
bool Tensor::is_meta() const { return graph_->IsMeta(RecordOf(graph_, node_)); }
std::string_view Tensor::device() const {
  if (const auto bytes = storage()) return bytes->device();
  return graph_->DeviceWithoutStorage((*graph_)[node_]);
}

std::optional<Subclass> Tensor::subclass() const {
  const Node& node = (*graph_)[node_];
  if ((node.flags & kOfSubclass) == 0) return std::nullopt;
  return Subclass(graph_, graph_->subclasses[node.extra].node);
}

std::optional<Storage> Tensor::storage() const {
  const std::uint32_t storage = RecordOf(graph_, node_).storage;
  if (storage == kNoStorage) return std::nullopt;
  return Storage(graph_, storage);
}

std::optional<Quantizer> Tensor::quantizer() const {
  if (((*graph_)[node_].flags & kQuantized) == 0) return std::nullopt;
  return Quantizer(graph_, node_);
}

bool Tensor::is_contiguous() const { return IsRowMajor(shape(), stride(), numel()); }

std::expected<std::span<const std::byte>, Refusal> Tensor::data() const {
  const TensorRecord& tensor = RecordOf(graph_, node_);
  if (graph_->IsMeta(tensor)) return std::unexpected(RefusalOfMeta());
  if (tensor.numel == 0) return std::span<const std::byte>{};
  const auto bytes = graph_->source->Data(tensor.storage);
  if (!bytes) return std::unexpected(bytes.error());
  return bytes->subspan(static_cast<std::uint64_t>(tensor.offset) * ItemBytes(tensor.dtype),
                        ReachedBytes(*graph_, tensor));
}

std::expected<void, Refusal> Tensor::CopyTo(std::span<std::byte> out) const {
  const TensorRecord& tensor = RecordOf(graph_, node_);
  if (graph_->IsMeta(tensor)) return std::unexpected(RefusalOfMeta());
  if (auto right = RequireCopySize(nbytes(), out.size()); !right) return right;
  if (tensor.numel == 0) return {};
  if (is_contiguous()) {
    const auto from = static_cast<std::uint64_t>(tensor.offset) * ItemBytes(tensor.dtype);
    if (auto read = graph_->source->Read(tensor.storage, from, out); !read) return read;
  } else {
    if (ElementsPerByte(tensor.dtype) != 1) return std::unexpected(RefusalOfPacked(tensor.dtype));
    const auto bytes = data();
    if (!bytes) return std::unexpected(bytes.error());
    StridedReader(shape(), stride(), ItemBytes(tensor.dtype), bytes->data()).Read(out);
  }
  ResolveLazyBits(tensor, out);
  return {};
}

}  // namespace weightsonly
