// Fuzz targets: what must hold of the machine and its values.
#include "support/machine_invariants.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/checked.h"
#include "policy/globals.h"
#include "support/machine_values.h"
#include "support/spotlight.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

using machine::State;

// Indices of the memo that are looked at. Programs and pickles mostly use the first ones.
constexpr std::uint32_t kMemoEntries = 64;

// Values and bytes that a pickle makes at most: some for a start, some for each of its bytes, and those that calls made
// out of other values, which the limits count. No instruction makes more than a few values; arrays grow to at most four
// times what is in them.
constexpr std::uint64_t kFirstNodes = 64;
constexpr std::uint64_t kNodesPerByte = 4;
constexpr std::uint64_t kDerivedPerNode = 16;
constexpr std::uint64_t kFirstBytes = 4096;
constexpr std::uint64_t kBytesPerByte = 64;
constexpr std::uint64_t kGrowth = 4;

// An engine learns how close an input comes to that: the kinds of states from here on are values, and behind them
// bytes, for each byte of the pickle and of some more.
constexpr unsigned kCostKinds = 1664;
constexpr std::uint64_t kCostSteps = 127;
constexpr std::uint64_t kMoreBytes = 64;

void DistinguishCosts(std::uint64_t size, std::uint64_t nodes, std::uint64_t bytes) {
  Distinguish(kCostKinds + static_cast<unsigned>(std::min(nodes * 16 / (size + kMoreBytes), kCostSteps)));
  Distinguish(kCostKinds + 128 + static_cast<unsigned>(std::min(bytes / (size + kMoreBytes), kCostSteps)));
}

template <typename T>
std::uint64_t BytesIn(const PodVector<T>& array) {
  return array.size() * sizeof(T);
}

// VAL-002, VAL-003: linear in the pickle, by a count and not by a clock.
void CheckCosts(const Graph& graph) {
  const Limits& limits = graph.limits();
  const std::uint64_t size = graph.pickle.size();
  const std::uint64_t derived = SaturatingSum(limits.derived_base, limits.derived_per_byte, size);
  const std::uint64_t nodes = graph.node_count();
  Require(nodes <= std::max<std::uint64_t>(limits.nodes, Graph::kEmptyTuple + 1), "more values than limit.nodes");
  Require(nodes <= kFirstNodes + kNodesPerByte * size + derived / kDerivedPerNode,
          "more values than the pickle and its calls can make");
  const std::uint64_t bytes = BytesIn(graph.blobs) + BytesIn(graph.refs) + BytesIn(graph.pairs) +
                              BytesIn(graph.tensors) + BytesIn(graph.dims) + BytesIn(graph.storages) +
                              BytesIn(graph.complexes) + BytesIn(graph.quantizers) + BytesIn(graph.quantizer_numbers) +
                              BytesIn(graph.sparse) + BytesIn(graph.subclasses) + BytesIn(graph.names) +
                              BytesIn(graph.objects) + BytesIn(graph.numpy_dtypes) + BytesIn(graph.ndarrays);
  DistinguishCosts(size, nodes, bytes);
  Require(bytes <= kFirstBytes + kBytesPerByte * size + kGrowth * derived,
          "more bytes beside the values than the pickle and its calls can make");
  std::uint64_t names = 0;
  for (const auto& name : graph.owned_names) names += name->size();
  Require(names <= size * 2 + derived, "names that are longer than what the calls were charged for");
}

void CheckRef(const Graph& graph, Ref ref, std::string_view what) {
  Require(ref < graph.node_count(), "a value that was never made", what);
}

// STK-002, STK-003.
void CheckMarks(const State& state) {
  std::uint32_t below = 0;
  for (const std::uint32_t base : state.marks) {
    Require(base >= below, "marks that go down");
    below = base;
  }
  Require(state.base >= below && state.base <= state.stack.size(), "the base lies outside of the stack");
  Require(state.marks.empty() ? state.base == 0 : *state.marks.begin() == 0, "the lowest values are hidden for ever");
}

// The nodes of which there is one for each of something.
void CheckSingles(const State& state) {
  const Graph& graph = state.graph;
  for (std::size_t i = 0; i < state.small_integers.size(); ++i) {
    const Ref ref = state.small_integers[i];
    if (ref == 0) continue;
    CheckRef(graph, ref, "small_integers");
    Require(graph[ref].type == ValueType::kInt && graph[ref].integer == static_cast<std::int64_t>(i),
            "a small int stands for another");
  }
  for (std::size_t row = 0; row < state.global_nodes.size(); ++row) {
    const Ref ref = state.global_nodes.data()[row];
    if (ref == 0) continue;
    CheckRef(graph, ref, "global_nodes");
    Require(machine::GlobalOf(graph, ref) == &policy::DefaultAllowlist()[row], "a global stands for another");
  }
  for (const Ref ref : state.named_nodes) {
    CheckRef(graph, ref, "named_nodes");
    Require(graph[ref].type == ValueType::kDevice || graph[ref].type == ValueType::kLayout,
            "neither a device nor a layout has the name of one");
  }
}

void CheckStorageNode(const Graph& graph, Ref ref) {
  if (ref == 0) return;
  CheckRef(graph, ref, "storages");
  Require(graph[ref].type == ValueType::kStorage, "a storage key names something else");
}

void CheckMentions(const State& state) {
  for (const machine::FirstMention& mention : state.mentions) CheckStorageNode(state.graph, mention.storage);
  for (const Ref ref : state.storage_nodes) CheckStorageNode(state.graph, ref);
  const bool stream = state.storage_ids == machine::StorageIds::kStream;
  Require(!stream || state.storage_keys.size() == state.graph.storages.size(),
          "a legacy stream has storages without keys");
  for (const Ref ref : state.storage_keys) CheckRef(state.graph, ref, "storage_keys");
}

// What MergeAll will look at is every dict that may hold equal keys.
void CheckUnmerged(const State& state) {
  std::vector<Ref> waiting(state.unmerged.begin(), state.unmerged.end());
  std::ranges::sort(waiting);
  for (Ref ref = 0; ref < state.graph.node_count(); ++ref) {
    const Node& node = state.graph[ref];
    if (!IsDict(node.type) || (node.flags & kUnmerged) == 0) continue;
    Require(std::ranges::binary_search(waiting, ref), "a dict with equal keys that nobody will merge");
  }
  Require(waiting.empty() || waiting.back() < state.graph.node_count(), "a dict that was never made waits");
}

}  // namespace

void CheckGraph(const Graph& graph, Reached reached) {
  CheckCosts(graph);
  if (reached == Reached::kRefusal) return;
  CheckRef(graph, graph.root, "root");
  CheckValues(graph, reached == Reached::kEnd);
}

void CheckState(const State& state, Reached reached) {
  CheckGraph(state.graph, reached);
  CheckMarks(state);
  for (const Ref ref : state.stack) CheckRef(state.graph, ref, "stack");
  for (std::uint32_t i = 0; i < kMemoEntries; ++i) {
    if (const Ref* entry = state.memo.Get(i)) CheckRef(state.graph, *entry, "memo");
  }
  CheckRef(state.graph, state.result, "result");
  CheckSingles(state);
  CheckMentions(state);
  if (reached == Reached::kRefusal) return;
  CheckKeyClasses(state.graph, state.keys.size());
  if (reached == Reached::kInstruction) CheckUnmerged(state);
}

// Nothing of what is charged is known but that it was too much; of nodes it is.
void CheckLimitRefusal(const Graph& graph, const Refusal& refusal) {
  if (refusal.kind != RefusalKind::kLimitNodes) return;
  Require(graph.node_count() >= graph.limits().nodes, "refused for a limit that is not reached", refusal.detail);
}

}  // namespace weightsonly::fuzz
