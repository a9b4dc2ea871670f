// Floor 5. Handlers of the opcodes that make and fill tuples, lists, dicts and sets. SPEC.md chapter 5.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "machine/handlers.h"
#include "machine/inert.h"
#include "machine/state.h"

namespace weightsonly::machine {
namespace {

Ref AddTuple(State& state, std::span<const Ref> items) {
  if (items.empty()) return Graph::kEmptyTuple;  // VAL-005: Python has one empty tuple
  Node node(ValueType::kTuple);
  node.count = static_cast<std::uint32_t>(items.size());
  node.at = static_cast<std::uint32_t>(state.graph.refs.size());
  std::memcpy(state.graph.refs.append(items.size()), items.data(), items.size_bytes());
  return AddNode(state, node);
}

template <std::uint32_t count>
void TupleOfTop(State& state) {
  Need(state, count);
  const std::size_t first = state.stack.size() - count;
  const Ref tuple = AddTuple(state, state.stack.view(first, count));
  state.stack.truncate(first);
  Push(state, tuple);
}

[[noreturn, gnu::cold, gnu::noinline]] void RefuseTarget(const State& state, RefusalKind kind, std::string_view what,
                                                         ValueType type) {
  RefuseHere(state, kind, std::string(what) + std::string(TypeName(type)));
}

// What takes the place of a target that is no list, or no dict kind: the part of an inert object (INE-004).
[[gnu::cold, gnu::noinline]] Ref OtherListTarget(State& state, Ref target) {
  const ValueType type = state.graph[target].type;
  if (type == ValueType::kObject) return ItemsOfInert(state, target);
  RefuseTarget(state, RefusalKind::kPolicyAppendTarget, "appends to ", type);
}
[[gnu::cold, gnu::noinline]] Ref OtherDictTarget(State& state, Ref target) {
  const ValueType type = state.graph[target].type;
  if (type == ValueType::kObject) return PairsOfInert(state, target);
  RefuseTarget(state, RefusalKind::kPolicySetitemTarget, "sets an item of ", type);
}

// SET-001. An exact list, nothing else.
Ref RequireList(State& state, Ref target) {
  if (state.graph[target].type == ValueType::kList) [[likely]]
    return target;
  return OtherListTarget(state, target);
}

// SET-002, DEV-416. A dict, OrderedDict or Counter, nothing else, even when there is nothing to set.
Ref RequireDict(State& state, Ref target) {
  if (IsDict(state.graph[target].type)) [[likely]]
    return target;
  return OtherDictTarget(state, target);
}

// SET-003. Equal keys are merged later (MergeNow, or at the end): a dict is filled far more often than it is read.
void AddPairs(State& state, Ref dict, std::span<const Ref> keys_and_values) {
  const auto count = static_cast<std::uint32_t>(keys_and_values.size() / 2);
  if (count == 0) return;
  Pair* pairs = GrowDict(state.graph, dict, count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Ref key = keys_and_values[std::size_t{i} * 2];
    pairs[i] = {key, keys_and_values[std::size_t{i} * 2 + 1], state.keys.ClassOf(state.graph, key, state.offset)};
  }
  Node& node = state.graph.at(dict);
  if (node.count > 1 && (node.flags & kUnmerged) == 0) {
    node.flags |= kUnmerged;
    state.unmerged.push_back(dict);
  }
}

}  // namespace

void EmptyTuple(State& state, const pickle::Instruction&) { Push(state, Graph::kEmptyTuple); }
void EmptyList(State& state, const pickle::Instruction&) { Push(state, AddNode(state, Node(ValueType::kList))); }
void EmptyDict(State& state, const pickle::Instruction&) { Push(state, AddNode(state, Node(ValueType::kDict))); }
void EmptySet(State& state, const pickle::Instruction&) { Push(state, AddNode(state, Node(ValueType::kSet))); }

void Tuple(State& state, const pickle::Instruction&) {
  const Ref tuple = AddTuple(state, PopMark(state));
  Push(state, tuple);
}
void Tuple1(State& state, const pickle::Instruction&) { TupleOfTop<1>(state); }
void Tuple2(State& state, const pickle::Instruction&) { TupleOfTop<2>(state); }
void Tuple3(State& state, const pickle::Instruction&) { TupleOfTop<3>(state); }

void Append(State& state, const pickle::Instruction&) {
  const Ref item = Pop(state);
  const Ref list = RequireList(state, Top(state));
  *GrowList(state.graph, list, 1) = item;
}

void Appends(State& state, const pickle::Instruction&) {
  const std::span<const Ref> items = PopMark(state);
  const Ref list = RequireList(state, Top(state));
  if (items.empty()) return;
  std::ranges::copy(items, GrowList(state.graph, list, static_cast<std::uint32_t>(items.size())));
}

void SetItem(State& state, const pickle::Instruction&) {
  const Ref value = Pop(state);
  const Ref key = Pop(state);
  const Ref dict = RequireDict(state, Top(state));
  AddPairs(state, dict, std::array{key, value});
}

// STK-006. A key without a value is found only after the pairs before it were set.
void SetItems(State& state, const pickle::Instruction&) {
  const std::span<const Ref> items = PopMark(state);
  const Ref dict = RequireDict(state, Top(state));
  AddPairs(state, dict, items.first(items.size() / 2 * 2));
  if (items.size() % 2 != 0) RefuseHere(state, RefusalKind::kPickleStackUnderflow, "the last key has no value");
}

}  // namespace weightsonly::machine
