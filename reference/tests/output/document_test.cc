// One document for each kind of value, sharing, cycles and order. Each row was also loaded by torch 2.15.0 and written
// by the second writer (fixtures-gen/canonical.py), with the same text.
#include "tests/output/document.h"

namespace weightsonly::testing {
namespace {

// Storages "0" (24 bytes, of 6 floats) and "1" (8 bytes).
constexpr const char* kBytes = "abcdefghijklmnopqrstuvwx";
constexpr const char* kStorage0 =
    R"({"device":"cpu","nbytes":24,"x":"6162636465666768696a6b6c6d6e6f707172737475767778"})";
constexpr const char* kStorage1 = R"({"device":"cpu","nbytes":8,"x":"3031323334353637"})";

std::string Document(const std::string& value) {
  return DocumentOf(*Loaded(Checkpointed{.pickle = PickleOf(value), .storages = {{"0", kBytes}, {"1", "01234567"}}}));
}
std::string Expected(const std::string& root, const std::string& storages = "") {
  return R"({"root":)" + root + R"(,"storages":[)" + storages + "]}";
}
// The root alone, of a value without storages.
std::string Root(const std::string& value) {
  const std::string document = Document(value);
  const std::string begin = R"({"root":)", end = R"(,"storages":[]})";
  REQUIRE(document.starts_with(begin));
  REQUIRE(document.ends_with(end));
  return document.substr(begin.size(), document.size() - begin.size() - end.size());
}

std::string Bytes8(std::string_view latin1) {
  return Call(Global("_codecs", "encode"), {Text(latin1), Text("latin1")});
}

// {"t":"tensor" and `row` of the floats of storage `number`.
std::string TensorText(const std::string& number, const std::string& numel, const std::string& id = "") {
  return R"({"t":"tensor",)" + id + R"("dtype":"float32","shape":[)" + numel +
         R"(],"stride":[1],"offset":0,"storage":)" + number + R"(,"requires_grad":false})";
}

}  // namespace

TEST_CASE("plain values are written with their type") {
  CHECK(Root("N") == R"({"t":"none"})");
  CHECK(Root("\x88") == R"({"t":"bool","v":true})");
  CHECK(Root("\x89") == R"({"t":"bool","v":false})");
  CHECK(Root(Number(0)) == R"({"t":"int","v":"0"})");
  CHECK(Root(Number(-7)) == R"({"t":"int","v":"-7"})");
  CHECK(Root(Long(std::string_view("\0\0\0\0\0\0\0\x80\0", 9))) == R"({"t":"int","v":"9223372036854775808"})");
  CHECK(Root(Long(std::string_view("\0\0\0\0\0\0\0\x80", 8))) == R"({"t":"int","v":"-9223372036854775808"})");
  CHECK(Root(Real(1.5)) == R"({"t":"float","v":"3ff8000000000000"})");
  CHECK(Root(Real(-0.0)) == R"({"t":"float","v":"8000000000000000"})");
  CHECK(Root(Real(std::bit_cast<double>(0x7ff8000000000123))) == R"({"t":"float","v":"7ff8000000000123"})");
  CHECK(Root(Call(Global("builtins", "complex"), {Real(1.5), Real(-2)})) ==
        R"({"t":"complex","v":["3ff8000000000000","c000000000000000"]})");
}

TEST_CASE("text is a string, or hex when it is not Unicode; bytes are hex") {
  CHECK(Root(Text("")) == R"({"t":"str","v":""})");
  CHECK(Root(Text("d\xc3\xa9j\xc3\xa0\n\"\x7f")) == "{\"t\":\"str\",\"v\":\"d\xc3\xa9j\xc3\xa0\\n\\\"\x7f\"}");
  CHECK(Root(Text("a\xed\xa0\x80")) == R"({"t":"str","x":"61eda080"})");
  CHECK(Root(Bytes8("")) == R"({"t":"bytes","x":""})");
  CHECK(Root(Bytes8("\xc3\xbf"
                    "a")) == R"({"t":"bytes","x":"ff61"})");
  CHECK(Root(Call(Global("builtins", "bytearray"), {Bytes8("ab")})) == R"({"t":"bytearray","x":"6162"})");
}

TEST_CASE("names are written with their type") {
  CHECK(Root(Global("torch", "float16")) == R"({"t":"dtype","v":"torch.float16"})");
  CHECK(Root(Call(Global("torch", "device"), {Text("cuda"), Number(1)})) == R"({"t":"device","v":"cuda:1"})");
  CHECK(Root(Call(Global("torch.serialization", "_get_layout"), {Text("torch.strided")})) ==
        R"({"t":"layout","v":"torch.strided"})");
  CHECK(Root(Global("torch", "per_tensor_affine")) == R"({"t":"qscheme","v":"torch.per_tensor_affine"})");
  CHECK(Root(Global("collections", "OrderedDict")) == R"({"t":"class","v":"collections.OrderedDict"})");
  CHECK(Root(Global("torch._utils", "_rebuild_tensor_v2")) == R"({"t":"class","v":"torch._utils._rebuild_tensor_v2"})");
}

TEST_CASE("containers are written with their items, dicts as ordered pairs") {
  CHECK(Root(")") == R"({"t":"tuple","v":[]})");
  CHECK(Root("]") == R"({"t":"list","v":[]})");
  CHECK(Root("}") == R"({"t":"dict","v":[]})");
  CHECK(Root(OrderedDict()) == R"({"t":"odict","v":[]})");
  CHECK(Root(SetOf({})) == R"({"t":"set","v":[]})");
  CHECK(Root(TupleOf({Number(1), "N"})) == R"({"t":"tuple","v":[{"t":"int","v":"1"},{"t":"none"}]})");
  CHECK(Root(ListOf({ListOf({Number(1)}), "N"})) ==
        R"({"t":"list","v":[{"t":"list","v":[{"t":"int","v":"1"}]},{"t":"none"}]})");
  CHECK(Root(DictOf({Text("b"), Number(1), Number(2), "}", TupleOf({"N"}), "]"})) ==
        R"({"t":"dict","v":[[{"t":"str","v":"b"},{"t":"int","v":"1"}],[{"t":"int","v":"2"},{"t":"dict","v":[]}],)"
        R"([{"t":"tuple","v":[{"t":"none"}]},{"t":"list","v":[]}]]})");
  CHECK(Root(OrderedDictOf({Text("b"), "N"})) == R"({"t":"odict","v":[[{"t":"str","v":"b"},{"t":"none"}]]})");
  CHECK(Root(Call(Global("collections", "Counter"), {DictOf({Text("b"), Number(3)})})) ==
        R"({"t":"counter","v":[[{"t":"str","v":"b"},{"t":"int","v":"3"}]]})");
  CHECK(Root(Call(Global("torch", "Size"), {TupleOf({Number(2), Number(3)})})) ==
        R"({"t":"size","v":[{"t":"int","v":"2"},{"t":"int","v":"3"}]})");
}

TEST_CASE("the members of a set are sorted by the bytes of their documents") {
  CHECK(Root(SetOf({Number(9), Number(10), Number(-1), Number(100)})) ==
        R"({"t":"set","v":[{"t":"int","v":"-1"},{"t":"int","v":"10"},{"t":"int","v":"100"},{"t":"int","v":"9"}]})");
  CHECK(Root(SetOf({TupleOf({Number(1)}), "N", Text("b"), Real(1), Text("a"), Bytes8("z")})) ==
        R"({"t":"set","v":[{"t":"bytes","x":"7a"},{"t":"float","v":"3ff0000000000000"},{"t":"none"},)"
        R"({"t":"str","v":"a"},{"t":"str","v":"b"},{"t":"tuple","v":[{"t":"int","v":"1"}]}]})");
  // The member that is written first numbers the storages and the ids, whatever the order in the file: "[2]" < "[6]".
  CHECK(Document(SetOf({RowOf("0", 6), RowOf("1", 2)})) ==
        Expected(R"({"t":"set","v":[)" + TensorText("0", "2") + "," + TensorText("1", "6") + "]}",
                 std::string(kStorage1) + "," + kStorage0));
}

TEST_CASE("tensors and storages are written with their geometry") {
  CHECK(Document(RowOf("0", 6)) == Expected(TensorText("0", "6"), kStorage0));
  CHECK(
      Document(TensorOf({.storage = StorageAt("0", 6), .offset = 1, .size = {2, 2}, .stride = {1, 3}})) ==
      Expected(
          R"({"t":"tensor","dtype":"float32","shape":[2,2],"stride":[1,3],"offset":1,"storage":0,"requires_grad":false})",
          kStorage0));
  CHECK(Document(TensorOf({.storage = StorageAt("0", 6)})) ==
        Expected(
            R"({"t":"tensor","dtype":"float32","shape":[],"stride":[],"offset":0,"storage":0,"requires_grad":false})",
            kStorage0));
  const std::string both = DictOf({Text("conj"), "\x88", Text("neg"), "\x88"});
  CHECK(
      Document(
          TensorOf({.storage = StorageAt("0", 3, "ComplexFloatStorage"), .size = {3}, .stride = {1}, .more = both})) ==
      Expected(
          R"({"t":"tensor","dtype":"complex64","shape":[3],"stride":[1],"offset":0,"storage":0,"requires_grad":false,)"
          R"("conj":true,"neg":true})",
          kStorage0));
  CHECK(Document(StorageAt("1", 8, "ByteStorage")) ==
        Expected(R"({"t":"storage","dtype":"uint8","storage":0})", kStorage1));
  CHECK(Document(Call(Global("torch._utils", "_rebuild_parameter"), {RowOf("0", 6), "\x88", OrderedDict()})) ==
        Expected(R"({"t":"parameter","data":)" + TensorText("0", "6") + R"(,"requires_grad":true})", kStorage0));
}

TEST_CASE("a storage that no value has any more is not written") {
  CHECK(Document(DictOf({Text("k"), RowOf("0", 6), Text("k"), RowOf("1", 2)})) ==
        Expected(R"({"t":"dict","v":[[{"t":"str","v":"k"},)" + TensorText("0", "2") + "]]}", kStorage1));
  CHECK(Document(ListOf({RowOf("1", 2), RowOf("0", 6), RowOf("1", 2)})) ==
        Expected(R"({"t":"list","v":[)" + TensorText("0", "2") + "," + TensorText("1", "6") + "," +
                     TensorText("0", "2") + "]}",
                 std::string(kStorage1) + "," + kStorage0));
}

TEST_CASE("attributes are written behind the value, none when there are none") {
  const std::string attributes = DictOf({Text("version"), ListOf({Number(2)})}) + "b";
  CHECK(Root(OrderedDictOf({Text("k"), "N"}) + attributes) ==
        R"({"t":"odict","v":[[{"t":"str","v":"k"},{"t":"none"}]],"attrs":{"t":"dict","v":[[{"t":"str","v":"version"},)"
        R"({"t":"list","v":[{"t":"int","v":"2"}]}]]}})");
  CHECK(Root(OrderedDict() + "}b") == R"({"t":"odict","v":[]})");
  const std::string inner = OrderedDict() + DictOf({Text("a"), OrderedDict() + DictOf({Text("b"), "N"}) + "b"}) + "b";
  CHECK(Root(TupleOf({inner, "N"})) ==
        R"({"t":"tuple","v":[{"t":"odict","v":[],"attrs":{"t":"dict","v":[[{"t":"str","v":"a"},{"t":"odict","v":[],)"
        R"("attrs":{"t":"dict","v":[[{"t":"str","v":"b"},{"t":"none"}]]}}]]}},{"t":"none"}]})");
}

TEST_CASE("what is referenced more than once has an id, numbered in pre-order") {
  CHECK(
      Root(ListOf({"]" + PutAt(0), TupleOf({"}" + PutAt(1), GetAt(0)}), GetAt(1)})) ==
      R"({"t":"list","v":[{"t":"list","id":0,"v":[]},{"t":"tuple","v":[{"t":"dict","id":1,"v":[]},{"t":"ref","id":0}]},)"
      R"({"t":"ref","id":1}]})");
  CHECK(
      Root(ListOf({"](" + SetOf({}) + PutAt(0) + "e" + PutAt(1), GetAt(0), GetAt(1)})) ==
      R"({"t":"list","v":[{"t":"list","id":0,"v":[{"t":"set","id":1,"v":[]}]},{"t":"ref","id":1},{"t":"ref","id":0}]})");
  const std::string bytearray = Call(Global("builtins", "bytearray"), {Bytes8("a")});
  CHECK(Root(TupleOf({bytearray + PutAt(0), GetAt(0)})) ==
        R"({"t":"tuple","v":[{"t":"bytearray","id":0,"x":"61"},{"t":"ref","id":0}]})");
  CHECK(Root(TupleOf({TupleOf({"N"}) + PutAt(0), GetAt(0)})) ==
        R"({"t":"tuple","v":[{"t":"tuple","id":0,"v":[{"t":"none"}]},{"t":"ref","id":0}]})");
  CHECK(Document(TupleOf({RowOf("0", 6) + PutAt(0), GetAt(0)})) ==
        Expected(R"({"t":"tuple","v":[)" + TensorText("0", "6", R"("id":0,)") + R"(,{"t":"ref","id":0}]})", kStorage0));
  const std::string parameter =
      Call(Global("torch._utils", "_rebuild_parameter"), {RowOf("0", 6), "\x89", OrderedDict()});
  CHECK(Document(TupleOf({parameter + PutAt(0), GetAt(0)})) ==
        Expected(R"({"t":"tuple","v":[{"t":"parameter","id":0,"data":)" + TensorText("0", "6") +
                     R"(,"requires_grad":false},{"t":"ref","id":0}]})",
                 kStorage0));
}

TEST_CASE("plain values, sizes and the empty tuple have no id however often they are referenced") {
  CHECK(Root(TupleOf({Text("s") + PutAt(0), GetAt(0), ")" + PutAt(1), GetAt(1)})) ==
        R"({"t":"tuple","v":[{"t":"str","v":"s"},{"t":"str","v":"s"},{"t":"tuple","v":[]},{"t":"tuple","v":[]}]})");
  const std::string size = Call(Global("torch", "Size"), {TupleOf({Number(2)})});
  CHECK(Root(TupleOf({size + PutAt(0), GetAt(0)})) ==
        R"({"t":"tuple","v":[{"t":"size","v":[{"t":"int","v":"2"}]},{"t":"size","v":[{"t":"int","v":"2"}]}]})");
}

TEST_CASE("a cycle is written as a reference to what is open") {
  CHECK(Root("]" + PutAt(0) + GetAt(0) + "a") == R"({"t":"list","id":0,"v":[{"t":"ref","id":0}]})");
  CHECK(Root("}" + PutAt(0) + Text("me") + GetAt(0) + "s") ==
        R"({"t":"dict","id":0,"v":[[{"t":"str","v":"me"},{"t":"ref","id":0}]]})");
  CHECK(Root("]" + PutAt(0) + TupleOf({GetAt(0)}) + PutAt(1) + "a" + GetAt(1) + "a") ==
        R"({"t":"list","id":0,"v":[{"t":"tuple","id":1,"v":[{"t":"ref","id":0}]},{"t":"ref","id":1}]})");
  CHECK(Root(OrderedDict() + PutAt(0) + DictOf({Text("me"), GetAt(0)}) + "b") ==
        R"({"t":"odict","id":0,"v":[],"attrs":{"t":"dict","v":[[{"t":"str","v":"me"},{"t":"ref","id":0}]]}})");
}

}  // namespace weightsonly::testing
