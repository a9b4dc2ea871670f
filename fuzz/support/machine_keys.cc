// Fuzz targets: keys are equal exactly when their classes are (VAL-010 to VAL-014).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "support/machine_values.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// Of a dict or set the first keys are compared, each with each.
constexpr std::size_t kMostCompared = 12;

bool IsWhole(const Node& node) {
  return node.type == ValueType::kBool || (node.type == ValueType::kInt && (node.flags & kBigInt) == 0);
}
std::int64_t WholeOf(const Node& node) { return node.type == ValueType::kBool ? node.small : node.integer; }
bool IsTuple(const Node& node) { return node.type == ValueType::kTuple || node.type == ValueType::kSize; }

// Whether a float is that int: every float below 2^63 that is an integer is an int64, too.
bool EqualMixed(double real, std::int64_t whole) {
  constexpr double kTwo63 = 0x1p63;
  if (!(real >= -kTwo63 && real < kTwo63) || std::trunc(real) != real) return false;
  return static_cast<std::int64_t>(real) == whole;
}

// Python's == of what holds no other values, by looking at them; nothing where that takes more than a look.
std::optional<bool> LeafEqual(const Graph& graph, Ref a, Ref b) {
  if (a == b) return true;
  const Node& first = graph[a];
  const Node& second = graph[b];
  if (IsWhole(first) && IsWhole(second)) return WholeOf(first) == WholeOf(second);
  if (first.type == ValueType::kFloat && IsWhole(second)) return EqualMixed(first.real, WholeOf(second));
  if (second.type == ValueType::kFloat && IsWhole(first)) return EqualMixed(second.real, WholeOf(first));
  if (first.type != second.type) return std::nullopt;
  if (first.type == ValueType::kFloat) return first.real == second.real;
  if (first.type == ValueType::kInt && (first.flags & second.flags & kBigInt) == 0) return false;
  const bool text = first.type == ValueType::kStr || first.type == ValueType::kBytes || first.type == ValueType::kInt;
  if (text) return graph.TextOf(first) == graph.TextOf(second);
  return std::nullopt;
}

// The same of tuples that hold no other tuples.
std::optional<bool> PlainEqual(const Graph& graph, Ref a, Ref b) {
  const Node& first = graph[a];
  const Node& second = graph[b];
  if (a == b || !IsTuple(first) || !IsTuple(second)) return LeafEqual(graph, a, b);
  if (first.count != second.count) return false;
  for (std::uint32_t i = 0; i < first.count; ++i) {
    const auto same = LeafEqual(graph, graph.ItemsOf(first)[i], graph.ItemsOf(second)[i]);
    if (!same || !*same) return same;
  }
  return true;
}

// `merged`: equal keys stand there only once.
void CheckPairs(const Graph& graph, std::span<const Pair> pairs, bool merged, std::size_t classes) {
  for (const Pair& pair : pairs) {
    Require(pair.key_class != 0 && pair.key_class < classes, "a key of a class that does not exist");
  }
  const auto some = pairs.first(std::min(pairs.size(), kMostCompared));
  for (std::size_t i = 0; i < some.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool same_class = some[i].key_class == some[j].key_class;
      Require(!merged || !same_class, "a dict has equal keys");
      const auto equal = PlainEqual(graph, some[i].key, some[j].key);
      Require(!equal || *equal == same_class, "keys whose classes say something else than they do");
    }
  }
}

void CheckMembers(const Graph& graph, std::span<const Ref> members) {
  const auto some = members.first(std::min(members.size(), kMostCompared));
  for (std::size_t i = 0; i < some.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      Require(!PlainEqual(graph, some[i], some[j]).value_or(false), "a set has equal members");
    }
  }
}

}  // namespace

void CheckKeyClasses(const Graph& graph, std::size_t classes) {
  std::vector<Ref> first_of(classes, Graph::kNone);  // a str of each class
  for (Ref ref = 0; ref < graph.node_count(); ++ref) {
    const Node& node = graph[ref];
    if (IsDict(node.type)) CheckPairs(graph, graph.PairsOf(node), (node.flags & kUnmerged) == 0, classes);
    if (node.type == ValueType::kSet) CheckMembers(graph, graph.ItemsOf(node));
    if ((node.type != ValueType::kStr && !IsTuple(node)) || node.extra == 0) continue;
    Require(node.extra < classes, "a value of a class that does not exist");
    Ref& first = first_of[node.extra];
    if (first == Graph::kNone) first = ref;
    Require(PlainEqual(graph, first, ref).value_or(true), "values of one class that are not equal");
  }
}

}  // namespace weightsonly::fuzz
