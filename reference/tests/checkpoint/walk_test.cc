// Every tensor under every path. Expectations are worked out by hand from CHK-015 to CHK-018.
#include <set>

#include "tests/checkpoint/checkpoint_builder.h"
#include "value/graph.h"

namespace weightsonly::testing {
namespace {

// One word for one step: the key, [position], @attribute, or <type> of a key that is neither str nor int.
std::string StepText(const PathElement& element) {
  if (const auto* text = std::get_if<std::string_view>(&element)) return std::string(*text);
  if (const auto* number = std::get_if<std::int64_t>(&element)) return "[" + std::to_string(*number) + "]";
  if (const auto* attribute = std::get_if<AttributeName>(&element)) return "@" + std::string(attribute->name);
  const auto& key = std::get<Value>(element);
  return "<" + std::to_string(static_cast<int>(key.type())) + key.IntText() + ">";
}

std::string KeyText(ValueType type, const std::string& digits = "") {
  return "<" + std::to_string(static_cast<int>(type)) + digits + ">";
}

struct Walked {
  std::string paths;  // "a.[0]=3 b=1": path and number of elements
  bool truncated = false;
};

Walked Walk(const Checkpoint& checkpoint) {
  Walked walked;
  TensorRange range = checkpoint.tensors();
  for (const auto& [path, tensor] : range) {
    std::string text;
    for (const PathElement& element : path) text += (text.empty() ? "" : ".") + StepText(element);
    walked.paths += (walked.paths.empty() ? "" : " ") + text + "=" + std::to_string(tensor.numel());
  }
  walked.truncated = range.truncated();
  return walked;
}

// Storages 1 to 4, of as many floats; a tensor of each with `Row(n)`.
std::string Row(int numel) { return RowOf(std::to_string(numel), numel); }
Checkpointed Holding(const std::string& value) {
  Checkpointed from = {.pickle = PickleOf(value)};
  for (int i = 1; i <= 4; ++i) {
    from.storages.push_back({std::to_string(i), std::string(static_cast<std::size_t>(4 * i), '\0')});
  }
  return from;
}
std::string Paths(const std::string& value) {
  const Walked walked = Walk(*Loaded(Holding(value)));
  CHECK_FALSE(walked.truncated);
  return walked.paths;
}

// A tuple of lists: the first holds `leaf`, each other one the list before it twice. 2^levels paths lead from the last
// item to `leaf`.
std::string Dag(const std::string& leaf, std::uint32_t levels) {
  std::string items = ListOf({leaf}) + PutAt(0);
  for (std::uint32_t i = 1; i <= levels; ++i) items += "](" + GetAt(i - 1) + GetAt(i - 1) + "e" + PutAt(i);
  return TupleOf({items});
}

}  // namespace

TEST_CASE("tensors are listed in document order, each with its typed path") {
  CHECK(Paths(Row(3)) == "=3");
  CHECK(Paths("N") == "");
  CHECK(Paths(ListOf({})) == "");
  CHECK(Paths(ListOf({Row(1), Number(5), Row(2)})) == "[0]=1 [2]=2");
  CHECK(Paths(DictOf({Text("k"), Row(1), Text("k"), "N"})) == "");  // a tensor that the root does not reach any more
  CHECK(Paths(TupleOf({ListOf({Row(1)}), Row(2)})) == "[0].[0]=1 [1]=2");
  CHECK(Paths(DictOf({Text("z"), Row(1), Text("a"), DictOf({Text("w"), Row(2), Text("b"), Row(3)}), Number(-7),
                      Row(4)})) == "z=1 a.w=2 a.b=3 [-7]=4");
}

TEST_CASE("a key that is neither str nor a small int stands on the path as itself") {
  CHECK(Paths(DictOf({"\x88", Row(1), "N", Row(2), Real(1.5), Row(3), TupleOf({Text("k"), Number(1)}), Row(4)})) ==
        KeyText(ValueType::kBool) + "=1 " + KeyText(ValueType::kNone) + "=2 " + KeyText(ValueType::kFloat) + "=3 " +
            KeyText(ValueType::kTuple) + "=4");
  // 2^63 needs nine bytes, 2^63 - 1 only eight.
  CHECK(Paths(DictOf({Long(std::string_view("\0\0\0\0\0\0\0\x80\0", 9)), Row(1),
                      Long("\xff\xff\xff\xff\xff\xff\xff\x7f"), Row(2)})) ==
        KeyText(ValueType::kInt, "9223372036854775808") + "=1 [9223372036854775807]=2");
}

TEST_CASE("a tensor is listed under every path that leads to it") {
  CHECK(Paths(ListOf({Row(1) + PutAt(0), GetAt(0), DictOf({Text("again"), GetAt(0)})})) == "[0]=1 [1]=1 [2].again=1");
  CHECK(Paths(ListOf({ListOf({Row(1), Row(2)}) + PutAt(0), Row(3), GetAt(0)})) ==
        "[0].[0]=1 [0].[1]=2 [1]=3 [2].[0]=1 [2].[1]=2");
}

TEST_CASE("parameters are listed as tensors") {
  const std::string parameter = Call(Global("torch._utils", "_rebuild_parameter"), {Row(2), "\x88", OrderedDict()});
  CHECK(Paths(DictOf({Text("p"), parameter})) == "p=2");
  CHECK(Paths(parameter) == "=2");
}

// `tensor` as a parameter with these attributes.
std::string With(const std::string& tensor, const std::string& attributes) {
  return Call(Global("torch._utils", "_rebuild_parameter_with_state"), {tensor, "\x88", "}", attributes});
}

TEST_CASE("what the attributes of a tensor hold comes after the tensor") {
  const std::string one = With(Row(1), DictOf({Text("scale"), Row(2), Text("note"), "N"}));
  CHECK(Paths(one) == "=1 @scale=2");
  CHECK(Paths(ListOf({one, Row(3)})) == "[0]=1 [0].@scale=2 [1]=3");
  CHECK(Paths(With(Row(1), DictOf({Text("l"), ListOf({Row(2), Row(3)})}))) == "=1 @l.[0]=2 @l.[1]=3");
  CHECK(Paths(ListOf({With(Row(1), DictOf({Text("a"), With(Row(2), DictOf({Text("b"), Row(3)}))})), Row(4)})) ==
        "[0]=1 [0].@a=2 [0].@a.@b=3 [1]=4");
  CHECK(Paths(ListOf({With(Row(1), DictOf({Text("note"), Number(1)})), Row(2)})) == "[0]=1 [1]=2");
  // An attribute that leads back to its tensor: a list to which the tensor is added later.
  const std::string list = "]" + PutAt(0);
  CHECK(Paths(TupleOf({list, With(Row(1), DictOf({Text("home"), GetAt(0)})) + PutAt(1), GetAt(0) + GetAt(1) + "a"})) ==
        "[0].[0]=1 [1]=1 [1].@home.[0]=1 [2].[0]=1");
}

TEST_CASE("sets, ordered dicts and counters hold tensors too, and attributes come after the pairs") {
  CHECK(Paths(SetOf({Row(1)})) == "[0]=1");
  CHECK(Paths(SetOf({TupleOf({Number(1), Row(2)})})) == "[0].[1]=2");
  CHECK(Paths(OrderedDictOf({Text("w"), Row(1)})) == "w=1");
  CHECK(Paths(Call(Global("collections", "Counter"), {DictOf({Text("c"), Number(1)})}) + "(" + Text("d") + Row(2) +
              "u") == "d=2");
  const std::string attributes = DictOf({Text("_metadata"), DictOf({Text("m"), Row(3)}), Text("x"), Row(4)}) + "b";
  CHECK(Paths(OrderedDictOf({Text("w"), Row(1)}) + attributes) == "w=1 @_metadata.m=3 @x=4");
  CHECK(Paths(ListOf({OrderedDict() + attributes, Row(1)})) == "[0].@_metadata.m=3 [0].@x=4 [1]=1");
  CHECK(Paths(OrderedDict() + DictOf({Text("x"), Number(4)}) + "b") == "");
}

TEST_CASE("a cycle is cut where it closes, and nowhere else") {
  // l = [1, l, 2]
  CHECK(Paths("]" + PutAt(0) + "(" + Row(1) + GetAt(0) + Row(2) + "e") == "[0]=1 [2]=2");
  // a = {"t": 1, "b": b}; b = [a, 2]
  CHECK(Paths("}" + PutAt(0) + "(" + Text("t") + Row(1) + Text("b") + ListOf({GetAt(0), Row(2)}) + "u") ==
        "t=1 b.[1]=2");
  // (a, b) with a = [1, b] and b = [a]: each is entered from the outside once more.
  CHECK(Paths(TupleOf({"]" + PutAt(0) + "(" + Row(1) + ListOf({GetAt(0)}) + PutAt(1) + "e", GetAt(1)})) ==
        "[0].[0]=1 [1].[0].[0]=1");
  // Cycles through attributes.
  CHECK(Paths(OrderedDict() + PutAt(0) + DictOf({Text("self"), GetAt(0), Text("x"), Row(2)}) + "b") == "@x=2");
  // A cycle that holds no tensor.
  CHECK(Paths(ListOf({"]" + PutAt(0) + "(" + GetAt(0) + "e", Row(1)})) == "[1]=1");
}

TEST_CASE("containers that hold no tensor are skipped without being walked") {
  Checkpointed from = Holding(ListOf({Dag(Number(1), 40), Row(1)}));
  const Walked walked = Walk(*Loaded(from));
  CHECK(walked.paths == "[1]=1");
  CHECK_FALSE(walked.truncated);
}

TEST_CASE("a walk of 2^40 paths ends, and says that it is truncated") {
  const Loaded checkpoint(Holding(Dag(Row(1), 40)));
  std::uint64_t listed = 0;
  TensorRange range = checkpoint->tensors();
  std::set<std::size_t> lengths;
  for (const auto& [path, tensor] : range) {
    ++listed;
    lengths.insert(path.size());
  }
  CHECK(range.truncated());
  // One edge at least for each tensor, and one more for each container: between a quarter of the edges and all of them.
  const std::uint64_t edges = (std::uint64_t{1} << 20) + 4 * checkpoint->graph()->node_count();
  CHECK(listed < edges);
  CHECK(listed > edges / 6);
  CHECK(*lengths.begin() == 2);
  CHECK(std::size(lengths) > 15);
}

TEST_CASE("a walk within its limit lists all paths of a DAG") {
  const Loaded checkpoint(Holding(Dag(Row(1), 10)));
  std::set<std::string> paths;
  std::size_t listed = 0;
  TensorRange range = checkpoint->tensors();
  for (const auto& [path, tensor] : range) {
    std::string text;
    for (const PathElement& element : path) text += StepText(element);
    paths.insert(text);
    ++listed;
  }
  CHECK_FALSE(range.truncated());
  CHECK(listed == (1 << 11) - 1);  // 2^0 + 2^1 + … + 2^10: the levels are items of the root
  CHECK(paths.size() == listed);
}

TEST_CASE("the limit counts edges, and grows with the nodes") {
  const auto walk = [](std::uint64_t base, std::uint64_t per_node) {
    Options options;
    options.limits.walk_base = base;
    options.limits.walk_per_node = per_node;
    return Walk(*Loaded(Holding(ListOf({Row(1), Row(2), Row(3)})), options));
  };
  CHECK(walk(0, 0).paths == "");
  CHECK(walk(0, 0).truncated);
  CHECK(walk(2, 0).paths == "[0]=1 [1]=2");
  CHECK(walk(2, 0).truncated);
  CHECK(walk(3, 0).paths == "[0]=1 [1]=2 [2]=3");
  CHECK_FALSE(walk(3, 0).truncated);
  CHECK_FALSE(walk(0, 1).truncated);
}

TEST_CASE("a walk that ends exactly at its limit is complete") {
  const auto walk = [](std::uint64_t edges) {
    Options options;
    options.limits.walk_base = edges;
    options.limits.walk_per_node = 0;
    return Walk(*Loaded(Holding(TupleOf({ListOf({Row(1)}), ListOf({Row(2), Row(3)})})), options));
  };
  // Five edges: two to the lists, three to the tensors.
  CHECK(walk(5).paths == "[0].[0]=1 [1].[0]=2 [1].[1]=3");
  CHECK_FALSE(walk(5).truncated);
  CHECK(walk(4).paths == "[0].[0]=1 [1].[0]=2");
  CHECK(walk(4).truncated);
}

TEST_CASE("nesting of 100,000 levels is walked without a call stack") {
  std::string value = Row(1);
  for (int i = 0; i < 100'000; ++i) value += "\x85";  // TUPLE1
  const Loaded checkpoint(Holding(value));
  std::size_t steps = 0;
  TensorRange range = checkpoint->tensors();
  for (const auto& [path, tensor] : range) steps += path.size();
  CHECK(steps == 100'000);
  CHECK_FALSE(range.truncated());
}

TEST_CASE("a checkpoint gives a new range for each walk, and a range moves") {
  const Loaded checkpoint(Holding(ListOf({Row(1), Row(2)})));
  TensorRange first = checkpoint->tensors();
  TensorRange moved = std::move(first);
  auto at = moved.begin();
  REQUIRE(at != TensorRange::end());
  CHECK((*at).tensor.numel() == 1);
  at++;
  CHECK((*at).tensor.numel() == 2);
  ++at;
  CHECK(at == TensorRange::end());
  CHECK(Walk(*checkpoint).paths == "[0]=1 [1]=2");
}

// INE-006. A class that is allowed and stands for itself has neither arguments nor a state.
TEST_CASE("a class is no tensor and leads to none, an object of it does") {
  Options options;
  options.allowlist.Add("training.Thing");
  const std::string thing = Global("training", "Thing");
  CHECK(Walk(*Loaded(Holding(ListOf({thing, Row(1)})), options)).paths == "[1]=1");
  CHECK(Walk(*Loaded(Holding(ListOf({thing + TupleOf({Row(2)}) + "R", Row(1)})), options)).paths ==
        "[0].@__args__.[0]=2 [1]=1");
  const std::string size = Call(Global("torch", "Size"), {TupleOf({Number(3)})});  // a tuple, in Python as here
  CHECK(Walk(*Loaded(Holding(ListOf({thing + size + "R", Row(1)})), options)).paths == "[1]=1");
}

}  // namespace weightsonly::testing
