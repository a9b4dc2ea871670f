// Floor 6. The walk over paths. SPEC.md chapter 6.
#include "checkpoint/walk.h"

#include <utility>

namespace weightsonly {
namespace {

bool IsTensor(const Node& node) { return node.type == ValueType::kTensor || node.type == ValueType::kParameter; }

bool IsSequence(const Node& node) {
  return node.type == ValueType::kTuple || node.type == ValueType::kList || node.type == ValueType::kSet;
}

bool IsDict(const Node& node) {
  return node.type == ValueType::kDict || node.type == ValueType::kOrderedDict || node.type == ValueType::kCounter;
}

bool IsContainer(const Node& node) { return IsSequence(node) || IsDict(node); }

// The attributes of a container; tensors and plain values hold none that a path shows.
Ref AttributesOf(const Graph& graph, Ref ref) {
  const Node& node = graph[ref];
  return IsDict(node) && (node.flags & kHasAttributes) != 0 ? graph.AttributesOf(ref) : Graph::kNone;
}

// Calls visit(child) for every child of a container, attributes included.
template <typename Visit>
void ForEachChild(const Graph& graph, Ref container, Visit visit) {
  const Node& node = graph[container];
  if (IsSequence(node)) {
    for (const Ref item : graph.ItemsOf(node)) visit(item);
    return;
  }
  for (const Pair& pair : graph.PairsOf(node)) visit(pair.value);
  const Ref attributes = AttributesOf(graph, container);
  if (attributes == Graph::kNone) return;
  for (const Pair& pair : graph.PairsOf(graph[attributes])) visit(pair.value);
}

}  // namespace

TensorWalk::TensorWalk(std::shared_ptr<const Graph> graph)
    : graph_(std::move(graph)),
      edges_left_(graph_->limits().walk_base + graph_->limits().walk_per_node * graph_->node_count()) {
  const Node& root = (*graph_)[graph_->root];
  if (IsTensor(root)) {
    tensor_ = graph_->root;
    return;
  }
  if (!IsContainer(root) || graph_->tensors.empty()) {
    done_ = true;
    return;
  }
  FindHolders();
  if ((marks_[graph_->root] & kHoldsTensor) == 0) {
    done_ = true;
    return;
  }
  Enter(graph_->root);
  Next();
}

// CHK-016. Which containers that the root reaches hold a tensor at any depth: one pass down collects the edges between
// containers, one pass up along them marks the holders. Linear, cycles included.
void TensorWalk::FindHolders() {
  const Graph& graph = *graph_;
  marks_.assign(graph.node_count(), 0);
  struct Edge {
    Ref parent;
    std::uint32_t next;  // index + 1 of the next edge to the same child, or 0
  };
  std::vector<Edge> edges;
  std::vector<std::uint32_t> edges_to;    // by child: index + 1 of its last edge, or 0; empty while there are no edges
  std::vector<Ref> found = {graph.root};  // containers, each once
  std::vector<Ref> holders;
  constexpr std::uint8_t kFound = 4;
  marks_[graph.root] = kFound;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Ref container = found[i];
    ForEachChild(graph, container, [&](Ref child) {
      if (IsTensor(graph[child]) && (marks_[container] & kHoldsTensor) == 0) {
        marks_[container] |= kHoldsTensor;
        holders.push_back(container);
      }
      if (!IsContainer(graph[child])) return;
      if (edges_to.empty()) edges_to.resize(graph.node_count(), 0);
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
    if (IsSequence(node)) {
      child = graph.ItemsOf(node)[frame.next];
      element = std::int64_t{frame.next};
    } else {
      const Pair& pair = graph.PairsOf(node)[frame.next];
      child = pair.value;
      if (IsTensor(graph[child]) || (marks_[child] & kHoldsTensor) != 0) element = KeyElement(pair.key);
    }
    return true;
  }
  const Ref attributes = AttributesOf(graph, frame.container);
  if (attributes == Graph::kNone || frame.next - node.count >= graph[attributes].count) return false;
  const Pair& pair = graph.PairsOf(graph[attributes])[frame.next - node.count];
  child = pair.value;
  const Node& key = graph[pair.key];
  element = AttributeName{key.type == ValueType::kStr ? graph.TextOf(key) : std::string_view{}};
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
    if (edges_left_-- == 0) {
      truncated_ = done_ = true;
      return;
    }
    Ref child = Graph::kNone;
    PathElement element;
    if (!Child(frames_.back(), child, element)) {
      marks_[frames_.back().container] &= static_cast<std::uint8_t>(~kOnPath);
      frames_.pop_back();
      if (!path_.empty()) path_.pop_back();
      continue;
    }
    ++frames_.back().next;
    if (IsTensor((*graph_)[child])) {
      path_.push_back(std::move(element));
      tensor_ = child;
      return;
    }
    if ((marks_[child] & (kHoldsTensor | kOnPath)) != kHoldsTensor) continue;
    path_.push_back(std::move(element));
    Enter(child);
  }
  done_ = true;
}

TensorEntry TensorWalk::entry() const { return {.path = path_, .tensor = Tensor(graph_, tensor_)}; }

}  // namespace weightsonly
