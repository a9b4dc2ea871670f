// Floor 8. The walk over attributes: iterative, each container once. SPEC.md chapter 8.
#include "tool/script_attributes.h"

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tool/value_text.h"

namespace weightsonly::tool {
namespace {

struct Child {
  PathElement element;
  Value value;
};

class Walk {
 public:
  Walk(const Checkpoint& checkpoint, const AttributeVisitor& visit)
      : visit_(visit), left_((std::uint64_t{1} << 28) + 64 * checkpoint.pickle_bytes()) {
    Enter(checkpoint.root());
  }

  bool Run() {
    while (!frames_.empty() && left_ != 0) Step();
    return frames_.empty();
  }

 private:
  struct Frame {
    Value container;  // a list, tuple, dict, or an inert object
    bool shows;       // what it holds are attributes: the root, and objects
    std::size_t next = 0;
  };

  void Enter(const Value& value) {
    if (!seen_.insert(value.node()).second) return;
    frames_.push_back({.container = value, .shows = frames_.empty() || value.type() == ValueType::kObject});
  }

  // The child of a frame at its position; false past the last.
  static bool ChildOf(const Frame& frame, Child& child) {
    const auto object = frame.container.AsObject();
    if (!object) return ItemOf(frame.container, frame.next, false, child);
    const auto state = object->state();
    if (state && IsDict(state->type())) return ItemOf(*state, frame.next, true, child);
    if (!state || frame.next != 0) return false;
    child = {.element = AttributeName{"__state__", true}, .value = *state};
    return true;
  }

  static bool ItemOf(const Value& container, std::size_t index, bool attributes, Child& child) {
    if (index >= container.size()) return false;
    if (!IsDict(container.type())) {
      child = {.element = static_cast<std::int64_t>(index), .value = container.item(index)};
      return true;
    }
    auto [key, value] = container.pair(index);
    child.value = std::move(value);
    if (key.type() == ValueType::kStr && attributes) {
      child.element = AttributeName{key.AsStr(), true};
    } else if (key.type() == ValueType::kStr) {
      child.element = key.AsStr();
    } else if (const auto number = key.AsInt()) {
      child.element = *number;
    } else {
      child.element = std::move(key);
    }
    return true;
  }

  void Step() {
    Frame& frame = frames_.back();
    Child child{.element = {}, .value = frame.container};
    if (!ChildOf(frame, child)) {
      frames_.pop_back();
      if (!path_.empty()) path_.pop_back();
      return;
    }
    ++frame.next;
    const bool shown = frame.shows;
    const auto object = child.value.AsObject();
    const bool own = object && object->made() == Object::Made::kNewobj;
    path_.push_back(std::move(child.element));
    if (shown && !own && !child.value.AsTensor()) Show(child.value);
    const std::size_t depth = frames_.size();
    if (own || IsContainer(child.value.type())) Enter(child.value);
    if (frames_.size() == depth) path_.pop_back();
  }

  void Show(const Value& value) {
    const std::uint64_t cost = 64 + 16 * path_.size();
    if (cost > left_) {
      left_ = 0;
      return;
    }
    left_ -= cost;
    visit_(path_, value);
  }

  const AttributeVisitor& visit_;
  std::uint64_t left_;
  std::vector<Frame> frames_;
  std::vector<PathElement> path_;
  std::unordered_set<std::uint32_t> seen_;
};

}  // namespace

bool ForEachAttribute(const Checkpoint& checkpoint, const AttributeVisitor& visit) {
  return Walk(checkpoint, visit).Run();
}

}  // namespace weightsonly::tool
