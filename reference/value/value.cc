// Floor 3. The handle of a value. SPEC.md chapter 3.
#include "value/value.h"

#include "base/big_decimal.h"
#include "base/text.h"
#include "value/graph.h"
#include "value/ndarray.h"
#include "value/sparse_tensor.h"
#include "value/strided.h"
#include "value/subclass.h"

namespace weightsonly {
namespace {

const Node& NodeOf(const Value& value) { return (*value.graph())[value.node()]; }

}  // namespace

ValueType Value::type() const { return NodeOf(*this).type; }

bool Value::AsBool() const { return type() == ValueType::kBool && NodeOf(*this).small != 0; }

double Value::AsFloat() const { return type() == ValueType::kFloat ? NodeOf(*this).real : 0; }

std::complex<double> Value::AsComplex() const {
  if (type() != ValueType::kComplex) return {};
  const std::size_t at = NodeOf(*this).at;
  return {graph_->complexes[at], graph_->complexes[at + 1]};
}

std::optional<std::int64_t> Value::AsInt() const {
  const Node& node = NodeOf(*this);
  if (node.type != ValueType::kInt || (node.flags & kBigInt) != 0) return std::nullopt;
  return node.integer;
}

std::string IntText(const Graph& graph, Ref ref) {
  const Node& node = graph[ref];
  std::string text;
  if ((node.flags & kBigInt) != 0) {
    AppendBigDecimal(text, graph.TextOf(node));
  } else {
    AppendDecimal(text, node.integer);
  }
  return text;
}

std::string Value::IntText() const {
  return type() == ValueType::kInt ? weightsonly::IntText(*graph_, node_) : std::string();
}

std::string_view Value::AsStr() const {
  return type() == ValueType::kStr ? graph_->TextOf(NodeOf(*this)) : std::string_view{};
}

std::span<const std::byte> Value::AsBytes() const {
  const Node& node = NodeOf(*this);
  if (node.type != ValueType::kBytes && node.type != ValueType::kBytearray) return {};
  return weightsonly::AsBytes(graph_->TextOf(node));
}

std::string_view Value::name() const {
  switch (type()) {
    case ValueType::kDtype:
    case ValueType::kDevice:
    case ValueType::kLayout:
    case ValueType::kQscheme:
    case ValueType::kGlobal:
      return graph_->names[NodeOf(*this).at].text;
    case ValueType::kObject:
      return graph_->names[graph_->ObjectOf(NodeOf(*this)).name].text;
    case ValueType::kSubclass:
      return graph_->names[graph_->SubclassOf(NodeOf(*this)).name].text;
    case ValueType::kNumpyDtype:
      return graph_->names[graph_->numpy_dtypes[NodeOf(*this).at].name].text;
    default:
      return {};
  }
}

std::optional<Dtype> Value::AsDtype() const {
  if (type() != ValueType::kDtype) return std::nullopt;
  return static_cast<Dtype>(NodeOf(*this).small);
}

std::size_t Value::size() const { return IsSequence(type()) || IsDict(type()) ? NodeOf(*this).count : 0; }

Value Value::item(std::size_t index) const { return {graph_, graph_->ItemsOf(NodeOf(*this))[index]}; }

std::pair<Value, Value> Value::pair(std::size_t index) const {
  const Pair& pair = graph_->PairsOf(NodeOf(*this))[index];
  return {Value(graph_, pair.key), Value(graph_, pair.value)};
}

std::optional<Value> Value::Find(std::string_view key) const {
  if (!IsDict(type())) return std::nullopt;
  for (const Pair& pair : graph_->PairsOf(NodeOf(*this))) {
    const Node& node = (*graph_)[pair.key];
    if (node.type == ValueType::kStr && graph_->TextOf(node) == key) return Value(graph_, pair.value);
  }
  return std::nullopt;
}

std::optional<Value> Value::attributes() const {
  if ((NodeOf(*this).flags & kHasAttributes) == 0 || type() == ValueType::kInt) return std::nullopt;
  return Value(graph_, graph_->AttributesOf(node_));
}

std::optional<Tensor> Value::AsTensor() const {
  if (type() != ValueType::kTensor && type() != ValueType::kParameter) return std::nullopt;
  return Tensor(graph_, node_);
}

std::optional<SparseTensor> Value::AsSparse() const {
  if (type() != ValueType::kSparse) return std::nullopt;
  return SparseTensor(graph_, node_);
}

std::optional<Subclass> Value::AsSubclass() const {
  if (type() != ValueType::kSubclass) return std::nullopt;
  return Subclass(graph_, node_);
}

std::optional<Storage> Value::AsStorage() const {
  if (type() != ValueType::kStorage) return std::nullopt;
  return Storage(graph_, NodeOf(*this).at);
}

std::optional<Ndarray> Value::AsNdarray() const {
  if (type() != ValueType::kNdarray) return std::nullopt;
  return Ndarray(graph_, node_);
}

std::optional<Object> Value::AsObject() const {
  if (type() != ValueType::kObject) return std::nullopt;
  return Object(graph_, node_);
}

std::string_view Object::class_name() const { return graph_->names[graph_->ObjectOf((*graph_)[node_]).name].text; }
Object::Made Object::made() const { return static_cast<Made>((*graph_)[node_].small); }
std::optional<Value> Object::PartOf(Ref ref) const {
  return ref == kNoPart ? std::nullopt : std::optional<Value>(std::in_place, graph_, ref);
}
std::optional<Value> Object::arguments() const { return PartOf(graph_->ObjectOf((*graph_)[node_]).arguments); }
std::optional<Value> Object::state() const { return PartOf(graph_->ObjectOf((*graph_)[node_]).state); }
std::optional<Value> Object::items() const { return PartOf(graph_->ObjectOf((*graph_)[node_]).items); }
std::optional<Value> Object::pairs() const { return PartOf(graph_->ObjectOf((*graph_)[node_]).pairs); }

const std::any* Object::constructed() const {
  const auto found = graph_->constructed.find(node_);
  return found == graph_->constructed.end() ? nullptr : &found->second;
}

std::uint64_t Storage::nbytes() const { return graph_->storages[index_].nbytes; }
std::string_view Storage::device() const { return graph_->names[graph_->storages[index_].device].text; }
std::string Storage::record() const { return graph_->source->RecordName(index_); }
bool Storage::is_meta() const { return graph_->storages[index_].meta; }
bool Storage::in_place() const { return !is_meta() && graph_->source->InPlace(index_); }

std::expected<std::span<const std::byte>, Refusal> Storage::data() const {
  if (is_meta()) return std::unexpected(RefusalOfMeta());
  return graph_->source->Data(index_);
}

std::expected<void, Refusal> Storage::CopyTo(std::span<std::byte> out) const {
  if (is_meta()) return std::unexpected(RefusalOfMeta());
  if (auto right = RequireCopySize(nbytes(), out.size()); !right) return right;
  return graph_->source->Read(index_, 0, out);
}

}  // namespace weightsonly
