// Floor 5. Python's words for values, for torch's messages. SPEC.md chapter 7.
#include "machine/subject.h"

#include <utility>

namespace weightsonly::machine {
namespace {

// Longer texts are not repeated.
constexpr std::size_t kMostBytes = 65536;

// The Python type of an allowed global itself (MSG-002).
std::string_view TypeOfGlobal(policy::GlobalKind kind) {
  using enum policy::GlobalKind;
  switch (kind) {
    case kOrderedDict:
    case kCounter:
    case kSize:
    case kDevice:
    case kBytearray:
    case kSet:
    case kComplex:
    case kTypedStorage:
    case kUntypedStorage:
      return "type";
    case kParameter:
      return "torch.nn.parameter._ParameterMeta";
    case kTensorBase:
      return "torch._C._TensorMeta";
    case kTensorClass:
      return "torch.tensortype";
    case kStorageClass:
      return "torch.serialization.StorageType";
    case kDtype:
      return "torch.dtype";
    case kQscheme:
      return "torch.qscheme";
    case kCodecsEncode:
      return "builtin_function_or_method";
    default:
      return "function";
  }
}

// str() of what is written in one way only.
std::string_view FixedStr(const Node& node) {
  switch (node.type) {
    case ValueType::kNone:
      return "None";
    case ValueType::kBool:
      return node.small != 0 ? "True" : "False";
    case ValueType::kTuple:
      return node.count == 0 ? "()" : "";
    case ValueType::kList:
      return node.count == 0 ? "[]" : "";
    case ValueType::kDict:
      return node.count == 0 ? "{}" : "";
    case ValueType::kSet:
      return node.count == 0 ? "set()" : "";
    case ValueType::kOrderedDict:
      return node.count == 0 ? "OrderedDict()" : "";
    case ValueType::kCounter:
      return node.count == 0 ? "Counter()" : "";
    default:
      return "";
  }
}

}  // namespace

std::string PythonType(const State& state, Ref value) {
  if (state.graph[value].type == ValueType::kObject) return {};
  const policy::Global* global = GlobalOf(state.graph, value);
  const std::string_view name = global != nullptr ? TypeOfGlobal(global->kind) : TypeName(state.graph[value].type);
  return "<class '" + std::string(name) + "'>";
}

std::vector<std::string> StrSubject(const State& state, Ref value) {
  const Node& node = state.graph[value];
  if (node.type == ValueType::kInt) return {IntText(state.graph, value)};
  if (node.type == ValueType::kStr) {
    const std::string_view text = state.graph.TextOf(node);
    if (text.size() > kMostBytes) return {};
    return {std::string(text)};
  }
  const std::string_view fixed = FixedStr(node);
  if (fixed.empty()) return {};
  return {std::string(fixed)};
}

std::vector<std::string> TypeSubject(const State& state, std::string_view what, Ref value) {
  std::string type = PythonType(state, value);
  if (type.empty()) return {};
  return {std::string(what), std::move(type)};
}

void RefuseAbout(const State& state, RefusalKind kind, std::string detail, std::vector<std::string> subject) {
  state.graph.RefuseAt(kind, state.offset, std::move(detail), std::move(subject));
}

}  // namespace weightsonly::machine
