// Floor 3. What comes out of a checkpoint, as handles: Value, Tensor, Storage. Public. SPEC.md chapter 3.
//
// A handle holds a share of the loaded checkpoint: it stays valid when the Checkpoint itself is gone. Handles are cheap
// to copy, immutable, and all their const calls are thread-safe. Spans and string_views that they return live as long
// as any handle or Checkpoint of the same load does.
#pragma once

#include <any>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/export.h"
#include "base/refusal.h"
#include "value/dtype.h"
#include "value/value_type.h"

namespace weightsonly {

class Graph;  // the arena behind the handles; internal
class Tensor;
class Storage;
class Quantizer;     // value/quantizer.h
class SparseTensor;  // value/sparse_tensor.h
class Subclass;      // value/subclass.h
class Ndarray;       // value/ndarray.h
class Object;

class WEIGHTSONLY_EXPORT Value {
 public:
  [[nodiscard]] ValueType type() const;

  // The value of a kBool / kFloat / kComplex; false / 0 for any other type.
  [[nodiscard]] bool AsBool() const;
  [[nodiscard]] double AsFloat() const;
  [[nodiscard]] std::complex<double> AsComplex() const;
  // A kInt that fits 64 bits; nothing otherwise.
  [[nodiscard]] std::optional<std::int64_t> AsInt() const;
  // A kInt of any size (up to 255 bytes) in decimal; "" for any other type.
  [[nodiscard]] std::string IntText() const;
  // The bytes of a kStr: UTF-8, in which lone surrogates may stand as three bytes (VAL-004). Empty for any other type.
  [[nodiscard]] std::string_view AsStr() const;
  // The bytes of a kBytes or kBytearray. Empty for any other type.
  [[nodiscard]] std::span<const std::byte> AsBytes() const;
  // kDtype ("torch.float16"), kDevice ("cuda:0"), kLayout, kQscheme, kGlobal ("collections.OrderedDict"): its name.
  // kObject, kSubclass: the name of its class. kNumpyDtype: numpy's short form ("<f4", "|b1", "<M8[ns]").
  [[nodiscard]] std::string_view name() const;
  // The dtype of a kDtype.
  [[nodiscard]] std::optional<Dtype> AsDtype() const;

  // Items of a tuple, list, Size or set; pairs of a dict kind. 0 for any other type.
  [[nodiscard]] std::size_t size() const;
  // Item `index` < size() of a tuple, list, Size or set (a set's in the order in which they were added).
  [[nodiscard]] Value item(std::size_t index) const;
  // Pair `index` < size() of a dict kind, in insertion order. Keys may be of any hashable type.
  [[nodiscard]] std::pair<Value, Value> pair(std::size_t index) const;
  // The value under a str key of a dict kind. Linear in size(): for a lookup of many keys make your own table.
  [[nodiscard]] std::optional<Value> Find(std::string_view key) const;
  // The attributes of an OrderedDict, Counter, Tensor, Parameter or Subclass (`__dict__`, for example a state_dict's
  // `_metadata`), as a kDict.
  [[nodiscard]] std::optional<Value> attributes() const;

  [[nodiscard]] std::optional<Tensor> AsTensor() const;        // kTensor and kParameter
  [[nodiscard]] std::optional<SparseTensor> AsSparse() const;  // kSparse, also of a parameter
  [[nodiscard]] std::optional<Subclass> AsSubclass() const;    // kSubclass
  [[nodiscard]] std::optional<Storage> AsStorage() const;      // kStorage
  [[nodiscard]] std::optional<Ndarray> AsNdarray() const;      // kNdarray: an array or scalar of numpy
  [[nodiscard]] std::optional<Object> AsObject() const;        // kObject

  // True when both are the same object (Python's `is`), which is how sharing and cycles show.
  [[nodiscard]] bool Is(const Value& other) const { return graph_ == other.graph_ && node_ == other.node_; }

  // For floors above: the arena and the index in it.
  Value(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}
  [[nodiscard]] const std::shared_ptr<const Graph>& graph() const { return graph_; }
  [[nodiscard]] std::uint32_t node() const { return node_; }

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

// The bytes that tensors are views of.
class WEIGHTSONLY_EXPORT Storage {
 public:
  // Position among Checkpoint::storages(): in the order in which the pickle first names them.
  [[nodiscard]] std::size_t index() const { return index_; }
  // Bytes, 0 to 2^63 - 1.
  [[nodiscard]] std::uint64_t nbytes() const;
  // The file's tag: "cpu", "cuda:0", "mps", …; nothing is moved anywhere (VAL-008).
  [[nodiscard]] std::string_view device() const;
  // The record that holds the bytes, without the archive's prefix: "data/0". In a legacy stream: "legacy/storage/" and
  // the key; a view of a storage has the name of that storage. "data.pkl" when its bytes are those of a numpy array,
  // which lie in the pickle (DVT-004).
  [[nodiscard]] std::string record() const;
  // True for a storage on the meta device, which has a size and no bytes (MTA-004).
  [[nodiscard]] bool is_meta() const;
  // True when the bytes are used where they lie in the file: stored and in the host's byte order.
  [[nodiscard]] bool in_place() const;
  // nbytes() bytes in the host's byte order. In place: a view of the file. Otherwise inflated and swapped once, when
  // first asked for, and kept (thread-safe). Refuses container.zip.inflate, host.memory, io.read; storage.meta when
  // is_meta().
  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> data() const;
  // Copies all nbytes() bytes, in the host's order, to `out`, which has exactly that size (options.invalid otherwise).
  // Reads, inflates and swaps straight into `out` and keeps nothing. Refuses as data(); then `out` holds unspecified
  // bytes.
  [[nodiscard]] std::expected<void, Refusal> CopyTo(std::span<std::byte> out) const;

  Storage(std::shared_ptr<const Graph> graph, std::uint32_t index) : graph_(std::move(graph)), index_(index) {}

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t index_;
};

// A strided view of a storage. Sizes, strides and offsets count elements.
class WEIGHTSONLY_EXPORT Tensor {
 public:
  [[nodiscard]] Dtype dtype() const;
  // One entry for each dimension, 0 or more each; empty for a zero-dimensional tensor.
  [[nodiscard]] std::span<const std::int64_t> shape() const;
  // Same length as shape(); 0 or more each where the size is above 1 (TEN-…).
  [[nodiscard]] std::span<const std::int64_t> stride() const;
  // First element, 0 or more, in bytes for quint4x2 and quint2x4. Inside the storage unless the tensor has no elements.
  [[nodiscard]] std::int64_t storage_offset() const;
  // Number of elements, 0 to 2^63 - 1.
  [[nodiscard]] std::uint64_t numel() const;
  // numel() times the item size: the logical bytes, which can be far more than the storage holds (expanded views).
  // Saturates at 2^64 - 1. Of quint4x2 and quint2x4, where 2 and 4 elements share a byte: whole bytes, rounded up.
  [[nodiscard]] std::uint64_t nbytes() const;
  [[nodiscard]] bool requires_grad() const;
  [[nodiscard]] bool is_parameter() const;
  // The lazy conjugate and negative bits: the logical element is the stored one, conjugated, then negated.
  [[nodiscard]] bool is_conj() const;
  [[nodiscard]] bool is_neg() const;
  // How the elements of a quantized dtype stand for real numbers; nothing for every other dtype.
  [[nodiscard]] std::optional<Quantizer> quantizer() const;
  // The storage's device; where there is none, "meta", or what the file says of a wrapper (SUB-003).
  [[nodiscard]] std::string_view device() const;
  // True for a tensor on the meta device, and for what a wrapper subclass looks like from outside, on any device: it
  // has a dtype, a shape and a stride, and no elements (MTA-001, MTA-004, SUB-003).
  [[nodiscard]] bool is_meta() const;
  // The tensor of a class of the user's that this one is the data of: TensorEntry::tensor of such a one is its data.
  [[nodiscard]] std::optional<Subclass> subclass() const;
  // The bytes that the tensor is a view of. Nothing for a wrapper, and for a meta tensor that was saved without a
  // storage, as torch.save does since release 1.13; a storage that is_meta() itself when the file tags one with the
  // meta device.
  [[nodiscard]] std::optional<Storage> storage() const;
  // True when the elements lie one after the other in row-major order.
  [[nodiscard]] bool is_contiguous() const;

  // From the first element to the end of the last one that the tensor reaches; empty for no elements. Refuses as
  // Storage::data(), and storage.meta when is_meta().
  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> data() const;

  // The elements as T, one after the other. Nothing unless contiguous, aligned for T, sizeof(T) the item size, and
  // neither conjugated nor negated, or when data() refuses.
  template <typename T>
  [[nodiscard]] std::optional<std::span<const T>> As() const {
    if (sizeof(T) != ItemBytes(dtype()) || !is_contiguous() || is_conj() || is_neg()) return std::nullopt;
    const auto bytes = data();
    if (!bytes || reinterpret_cast<std::uintptr_t>(bytes->data()) % alignof(T) != 0) return std::nullopt;
    return std::span<const T>(reinterpret_cast<const T*>(bytes->data()), bytes->size() / sizeof(T));
  }

  // Writes the logical elements row-major in the host's byte order into `out`, which must have nbytes() bytes
  // (options.invalid otherwise); conj and neg are resolved. A contiguous stored tensor is read straight from the file.
  // Refuses as Storage::data(), and with unsupported when elements of quint4x2 or quint2x4 do not lie one after the
  // other. The time is that of nbytes() bytes, which an expanded view can make huge: the caller decides.
  [[nodiscard]] std::expected<void, Refusal> CopyTo(std::span<std::byte> out) const;

  // The tensor as a Value again (kTensor or kParameter; the data of a Subclass alone, without their class).
  [[nodiscard]] Value value() const { return {graph_, node_}; }

  Tensor(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}
  [[nodiscard]] std::uint32_t node() const { return node_; }

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

// An inert object (INE-001): the class that the file names and what it gives to it. The class is never looked up, and
// nothing of it runs.
class WEIGHTSONLY_EXPORT Object {
 public:
  enum class Made : std::uint8_t {
    kClass,   // the class or function itself, named and not called
    kNewobj,  // cls.__new__(cls, *arguments)
    kReduce,  // a call: function(*arguments)
  };
  // Module, dot, name: "__torch__.Net". Raw bytes of the file: escape before printing.
  [[nodiscard]] std::string_view class_name() const;
  [[nodiscard]] Made made() const;
  // What the class or function was called with: a tuple, or for an enum member of TorchScript its value. Nothing for a
  // kClass.
  [[nodiscard]] std::optional<Value> arguments() const;
  // What BUILD gave: of most classes a dict of the attributes. Nothing when there was no BUILD.
  [[nodiscard]] std::optional<Value> state() const;
  // What was appended, as a kList, and what was set under keys, as a kDict. Nothing when nothing was.
  [[nodiscard]] std::optional<Value> items() const;
  [[nodiscard]] std::optional<Value> pairs() const;
  // What the caller's constructor made of it (Allowlist::Register); null when none is registered for the class. Lives
  // as long as the checkpoint.
  [[nodiscard]] const std::any* constructed() const;

  Object(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}
  [[nodiscard]] std::uint32_t node() const { return node_; }

 private:
  [[nodiscard]] std::optional<Value> PartOf(std::uint32_t ref) const;

  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

// The name of an attribute on a path: `_metadata` of an OrderedDict, `weight` of an inert object. The arguments of an
// inert object, and its state where that is no dict, stand under `__args__` and `__state__`.
struct AttributeName {
  std::string_view name;
  bool of_object = false;  // of an inert object, which has attributes as a dict has keys
};

// One step from a container to what it holds: a str key, an int key or a position in a list, tuple or set, an
// attribute, or a key of any other type.
using PathElement = std::variant<std::string_view, std::int64_t, AttributeName, Value>;

// A tensor and the path that leads to it from the root. The path is valid until the range that made it moves on.
struct TensorEntry {
  std::span<const PathElement> path;
  Tensor tensor;
};

}  // namespace weightsonly
