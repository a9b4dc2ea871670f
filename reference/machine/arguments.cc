// Floor 5. Typed access to the arguments of a call. SPEC.md chapter 5 (CAL-001).
#include "machine/arguments.h"

namespace weightsonly::machine {

void Arguments::RequireCount(std::size_t least, std::size_t most) const {
  if (items_.size() >= least && items_.size() <= most) return;
  std::string what = "takes " + std::to_string(least);
  if (most != least) what += " to " + std::to_string(most);
  Fail(RefusalKind::kValueArity, what + " arguments, " + std::to_string(items_.size()) + " were given");
}

std::int64_t Arguments::Integer(std::size_t index, std::string_view what) const {
  const Node& node = NodeAt(index);
  if (node.type != ValueType::kInt) FailType(index, what);
  if ((node.flags & kBigInt) != 0) {
    Fail(RefusalKind::kValueType, std::string(what) + " does not fit 64 bits");
  }
  return node.integer;
}

bool Arguments::Boolean(std::size_t index, RefusalKind kind, std::string_view what) const {
  const Node& node = NodeAt(index);
  if (node.type != ValueType::kBool) {
    Fail(kind, std::string(what) + " is no bool but " + std::string(TypeName(node.type)));
  }
  return node.small != 0;
}

std::string_view Arguments::Text(std::size_t index, std::string_view what) const {
  if (NodeAt(index).type != ValueType::kStr) FailType(index, what);
  return state_.graph.TextOf(NodeAt(index));
}

std::span<const Ref> Arguments::Sequence(std::size_t index, std::string_view what) const {
  const Node& node = NodeAt(index);
  if (node.type != ValueType::kTuple && node.type != ValueType::kList && node.type != ValueType::kSize) {
    FailType(index, what);
  }
  state_.graph.ChargeSteps(node.count, state_.offset);
  return state_.graph.ItemsOf(node);
}

void Arguments::Fail(RefusalKind kind, std::string_view what) const {
  RefuseHere(state_, kind, std::string(function_) + ": " + std::string(what));
}

// DEV-612
void Arguments::FailType(std::size_t index, std::string_view what) const {
  Fail(RefusalKind::kValueType, std::string(what) + " is " + std::string(TypeName(NodeAt(index).type)));
}

bool IsTruthy(const Graph& graph, Ref ref) {
  const Node& node = graph[ref];
  switch (node.type) {
    case ValueType::kNone:
      return false;
    case ValueType::kBool:
      return node.small != 0;
    case ValueType::kInt:
      return (node.flags & kBigInt) != 0 || node.integer != 0;
    case ValueType::kFloat:
      return node.real != 0;
    case ValueType::kComplex:
      return graph.complexes[node.at] != 0 || graph.complexes[std::size_t{node.at} + 1] != 0;
    case ValueType::kStr:
    case ValueType::kBytes:
    case ValueType::kBytearray:
    case ValueType::kTuple:
    case ValueType::kList:
    case ValueType::kSize:
    case ValueType::kSet:
    case ValueType::kDict:
    case ValueType::kOrderedDict:
    case ValueType::kCounter:
      return node.count != 0;
    default:
      return true;
  }
}

}  // namespace weightsonly::machine
