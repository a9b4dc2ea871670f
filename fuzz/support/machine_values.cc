// Fuzz targets: what must hold of the values in a graph.
#include "support/machine_values.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/checked.h"
#include "machine/unbuilt.h"
#include "policy/globals.h"
#include "support/exact.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

bool HasGradients(Dtype dtype) {
  const DtypeCategory category = InfoOf(dtype).category;
  return category == DtypeCategory::Float || category == DtypeCategory::Complex;
}

class Checker {
 public:
  Checker(const Graph& graph, bool ended) : graph_(graph), ended_(ended) {}

  void Check(Ref ref) {
    const Node& node = graph_[ref];
    if ((node.flags & kHasAttributes) != 0) IsOf(graph_.AttributesOf(ref), IsDict, "attributes that are no dict");
    switch (node.type) {
      case ValueType::kNone:
      case ValueType::kFloat:
        return;
      case ValueType::kBool:
        return Require(node.small <= 1, "a bool that is neither");
      case ValueType::kInt:
        return CheckInt(node);
      case ValueType::kComplex:
        return Require(Fits(node.at, 2, graph_.complexes.size()), "a complex number outside of its array");
      case ValueType::kStr:
      case ValueType::kBytes:
      case ValueType::kBytearray:
        return CheckText(node);
      case ValueType::kTuple:
      case ValueType::kSize:
      case ValueType::kSet:
      case ValueType::kList:
        return CheckItems(ref);
      case ValueType::kDict:
      case ValueType::kOrderedDict:
      case ValueType::kCounter:
        return CheckPairs(node);
      case ValueType::kDtype:
      case ValueType::kQscheme:
      case ValueType::kGlobal:
        return CheckGlobal(node);
      case ValueType::kDevice:
      case ValueType::kLayout:
        return IsName(node.at);
      case ValueType::kTensor:
      case ValueType::kParameter:
        return CheckTensorNode(ref);
      case ValueType::kSparse:
        return CheckSparse(node);
      case ValueType::kSubclass:
        return CheckSubclass(ref);
      case ValueType::kStorage:
        Require(node.at < graph_.storages.size(), "a storage that does not exist");
        return IsDtype(node.small);
      case ValueType::kNdarray:
        return CheckNdarray(node);
      case ValueType::kNumpyDtype:
        return CheckNumpyDtype(node);
      case ValueType::kObject:
        return CheckObject(ref);
    }
    Fail("a value of no type");
  }

  void CheckStorages() const {
    for (const StorageRecord& storage : graph_.storages) {
      IsName(storage.device);
      Require(storage.unit == 1 || storage.unit == 2 || storage.unit == 4 || storage.unit == 8,
              "a storage of units that nobody swaps");
      if (!storage.in_values) {
        Require(storage.meta || Fits(storage.offset, storage.nbytes, graph_.file_bytes),
                "a storage outside of the file");
        continue;
      }
      IsOf(storage.entry, [](ValueType type) { return type == ValueType::kBytes; }, "a storage lies in no bytes");
      Require(Fits(storage.offset, storage.nbytes, graph_[storage.entry].count), "a storage outside of its bytes");
    }
  }

 private:
  template <typename Is>
  void IsOf(Ref ref, Is is, std::string_view what) const {
    Require(ref < graph_.node_count(), "a part that was never made", what);
    Require(is(graph_[ref].type), what);
  }
  void IsPart(Ref ref) const { Require(ref < graph_.node_count(), "a part that was never made"); }
  void IsPartOrNone(Ref ref) const {
    Require(ref == kNoPart || ref < graph_.node_count(), "a part that was never made");
  }
  void IsName(std::uint32_t index) const { Require(index < graph_.names.size(), "a name that does not exist"); }
  static void IsDtype(std::uint8_t dtype) { Require(dtype < kDtypes.size(), "a dtype that does not exist"); }

  void CheckText(const Node& node) const {
    const bool owned = (node.flags & kOwnedBytes) != 0;
    const std::size_t size = owned ? graph_.blobs.size() : graph_.pickle.size();
    Require(Fits(node.at, node.count, size), "a text outside of its bytes");
  }

  // OPC-008: as short as it can be, and longer than what fits 64 bits.
  void CheckInt(const Node& node) const {
    if ((node.flags & kBigInt) == 0) return;
    CheckText(node);
    Require(node.count > 8, "a big int that fits 64 bits");
    const std::string_view bytes = graph_.TextOf(node);
    const auto top = static_cast<unsigned char>(bytes[bytes.size() - 1]);
    const auto next = static_cast<unsigned char>(bytes[bytes.size() - 2]);
    Require((top != 0 || next >= 0x80) && (top != 0xff || next < 0x80), "a big int with a superfluous byte");
  }

  void CheckItems(Ref ref) const {
    const Node& node = graph_[ref];
    const bool grows = node.type == ValueType::kList;
    const std::uint32_t room = grows ? std::max(node.count, node.extra) : node.count;
    Require(!grows || node.count <= node.extra, "a list of more items than it has room for");
    if (room == 0) return;
    Require(Fits(node.at, room, graph_.refs.size()), "items outside of their array");
    for (const Ref item : graph_.ItemsOf(node)) {
      IsPart(item);
      if (!grows) Require(item < ref, "a tuple or set is older than its item");
      if (node.type == ValueType::kSize) Require(graph_[item].type == ValueType::kInt, "a torch.Size of no ints");
    }
  }

  void CheckPairs(const Node& node) const {
    Require(node.count <= node.extra, "a dict of more pairs than it has room for");
    if (ended_) Require((node.flags & kUnmerged) == 0, "a dict whose equal keys were not merged");
    if (node.extra == 0) return;
    Require(Fits(node.at, node.extra, graph_.pairs.size()), "pairs outside of their array");
    for (const Pair& pair : graph_.PairsOf(node)) {
      IsPart(pair.key);
      IsPart(pair.value);
    }
  }

  void CheckGlobal(const Node& node) const {
    IsName(node.at);
    const NameRecord& name = graph_.names.data()[node.at];
    const auto table = policy::DefaultAllowlist();
    Require(name.tag < table.size() && table[name.tag].path == name.text, "a global of another name");
    if (node.type == ValueType::kDtype) IsDtype(node.small);
  }

  void CheckTensorNode(Ref ref) const {
    const Node& node = graph_[ref];
    Require(node.at < graph_.tensors.size(), "a tensor that does not exist");
    const TensorRecord& tensor = graph_.TensorOf(node);
    CheckTensor(graph_, tensor, ended_);
    const bool quantized = InfoOf(tensor.dtype).category == DtypeCategory::Quantized;
    Require(quantized == ((node.flags & kQuantized) != 0), "a quantizer and a dtype that do not belong together");
    if (quantized) CheckQuantizer(graph_.QuantizerOf(ref), tensor);
    if ((node.flags & kRequiresGrad) != 0) Require(HasGradients(tensor.dtype), "a parameter that has no gradients");
    if ((node.flags & kOfSubclass) == 0) return;
    Require(node.extra < graph_.subclasses.size() && graph_.subclasses.data()[node.extra].data == ref,
            "the data of no subclass");
  }

  void CheckQuantizer(const QuantizerRecord& quantizer, const TensorRecord& tensor) const {
    if (quantizer.scheme == Qscheme::kPerTensorAffine) return;
    Require(quantizer.axis >= 0 && quantizer.axis < std::int64_t{tensor.ndim}, "the axis of a quantizer is none");
    const std::int64_t size = graph_.ShapeOf(tensor)[static_cast<std::size_t>(quantizer.axis)];
    Require(quantizer.channels == static_cast<std::uint64_t>(size), "as many channels as the axis has not");
    if (quantizer.scales == Graph::kNone) {
      return Require(Fits(quantizer.numbers_at, 2 * quantizer.channels, graph_.quantizer_numbers.size()),
                     "scales outside of their array");
    }
    for (const Ref part : {quantizer.scales, quantizer.zero_points}) {
      IsOf(part, IsTensor, "scales that are no tensor");
      Require(graph_.TensorOf(graph_[part]).numel == quantizer.channels, "as many scales as channels are not");
    }
  }

  void CheckSparse(const Node& node) const {
    Require(node.at < graph_.sparse.size(), "a sparse tensor that does not exist");
    const SparseRecord& record = graph_.sparse.data()[node.at];
    Require(Fits(record.dims_at, record.ndim, graph_.dims.size()), "the shape of a sparse tensor outside of its array");
    const SparseParts parts(record);
    for (const SparsePart& part : parts.all()) {
      IsOf(part.tensor, IsTensor, "a part of a sparse tensor that is no tensor");
      const TensorRecord& tensor = graph_.TensorOf(graph_[part.tensor]);
      Require(!graph_.IsMeta(tensor), "a part of a sparse tensor without elements to read");
      if (part.tensor == record.values) continue;
      Require(graph_.storages.data()[tensor.storage].copied, "indices that are read where they can still change");
    }
  }

  void CheckSubclass(Ref ref) const {
    const Node& node = graph_[ref];
    Require(node.at < graph_.subclasses.size(), "a subclass that does not exist");
    const SubclassRecord& record = graph_.SubclassOf(node);
    Require(record.node == ref, "two values share a subclass");
    IsOf(record.data, [](ValueType type) { return type == ValueType::kTensor; }, "a subclass of no tensor");
    const Node& data = graph_[record.data];
    Require((data.flags & kOfSubclass) != 0 && data.extra == node.at, "data of another subclass");
    IsPartOrNone(record.state);
    IsName(record.name);
    if (record.device != kNoPart) IsName(record.device);
  }

  void CheckObject(Ref ref) const {
    const Node& node = graph_[ref];
    Require(node.at < graph_.objects.size(), "an object that does not exist");
    const ObjectRecord& object = graph_.ObjectOf(node);
    Require(object.node == ref, "two values share an object");
    Require(node.small <= static_cast<std::uint8_t>(Object::Made::kReduce), "an object that was not made in any way");
    Require(object.offset < graph_.pickle.size(), "an object that no instruction made");
    IsName(object.name);
    IsPartOrNone(object.arguments);
    IsPartOrNone(object.state);
    if (object.items != kNoPart) {
      IsOf(object.items, [](ValueType type) { return type == ValueType::kList; }, "items that are no list");
    }
    if (object.pairs != kNoPart) {
      IsOf(object.pairs, [](ValueType type) { return type == ValueType::kDict; }, "pairs that are no dict");
    }
  }

  // NPY-005. What is native changes no order.
  void CheckNumpyDtype(const Node& node) const {
    Require(node.at < graph_.numpy_dtypes.size(), "a dtype of numpy that does not exist");
    const NumpyDtypeRecord& dtype = graph_.numpy_dtypes.data()[node.at];
    IsName(dtype.name);
    Require(dtype.native < graph_.numpy_dtypes.size(), "a native dtype that does not exist");
    if (ended_) Require(dtype.built, "a dtype of numpy that was not built");
    if (!dtype.built) return;
    const NumpyDtypeRecord& native = graph_.numpy_dtypes.data()[dtype.native];
    Require(!native.big_endian && native.item_bytes == dtype.item_bytes && native.built,
            "a native dtype of another kind");
  }

  // NPY-006: as many elements as the shape says.
  void CheckNdarray(const Node& node) const {
    Require(node.at < graph_.ndarrays.size(), "an array of numpy that does not exist");
    const NdarrayRecord& array = graph_.ndarrays.data()[node.at];
    if (ended_) Require(array.built, "an array of numpy that was not built");
    if (!array.built) return;
    Require(array.dtype < graph_.numpy_dtypes.size(), "an array of a dtype that does not exist");
    Require(Fits(array.dims_at, array.ndim, graph_.dims.size()), "the shape of an array outside of its array");
    IsOf(array.bytes, [](ValueType type) { return type == ValueType::kBytes; }, "an array whose elements are no bytes");
    const NumpyDtypeRecord& dtype = graph_.numpy_dtypes.data()[array.dtype];
    Require(!dtype.big_endian, "an array in the order that numpy does not keep");
    std::uint64_t bytes = dtype.item_bytes;
    bool empty = false;
    bool fits = true;
    for (const std::int64_t size : graph_.dims.view(array.dims_at, array.ndim)) {
      Require(size >= 0, "a negative size");
      if (size == 0) empty = true;
      if (size != 0) fits = fits && CheckedMul(bytes, static_cast<std::uint64_t>(size), &bytes);
    }
    Require(empty || fits, "an array of more bytes than there can be");
    Require((empty ? 0 : bytes) == graph_[array.bytes].count, "an array of another shape than its elements");
  }

  const Graph& graph_;
  bool ended_;
};

}  // namespace

// TEN-003, TEN-006, DEV-540: every element that a tensor reaches lies in its storage.
void CheckTensor(const Graph& graph, const TensorRecord& tensor, bool ended) {
  Require(static_cast<std::size_t>(tensor.dtype) < kDtypes.size(), "a tensor of a dtype that does not exist");
  Require(Fits(tensor.dims_at, std::uint64_t{2} * tensor.ndim, graph.dims.size()), "dimensions outside of their array");
  if (tensor.requires_grad) Require(HasGradients(tensor.dtype), "a tensor that has no gradients requires some");
  if (tensor.conj) Require(InfoOf(tensor.dtype).category == DtypeCategory::Complex, "a conjugate of no complex number");
  const bool unbuilt = machine::IsUnbuilt(tensor);
  Require(unbuilt || tensor.storage == kNoStorage || tensor.storage < graph.storages.size(),
          "a tensor in a storage that does not exist");
  if (ended) Require(!unbuilt, "a tensor that was not built");
  Require(tensor.offset >= 0, "a tensor that begins before its storage");
  const auto shape = graph.ShapeOf(tensor);
  const auto stride = graph.StrideOf(tensor);
  std::uint64_t numel = 1;
  for (const std::int64_t size : shape) {
    Require(size >= 0, "a negative size");
    Require(CheckedMul(numel, static_cast<std::uint64_t>(size), &numel), "more elements than 64 bits can count");
  }
  Require(numel == tensor.numel, "another number of elements than the shape says");
  if (numel == 0 || tensor.storage >= graph.storages.size()) return;
  const std::uint64_t packed = ElementsPerByte(tensor.dtype);
  Exact end{0, packed == 1 ? static_cast<std::uint64_t>(tensor.offset) + 1 : 1};  // elements
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    Require(stride[i] >= 0, "a tensor that goes backwards");
    end = end + Product(static_cast<std::uint64_t>(shape[i] - 1), static_cast<std::uint64_t>(stride[i]));
  }
  const std::uint64_t bytes = graph.storages.data()[tensor.storage].nbytes;
  const std::uint64_t start = packed == 1 ? 0 : std::min(bytes, static_cast<std::uint64_t>(tensor.offset));
  Require(end.high == 0 && Product(end.low, InfoOf(tensor.dtype).item_bytes) <= Product(bytes - start, packed),
          "a tensor reaches outside of its storage");
}

void CheckValues(const Graph& graph, bool ended) {
  Checker checker(graph, ended);
  Require(graph.node_count() > Graph::kEmptyTuple, "the first values are missing");
  checker.CheckStorages();
  for (Ref ref = 0; ref < graph.node_count(); ++ref) checker.Check(ref);
}

}  // namespace weightsonly::fuzz
