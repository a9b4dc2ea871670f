// Floor 3. The arena in which the values of one load live. Internal: users see the handles of value/value.h.
//
// Every value is a Node of 16 bytes and refers to others by index, so sharing and cycles come free and nothing is freed
// or walked recursively. Text is a view into the copy of data.pkl. What does not fit a node lies in side arrays.
#pragma once

#include <any>
#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/block.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/pod_vector.h"
#include "base/refusal.h"
#include "value/dtype.h"
#include "value/quantizer.h"
#include "value/sparse_tensor.h"
#include "value/storage_source.h"
#include "value/value.h"

namespace weightsonly {

using Ref = std::uint32_t;  // index of a node

struct Node {
  explicit Node(ValueType what) : type(what) {}

  ValueType type;
  std::uint8_t flags = 0;  // NodeFlag
  std::uint8_t small = 0;  // kBool: 0 or 1; kStorage, kDtype: the Dtype; kObject: Object::Made
  std::uint8_t reserved = 0;
  std::uint32_t count = 0;  // text and bytes: size; containers: items or pairs; big ints: bytes
  union {
    std::int64_t integer = 0;  // kInt that fits 64 bits
    double real;               // kFloat
    struct {
      std::uint32_t
          at;  // text: offset in the pickle; containers: first Ref in refs(); others: index of their side array
      std::uint32_t extra;  // str, bytes, tuple, Size: key class or 0; list, dict, set: capacity in items or pairs
    };
  };
};
static_assert(sizeof(Node) == 16);

enum NodeFlag : std::uint8_t {
  kBigInt = 1,         // kInt of `count` bytes at `at` of the pickle, two's complement, little-endian
  kOwnedBytes = 2,     // bytes at `at` of blobs() instead of the pickle
  kUnmerged = 4,       // dict whose equal keys have not been merged yet
  kHasAttributes = 8,  // attributes() has an entry for this node
  kUntyped = 16,       // kStorage that is no TypedStorage
  kRequiresGrad = 32,  // kParameter
  kQuantized = 64,     // kTensor, kParameter: QuantizerOf() has an entry for this node
  kOfSubclass = 128,   // kTensor: the data of subclasses[extra], and of nothing else
};

// A pair of a dict: key, value, and the class of keys that are equal to this one.
struct Pair {
  Ref key;
  Ref value;
  std::uint32_t key_class;
};

// The storage of a tensor that has none: one on the meta device (MTA-001).
inline constexpr std::uint32_t kNoStorage = 0xFFFFFFFF;

struct TensorRecord {
  std::int64_t offset;  // elements, 0 or more
  std::uint64_t numel;
  std::uint32_t storage;  // index in storages(), or kNoStorage
  std::uint32_t dims_at;  // shape, then stride, in dims()
  std::uint32_t ndim;
  Dtype dtype;
  bool requires_grad;
  bool conj;
  bool neg;
};

static_assert(sizeof(TensorRecord) == 32);

// How the numbers of a quantized tensor are read (QTN-001).
struct QuantizerRecord {
  Qscheme scheme;
  double scale;              // per tensor
  std::int64_t zero_point;   // per tensor
  std::int64_t axis;         // per channel, as are all below
  std::uint64_t channels;    // scales, and as many zero points
  std::uint64_t numbers_at;  // in quantizer_numbers, when the file gave lists: the scales as bits, then the zero points
  Ref scales;                // kTensor of one dimension; kNone when the file gave lists
  Ref zero_points;
};

// A sparse tensor: a kSparse node, of which `small` says that it is a parameter (SPR-001).
struct SparseRecord {
  std::uint64_t offset;      // of the call in data.pkl
  std::uint64_t plain_size;  // of a compressed layout: where `plain` counts, in blocks
  SparseLayout layout;
  bool coalesced;
  std::uint32_t dims_at;  // the shape, in dims
  std::uint32_t ndim;
  Ref indices;  // coo: the indices; otherwise the counts (crow or ccol)
  Ref plain;    // col or row; kNone for coo
  Ref values;
};

// A tensor that a sparse tensor is made of, under the name that the handle and the canonical value give it.
struct SparsePart {
  Ref tensor;
  std::string_view name;  // static storage
};
// The two or three parts, in the order in which they are written (OUT-021) and listed (CHK-031).
class SparseParts {
 public:
  explicit SparseParts(const SparseRecord& record);
  // The parts live as long as this object, so a temporary gives none: a loop over it would read what is gone.
  [[nodiscard]] std::span<const SparsePart> all() const& { return std::span(parts_).first(count_); }
  std::span<const SparsePart> all() && = delete;

 private:
  std::array<SparsePart, 3> parts_;
  std::size_t count_;
};

inline constexpr Ref kNoPart = ~Ref{0};  // a part that the file does not give

// SUB-002. A tensor of a class of the user's: a kSubclass node, which also has the attributes.
struct SubclassRecord {
  Ref node;
  Ref data;              // a kTensor with kOfSubclass
  Ref state;             // one that is not made of attributes, or kNoPart
  std::uint32_t name;    // of the class, in names
  std::uint32_t device;  // of data without a storage, in names; kNoPart: "meta"
};

// A name that is no text of the pickle: a global, device, layout or qscheme.
struct NameRecord {
  std::string_view text;  // static storage, or owned by the graph
  std::uint32_t tag;      // of a global: what the policy's table calls it; otherwise 0
};

// NPY-005. A dtype of numpy: a kNumpyDtype node.
struct NumpyDtypeRecord {
  std::uint32_t name;        // its text in names: "<f4"
  std::uint32_t item_bytes;  // 0 to 2^31 - 1
  std::uint32_t native;      // the record of the same dtype in little-endian order, in numpy_dtypes
  char kind;                 // of the text: 'f'
  std::uint8_t unit;         // bytes that change order together, 1 to 16
  bool big_endian;
  bool built;  // BUILD has given it its byte order; until then it is good for nothing
};

// NPY-006. An array or scalar of numpy: a kNdarray node.
struct NdarrayRecord {
  std::uint32_t dtype;    // of little-endian order or none, in numpy_dtypes
  Ref bytes;              // kBytes: the elements, one after the other
  std::uint32_t dims_at;  // the shape, in dims
  std::uint32_t ndim;
  bool column_major;  // how the elements follow each other; false where both ways are the same
  bool scalar;
  bool built;
};

// INE-001. An inert object. A part that the file does not give is kNoPart.
struct ObjectRecord {
  std::string_view record;  // the pickle that makes it, and where
  std::uint64_t offset;
  Ref node;
  std::uint32_t name;  // of the class, in names()
  Ref arguments;
  Ref state;
  Ref items;  // a kList
  Ref pairs;  // a kDict
};

// Everything of one load. Built by the machine, then only read: const calls are thread-safe.
class Graph {
 public:
  explicit Graph(const Limits& limits) : limits_(limits) { AddSingletons(); }

  // Makes room for a data.pkl of `size` bytes, at most kMaxPickleBytes, and for what comes out of it when its storages
  // lie in up to `records` records; sets the two budgets below. Returns where the caller copies data.pkl to. Called
  // once, before anything is added.
  [[nodiscard]] std::span<std::byte> MakeRoom(std::size_t size, std::size_t records);

  // The nodes that every graph starts with: Python's singletons.
  static constexpr Ref kNone = 0;
  static constexpr Ref kFalse = 1;
  static constexpr Ref kTrue = 2;
  static constexpr Ref kEmptyTuple = 3;

  // VAL-002. Adds a node. Refuses limit.nodes at data.pkl offset `offset`.
  Ref Add(const Node& node, std::uint64_t offset) {
    if (nodes_.size() >= limits_.nodes) RefuseTooManyNodes(offset);
    nodes_.push_back(node);
    return static_cast<Ref>(nodes_.size() - 1);
  }

  [[nodiscard]] const Node& operator[](Ref ref) const { return nodes_[ref]; }
  [[nodiscard]] Node& at(Ref ref) { return nodes_[ref]; }
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }

  // Text of a kStr, bytes of a kBytes or kBytearray, digits of a big int.
  [[nodiscard]] std::string_view TextOf(const Node& node) const {
    const Bytes from = (node.flags & kOwnedBytes) != 0 ? Bytes(blobs.data(), blobs.size()) : pickle;
    return AsText(from.subspan(node.at, node.count));
  }
  // Items of a tuple, Size, list or set.
  [[nodiscard]] std::span<const Ref> ItemsOf(const Node& node) const { return refs.view(node.at, node.count); }
  // Pairs of a dict kind.
  [[nodiscard]] std::span<const Pair> PairsOf(const Node& node) const { return pairs.view(node.at, node.count); }
  [[nodiscard]] std::span<const std::int64_t> ShapeOf(const TensorRecord& tensor) const {
    return dims.view(tensor.dims_at, tensor.ndim);
  }
  [[nodiscard]] std::span<const std::int64_t> StrideOf(const TensorRecord& tensor) const {
    return dims.view(std::size_t{tensor.dims_at} + tensor.ndim, tensor.ndim);
  }
  // The tensor of a kTensor or kParameter.
  [[nodiscard]] const TensorRecord& TensorOf(const Node& node) const { return tensors[node.at]; }

  // MTA-001, MTA-004, SUB-003. A tensor without elements to read: without a storage, or over one that has no bytes.
  [[nodiscard]] bool IsMeta(const TensorRecord& tensor) const {
    return tensor.storage >= storages.size() || storages[tensor.storage].meta;
  }

  // SUB-003. The device of a kTensor or kParameter without a storage.
  [[nodiscard]] std::string_view DeviceWithoutStorage(const Node& node) const;

  // The parts of a kSubclass.
  [[nodiscard]] const SubclassRecord& SubclassOf(const Node& node) const { return subclasses[node.at]; }

  // The parts of a kObject.
  [[nodiscard]] const ObjectRecord& ObjectOf(const Node& node) const { return objects[node.at]; }

  // The dict of a node's attributes (`__dict__`), if it has one: `kNone` otherwise.
  [[nodiscard]] Ref AttributesOf(Ref ref) const;
  // Gives `ref` the dict `attributes`; the earlier one is replaced.
  void SetAttributes(Ref ref, Ref attributes);

  // How a node with the flag kQuantized is read.
  [[nodiscard]] const QuantizerRecord& QuantizerOf(Ref ref) const { return quantizers[quantizer_of_.at(ref)]; }
  // Gives `ref` the quantizer `index` of `quantizers`.
  void SetQuantizer(Ref ref, std::uint32_t index);
  // Gives `copy` the quantizer of `ref`, when that has one.
  void CopyQuantizer(Ref ref, Ref copy);

  // VAL-003. Counts `bytes` that a call makes out of other values, and `steps` of work that is not one step for one
  // opcode, against limits that grow with the pickle. Refuses limit.memory and limit.steps at data.pkl offset `offset`.
  void ChargeMemory(std::uint64_t bytes, std::uint64_t offset) {
    if (bytes > memory_left_) RefuseMemory(offset);
    memory_left_ -= bytes;
  }
  void ChargeSteps(std::uint64_t steps, std::uint64_t offset) {
    if (steps > steps_left_) RefuseSteps(offset);
    steps_left_ -= steps;
  }
  // What is left of the two.
  [[nodiscard]] std::uint64_t memory_left() const { return memory_left_; }
  [[nodiscard]] std::uint64_t steps_left() const { return steps_left_; }

  // Refuses at `offset` of `pickle`, which is said as an offset in `record`; `subject` as in Refusal.
  [[noreturn, gnu::cold, gnu::noinline]] void RefuseAt(RefusalKind kind, std::uint64_t offset, std::string detail,
                                                       std::vector<std::string> subject = {}) const;

  [[nodiscard]] const Limits& limits() const { return limits_; }

  // Side arrays; their indices are 32-bit, which limit.nodes and kMaxPickleBytes guarantee.
  Block block;                           // data.pkl, and the beginnings of the arrays
  Bytes pickle;                          // data.pkl, or the pickles of a legacy stream behind each other, in `block`
  std::string_view record = "data.pkl";  // what refusals call the pickle that runs, and where it begins in `pickle`
  std::uint64_t record_start = 0;
  PodVector<std::byte> blobs;  // bytes that calls made
  PodVector<Ref> refs;
  PodVector<Pair> pairs;
  PodVector<TensorRecord> tensors;
  PodVector<std::int64_t> dims;
  PodVector<StorageRecord> storages;
  PodVector<double> complexes;  // two for each kComplex
  PodVector<QuantizerRecord> quantizers;
  PodVector<std::uint64_t> quantizer_numbers;
  PodVector<SparseRecord> sparse;
  PodVector<SubclassRecord> subclasses;
  PodVector<NameRecord> names;
  PodVector<ObjectRecord> objects;
  PodVector<NumpyDtypeRecord> numpy_dtypes;
  PodVector<NdarrayRecord> ndarrays;
  std::map<Ref, std::any> constructed;  // by kObject: what the caller's constructor made of it
  std::vector<std::unique_ptr<std::string>> owned_names;
  Ref root = kNone;
  std::unique_ptr<StorageSource> source;  // where the bytes of storages come from; set after the load
  std::uint64_t file_bytes = 0;
  bool foreign_byte_order = false;

 private:
  void AddSingletons();
  [[noreturn, gnu::cold, gnu::noinline]] void RefuseTooManyNodes(std::uint64_t offset) const;
  [[noreturn, gnu::cold, gnu::noinline]] void RefuseMemory(std::uint64_t offset) const;
  [[noreturn, gnu::cold, gnu::noinline]] void RefuseSteps(std::uint64_t offset) const;

  PodVector<Node> nodes_;
  struct SeededHash {
    SeededHash() : seed(ProcessSeed()) {}
    std::uint64_t seed;
    std::size_t operator()(Ref ref) const { return HashInteger(ref, seed); }
  };
  std::unordered_map<Ref, Ref, SeededHash> attributes_;
  std::unordered_map<Ref, std::uint32_t, SeededHash> quantizer_of_;
  Limits limits_;
  std::uint64_t memory_left_ = 0;
  std::uint64_t steps_left_ = 0;
};

// storage.meta: the answer to whoever asks for bytes on the meta device.
[[nodiscard]] Refusal RefusalOfMeta();

// The decimal digits of a kInt of any size.
[[nodiscard]] std::string IntText(const Graph& graph, Ref ref);

}  // namespace weightsonly
