// Floor 3. Which keys are equal: every pair of values against Python's `==` (VAL-010 to VAL-014).
#include "value/key_classes.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/value/builder.h"

namespace weightsonly {
namespace {

using namespace std::string_literals;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Values of one group are equal in Python, values of two groups are not.
std::vector<std::vector<Ref>> Groups(Builder& b) {
  Graph& graph = b.graph;
  const auto big = [&](const std::string& bytes) { return b.Owned(ValueType::kInt, bytes, kBigInt); };
  const std::string zeros(12, '\0');
  std::vector<std::vector<Ref>> groups = {
      {Graph::kNone},
      {Graph::kTrue, b.Int(1), b.Float(1), b.Complex(1, 0), b.Complex(1, -0.0)},
      {Graph::kFalse, b.Int(0), b.Float(0), b.Float(-0.0), b.Complex(0, 0), b.Complex(-0.0, -0.0)},
      {b.Int(-1), b.Float(-1)},
      {b.Int(std::int64_t{1} << 53), b.Float(0x1p53)},
      {b.Int((std::int64_t{1} << 53) + 1)},
      {b.Float(0x1p53 + 2), b.Int((std::int64_t{1} << 53) + 2)},
      {b.Int(std::numeric_limits<std::int64_t>::max())},
      {b.Int(std::numeric_limits<std::int64_t>::min()), b.Float(-0x1p63)},
      {b.Float(0x1p63), big("\0\0\0\0\0\0\0\x80\0"s), b.Complex(0x1p63, 0)},
      {b.Float(0x1p64), big("\0\0\0\0\0\0\0\0\1"s)},
      {b.Float(-0x1p64), big("\0\0\0\0\0\0\0\0\xff"s)},
      {big("\1\0\0\0\0\0\0\0\1"s)},  // 2^64 + 1
      {b.Float(0x1p100), big(zeros + "\x10"s)},
      {b.Float(-0x1p100), big(zeros + "\xf0"s)},
      {b.Float(0x1p95), big(zeros.substr(1) + "\x80\0"s)},
      {b.Float(-0x1p95), big(zeros.substr(1) + "\x80"s)},
      {b.Float(0x1.8p63), big("\0\0\0\0\0\0\0\xc0\0"s)},
      {b.Float(-0x1.8p63), big("\0\0\0\0\0\0\0\x40\xff"s)},
      {b.Float(std::numeric_limits<double>::max()), b.Float(std::numeric_limits<double>::max())},
      {b.Float(1e308), b.Complex(1e308, 0)},
      {b.Float(-1e308)},
      {b.Float(0.5), b.Float(0.5), b.Complex(0.5, 0)},
      {b.Float(-0.5)},
      {b.Float(5e-324)},
      {b.Float(kInfinity), b.Float(kInfinity), b.Complex(kInfinity, 0)},
      {b.Float(-kInfinity)},
      {b.Float(kNan)},
      {b.Float(kNan)},
      {b.Complex(kNan, 0)},
      {b.Complex(0, kNan)},
      {b.Complex(0, kNan)},
      {b.Complex(0, 1), b.Complex(-0.0, 1)},
      {b.Complex(0, -1)},
      {b.Complex(1, 1), b.Complex(1, 1)},
      {b.Text(ValueType::kStr, 0, 1), b.Text(ValueType::kStr, 1, 1)},      // 'a'
      {b.Text(ValueType::kBytes, 0, 1), b.Owned(ValueType::kBytes, "a")},  // b'a'
      {b.Text(ValueType::kStr, 0, 2)},                                     // 'aa'
      {b.Text(ValueType::kStr, 0, 0), b.Text(ValueType::kStr, 2, 0)},      // ''
      {b.Text(ValueType::kBytes, 0, 0)},                                   // b''
      {Graph::kEmptyTuple, b.Sequence(ValueType::kSize, {})},
      {b.Named(ValueType::kDtype, "torch.int8")},
      {b.Named(ValueType::kDevice, "cpu")},
      {b.Named(ValueType::kLayout, "torch.strided")},
      {b.Named(ValueType::kQscheme, "torch.per_tensor_affine")},
      {b.Named(ValueType::kGlobal, "builtins.set")},
      {b.Tensor(Dtype::kInt8, {}, {})},
      {b.Tensor(Dtype::kInt8, {}, {})},
      {graph.Add(Node(ValueType::kParameter), 0)},
      {graph.Add(Node(ValueType::kStorage), 0)},
      {graph.Add(Node(ValueType::kStorage), 0)},
      {graph.Add(Node(ValueType::kSparse), 0)},
      {graph.Add(Node(ValueType::kSparse), 0)},
  };
  const std::vector<std::vector<Ref>> plain = groups;
  groups.push_back({b.Sequence(ValueType::kTuple, {plain[2][0]}), b.Sequence(ValueType::kSize, {plain[2][1]})});
  groups.push_back({b.Sequence(ValueType::kTuple, {plain[1][0], plain[1][2]}),
                    b.Sequence(ValueType::kTuple, {plain[1][2], plain[1][1]})});
  groups.push_back({b.Sequence(ValueType::kTuple, {plain[27][0]}), b.Sequence(ValueType::kTuple, {plain[27][0]})});
  groups.push_back({b.Sequence(ValueType::kTuple, {plain[28][0]})});
  groups.push_back({b.Sequence(ValueType::kTuple, {groups[53][0]}), b.Sequence(ValueType::kTuple, {groups[53][1]})});
  groups.push_back({b.Sequence(ValueType::kTuple, {Graph::kEmptyTuple})});
  return groups;
}

TEST_CASE("two keys have one class exactly when Python says that they are equal") {
  for (const std::uint64_t seed : {0ULL, 1ULL, 0x9e3779b97f4a7c15ULL}) {
    Builder b("aaa");
    const auto groups = Groups(b);
    KeyClasses keys(seed);
    std::vector<std::uint32_t> classes;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const std::uint32_t expected = keys.ClassOf(b.graph, groups[i][0], 0);
      INFO("group " << i);
      CHECK(expected >= 1);
      CHECK(expected < keys.size());
      for (const Ref ref : groups[i]) CHECK(keys.ClassOf(b.graph, ref, 0) == expected);
      CHECK(std::find(classes.begin(), classes.end(), expected) == classes.end());
      classes.push_back(expected);
    }
    CHECK(classes.size() + 1 <= keys.size());
  }
}

TEST_CASE("a mutable container has no class, wherever it lies in a tuple") {
  for (const ValueType type : {ValueType::kList, ValueType::kSet, ValueType::kDict, ValueType::kOrderedDict,
                               ValueType::kCounter, ValueType::kBytearray}) {
    Builder b;
    const Ref list = b.graph.Add(Node(type), 0);
    const Ref inner = b.Sequence(ValueType::kTuple, {Graph::kNone, list});
    const Ref outer = b.Sequence(ValueType::kTuple, {Graph::kNone, inner, Graph::kTrue});
    KeyClasses keys(5);
    for (const Ref ref : {list, inner, outer}) {
      INFO(static_cast<int>(type));
      try {
        keys.ClassOf(b.graph, ref, 77);
        FAIL("a class was given");
      } catch (const Refusal& refusal) {
        CHECK(refusal.kind == RefusalKind::kValueUnhashable);
        CHECK(refusal.record == "data.pkl");
        CHECK(refusal.offset == 77);
      }
    }
    // What is hashable beside it still is, and its class has not moved.
    CHECK(keys.ClassOf(b.graph, Graph::kNone, 0) == keys.ClassOf(b.graph, Graph::kNone, 0));
  }
}

TEST_CASE("classes stay right while their table grows") {
  Builder b;
  KeyClasses keys(9);
  std::vector<std::uint32_t> classes;
  std::vector<Ref> tuples;
  for (int i = 0; i < 5000; ++i) {
    tuples.push_back(b.Sequence(ValueType::kTuple, {b.Int(i), b.Float(i + 0.5)}));
    classes.push_back(keys.ClassOf(b.graph, tuples.back(), 0));
  }
  for (int i = 0; i < 5000; ++i) {
    CHECK(keys.ClassOf(b.graph, b.Sequence(ValueType::kTuple, {b.Float(i), b.Float(i + 0.5)}), 0) ==
          classes[static_cast<std::size_t>(i)]);
  }
  CHECK(keys.size() == 15001);  // 5,000 tuples, ints and halves
}

// So many that hashes of 32 bits meet: 800,000 of them about 75 times, within a type and across types.
TEST_CASE("keys whose hashes are the same are told apart") {
  constexpr int kEach = 200'000;
  Builder b;
  KeyClasses keys(2);
  std::vector<Ref> refs;
  for (int i = 0; i < kEach; ++i) {
    const std::string digits = std::to_string(i);
    const auto spread = static_cast<std::int64_t>(static_cast<std::uint64_t>(i) * 0x9e37'79b9'7f4a'7c15U);
    refs.insert(refs.end(), {b.Int(spread), b.Float(i + 0.5), b.Owned(ValueType::kStr, digits),
                             b.Owned(ValueType::kBytes, digits)});
  }
  std::vector<bool> seen(refs.size() + 1);
  bool again = false;
  for (const Ref ref : refs) {
    const std::uint32_t key_class = keys.ClassOf(b.graph, ref, 0);
    again = again || key_class >= seen.size() || seen[key_class];
    seen[std::min<std::size_t>(key_class, refs.size())] = true;
  }
  CHECK_FALSE(again);
  CHECK(keys.size() == 4 * kEach + 1);
}

TEST_CASE("the class of a tuple is charged to the memory of the load") {
  Limits limits;
  limits.derived_base = 64;
  limits.derived_per_byte = 0;
  Builder b("", limits);
  KeyClasses keys(1);
  const Ref one = b.Sequence(ValueType::kTuple, {Graph::kNone});
  const Ref two = b.Sequence(ValueType::kTuple, {one});
  const Ref three = b.Sequence(ValueType::kTuple, {two});
  CHECK(keys.ClassOf(b.graph, two, 0) != keys.ClassOf(b.graph, one, 0));
  try {
    keys.ClassOf(b.graph, three, 12);
    FAIL("a third class was given");
  } catch (const Refusal& refusal) {
    CHECK(refusal.kind == RefusalKind::kLimitMemory);
    CHECK(refusal.offset == 12);
  }
}

// VAL-011
TEST_CASE("merging keeps the first key and its place and the last value") {
  Builder b("aab");
  KeyClasses keys(3);
  const Ref first = Graph::kTrue;
  const Ref second = b.Int(1);
  const Ref other = b.Text(ValueType::kStr, 2, 1);
  const auto pair = [&](Ref key, Ref value) { return Pair{key, value, keys.ClassOf(b.graph, key, 0)}; };
  const Ref dict = b.Dict(ValueType::kDict, {pair(first, 100), pair(other, 101), pair(second, 102), pair(other, 103)});
  b.graph.at(dict).flags |= kUnmerged | kHasAttributes;
  keys.MergePairs(b.graph, dict);
  CHECK(b.graph[dict].flags == kHasAttributes);
  const auto pairs = b.graph.PairsOf(b.graph[dict]);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].key == first);
  CHECK(pairs[0].value == 102);
  CHECK(pairs[1].key == other);
  CHECK(pairs[1].value == 103);
  // A second dict with the same keys is merged on its own.
  const Ref again = b.Dict(ValueType::kDict, {pair(other, 104), pair(second, 105)});
  keys.MergePairs(b.graph, again);
  REQUIRE(b.graph[again].count == 2);
  CHECK(b.graph.PairsOf(b.graph[again])[0].value == 104);
}

TEST_CASE("distinct items are the first of each class, read before the array that holds them grows") {
  Builder b;
  KeyClasses keys(4);
  const Ref list = b.Sequence(ValueType::kList, {Graph::kTrue, b.Int(2), b.Float(1), b.Float(2), Graph::kNone});
  const std::size_t at = b.graph.refs.size();
  CHECK(keys.AppendDistinct(b.graph, b.graph.ItemsOf(b.graph[list]), 0) == 3);
  REQUIRE(b.graph.refs.size() == at + 3);
  CHECK(b.graph.refs[at] == Graph::kTrue);
  CHECK(b.graph[b.graph.refs[at + 1]].type == ValueType::kInt);
  CHECK(b.graph.refs[at + 2] == Graph::kNone);
  CHECK(keys.AppendDistinct(b.graph, {}, 0) == 0);
}

}  // namespace
}  // namespace weightsonly
