// The canonical value of inert objects. By hand from INE-007.
#include "checkpoint/torchscript.h"
#include "tests/output/document.h"

namespace weightsonly::testing {
namespace {

// The text of `value`, a value of TorchScript, as the root of data.pkl.
std::string ObjectDocument(const std::string& value) {
  const Zip zip = BuildCheckpoint({.pickle = PickleOf(value),
                                   .storages = {{"0", "abcd"}},
                                   .more = {{.name = "constants.pkl", .payload = PickleOf(")")}}});
  const auto script = LoadTorchScript(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(script) == "accepted");
  const std::string document = DocumentOf(script->data);
  constexpr std::string_view kBegin = R"({"root":)";
  constexpr std::string_view kEnd = R"(,"storages":[)";
  REQUIRE(document.starts_with(kBegin));
  return document.substr(kBegin.size(), document.rfind(kEnd) - kBegin.size());
}

const std::string kClass = Global("__torch__", "N");
const std::string kObject = kClass + ")\x81";
constexpr const char* kEmptyTuple = R"({"t":"tuple","v":[]})";

}  // namespace

TEST_CASE("a class, a new object and a call are told apart") {
  CHECK(ObjectDocument(kClass) == R"({"t":"object","class":"__torch__.N","via":"class"})");
  CHECK(ObjectDocument(kObject) ==
        R"({"t":"object","class":"__torch__.N","via":"newobj","args":)" + std::string(kEmptyTuple) + "}");
  CHECK(ObjectDocument(kClass + Number(2) + "R") ==
        R"({"t":"object","class":"__torch__.N","via":"reduce","args":{"t":"int","v":"2"}})");
}

TEST_CASE("state, items and pairs stand behind the arguments where the file gives them") {
  const std::string begin = R"({"t":"object","class":"__torch__.N","via":"newobj","args":)" + std::string(kEmptyTuple);
  CHECK(ObjectDocument(kObject + "Nb") == begin + R"(,"state":{"t":"none"}})");
  CHECK(ObjectDocument(kObject + DictOf({Text("a"), Number(1)}) + "b") ==
        begin + R"(,"state":{"t":"dict","v":[[{"t":"str","v":"a"},{"t":"int","v":"1"}]]}})");
  CHECK(ObjectDocument(kObject + "(e") == begin + R"(,"items":[]})");
  CHECK(ObjectDocument(kObject + "(NNe") == begin + R"(,"items":[{"t":"none"},{"t":"none"}]})");
  CHECK(ObjectDocument(kObject + "(u") == begin + R"(,"pairs":[]})");
  CHECK(ObjectDocument(kObject + "(" + Text("a") + "N" + Text("b") + "Nu") ==
        begin + R"(,"pairs":[[{"t":"str","v":"a"},{"t":"none"}],[{"t":"str","v":"b"},{"t":"none"}]]})");
  CHECK(ObjectDocument(kObject + "Nb(Ne(" + Text("a") + "Nu") ==
        begin + R"(,"state":{"t":"none"},"items":[{"t":"none"}],"pairs":[[{"t":"str","v":"a"},{"t":"none"}]]})");
}

TEST_CASE("objects nest, and what follows them is not lost") {
  CHECK(ObjectDocument(ListOf({kObject + "(" + kObject + "(NeNe", "N"})) ==
        R"({"t":"list","v":[{"t":"object","class":"__torch__.N","via":"newobj","args":{"t":"tuple","v":[]},"items":[)"
        R"({"t":"object","class":"__torch__.N","via":"newobj","args":{"t":"tuple","v":[]},"items":[{"t":"none"}]},)"
        R"({"t":"none"}]},{"t":"none"}]})");
}

TEST_CASE("an object that is referred to twice has a number, a class never has one") {
  CHECK(ObjectDocument(kObject + PutAt(0) + ListOf({GetAt(0)}) + "b") ==
        R"({"t":"object","id":0,"class":"__torch__.N","via":"newobj","args":{"t":"tuple","v":[]},)"
        R"("state":{"t":"list","v":[{"t":"ref","id":0}]}})");
  const std::string name = R"({"t":"object","class":"__torch__.N","via":"class"})";
  CHECK(ObjectDocument(kClass + PutAt(0) + GetAt(0) + "\x86") == R"({"t":"tuple","v":[)" + name + "," + name + "]}");
}

TEST_CASE("a class name that is not ASCII is a JSON string") {
  CHECK(ObjectDocument(Global("__torch__", "\xc3\xa9\"")) ==
        "{\"t\":\"object\",\"class\":\"__torch__.\xc3\xa9\\\"\",\"via\":\"class\"}");
}

TEST_CASE("an object is a level, and so is each of its parts") {
  std::string deep = "N", shallow = "N";
  for (int i = 0; i < 498; ++i) deep = ListOf({deep});
  for (int i = 0; i < 497; ++i) shallow = ListOf({shallow});
  const auto whole = [](const std::string& state) {
    const Zip zip = BuildCheckpoint({.pickle = PickleOf(kObject + ListOf({state}) + "b"),
                                     .more = {{.name = "constants.pkl", .payload = PickleOf(")")}}});
    const auto script = LoadTorchScript(AsBytes(zip.bytes));
    REQUIRE(OutcomeOf(script) == "accepted");
    return DocumentOf(script->data) == "null";
  };
  CHECK_FALSE(whole(shallow));  // object, list, 497 lists, None
  CHECK(whole(deep));
}

}  // namespace weightsonly::testing
