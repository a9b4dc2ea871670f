// Floor 6. The walk over paths. SPEC.md chapter 6.
#include "checkpoint/walk.h"

#include <utility>
#include <variant>

#include "base/checked.h"

namespace weightsonly {
namespace {

// What a path can lead through: a Size holds ints only.
bool IsList(const Node& node) { return IsSequence(node.type) && node.type != ValueType::kSize; }

// What is listed under its path: a tensor, or one of a class of the user's, which is listed as its data (SUB-007).
bool IsListed(const Node& node) { return IsTensor(node.type) || node.type == ValueType::kSubclass; }
Ref ListedTensor(const Graph& graph, Ref ref) {
  return IsTensor(graph[ref].type) ? ref : graph.SubclassOf(graph[ref]).data;
}

// Tensors hold what their attributes do; sparse ones also the tensors that they are made of.
bool IsContainer(const Node& node) {
  return IsList(node) || IsDict(node.type) || (node.flags & kHasAttributes) != 0 || node.type == ValueType::kObject ||
         node.type == ValueType::kSparse || node.type == ValueType::kSubclass;
}

// INE-006. What an inert object holds, in order: its arguments, its state (a dict: its values), its items, its pairs.
// One number counts through them.
struct ObjectParts {
  ObjectParts(const Graph& graph, const Node& node) : object(graph.ObjectOf(node)) {
    arguments = object.arguments != kNoPart ? 1 : 0;
    state_is_dict = object.state != kNoPart && IsDict(graph[object.state].type);
    if (object.state != kNoPart) state = state_is_dict ? graph[object.state].count : 1;
    items = object.items != kNoPart ? graph[object.items].count : 0;
    pairs = object.pairs != kNoPart ? graph[object.pairs].count : 0;
  }
  [[nodiscard]] std::uint64_t count() const { return std::uint64_t{arguments} + state + items + pairs; }

  const ObjectRecord& object;
  bool state_is_dict;
  std::uint32_t arguments, state = 0, items, pairs;
};

template <typename Visit>
void ForEachPart(const Graph& graph, const Node& node, Visit visit) {
  const ObjectParts parts(graph, node);
  if (parts.arguments != 0) visit(parts.object.arguments);
  if (parts.state != 0 && !parts.state_is_dict) visit(parts.object.state);
  if (parts.state_is_dict) {
    for (const Pair& pair : graph.PairsOf(graph[parts.object.state])) visit(pair.value);
  }
  if (parts.items != 0) {
    for (const Ref item : graph.ItemsOf(graph[parts.object.items])) visit(item);
  }
  if (parts.pairs != 0) {
    for (const Pair& pair : graph.PairsOf(graph[parts.object.pairs])) visit(pair.value);
  }
}

// Calls visit(child) for every child of a container, attributes included.
template <typename Visit>
void ForEachChild(const Graph& graph, Ref container, Visit visit) {
  const Node& node = graph[container];
  if (node.type == ValueType::kObject) return ForEachPart(graph, node, visit);
  if (node.type == ValueType::kSparse) {
    const SparseParts parts(graph.sparse[node.at]);
    for (const SparsePart& part : parts.all()) visit(part.tensor);
  }
  if (IsList(node)) {
    for (const Ref item : graph.ItemsOf(node)) visit(item);
    return;
  }
  if (node.type == ValueType::kSubclass && graph.SubclassOf(node).state != kNoPart) visit(graph.SubclassOf(node).state);
  if (IsDict(node.type)) {
    for (const Pair& pair : graph.PairsOf(node)) visit(pair.value);
  }
  const Ref attributes = graph.AttributesOf(container);
  if (attributes == Graph::kNone) return;
  for (const Pair& pair : graph.PairsOf(graph[attributes])) visit(pair.value);
}

}  // namespace

TensorWalk::TensorWalk(std::shared_ptr<const Graph> graph)
    : graph_(std::move(graph)),
      edges_left_(SaturatingSum(graph_->limits().walk_base, graph_->limits().walk_per_node, graph_->node_count())) {
  const Node& root = (*graph_)[graph_->root];
  if (IsListed(root)) tensor_ = ListedTensor(*graph_, graph_->root);
  if (IsContainer(root) && !graph_->tensors.empty()) {
    FindHolders();
    if ((marks_[graph_->root] & kHoldsTensor) != 0) Enter(graph_->root);
  }
  if (!IsListed(root)) Next();
}

// CHK-016. Which containers that the root reaches hold a tensor at any depth: one pass down collects the edges between
// containers, one pass up along them marks the holders. Linear, cycles included.
void TensorWalk::FindHolders() {
  const Graph& graph = *graph_;
  block_ = Block(Block::BytesFor<std::uint8_t>(graph.node_count()));
  marks_ = block_.TakeZeros<std::uint8_t>(graph.node_count());
  struct Edge {
    Ref parent;
    std::uint32_t next;  // index + 1 of the next edge to the same child, or 0
  };
  std::vector<Edge> edges;
  Block edges_block;
  PodVector<std::uint32_t> edges_to;      // by child: index + 1 of its last edge, or 0; empty while there are no edges
  std::vector<Ref> found = {graph.root};  // containers, each once
  std::vector<Ref> holders;
  constexpr std::uint8_t kFound = 4;
  marks_[graph.root] = kFound;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Ref container = found[i];
    ForEachChild(graph, container, [&](Ref child) {
      if (IsListed(graph[child]) && (marks_[container] & kHoldsTensor) == 0) {
        marks_[container] |= kHoldsTensor;
        holders.push_back(container);
      }
      if (!IsContainer(graph[child])) return;
      if (edges_to.empty()) {
        edges_block = Block(Block::BytesFor<std::uint32_t>(graph.node_count()));
        edges_to = edges_block.TakeZeros<std::uint32_t>(graph.node_count());
      }
      edges.push_back({container, edges_to[child]});
      edges_to[child] = static_cast<std::uint32_t>(edges.size());
      if ((marks_[child] & kFound) != 0) return;
      marks_[child] |= kFound;
      found.push_back(child);
    });
  }
  if (edges.empty()) return;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    for (std::uint32_t edge = edges_to[holders[i]]; edge != 0; edge = edges[edge - 1].next) {
      const Ref parent = edges[edge - 1].parent;
      if ((marks_[parent] & kHoldsTensor) != 0) continue;
      marks_[parent] |= kHoldsTensor;
      holders.push_back(parent);
    }
  }
}

void TensorWalk::Enter(Ref container) {
  marks_[container] |= kOnPath;
  frames_.push_back({container, 0});
}

PathElement TensorWalk::KeyElement(Ref key) const {
  const Node& node = (*graph_)[key];
  if (node.type == ValueType::kStr) return graph_->TextOf(node);
  if (node.type == ValueType::kInt && (node.flags & kBigInt) == 0) return node.integer;
  return Value(graph_, key);
}

bool TensorWalk::Child(const Frame& frame, Ref& child, PathElement& element) const {
  const Graph& graph = *graph_;
  const Node& node = graph[frame.container];
  if (frame.next < node.count) {
    if (IsList(node)) {
      child = graph.ItemsOf(node)[frame.next];
      element = std::int64_t{frame.next};
    } else {
      const Pair& pair = graph.PairsOf(node)[frame.next];
      child = pair.value;
      if (IsListed(graph[child]) || (marks_[child] & kHoldsTensor) != 0) element = KeyElement(pair.key);
    }
    return true;
  }
  if (node.type == ValueType::kObject) return ObjectChild(node, frame.next, child, element);
  std::uint64_t next = frame.next - node.count;
  if (node.type == ValueType::kSparse) {  // CHK-031
    const SparseParts parts(graph.sparse[node.at]);
    if (next < parts.all().size()) {
      child = parts.all()[next].tensor;
      element = AttributeName{parts.all()[next].name, true};
      return true;
    }
    next -= parts.all().size();
  }
  if (node.type == ValueType::kSubclass && graph.SubclassOf(node).state != kNoPart) {  // SUB-007: then no attributes
    if (next != 0) return false;
    child = graph.SubclassOf(node).state;
    element = AttributeName{"__state__", true};
    return true;
  }
  const Ref attributes = graph.AttributesOf(frame.container);
  if (attributes == Graph::kNone || next >= graph[attributes].count) return false;
  const Pair& pair = graph.PairsOf(graph[attributes])[next];
  child = pair.value;
  const Node& key = graph[pair.key];
  element = AttributeName{key.type == ValueType::kStr ? graph.TextOf(key) : std::string_view{}};
  return true;
}

// INE-006. A state that is a dict gives attributes; the other parts stand under names of their own.
bool TensorWalk::ObjectChild(const Node& node, std::uint64_t next, Ref& child, PathElement& element) const {
  const Graph& graph = *graph_;
  const ObjectParts parts(graph, node);
  if (next >= parts.count()) return false;
  if (next < parts.arguments) {
    child = parts.object.arguments;
    element = AttributeName{"__args__", true};
    return true;
  }
  next -= parts.arguments;
  if (next < parts.state && !parts.state_is_dict) {
    child = parts.object.state;
    element = AttributeName{"__state__", true};
    return true;
  }
  if (next < parts.state) {
    const Pair& pair = graph.PairsOf(graph[parts.object.state])[next];
    const Node& key = graph[pair.key];
    child = pair.value;
    element = key.type == ValueType::kStr ? PathElement(AttributeName{graph.TextOf(key), true}) : KeyElement(pair.key);
    return true;
  }
  next -= parts.state;
  if (next < parts.items) {
    child = graph.ItemsOf(graph[parts.object.items])[next];
    element = static_cast<std::int64_t>(next);
    return true;
  }
  const Pair& pair = graph.PairsOf(graph[parts.object.pairs])[next - parts.items];
  child = pair.value;
  element = KeyElement(pair.key);
  return true;
}

// CHK-015, CHK-017, CHK-018.
void TensorWalk::Next() {
  if (frames_.empty()) {
    done_ = true;
    return;
  }
  if (path_.size() == frames_.size()) path_.pop_back();
  while (!frames_.empty()) {
    Ref child = Graph::kNone;
    PathElement element;
    if (!Child(frames_.back(), child, element)) {
      marks_[frames_.back().container] &= static_cast<std::uint8_t>(~kOnPath);
      frames_.pop_back();
      if (!path_.empty()) path_.pop_back();
      continue;
    }
    if (edges_left_-- == 0) {
      truncated_ = done_ = true;
      return;
    }
    ++frames_.back().next;
    if (IsListed((*graph_)[child])) {
      path_.push_back(std::move(element));
      tensor_ = ListedTensor(*graph_, child);
      if ((marks_[child] & (kHoldsTensor | kOnPath)) == kHoldsTensor) Enter(child);
      return;
    }
    if ((marks_[child] & (kHoldsTensor | kOnPath)) != kHoldsTensor) continue;
    path_.push_back(std::move(element));
    Enter(child);
  }
  done_ = true;
}

TensorEntry TensorWalk::entry() const { return {.path = path_, .tensor = Tensor(graph_, tensor_)}; }

bool TensorWalk::IntoSet(std::size_t step) const { return (*graph_)[frames_[step].container].type == ValueType::kSet; }

// CHK-031. Frame i is the container that step i starts from. An attribute of the sparse tensor is no part of it.
std::optional<SparseTensor> TensorWalk::sparse() const {
  if (path_.empty()) return std::nullopt;
  const Ref container = frames_[path_.size() - 1].container;
  const auto* name = std::get_if<AttributeName>(&path_.back());
  if ((*graph_)[container].type != ValueType::kSparse || name == nullptr || !name->of_object) return std::nullopt;
  return SparseTensor(graph_, container);
}

}  // namespace weightsonly
