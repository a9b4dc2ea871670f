// Floor 5. Attributes. SPEC.md chapter 5.
#include "machine/attributes.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/text.h"

namespace weightsonly::machine {
namespace {

// STA-003. What torch.Tensor of release 2.15.0 keeps for itself (its data descriptors), sorted: to set one of them
// changes the tensor (DEV-528), or is refused by torch.
constexpr auto kOwnNames = std::to_array<std::string_view>({"H",
                                                            "T",
                                                            "__class__",
                                                            "__cuda_array_interface__",
                                                            "__dict__",
                                                            "__weakref__",
                                                            "_backward_hooks",
                                                            "_base",
                                                            "_cdata",
                                                            "_grad",
                                                            "_grad_fn",
                                                            "_has_grad_dtype_override",
                                                            "_has_symbolic_sizes_strides",
                                                            "_post_accumulate_grad_hooks",
                                                            "_python_dispatch",
                                                            "_version",
                                                            "data",
                                                            "device",
                                                            "dtype",
                                                            "grad",
                                                            "grad_dtype",
                                                            "grad_fn",
                                                            "imag",
                                                            "is_cpu",
                                                            "is_cuda",
                                                            "is_ipu",
                                                            "is_leaf",
                                                            "is_maia",
                                                            "is_meta",
                                                            "is_mkldnn",
                                                            "is_mps",
                                                            "is_mtia",
                                                            "is_nested",
                                                            "is_quantized",
                                                            "is_sparse",
                                                            "is_sparse_csr",
                                                            "is_vulkan",
                                                            "is_xla",
                                                            "is_xpu",
                                                            "itemsize",
                                                            "layout",
                                                            "mH",
                                                            "mT",
                                                            "name",
                                                            "nbytes",
                                                            "ndim",
                                                            "output_nr",
                                                            "real",
                                                            "requires_grad",
                                                            "retains_grad",
                                                            "shape",
                                                            "volatile"});
static_assert(std::ranges::is_sorted(kOwnNames));

// Puts the pairs of `dict`, whose equal keys are merged, behind the attributes of `target`.
void AppendAttributes(State& state, Ref target, Ref dict) {
  const std::uint32_t count = state.graph[dict].count;
  if (count == 0) return;
  state.graph.ChargeMemory(count * sizeof(Pair) + sizeof(Node), state.offset);
  Ref attributes = state.graph.AttributesOf(target);
  if (attributes == Graph::kNone) {
    attributes = AddNode(state, Node(ValueType::kDict));
    state.graph.SetAttributes(target, attributes);
  }
  Pair* pairs = GrowDict(state.graph, attributes, count);
  std::copy_n(state.graph.PairsOf(state.graph[dict]).begin(), count, pairs);
  state.graph.at(attributes).flags |= kUnmerged;
  MergeNow(state, attributes);
}

// STA-002, STA-003. setattr(target, key, value) for each pair; nothing for whatever is falsy.
void SetEach(State& state, const Arguments& arguments, Ref names, Ref target) {
  if (!IsTruthy(state.graph, names)) return;
  if (!IsDict(state.graph[names].type)) {
    arguments.Fail(RefusalKind::kValueType,
                   "the state is " + std::string(TypeName(state.graph[names].type)) + ", no dict");
  }
  MergeNow(state, names);
  const auto pairs = state.graph.PairsOf(state.graph[names]);
  state.graph.ChargeSteps(pairs.size(), state.offset);
  for (const Pair& pair : pairs) {
    const Node& key = state.graph[pair.key];
    if (key.type != ValueType::kStr) {
      arguments.Fail(RefusalKind::kValueType, "the name of an attribute is " + std::string(TypeName(key.type)));
    }
    const std::string_view name = state.graph.TextOf(key);
    if (std::ranges::binary_search(kOwnNames, name)) {
      arguments.Fail(RefusalKind::kTensorState, "the state sets `" + std::string(name) + "`, which is torch's own");
    }
  }
  AppendAttributes(state, target, names);
}

bool IsAttributeDict(State& state, Ref ref) {
  if (!IsTruthy(state.graph, ref)) return true;
  if (!IsDict(state.graph[ref].type)) return false;
  const auto pairs = state.graph.PairsOf(state.graph[ref]);
  state.graph.ChargeSteps(pairs.size(), state.offset);
  return std::ranges::all_of(pairs, [&](const Pair& pair) { return state.graph[pair.key].type == ValueType::kStr; });
}

}  // namespace

// The attributes are kept, they change nothing else. An empty sequence sets nothing, as in Python.
void UpdateAttributes(State& state, Ref target, Ref update) {
  const ValueType type = state.graph[update].type;
  if (!IsDict(type)) {
    const bool sequence = type == ValueType::kStr || type == ValueType::kTuple || type == ValueType::kList ||
                          type == ValueType::kSet || type == ValueType::kBytes || type == ValueType::kBytearray;
    if (!sequence || IsTruthy(state.graph, update)) {
      RefuseHere(state, RefusalKind::kValueType, "the state is " + std::string(TypeName(type)) + ", no dict");
    }
    return;
  }
  MergeNow(state, update);
  AppendAttributes(state, target, update);
}

bool SetsAttributes(State& state, Ref update) {
  const Node node = state.graph[update];
  if (node.type != ValueType::kTuple && node.type != ValueType::kSize) return IsAttributeDict(state, update);
  if (node.count != 2) return false;
  const auto items = state.graph.ItemsOf(node);
  return IsAttributeDict(state, items[0]) && IsAttributeDict(state, items[1]);
}

void SetState(State& state, const Arguments& arguments, std::size_t index, Ref target) {
  const Node& node = arguments.NodeAt(index);
  if (node.type != ValueType::kTuple && node.type != ValueType::kSize) {
    return SetEach(state, arguments, arguments[index], target);
  }
  if (node.count != 2) {  // STA-001
    arguments.Fail(RefusalKind::kTensorState, "the state is a tuple of " + std::to_string(node.count) + " items");
  }
  const auto items = state.graph.ItemsOf(node);
  const Ref slots = items[1];  // growth of the graph can move the items
  SetEach(state, arguments, items[0], target);
  SetEach(state, arguments, slots, target);
}

}  // namespace weightsonly::machine
