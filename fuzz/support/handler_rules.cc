// Fuzz targets handler_*: what the opcode under test demands of its operands, and what it makes of them.
#include "support/handler_rules.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "policy/globals.h"
#include "support/exact.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

using machine::State;
using pickle::Opcode;
using policy::GlobalKind;

struct Arity {
  std::size_t least;
  std::size_t most;
};

// The signatures of torch and Python, as they stand in their sources. Nothing where a call makes no value.
std::optional<Arity> ArityOf(GlobalKind kind) {
  switch (kind) {
    case GlobalKind::kOrderedDict:
    case GlobalKind::kCounter:
    case GlobalKind::kSet:
    case GlobalKind::kSize:
      return Arity{0, 1};
    case GlobalKind::kComplex:
    case GlobalKind::kParameter:
      return Arity{0, 2};
    case GlobalKind::kBytearray:
    case GlobalKind::kTensorBase:
    case GlobalKind::kTensorClass:
      return Arity{0, 3};
    case GlobalKind::kGetLayout:
      return Arity{1, 1};
    case GlobalKind::kDevice:
      return Arity{1, 2};
    case GlobalKind::kCodecsEncode:
      return Arity{1, 3};
    case GlobalKind::kRebuildSparseTensor:
      return Arity{2, 2};
    case GlobalKind::kRebuildParameter:
      return Arity{3, 3};
    case GlobalKind::kRebuildTensor:
    case GlobalKind::kRebuildParameterWithState:
    case GlobalKind::kRebuildMetaTensorNoStorage:
    case GlobalKind::kRebuildFromTypeV2:
    case GlobalKind::kRebuildDeviceTensorFromNumpy:
    case GlobalKind::kRebuildDeviceTensorFromCpuTensor:
      return Arity{4, 4};
    case GlobalKind::kRebuildTensorV2:
      return Arity{6, 7};
    case GlobalKind::kRebuildQtensor:
      return Arity{7, 7};
    case GlobalKind::kRebuildTensorV3:
      return Arity{7, 8};
    case GlobalKind::kRebuildWrapperSubclass:
      return Arity{8, 8};
    case GlobalKind::kDtype:
    case GlobalKind::kStorageClass:
    case GlobalKind::kTypedStorage:
    case GlobalKind::kUntypedStorage:
    case GlobalKind::kQscheme:
    case GlobalKind::kUnreadable:
      return std::nullopt;
  }
  return std::nullopt;
}

// The dtype that names a storage's type; nothing where it is none of torch's own classes.
std::optional<Dtype> DtypeNamed(const Graph& graph, Ref type) {
  const policy::Global* global = machine::GlobalOf(graph, type);
  if (global == nullptr) return std::nullopt;
  return global->kind == GlobalKind::kUntypedStorage ? Dtype::kUInt8 : global->dtype;
}

// A count of elements; nothing where it is negative, too large for 64 bits, or no number.
std::optional<std::uint64_t> Elements(const Node& node) {
  if (node.type == ValueType::kBool) return node.small;
  if (node.type != ValueType::kInt || (node.flags & kBigInt) != 0 || node.integer < 0) return std::nullopt;
  return static_cast<std::uint64_t>(node.integer);
}

}  // namespace

HandlerRules::HandlerRules(const State& state, Opcode opcode)
    : state_(state), opcode_(opcode), nodes_(state.graph.node_count()), storages_(state.graph.storages.size()) {
  TakeOperands();
}

// What is not there is None: without a refusal that is a finding, too.
void HandlerRules::TakeOperands() {
  const Ref* const stack = state_.stack.data();
  const std::size_t size = state_.stack.size();
  const std::size_t depth = size - state_.base;
  const auto top = [&](std::size_t from_top) { return from_top <= depth ? stack[size - from_top] : Graph::kNone; };
  switch (opcode_) {
    case Opcode::kAppend:
      return TakeItems(size - std::min<std::size_t>(depth, 1), top(2));
    case Opcode::kSetItem:
      return TakeItems(size - std::min<std::size_t>(depth, 2), top(3));
    case Opcode::kAppends:
    case Opcode::kSetItems:
      return TakeItems(state_.base, state_.base > 0 ? stack[state_.base - 1] : Graph::kNone);
    case Opcode::kBinPersid:
      target_ = top(1);
      return;
    case Opcode::kReduce:
    case Opcode::kNewObj:
      target_ = top(2);
      arguments_ = state_.graph[top(1)].count;
      return;
    default:
      return;
  }
}

void HandlerRules::TakeItems(std::size_t from, Ref target) {
  target_ = target;
  count_ = state_.graph[target_].count;
  items_.assign(state_.stack.data() + from, state_.stack.data() + state_.stack.size());
}

void HandlerRules::Check() const {
  switch (opcode_) {
    case Opcode::kAppend:
    case Opcode::kAppends:
      return CheckList();
    case Opcode::kSetItem:
    case Opcode::kSetItems:
      return CheckDict();
    case Opcode::kBinPersid:
      return CheckStorage();
    case Opcode::kReduce:
    case Opcode::kNewObj:
      return CheckCall();
    default:
      return;
  }
}

// SET-001. What an object of the user's is given lies in a list of its own.
void HandlerRules::CheckList() const {
  const Node& node = state_.graph[target_];
  if (node.type == ValueType::kObject) return;
  Require(node.type == ValueType::kList, "items were appended to what is no list");
  const auto now = state_.graph.ItemsOf(node);
  Require(now.size() == count_ + items_.size() && std::ranges::equal(now.subspan(count_), items_),
          "a list has not got the items that were appended");
}

// SET-002, STK-006.
void HandlerRules::CheckDict() const {
  Require(items_.size() % 2 == 0, "a key without a value was set");
  const Node& node = state_.graph[target_];
  if (node.type == ValueType::kObject) return;
  Require(node.type == ValueType::kDict || node.type == ValueType::kOrderedDict || node.type == ValueType::kCounter,
          "items were set of what is no dict");
  const auto now = state_.graph.PairsOf(node);
  Require(now.size() == count_ + items_.size() / 2, "a dict has another number of pairs than it was given");
  for (std::size_t i = 0; i < items_.size(); i += 2) {
    const Pair& pair = now[count_ + i / 2];
    Require(pair.key == items_[i] && pair.value == items_[i + 1], "a dict has not got the pairs that were set");
  }
}

// PID-001 to PID-008. A view in a legacy stream is as large as its own three parts say.
void HandlerRules::CheckStorage() const {
  const Graph& graph = state_.graph;
  const Ref result = state_.stack.data()[state_.stack.size() - 1];
  Require(graph[result].type == ValueType::kStorage, "a persistent id names no storage");
  Require(graph[target_].type == ValueType::kTuple, "a storage was named by what is no tuple");
  const auto parts = graph.ItemsOf(graph[target_]);
  const bool stream = state_.storage_ids == machine::StorageIds::kStream;
  Require(parts.size() == (stream ? 6U : 5U), "a storage was named by another number of parts");
  if (stream && parts[5] != Graph::kNone) return;
  const std::optional<Dtype> dtype = DtypeNamed(graph, parts[1]);
  if (!dtype) return;
  Require(static_cast<Dtype>(graph[result].small) == *dtype, "a storage has another dtype than its id names");
  const bool is_new = result >= nodes_;
  Require(is_new || graph.storages.size() == storages_, "a storage was added that no value names");
  if (!is_new) return;
  const std::optional<std::uint64_t> elements = Elements(graph[parts[4]]);
  Require(elements.has_value(), "a storage of elements that cannot be counted");
  Require(Product(*elements, InfoOf(*dtype).item_bytes) == Exact{0, graph.storages.data()[graph[result].at].nbytes},
          "a storage has another size than its id names");
}

// RED-001, CAL-001. What the user allowed takes what it likes.
void HandlerRules::CheckCall() const {
  const policy::Global* function = machine::GlobalOf(state_.graph, target_);
  if (function == nullptr) return;
  const std::optional<Arity> arity = ArityOf(function->kind);
  Require(arity.has_value(), "a call of what cannot be called", function->path);
  Require(arity->least <= arguments_ && arguments_ <= arity->most,
          "a call with another number of arguments than its function has", function->path);
}

}  // namespace weightsonly::fuzz
