// Floor 6. The walk over paths behind TensorRange. SPEC.md chapter 6 (CHK-015 to CHK-018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/block.h"
#include "base/pod_vector.h"
#include "value/graph.h"
#include "value/sparse_tensor.h"
#include "value/value.h"

namespace weightsonly {

// Finds every path from the root to a tensor, depth first, in document order, without recursion. Containers that hold
// no tensor anywhere are skipped (found once, in linear time); a container that is open on the current path is not
// entered again; the walk stops at its limit of edges.
class TensorWalk {
 public:
  explicit TensorWalk(std::shared_ptr<const Graph> graph);

  // Moves to the next tensor, or to the end. The constructor has moved to the first.
  void Next();
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] bool truncated() const { return truncated_; }
  // The tensor and its path. Not at the end.
  [[nodiscard]] TensorEntry entry() const;
  // The sparse tensor that it is a part of. Not at the end.
  [[nodiscard]] std::optional<SparseTensor> sparse() const;
  // True when that step of the path leads to a member of a set, whose position says nothing. Not at the end.
  [[nodiscard]] bool IntoSet(std::size_t step) const;

 private:
  // A container on the current path, and which of its children comes next: its pairs or items, then its attributes.
  struct Frame {
    Ref container;
    std::uint32_t next;
  };
  enum : std::uint8_t { kHoldsTensor = 1, kOnPath = 2 };

  void FindHolders();
  void Enter(Ref container);
  // The child that `frame` is at, or kNone past the last; sets `element` to the step that leads to it.
  [[nodiscard]] bool Child(const Frame& frame, Ref& child, PathElement& element) const;
  [[nodiscard]] bool ObjectChild(const Node& node, std::uint64_t next, Ref& child, PathElement& element) const;
  [[nodiscard]] PathElement KeyElement(Ref key) const;

  std::shared_ptr<const Graph> graph_;
  Block block_;
  PodVector<std::uint8_t> marks_;  // by node
  std::vector<Frame> frames_;
  std::vector<PathElement> path_;
  std::uint64_t edges_left_;
  Ref tensor_ = Graph::kNone;
  bool done_ = false;
  bool truncated_ = false;
};

}  // namespace weightsonly
