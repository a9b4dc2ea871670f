// Floor 7. The survey. SPEC.md chapter 7.
#include "output/survey.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/refusal.h"
#include "output/document.h"

namespace weightsonly::output {
namespace {

// What a value costs beside its own text: type, brackets, id, comma; an upper bound.
constexpr std::uint64_t kFrameText = 128;

class Surveyor {
 public:
  Surveyor(const Graph& graph, std::uint64_t& text_left) : graph_(graph), text_left_(text_left) {}

  Survey Run(Ref root) {
    Meet(root, 1);
    while (!frames_.empty() && !survey_.too_deep) {
      Frame& frame = frames_.back();
      if (frame.next == frame.children.size()) {
        frames_.pop_back();
        continue;
      }
      Meet(frame.children[frame.next++], frame.level + 1);
    }
    return std::move(survey_);
  }

 private:
  struct Frame {
    std::vector<Ref> children;
    std::size_t next = 0;
    int level = 0;
  };

  void Charge(std::uint64_t bytes) {
    if (bytes > text_left_) {
      Refuse(RefusalKind::kLimitOutput, {}, 0,
             "the canonical value would be longer than 256 MiB + 64 times the pickle");
    }
    text_left_ -= bytes;
  }

  void Meet(Ref ref, int level) {
    const Node& node = graph_[ref];
    if (level > kMaxPrintedDepth) survey_.too_deep = true;
    Charge(kFrameText + TextLength(ref));
    if (CarriesId(node)) {
      std::uint8_t& references = survey_.references[ref];
      references = static_cast<std::uint8_t>(std::min(references + 1, 2));
      if (references > 1) return;
    }
    Frame frame{.children = ChildrenOf(ref), .next = 0, .level = level};
    const bool has_data = node.type == ValueType::kParameter || node.type == ValueType::kSubclass;
    if (has_data && level == kMaxPrintedDepth) survey_.too_deep = true;
    if (node.type == ValueType::kSparse && level + node.small >= kMaxPrintedDepth) survey_.too_deep = true;
    if (!frame.children.empty()) frames_.push_back(std::move(frame));
  }

  [[nodiscard]] std::uint64_t TextLength(Ref ref) const {
    const Node& node = graph_[ref];
    switch (node.type) {
      case ValueType::kStr:
      case ValueType::kBytes:
      case ValueType::kBytearray:
        return std::uint64_t{node.count} * 6;  // \u00xx
      case ValueType::kInt:
        return (node.flags & kBigInt) != 0 ? std::uint64_t{node.count} * 3 : 20;
      case ValueType::kSparse:
        return SparseLength(graph_.sparse[node.at]);
      case ValueType::kTensor:
      case ValueType::kParameter:
        return TensorLength(ref);
      case ValueType::kSubclass: {
        const SubclassRecord& record = graph_.SubclassOf(node);
        return std::uint64_t{graph_.names[record.name].text.size()} * 6 + 2 * kFrameText + TensorLength(record.data);
      }
      case ValueType::kNdarray:
        return NdarrayLength(graph_.ndarrays[node.at]);
      case ValueType::kObject:
        return std::uint64_t{graph_.names[graph_.ObjectOf(node).name].text.size()} * 6 + kFrameText;
      default:
        return 0;
    }
  }

  [[nodiscard]] std::uint64_t TensorLength(Ref ref) const {
    return std::uint64_t{graph_.TensorOf(graph_[ref]).ndim} * 46 + kFrameText + QuantizerLength(ref);
  }

  // The shape and the three parts.
  [[nodiscard]] std::uint64_t SparseLength(const SparseRecord& record) const {
    std::uint64_t dims = record.ndim + std::uint64_t{graph_.TensorOf(graph_[record.values]).ndim} * 2;
    dims += std::uint64_t{graph_.TensorOf(graph_[record.indices]).ndim} * 4;
    return dims * 23 + 4 * kFrameText;
  }

  // The elements in hex, a size of at most 21 characters for each dimension, and the dtype.
  [[nodiscard]] std::uint64_t NdarrayLength(const NdarrayRecord& array) const {
    return std::uint64_t{graph_[array.bytes].count} * 2 + std::uint64_t{array.ndim} * 21 + kFrameText;
  }

  // A scale or zero point takes at most 23 characters.
  [[nodiscard]] std::uint64_t QuantizerLength(Ref ref) const {
    if ((graph_[ref].flags & kQuantized) == 0) return 0;
    const std::uint64_t channels = graph_.QuantizerOf(ref).channels;
    return channels > text_left_ ? channels : channels * 2 * 23 + kFrameText;
  }

  // In the order in which they are written. An attribute dict's keys and values are one level deeper than the dict.
  std::vector<Ref> ChildrenOf(Ref ref) {
    const Node& node = graph_[ref];
    std::vector<Ref> children;
    if (node.type == ValueType::kSet) {
      children = SortMembers(ref);
    } else if (IsSequence(node.type)) {
      const auto items = graph_.ItemsOf(node);
      children.assign(items.begin(), items.end());
    } else if (IsDict(node.type)) {
      children.reserve(std::size_t{node.count} * 2);
      AppendPairs(children, node);
    } else if (node.type == ValueType::kObject) {
      AppendParts(children, graph_.ObjectOf(node));
    } else if (node.type == ValueType::kSubclass && graph_.SubclassOf(node).state != kNoPart) {
      children.push_back(graph_.SubclassOf(node).state);
    }
    const Ref attributes = AttributesOf(graph_, ref);
    if (attributes != Graph::kNone) children.push_back(attributes);
    return children;
  }

  void AppendPairs(std::vector<Ref>& children, const Node& dict) const {
    for (const Pair& pair : graph_.PairsOf(dict)) children.insert(children.end(), {pair.key, pair.value});
  }

  // The lists that hold items and pairs are no values of their own: what they hold are children of the object.
  void AppendParts(std::vector<Ref>& children, const ObjectRecord& object) const {
    if (object.arguments != kNoPart) children.push_back(object.arguments);
    if (object.state != kNoPart) children.push_back(object.state);
    if (object.items != kNoPart) {
      const auto items = graph_.ItemsOf(graph_[object.items]);
      children.insert(children.end(), items.begin(), items.end());
    }
    if (object.pairs != kNoPart) AppendPairs(children, graph_[object.pairs]);
  }

  // OUT-005. By the bytes of the document that a member would be alone. A set holds no set, so this goes one level
  // deep.
  std::vector<Ref> SortMembers(Ref set) {
    std::vector<std::pair<std::string, Ref>> members;
    for (const Ref member : graph_.ItemsOf(graph_[set])) {
      std::string text;
      WriteDocument(graph_, member, {.all_bytes = false}, text_left_, [&](std::string_view piece) {
        Charge(piece.size());
        text += piece;
        return true;
      });
      members.emplace_back(std::move(text), member);
    }
    std::ranges::sort(members);
    std::vector<Ref> order;
    order.reserve(members.size());
    for (const auto& [text, member] : members) order.push_back(member);
    survey_.set_order[set] = order;
    return order;
  }

  const Graph& graph_;
  std::uint64_t& text_left_;
  Survey survey_;
  std::vector<Frame> frames_;
};

}  // namespace

bool CarriesId(const Node& node) {
  switch (node.type) {
    case ValueType::kList:
    case ValueType::kDict:
    case ValueType::kOrderedDict:
    case ValueType::kCounter:
    case ValueType::kSet:
    case ValueType::kBytearray:
    case ValueType::kTensor:
    case ValueType::kParameter:
    case ValueType::kSparse:
    case ValueType::kSubclass:
      return true;
    case ValueType::kTuple:
      return node.count != 0;
    case ValueType::kObject:
      return node.small != static_cast<std::uint8_t>(Object::Made::kClass);
    default:
      return false;
  }
}

Ref AttributesOf(const Graph& graph, Ref ref) {
  const Ref attributes = graph.AttributesOf(ref);
  return attributes == Graph::kNone || graph[attributes].count == 0 ? Graph::kNone : attributes;
}

Survey SurveyValue(const Graph& graph, Ref root, std::uint64_t& text_left) {
  return Surveyor(graph, text_left).Run(root);
}

}  // namespace weightsonly::output
