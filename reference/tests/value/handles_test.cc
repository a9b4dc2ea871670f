// Floor 3. The handles Value, Storage and Tensor over a graph made by hand, and the budgets of the graph.
#include <algorithm>
#include <complex>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/value/builder.h"
#include "value/value.h"

namespace weightsonly {
namespace {

using namespace std::string_literals;

std::shared_ptr<const Graph> Shared(Builder& b) { return std::make_shared<const Graph>(std::move(b.graph)); }

TEST_CASE("each accessor answers for its own type and is empty for every other") {
  Builder b("textbytes\0\0\0\0\0\0\0\0\1"s);
  const Ref integer = b.Int(-7);
  const Ref big = b.Text(ValueType::kInt, 9, 9, kBigInt);
  const Ref real = b.Float(1.5);
  const Ref complex = b.Complex(1, -2);
  const Ref str = b.Text(ValueType::kStr, 0, 4);
  const Ref bytes = b.Text(ValueType::kBytes, 4, 5);
  const Ref bytearray = b.Owned(ValueType::kBytearray, "\xff");
  const Ref tuple = b.Sequence(ValueType::kTuple, {integer, str});
  const Ref list = b.Sequence(ValueType::kList, {tuple});
  const Ref set = b.Sequence(ValueType::kSet, {real});
  const Ref size = b.Sequence(ValueType::kSize, {integer});
  const Ref dict = b.Dict(ValueType::kDict, {{integer, real, 1}, {bytes, set, 2}, {str, list, 3}});
  const Ref dtype = b.Named(ValueType::kDtype, "torch.int8");
  b.graph.at(dtype).small = static_cast<std::uint8_t>(Dtype::kInt8);
  const std::vector<Ref> named = {
      dtype, b.Named(ValueType::kDevice, "cuda:0"), b.Named(ValueType::kLayout, "torch.strided"),
      b.Named(ValueType::kQscheme, "torch.per_tensor_affine"), b.Named(ValueType::kGlobal, "builtins.set")};
  const auto graph = Shared(b);
  const auto value = [&](Ref ref) { return Value(graph, ref); };

  CHECK(value(Graph::kTrue).AsBool());
  CHECK_FALSE(value(Graph::kFalse).AsBool());
  CHECK(value(real).AsFloat() == 1.5);
  CHECK(value(complex).AsComplex() == std::complex<double>(1, -2));
  CHECK(value(integer).AsInt() == -7);
  CHECK(value(integer).IntText() == "-7");
  CHECK(value(big).AsInt() == std::nullopt);
  CHECK(value(big).IntText() == "18446744073709551616");
  CHECK_FALSE(value(big).attributes().has_value());
  CHECK(value(str).AsStr() == "text");
  CHECK(AsText(value(bytes).AsBytes()) == "bytes");
  CHECK(AsText(value(bytearray).AsBytes()) == "\xff");
  CHECK(value(tuple).size() == 2);
  CHECK(value(tuple).item(0).Is(value(integer)));
  CHECK(value(tuple).item(1).AsStr() == "text");
  CHECK(value(list).item(0).Is(value(tuple)));
  CHECK_FALSE(value(list).Is(value(tuple)));
  CHECK(value(set).size() == 1);
  CHECK(value(size).size() == 1);
  CHECK(value(dict).size() == 3);
  CHECK(value(dict).pair(1).first.Is(value(bytes)));
  CHECK(value(dict).pair(1).second.Is(value(set)));
  REQUIRE(value(dict).Find("text").has_value());
  CHECK(value(dict).Find("text")->Is(value(list)));
  CHECK_FALSE(value(dict).Find("bytes").has_value());  // a key of bytes is no text
  CHECK_FALSE(value(list).Find("text").has_value());
  CHECK(value(dtype).AsDtype() == Dtype::kInt8);
  const std::vector<std::string> names = {"torch.int8", "cuda:0", "torch.strided", "torch.per_tensor_affine",
                                          "builtins.set"};
  for (std::size_t i = 0; i < named.size(); ++i) CHECK(value(named[i]).name() == names[i]);

  for (Ref ref = 0; ref < graph->node_count(); ++ref) {
    const Value any = value(ref);
    INFO("node " << ref);
    const ValueType type = any.type();
    if (type != ValueType::kBool) CHECK_FALSE(any.AsBool());
    if (type != ValueType::kFloat) CHECK(any.AsFloat() == 0);
    if (type != ValueType::kComplex) CHECK(any.AsComplex() == std::complex<double>());
    if (type != ValueType::kInt) CHECK((any.IntText().empty() && !any.AsInt()));
    if (type != ValueType::kStr) CHECK(any.AsStr().empty());
    if (type != ValueType::kBytes && type != ValueType::kBytearray) CHECK(any.AsBytes().empty());
    if (std::find(named.begin(), named.end(), ref) == named.end()) CHECK(any.name().empty());
    if (type != ValueType::kDtype) CHECK_FALSE(any.AsDtype().has_value());
    if (ref < tuple && ref != Graph::kEmptyTuple) CHECK(any.size() == 0);
    CHECK_FALSE(any.AsTensor().has_value());
    CHECK_FALSE(any.AsStorage().has_value());
    CHECK_FALSE(any.attributes().has_value());
  }
}

TEST_CASE("attributes are those that were set last, of that object only") {
  Builder b;
  const Ref object = b.Dict(ValueType::kOrderedDict, {});
  const Ref other = b.Dict(ValueType::kOrderedDict, {});
  const Ref first = b.Dict(ValueType::kDict, {});
  const Ref second = b.Dict(ValueType::kDict, {});
  CHECK(b.graph.AttributesOf(object) == Graph::kNone);
  b.graph.SetAttributes(object, first);
  b.graph.SetAttributes(object, second);
  CHECK(b.graph.AttributesOf(object) == second);
  const auto graph = Shared(b);
  REQUIRE(Value(graph, object).attributes().has_value());
  CHECK(Value(graph, object).attributes()->node() == second);
  CHECK_FALSE(Value(graph, other).attributes().has_value());
}

// Two storages: 0 holds the floats 0 to 5, 1 holds eight bytes.
struct Tensors {
  Tensors() {
    std::string floats;
    for (int i = 0; i < 6; ++i) {
      const auto number = static_cast<float>(i);
      floats.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    auto memory = std::make_unique<MemorySource>(std::vector<std::string>{floats, "abcdefgh"});
    source = memory.get();
    b.graph.source = std::move(memory);
    b.graph.names.push_back({.text = "cuda:1", .tag = 0});
    b.graph.names.push_back({.text = "cpu", .tag = 0});
    StorageRecord record{};
    record.nbytes = 24;
    b.graph.storages.push_back(record);
    record.nbytes = 8;
    record.device = 1;
    b.graph.storages.push_back(record);
  }

  Builder b;
  MemorySource* source;
};

std::vector<float> Copied(const Tensor& tensor) {
  std::vector<float> out(tensor.nbytes() / sizeof(float));
  REQUIRE(tensor.CopyTo(std::as_writable_bytes(std::span(out))).has_value());
  return out;
}

TEST_CASE("a tensor's handle tells its geometry and copies its elements row-major") {
  Tensors t;
  const Ref whole = t.b.Tensor(Dtype::kFloat32, {2, 3}, {3, 1});
  const Ref turned = t.b.Tensor(Dtype::kFloat32, {2, 2}, {1, 3}, 1);
  const Ref scalar = t.b.Tensor(Dtype::kFloat32, {}, {}, 5);
  const Ref none = t.b.Tensor(Dtype::kFloat32, {0, 3}, {3, 1}, 1000);
  const Ref negative = t.b.Tensor(Dtype::kFloat32, {2}, {1}, 1);
  t.b.graph.tensors.back().neg = true;
  const Ref pair = t.b.Tensor(Dtype::kComplex64, {1}, {1}, 1);
  t.b.graph.tensors.back().conj = true;
  const Ref bytes = t.b.Tensor(Dtype::kUInt8, {2}, {3}, 1, 1);
  const Ref huge = t.b.Tensor(Dtype::kFloat64, {std::numeric_limits<std::int64_t>::max()}, {0});
  t.b.graph.tensors[0].requires_grad = true;
  Node node(ValueType::kParameter);
  node.at = 0;
  const Ref parameter = t.b.graph.Add(node, 0);
  node.flags = kRequiresGrad;
  node.at = 1;
  const Ref trained = t.b.graph.Add(node, 0);
  const auto graph = Shared(t.b);
  const auto tensor = [&](Ref ref) { return *Value(graph, ref).AsTensor(); };

  CHECK(tensor(whole).dtype() == Dtype::kFloat32);
  CHECK(std::vector<std::int64_t>(tensor(turned).shape().begin(), tensor(turned).shape().end()) ==
        std::vector<std::int64_t>{2, 2});
  CHECK(std::vector<std::int64_t>(tensor(turned).stride().begin(), tensor(turned).stride().end()) ==
        std::vector<std::int64_t>{1, 3});
  CHECK(tensor(turned).storage_offset() == 1);
  CHECK(tensor(turned).numel() == 4);
  CHECK(tensor(turned).nbytes() == 16);
  CHECK(tensor(turned).device() == "cuda:1");
  CHECK(tensor(bytes).device() == "cpu");
  CHECK(tensor(bytes).storage()->index() == 1);
  CHECK(tensor(whole).is_contiguous());
  CHECK_FALSE(tensor(turned).is_contiguous());
  CHECK(tensor(whole).requires_grad());
  CHECK_FALSE(tensor(turned).requires_grad());
  CHECK_FALSE(tensor(whole).is_parameter());
  CHECK(tensor(parameter).is_parameter());
  CHECK_FALSE(tensor(parameter).requires_grad());  // its own mark counts, not that of its data
  CHECK(tensor(trained).requires_grad());
  CHECK(tensor(negative).is_neg());
  CHECK_FALSE(tensor(negative).is_conj());
  CHECK(tensor(pair).is_conj());
  CHECK(tensor(whole).value().Is(Value(graph, whole)));
  CHECK(tensor(huge).nbytes() == std::numeric_limits<std::uint64_t>::max());

  CHECK(Copied(tensor(whole)) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(Copied(tensor(turned)) == std::vector<float>{1, 4, 2, 5});
  CHECK(Copied(tensor(scalar)) == std::vector<float>{5});
  CHECK(Copied(tensor(none)).empty());
  CHECK(Copied(tensor(negative)) == std::vector<float>{-1, -2});
  CHECK(Copied(tensor(pair)) == std::vector<float>{2, -3});
  std::string two(2, '\0');
  REQUIRE(tensor(bytes).CopyTo(std::as_writable_bytes(std::span(two))).has_value());
  CHECK(two == "be");

  CHECK(AsText(*tensor(bytes).data()) == "bcde");
  CHECK(tensor(turned).data()->size() == 20);
  CHECK(tensor(none).data()->empty());
  REQUIRE(tensor(whole).As<float>().has_value());
  CHECK((*tensor(whole).As<float>())[5] == 5);
  CHECK(tensor(scalar).As<float>()->size() == 1);
  CHECK_FALSE(tensor(whole).As<double>().has_value());
  CHECK_FALSE(tensor(turned).As<float>().has_value());
  CHECK_FALSE(tensor(negative).As<float>().has_value());
  CHECK_FALSE(tensor(pair).As<std::complex<float>>().has_value());

  std::vector<std::byte> short_one(15);
  const auto refused = tensor(turned).CopyTo(short_one);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == RefusalKind::kOptionsInvalid);
}

TEST_CASE("a tensor whose storage cannot be read says why, one of no elements needs none") {
  Tensors t;
  const Ref whole = t.b.Tensor(Dtype::kFloat32, {2, 3}, {3, 1});
  const Ref turned = t.b.Tensor(Dtype::kFloat32, {2, 2}, {1, 3}, 1);
  const Ref none = t.b.Tensor(Dtype::kFloat32, {0}, {1});
  t.source->refuse = true;
  const auto graph = Shared(t.b);
  std::vector<std::byte> out(24);
  CHECK(Tensor(graph, whole).CopyTo(out).error().kind == RefusalKind::kIoRead);
  CHECK(Tensor(graph, turned).CopyTo(std::span(out).first(16)).error().kind == RefusalKind::kZipInflate);
  CHECK(Tensor(graph, whole).data().error().offset == 7);
  CHECK_FALSE(Tensor(graph, whole).As<float>().has_value());
  CHECK(Tensor(graph, none).data()->empty());
  CHECK(Tensor(graph, none).CopyTo({}).has_value());
  CHECK(Storage(graph, 0).data().error().kind == RefusalKind::kZipInflate);
}

TEST_CASE("a storage's handle asks the source of the graph") {
  Tensors t;
  Node node(ValueType::kStorage);
  node.at = 1;
  const Ref ref = t.b.graph.Add(node, 0);
  const auto graph = Shared(t.b);
  const auto storage = Value(graph, ref).AsStorage();
  REQUIRE(storage.has_value());
  CHECK(storage->index() == 1);
  CHECK(storage->nbytes() == 8);
  CHECK(storage->device() == "cpu");
  CHECK(storage->record() == "data/1");
  CHECK_FALSE(storage->in_place());
  CHECK(Storage(graph, 0).in_place());
  CHECK(AsText(*storage->data()) == "abcdefgh");
  std::string copy(8, '?');
  REQUIRE(storage->CopyTo(std::as_writable_bytes(std::span(copy))).has_value());
  CHECK(copy == "abcdefgh");
  std::string wrong(9, '?');
  const auto refused = storage->CopyTo(std::as_writable_bytes(std::span(wrong)));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == RefusalKind::kOptionsInvalid);
  CHECK(wrong == "?????????");
}

// "kind at offset", or "".
template <typename Call>
std::string OutcomeOf(Call call) {
  try {
    call();
  } catch (const Refusal& refusal) {
    CHECK(refusal.record == "data.pkl");
    return std::string(KindName(refusal.kind)) + " at " + std::to_string(refusal.offset);
  }
  return "";
}

// VAL-002, VAL-003
TEST_CASE("the budgets of a graph grow with the pickle and are used up exactly") {
  Limits limits;
  limits.nodes = 6;
  limits.derived_base = 10;
  limits.derived_per_byte = 4;
  limits.steps_base = 20;
  limits.steps_per_byte = 16;
  Builder b("abc", limits);  // 22 bytes, 68 steps
  Graph& graph = b.graph;
  CHECK(OutcomeOf([&] { graph.ChargeMemory(20, 1); }) == "");
  CHECK(graph.memory_left() == 2);
  CHECK(OutcomeOf([&] { graph.ChargeMemory(3, 2); }) == "limit.memory at 2");
  CHECK(OutcomeOf([&] { graph.ChargeMemory(2, 3); }) == "");
  CHECK(OutcomeOf([&] { graph.ChargeMemory(1, 4); }) == "limit.memory at 4");
  CHECK(graph.steps_left() == 68);
  CHECK(OutcomeOf([&] { graph.ChargeSteps(68, 5); }) == "");
  CHECK(OutcomeOf([&] { graph.ChargeSteps(0, 6); }) == "");
  CHECK(OutcomeOf([&] { graph.ChargeSteps(1, 7); }) == "limit.steps at 7");
  CHECK(graph.node_count() == 4);
  CHECK(OutcomeOf([&] { graph.Add(Node(ValueType::kList), 8); }) == "");
  CHECK(OutcomeOf([&] { graph.Add(Node(ValueType::kList), 9); }) == "");
  CHECK(OutcomeOf([&] { graph.Add(Node(ValueType::kList), 10); }) == "limit.nodes at 10");
  CHECK(graph.limits().nodes == 6);
}

TEST_CASE("budgets beyond 64 bits are the largest there are, factors of 0 leave the base") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  Limits limits;
  limits.derived_base = kMost - 1;
  limits.derived_per_byte = 2;
  limits.steps_base = 1;
  limits.steps_per_byte = 0;
  Builder b("abc", limits);
  CHECK(OutcomeOf([&] { b.graph.ChargeMemory(kMost, 0); }) == "");
  CHECK(OutcomeOf([&] { b.graph.ChargeSteps(2, 0); }) == "limit.steps at 0");
  CHECK(OutcomeOf([&] { b.graph.ChargeSteps(1, 0); }) == "");
}

// MTA-001, MTA-004
TEST_CASE("a meta tensor has a geometry, perhaps a storage without bytes, and refuses to be read") {
  Builder b;
  b.Named(ValueType::kDevice, "meta");
  const Ref alone = b.Tensor(Dtype::kFloat32, {2, 3}, {3, 1}, 0, kNoStorage);
  const Ref tagged = b.Tensor(Dtype::kFloat32, {2}, {1}, 1, 0);
  const Ref none = b.Tensor(Dtype::kFloat32, {0}, {1}, 0, kNoStorage);
  StorageRecord record{};
  record.nbytes = 12;
  record.meta = true;
  b.graph.storages.push_back(record);
  Node node(ValueType::kStorage);
  const Ref bytes = b.graph.Add(node, 0);
  b.graph.source = std::make_unique<MemorySource>(std::vector<std::string>{"twelve bytes"});
  const auto graph = Shared(b);
  const auto tensor = [&](Ref ref) { return *Value(graph, ref).AsTensor(); };

  for (const Ref ref : {alone, tagged, none}) {
    CHECK(tensor(ref).is_meta());
    CHECK(tensor(ref).device() == "meta");
    CHECK(tensor(ref).data().error().kind == RefusalKind::kStorageMeta);
    std::vector<std::byte> out(tensor(ref).nbytes());
    CHECK(tensor(ref).CopyTo(out).error().kind == RefusalKind::kStorageMeta);
    CHECK_FALSE(tensor(ref).As<float>().has_value());
  }
  CHECK(tensor(alone).nbytes() == 24);
  CHECK_FALSE(tensor(alone).storage().has_value());
  REQUIRE(tensor(tagged).storage().has_value());
  CHECK(tensor(tagged).storage()->index() == 0);
  const Storage storage = *Value(graph, bytes).AsStorage();
  CHECK(storage.is_meta());
  CHECK_FALSE(storage.in_place());
  CHECK(storage.nbytes() == 12);
  CHECK(storage.data().error().kind == RefusalKind::kStorageMeta);
}

}  // namespace
}  // namespace weightsonly
