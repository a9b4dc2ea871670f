// Tensors of classes that the user allowed: their handles, their paths, their canonical value. By hand from SUB-002 to
// SUB-007; torch.save 2.15.0 and 2.6.0 wrote pickles of these forms.
#include "value/subclass.h"

#include <string>
#include <vector>

#include "checkpoint/options.h"
#include "tests/host_order.h"
#include "tests/output/document.h"

namespace weightsonly::testing {
namespace {

const std::string kFromType = Global("torch._tensor", "_rebuild_from_type_v2");
const std::string kParts =
    TupleOf({StorageAt("0", 2), Number(0), TupleOf({Number(2)}), TupleOf({Number(1)}), "\x89", "}"});

std::string Tagged(const std::string& state) {
  return Call(kFromType, {Global("torch._utils", "_rebuild_tensor_v2"), Global("training", "Tagged"), kParts, state});
}
std::string Wrapped(const std::string& device, const std::string& state) {
  const std::string outside =
      TupleOf({Global("training", "Wrapped"), Global("torch", "float32"), TupleOf({Number(2)}), TupleOf({Number(1)}),
               Number(0), Call(Global("torch.serialization", "_get_layout"), {Text("torch.strided")}),
               Call(Global("torch", "device"), {Text(device)}), "\x88"});
  return Call(kFromType,
              {Global("torch._utils", "_rebuild_wrapper_subclass"), Global("training", "Wrapped"), outside, state});
}

Options Allowing() {
  Options options;
  options.allowlist.Add("training.Tagged").Add("training.Wrapped");
  return options;
}
Loaded Holding(const std::string& value, const Limits& limits = {}) {
  Options options = Allowing();
  options.limits = limits;
  return Loaded({.pickle = PickleOf(value), .storages = {{"0", "abcdefgh"}, {"1", "ijkl"}}}, options);
}

// Path and dtype of every tensor: a.@b.[0].
std::string Paths(const std::string& value) {
  const Loaded loaded = Holding(value);
  std::string text;
  for (const auto& [path, tensor] : loaded->tensors()) {
    if (!text.empty()) text += ' ';
    for (const PathElement& element : path) {
      if (const auto* key = std::get_if<std::string_view>(&element)) text += "." + std::string(*key);
      if (const auto* at = std::get_if<std::int64_t>(&element)) text += "[" + std::to_string(*at) + "]";
      if (const auto* name = std::get_if<AttributeName>(&element)) text += "@" + std::string(name->name);
    }
    text += "=";
    if (const auto subclass = tensor.subclass()) text += std::string(subclass->class_name()) + " ";
    text += std::to_string(tensor.numel());
  }
  return text;
}

std::string Document(const std::string& value) {
  const std::string document = DocumentOf(*Holding(value));
  constexpr std::string_view kBegin = R"({"root":)";
  REQUIRE(document.starts_with(kBegin));
  return document.substr(kBegin.size(), document.rfind(R"(,"storages":[)") - kBegin.size());
}

const std::string kData =
    R"("data":{"t":"tensor","dtype":"float32","shape":[2],"stride":[1],"offset":0,"storage":0,"requires_grad":false})";
const std::string kOne = RowOf("1", 1);

}  // namespace

TEST_CASE("the parts of a tensor of a class are reached") {
  const Loaded loaded = Holding(Tagged(DictOf({Text("note"), Number(7)})));
  const Value root = loaded->root();
  CHECK(root.type() == ValueType::kSubclass);
  CHECK(root.name() == "training.Tagged");
  CHECK_FALSE(root.AsTensor().has_value());
  CHECK_FALSE(root.AsObject().has_value());
  const auto subclass = root.AsSubclass();
  REQUIRE(subclass.has_value());
  CHECK(subclass->class_name() == "training.Tagged");
  CHECK(subclass->value().Is(root));
  REQUIRE(subclass->attributes().has_value());
  CHECK(subclass->attributes()->Find("note")->AsInt() == 7);
  CHECK_FALSE(subclass->state().has_value());
  const Tensor data = subclass->data();
  REQUIRE(data.subclass().has_value());
  CHECK(data.subclass()->value().Is(root));
  CHECK(AsText(*data.data()) == OnHost("abcdefgh", 4));
  CHECK(data.device() == "cpu");
  CHECK_FALSE(data.is_meta());
  const Loaded plain = Holding(kOne);
  CHECK_FALSE(plain->root().AsSubclass().has_value());
  CHECK_FALSE(plain->root().AsTensor()->subclass().has_value());
}

TEST_CASE("a wrapper has a device and no bytes") {
  const Loaded loaded = Holding(Wrapped("cuda:1", "N"));
  const auto subclass = loaded->root().AsSubclass();
  REQUIRE(subclass.has_value());
  CHECK_FALSE(subclass->attributes().has_value());
  const Tensor outside = subclass->data();
  CHECK(outside.device() == "cuda:1");
  CHECK(outside.is_meta());
  CHECK(outside.requires_grad());
  CHECK(outside.numel() == 2);
  CHECK_FALSE(outside.storage().has_value());
  REQUIRE_FALSE(outside.data().has_value());
  CHECK(outside.data().error().kind == RefusalKind::kStorageMeta);
  std::vector<std::byte> room(8);
  CHECK_FALSE(outside.CopyTo(room).has_value());
  CHECK(Holding(Wrapped("meta", "N"))->root().AsSubclass()->data().device() == "meta");
}

TEST_CASE("a state that is no attributes is a part of its own") {
  const Loaded loaded = Holding(Tagged(ListOf({Number(1)})));
  const auto subclass = loaded->root().AsSubclass();
  REQUIRE(subclass->state().has_value());
  CHECK(subclass->state()->item(0).AsInt() == 1);
  CHECK_FALSE(subclass->attributes().has_value());
}

// SUB-007
TEST_CASE("a tensor of a class is listed, and behind it what it holds") {
  CHECK(Paths(Tagged("N")) == "=training.Tagged 2");
  CHECK(Paths(Tagged(DictOf({Text("a"), kOne}))) == "=training.Tagged 2 @a=1");
  CHECK(Paths(DictOf({Text("w"), Wrapped("cpu", DictOf({Text("inner"), kOne, Text("n"), Number(1)}))})) ==
        ".w=training.Wrapped 2 .w@inner=1");
  CHECK(Paths(ListOf({Tagged("N") + PutAt(0), GetAt(0), kOne})) == "[0]=training.Tagged 2 [1]=training.Tagged 2 [2]=1");
  CHECK(Paths(Tagged(ListOf({kOne, kOne}))) == "=training.Tagged 2 @__state__[0]=1 @__state__[1]=1");
  CHECK(Paths(ListOf({Tagged(DictOf({Text("a"), Wrapped("cpu", DictOf({Text("b"), kOne}))}))})) ==
        "[0]=training.Tagged 2 [0]@a=training.Wrapped 2 [0]@a@b=1");
  CHECK(Paths(ListOf({Wrapped("cpu", DictOf({Text("n"), ListOf({Number(1)})}))})) == "[0]=training.Wrapped 2");
}

TEST_CASE("a tensor of a class that holds itself is listed once on a path") {
  const std::string cycle = "]" + PutAt(0) + Tagged(DictOf({Text("home"), GetAt(0)})) + "a";
  CHECK(Paths(cycle) == "[0]=training.Tagged 2");
}

// SUB-006
TEST_CASE("the canonical value has the class, the data and the attributes") {
  const std::string begin = R"({"t":"subclass","class":"training.Tagged",)" + kData;
  CHECK(Document(Tagged("N")) == begin + "}");
  CHECK(Document(Tagged(DictOf({Text("a"), Number(1)}))) ==
        begin + R"(,"attrs":{"t":"dict","v":[[{"t":"str","v":"a"},{"t":"int","v":"1"}]]}})");
  CHECK(Document(Tagged(ListOf({Number(1), "N"}))) ==
        begin + R"(,"state":{"t":"list","v":[{"t":"int","v":"1"},{"t":"none"}]}})");
  CHECK(Document(ListOf({Tagged(ListOf({"]"})), "N"})) ==
        R"({"t":"list","v":[)" + begin + R"(,"state":{"t":"list","v":[{"t":"list","v":[]}]}},{"t":"none"}]})");
  CHECK(Document(Wrapped("cuda:1", "N")) ==
        R"({"t":"subclass","class":"training.Wrapped","data":{"t":"tensor","dtype":"float32","shape":[2],"stride":[1],)"
        R"("offset":0,"device":"cuda:1","requires_grad":true}})");
}

TEST_CASE("a tensor of a class that is referred to twice has a number, its data have none") {
  CHECK(Document(ListOf({Tagged("N") + PutAt(0), GetAt(0)})) ==
        R"({"t":"list","v":[{"t":"subclass","id":0,"class":"training.Tagged",)" + kData + R"(},{"t":"ref","id":0}]})");
}

TEST_CASE("the data of a class are a level of their own") {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), ']') + Tagged("N") +
           std::string(static_cast<std::size_t>(levels), 'a');
  };
  CHECK(DocumentOf(*Holding(nested(498))) != "null");  // the list of level 498, the tensor 499, its data 500
  CHECK(DocumentOf(*Holding(nested(499))) == "null");
}

}  // namespace weightsonly::testing
