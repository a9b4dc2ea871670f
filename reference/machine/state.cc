// Floor 5. Growth of containers and the nodes that exist once for each name. SPEC.md chapter 5.
#include "machine/state.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

namespace weightsonly::machine {
namespace {

// Makes room for `count` more items behind the container's own, in `array`, of which `node` owns [at, at + extra).
template <typename T>
T* GrowContainer(PodVector<T>& array, Node& node, std::uint32_t count) {
  const std::uint64_t wanted = std::uint64_t{node.count} + count;
  if (wanted > std::numeric_limits<std::uint32_t>::max() / 4) RefuseInternal("a container outgrew its index");
  if (node.extra == 0) node.at = static_cast<std::uint32_t>(array.size());
  if (wanted > node.extra) {
    if (std::size_t{node.at} + node.extra == array.size()) {
      array.append(wanted - node.extra);
      node.extra = static_cast<std::uint32_t>(wanted);
    } else {
      const std::size_t capacity = std::max<std::size_t>(wanted, std::size_t{node.count} * 2);
      const std::size_t moved = array.size();
      array.append(capacity);
      std::memcpy(array.data() + moved, array.data() + node.at, node.count * sizeof(T));
      node.at = static_cast<std::uint32_t>(moved);
      node.extra = static_cast<std::uint32_t>(capacity);
    }
    if (array.size() > std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();
  }
  T* first = array.data() + node.at + node.count;
  node.count = static_cast<std::uint32_t>(wanted);
  return first;
}

}  // namespace

// How many keys and memo entries a pickle of some size has: measured on what torch.save writes, as in Graph::MakeRoom.
State::State(Graph& values, StorageResolver& storages) : graph(values), resolver(storages), keys(ProcessSeed()) {
  const std::size_t key_room = graph.pickle.size() / 88 + 32;
  const std::size_t memo_room = graph.pickle.size() / 12 + 32;
  const std::size_t records = resolver.record_count();
  block =
      Block(KeyClasses::BytesFor(key_room) + Block::BytesFor<Ref>(memo_room) + Block::BytesFor<FirstMention>(records));
  keys.TakeRoom(block, key_room);
  memo = Memo(block.Take<Ref>(memo_room));
  mentions = block.TakeZeros<FirstMention>(records);
}

void RefuseHere(const State& state, RefusalKind kind, std::string detail) {
  state.graph.RefuseAt(kind, state.offset, std::move(detail));
}

void RefuseUnderflow(const State& state, std::uint32_t count) {
  RefuseHere(state, RefusalKind::kPickleStackUnderflow,
             "needs " + std::to_string(count) + " values, " + std::to_string(state.stack.size() - state.base) +
                 " lie above the last mark");
}

void RefuseNoMark(const State& state) { RefuseHere(state, RefusalKind::kPickleMarkMissing, "no mark was set"); }

Ref* GrowList(Graph& graph, Ref list, std::uint32_t count) { return GrowContainer(graph.refs, graph.at(list), count); }
Pair* GrowDict(Graph& graph, Ref dict, std::uint32_t count) {
  return GrowContainer(graph.pairs, graph.at(dict), count);
}

Ref NamedNode(State& state, ValueType type, std::string_view text) {
  Graph& graph = state.graph;
  graph.ChargeSteps(state.named_nodes.size(), state.offset);
  for (const Ref ref : state.named_nodes) {  // few: 20 device types, 8 layouts
    if (graph[ref].type == type && graph.names[graph[ref].at].text == text) return ref;
  }
  graph.ChargeMemory(sizeof(std::string) + text.size(), state.offset);
  graph.owned_names.push_back(std::make_unique<std::string>(text));
  Node node(type);
  node.at = static_cast<std::uint32_t>(graph.names.size());
  graph.names.push_back({.text = *graph.owned_names.back(), .tag = 0});
  const Ref ref = AddNode(state, node);
  state.named_nodes.push_back(ref);
  return ref;
}

const policy::Global* GlobalOf(const Graph& graph, Ref ref) {
  const Node& node = graph[ref];
  if (node.type != ValueType::kGlobal && node.type != ValueType::kDtype && node.type != ValueType::kQscheme)
    return nullptr;
  return &policy::DefaultAllowlist()[graph.names[node.at].tag];
}

}  // namespace weightsonly::machine
