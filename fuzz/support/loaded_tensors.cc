// Fuzz targets: every tensor of an accepted checkpoint.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "output/canonical.h"
#include "support/loaded.h"
#include "support/refusals.h"
#include "support/target.h"
#include "value/quantizer.h"
#include "value/subclass.h"

namespace weightsonly::fuzz {
namespace {

// Tensors that are looked at, and logical bytes that are copied of one and of all: an expanded view has as many as it
// likes, and a list of lists has a tensor under as many paths.
constexpr std::size_t kMostTensors = 512;
constexpr std::uint64_t kMostCopied = std::uint64_t{16} << 10;
constexpr std::uint64_t kMostCopiedInAll = std::uint64_t{256} << 10;

// The elements one by one, each by its own indices: the definition of a strided view.
std::vector<std::byte> ElementsOf(const Tensor& tensor, Bytes storage) {
  const std::uint64_t item = ItemBytes(tensor.dtype());
  std::vector<std::byte> elements(tensor.numel() * item);
  for (std::uint64_t i = 0; i < tensor.numel(); ++i) {
    std::uint64_t rest = i;
    std::int64_t at = tensor.storage_offset();
    for (std::size_t axis = tensor.shape().size(); axis-- > 0;) {
      const auto size = static_cast<std::uint64_t>(tensor.shape()[axis]);
      at += static_cast<std::int64_t>(rest % size) * (size == 1 ? 0 : tensor.stride()[axis]);
      rest /= size;
    }
    const std::uint64_t from = static_cast<std::uint64_t>(at) * item;
    Require(at >= 0 && from + item <= storage.size(), "an element lies outside of its storage");
    std::memcpy(elements.data() + i * item, storage.data() + from, item);
  }
  return elements;
}

bool IsPacked(const Tensor& tensor) { return ElementsPerByte(tensor.dtype()) != 1; }

void CheckCopy(const Tensor& tensor, std::uint64_t& left) {
  const std::uint64_t bytes = tensor.nbytes();
  if (bytes > std::min(kMostCopied, left)) return;
  left -= bytes;
  std::vector<std::byte> copy(bytes);
  const auto copied = tensor.CopyTo(copy);
  if (!copied) {
    const bool may = copied.error().kind == RefusalKind::kUnsupported && IsPacked(tensor) && !tensor.is_contiguous();
    return Require(may, "the bytes of a tensor are there and cannot be copied", copied.error().detail);
  }
  if (IsPacked(tensor) || tensor.is_conj() || tensor.is_neg() || bytes == 0) return;
  Require(copy == ElementsOf(tensor, *tensor.storage()->data()), "a copy does not hold the elements of its tensor");
}

// From the first element to the last, inside of the storage that the tensor says.
void CheckData(const Tensor& tensor) {
  const auto data = tensor.data();
  Require(data.has_value(), "Verify found nothing, and a tensor cannot be read");
  if (tensor.numel() == 0) return Require(data->empty(), "a tensor without elements has bytes");
  const auto storage = tensor.storage();
  Require(storage.has_value(), "a tensor with elements has no storage");
  const auto bytes = storage->data();
  Require(bytes.has_value(), "the storage of a tensor with bytes cannot be read");
  const std::uint64_t from = static_cast<std::uint64_t>(tensor.storage_offset()) * ItemBytes(tensor.dtype());
  Require(from <= bytes->size() && data->size() <= bytes->size() - from && data->data() == bytes->data() + from,
          "the bytes of a tensor lie outside of its storage");
}

void CheckShape(const Tensor& tensor) {
  Require(tensor.shape().size() == tensor.stride().size(), "a tensor has more sizes than strides, or fewer");
  Require(tensor.storage_offset() >= 0, "a tensor begins in front of its storage");
  std::uint64_t count = 1;
  bool fits = true;
  for (const std::int64_t size : tensor.shape()) {
    Require(size >= 0, "a tensor has a negative size");
    fits = fits && !__builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count);
  }
  const bool empty = std::ranges::find(tensor.shape(), 0) != tensor.shape().end();
  Require(empty ? tensor.numel() == 0 : fits && count == tensor.numel(), "numel is not the product of the sizes");
  Require(!tensor.device().empty(), "a tensor is on no device");
}

void CheckQuantizer(const Tensor& tensor) {
  const auto quantizer = tensor.quantizer();
  if (!quantizer) return;
  const auto scales = quantizer->scales();
  const auto zero_points = quantizer->zero_points();
  const auto float_zero_points = quantizer->float_zero_points();
  Require(scales && zero_points && float_zero_points, "Verify found nothing, and a quantizer cannot be read");
  Require(scales->size() == quantizer->channels() &&
              zero_points->size() + float_zero_points->size() == quantizer->channels(),
          "a quantizer has other numbers than channels");
  const auto axis = static_cast<std::uint64_t>(quantizer->axis());
  const bool on_axis =
      axis < tensor.shape().size() && static_cast<std::uint64_t>(tensor.shape()[axis]) == quantizer->channels();
  Require(quantizer->scheme() == Qscheme::kPerTensorAffine || on_axis,
          "a quantizer has other channels than its tensor");
}

void CheckTensor(const Tensor& tensor, bool contents_are_good, std::uint64_t& left) {
  CheckShape(tensor);
  if (const auto subclass = tensor.subclass()) {
    Require(subclass->data().node() == tensor.node(), "a tensor is the data of a class whose data is another");
  }
  if (tensor.is_meta()) {
    const auto data = tensor.data();
    return Require(!data && data.error().kind == RefusalKind::kStorageMeta, "a tensor without elements has bytes");
  }
  if (!contents_are_good) return;
  CheckData(tensor);
  CheckQuantizer(tensor);
  CheckCopy(tensor, left);
}

}  // namespace

void CheckTensors(const Checkpoint& checkpoint, bool contents_are_good) {
  std::size_t count = 0;
  std::uint64_t left = kMostCopiedInAll;
  std::string path;
  TensorRange tensors = checkpoint.tensors();
  for (const TensorEntry& entry : tensors) {
    if (++count > kMostTensors) return;
    path.clear();
    for (const PathElement& element : entry.path) AppendPathElement(path, element);
    CheckTensor(entry.tensor, contents_are_good, left);
    const auto sparse = tensors.sparse();
    Require(!sparse || sparse->dtype() == sparse->values().dtype(), "a sparse tensor has the dtype of other values");
  }
}

}  // namespace weightsonly::fuzz
