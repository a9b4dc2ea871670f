// Floor 5. The calls that make Python's and torch's plain values: which arguments each takes, and what comes out.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kOdict = "collections.OrderedDict";
const std::string kCounter = "collections.Counter";
const std::string kSet = "builtins.set";
const std::string kBytearray = "builtins.bytearray";
const std::string kComplex = "builtins.complex";
const std::string kEncode = "_codecs.encode";
const std::string kSize = "torch.Size";
const std::string kDevice = "torch.device";
const std::string kLayout = "torch.serialization._get_layout";
const std::string kLatin1 = as::Str("latin1");

// CAL-002
TEST_CASE("OrderedDict takes nothing, a dict, or a sequence of pairs") {
  const std::string pair = "K\1K\2\x86";
  CheckAccepted({
      {"nothing", as::Call(kOdict, {}), "OrderedDict{}"},
      {"no pairs", as::Call(kOdict, {"]"}), "OrderedDict{}"},
      {"empty tuple", as::Call(kOdict, {")"}), "OrderedDict{}"},
      {"list of tuples", as::Call(kOdict, {as::List({pair, "K\3K\4\x86"})}), "OrderedDict{1: 2, 3: 4}"},
      {"list of lists", as::Call(kOdict, {as::List({as::List({"K\1", "K\2"})})}), "OrderedDict{1: 2}"},
      {"tuple of tuples", as::Call(kOdict, {pair + "\x85"}), "OrderedDict{1: 2}"},
      {"equal keys", as::Call(kOdict, {as::List({pair, "K\5K\6\x86", "\x88K\7\x86"})}), "OrderedDict{1: 7, 5: 6}"},
      {"empty dict", as::Call(kOdict, {"}"}), "OrderedDict{}"},
      {"dict", as::Call(kOdict, {as::Dict({"K\1", "K\2"})}), "OrderedDict{1: 2}"},
      {"dict with equal keys", as::Call(kOdict, {as::Dict({"K\1", "K\2", "\x88", "K\3"})}), "OrderedDict{1: 3}"},
      {"OrderedDict", as::Call(kOdict, {as::Call(kOdict, {pair + "\x85"})}), "OrderedDict{1: 2}"},
      {"Counter", as::Call(kOdict, {as::Call(kCounter, {as::Dict({"K\1", "K\2"})})}), "OrderedDict{1: 2}"},
      {"more is set", as::Call(kOdict, {pair + "\x85"}) + "K\1K\5s", "OrderedDict{1: 5}"},
  });
  CheckRefused({
      {"number", as::Call(kOdict, {"K\1"}), "value.type"},
      {"None", as::Call(kOdict, {"N"}), "value.type"},
      {"triple", as::Call(kOdict, {as::List({"K\1K\2K\3\x87"})}), "value.type"},
      {"single", as::Call(kOdict, {as::List({"K\1\x85"})}), "value.type"},
      {"items that are numbers", as::Call(kOdict, {as::List({"K\1"})}), "value.type"},
      {"items that are texts (DEV-502)", as::Call(kOdict, {as::List({as::Str("ab")})}), "value.type"},
      {"unhashable", as::Call(kOdict, {as::List({"]K\1\x86"})}), "value.unhashable"},
      {"two arguments", as::Call(kOdict, {"]", "]"}), "value.arity"},
  });
}

TEST_CASE("a dict that was copied and the copy do not share what is set later") {
  const std::string pickle =
      "}q\0K\1K\2s"s + as::Global(kOdict) + "h\0\x85Rq\1K\3K\4s"s + "h\0K\5K\6s"s + "h\0h\1\x87."s;
  CHECK(Loaded(pickle).outcome == "({1: 2, 5: 6}, {1: 2, 5: 6}, OrderedDict{1: 2, 3: 4})");
}

// CAL-003
TEST_CASE("Counter takes nothing, None or a dict") {
  CheckAccepted({
      {"nothing", as::Call(kCounter, {}), "Counter{}"},
      {"None", as::Call(kCounter, {"N"}), "Counter{}"},
      {"dict", as::Call(kCounter, {as::Dict({as::Str("a"), as::Str("b")})}), "Counter{'a': 'b'}"},
  });
  CheckRefused({
      {"number", as::Call(kCounter, {"K\1"}), "value.type"},
      {"text (DEV-502)", as::Call(kCounter, {as::Str("a")}), "value.type"},
      {"list (DEV-502)", as::Call(kCounter, {"]"}), "value.type"},
      {"two arguments", as::Call(kCounter, {"}", "}"}), "value.arity"},
  });
}

// CAL-004, VAL-011
TEST_CASE("set takes nothing, or a list, tuple or set of hashable members") {
  CheckAccepted({
      {"nothing", as::Call(kSet, {}), "set()"},
      {"empty list", as::Call(kSet, {"]"}), "set()"},
      {"list", as::Call(kSet, {as::List({"K\2", "K\1"})}), "set(2, 1)"},
      {"tuple", as::Call(kSet, {"K\1K\2\x86"}), "set(1, 2)"},
      {"Size", as::Call(kSet, {as::Call(kSize, {"K\1K\2\x86"})}), "set(1, 2)"},
      {"set", as::Call(kSet, {as::Call(kSet, {"K\1K\2\x86"})}), "set(1, 2)"},
      {"the first of equal members", as::Call(kSet, {as::List({"\x88", "K\1", "K\2", as::Float(1), as::Float(2)})}),
       "set(True, 2)"},
      {"two NaNs", as::Call(kSet, {as::List({as::Float(NAN), as::Float(NAN)})}), "set(nan, nan)"},
      {"equal tuples", as::Call(kSet, {as::List({"K\1\x85", "\x88\x85"})}), "set((1,))"},
  });
  CheckRefused({
      {"number", as::Call(kSet, {"K\1"}), "value.type"},
      {"None", as::Call(kSet, {"N"}), "value.type"},
      {"text (DEV-502)", as::Call(kSet, {as::Str("ab")}), "value.type"},
      {"dict (DEV-502)", as::Call(kSet, {"}"}), "value.type"},
      {"bytes (DEV-502)", as::Call(kSet, {as::Bytes("ab")}), "value.type"},
      {"a set in it", as::Call(kSet, {as::List({"\x8f"})}), "value.unhashable"},
      {"two arguments", as::Call(kSet, {"]", "]"}), "value.arity"},
  });
}

TEST_CASE("a set of a list keeps its members when the list grows") {
  const std::string pickle =
      as::List({"K\1", "K\2"}) + as::Put(0) + as::Global(kSet) + as::Get(0) + "\x85R" + as::Get(0) + "K\3a\x87.";
  CHECK(Loaded(pickle).outcome == "([1, 2, 3], set(1, 2), [1, 2, 3])");
}

// CAL-005
TEST_CASE("bytearray takes nothing, bytes, or a text and its codec") {
  CheckAccepted({
      {"nothing", as::Call(kBytearray, {}), "bytearray()"},
      {"bytes", as::Call(kBytearray, {as::Bytes("ab")}), "bytearray(6162)"},
      {"Latin-1 bytes", as::Call(kBytearray, {as::Call(kEncode, {as::Str("\xc3\xbf"), kLatin1})}), "bytearray(ff)"},
      {"empty bytes", as::Call(kBytearray, {as::Bytes("")}), "bytearray()"},
      {"text and codec", as::Call(kBytearray, {as::Str("a\xc3\xbf"), kLatin1}), "bytearray(61ff)"},
  });
  CheckRefused({
      {"text alone", as::Call(kBytearray, {as::Str("ab")}), "value.type"},
      {"None", as::Call(kBytearray, {"N"}), "value.type"},
      {"number (DEV-502)", as::Call(kBytearray, {"K\1"}), "value.type"},
      {"list (DEV-502)", as::Call(kBytearray, {as::List({"K\1"})}), "value.type"},
      {"bytes and codec", as::Call(kBytearray, {as::Bytes("ab"), kLatin1}), "value.type"},
      {"a codec that is none", as::Call(kBytearray, {as::Str("ab"), as::Str("nothing")}), "value.type"},
      {"a codec in capitals (DEV-502)", as::Call(kBytearray, {as::Str("ab"), as::Str("LATIN-1")}), "value.type"},
      {"three arguments (DEV-502)", as::Call(kBytearray, {as::Str("ab"), kLatin1, as::Str("strict")}), "value.arity"},
  });
}

TEST_CASE("a bytearray of bytes that are a key is another object and no key") {
  CheckRefused({{"key", "}" + as::Bytes("a") + as::Put(0) + "Ns" + as::Global(kBytearray) + as::Get(0) + "\x85RNs",
                 "value.unhashable"}});
  CheckAccepted({{"value", as::Bytes("a") + as::Put(0) + as::Global(kBytearray) + as::Get(0) + "\x85R\x86",
                  "(bytes(61), bytearray(61))"}});
}

// CAL-006
TEST_CASE("complex takes up to two real numbers") {
  CheckAccepted({
      {"nothing", as::Call(kComplex, {}), "complex(0.0, 0.0)"},
      {"one", as::Call(kComplex, {as::Float(1.5)}), "complex(1.5, 0.0)"},
      {"two", as::Call(kComplex, {as::Float(1.5), as::Float(-0.0)}), "complex(1.5, -0.0)"},
      {"ints", as::Call(kComplex, {"K\1", as::Int(-2)}), "complex(1.0, -2.0)"},
      {"bools", as::Call(kComplex, {"\x88", "\x89"}), "complex(1.0, 0.0)"},
      {"an int that a double rounds", as::Call(kComplex, {as::Int((1LL << 53) + 1)}),
       "complex(9007199254740992.0, 0.0)"},
  });
  CheckRefused({
      {"None", as::Call(kComplex, {"N"}), "value.type"},
      {"text (DEV-502)", as::Call(kComplex, {as::Str("1+2j")}), "value.type"},
      {"complex (DEV-502)", as::Call(kComplex, {as::Call(kComplex, {})}), "value.type"},
      {"second text", as::Call(kComplex, {"K\1", as::Str("1")}), "value.type"},
      {"three", as::Call(kComplex, {"K\1", "K\1", "K\1"}), "value.arity"},
  });
}

// CAL-007
TEST_CASE("_codecs.encode takes a text and one of three codecs under their usual names") {
  const auto encode = [](std::string_view text, std::string_view codec) {
    return as::Call(kEncode, {as::Str(text), as::Str(codec)});
  };
  CheckAccepted({
      {"ASCII text in Latin-1", encode("ab", "latin1"), "bytes(6162)"},
      {"empty", encode("", "latin1"), "bytes()"},
      {"U+0000 and U+007F", encode("\0\x7f"s, "latin1"), "bytes(007f)"},
      {"U+0080 and U+00BF", encode("\xc2\x80\xc2\xbf", "latin1"), "bytes(80bf)"},
      {"U+00C0 and U+00FF", encode("\xc3\x80\xc3\xbf", "latin1"), "bytes(c0ff)"},
      {"between ASCII",
       encode("a\xc3\xbf"
              "b",
              "latin1"),
       "bytes(61ff62)"},
      {"UTF-8", encode("\xc3\xbf\xe2\x82\xac", "utf-8"), "bytes(c3bfe282ac)"},
      {"default", as::Call(kEncode, {as::Str("\xc3\xbf")}), "bytes(c3bf)"},
      {"ASCII", encode("ab", "ascii"), "bytes(6162)"},
  });
  for (const char* name : {"latin1", "latin-1", "latin_1", "iso-8859-1", "iso8859-1", "l1"}) {
    CheckAccepted({{name, encode("\xc3\xbf", name), "bytes(ff)"}});
  }
  for (const char* name : {"utf-8", "utf8", "utf_8"}) CheckAccepted({{name, encode("\xc3\xbf", name), "bytes(c3bf)"}});
  for (const char* name : {"ascii", "us-ascii"}) {
    CheckAccepted({{name, encode("a", name), "bytes(61)"}});
    CheckRefused({{name, encode("\xc2\x80", name), "value.type"}});
  }
  CheckRefused({
      {"U+0100 in Latin-1", encode("\xc4\x80", "latin1"), "value.type"},
      {"U+20AC in Latin-1", encode("\xe2\x82\xac", "latin1"), "value.type"},
      {"U+1F600 in Latin-1", encode("\xf0\x9f\x98\x80", "latin1"), "value.type"},
      {"a surrogate in UTF-8", encode("\xed\xa0\x80", "utf-8"), "value.type"},
      {"a surrogate in Latin-1", encode("\xed\xa0\x80", "latin1"), "value.type"},
      {"an unknown codec", encode("a", "nothing"), "value.type"},
      {"rot13 (DEV-502)", encode("a", "rot13"), "value.type"},
      {"utf-16 (DEV-502)", encode("a", "utf-16"), "value.type"},
      {"capitals (DEV-502)", encode("a", "UTF-8"), "value.type"},
      {"a number", as::Call(kEncode, {"K\1", kLatin1}), "value.type"},
      {"bytes", as::Call(kEncode, {as::Bytes("a"), kLatin1}), "value.type"},
      {"a codec of a number", as::Call(kEncode, {as::Str("a"), "K\1"}), "value.type"},
      {"nothing", as::Call(kEncode, {}), "value.arity"},
      {"three (DEV-502)", as::Call(kEncode, {as::Str("a"), kLatin1, as::Str("ignore")}), "value.arity"},
  });
}

// CAL-008
TEST_CASE("torch.Size takes nothing, or a tuple, list or Size of ints") {
  CheckAccepted({
      {"nothing", as::Call(kSize, {}), "Size()"},
      {"tuple", as::Call(kSize, {"K\1K\2\x86"}), "Size(1, 2)"},
      {"list", as::Call(kSize, {as::List({"K\1", "K\2"})}), "Size(1, 2)"},
      {"empty list", as::Call(kSize, {"]"}), "Size()"},
      {"Size", as::Call(kSize, {as::Call(kSize, {"K\1K\2\x86"})}), "Size(1, 2)"},
      {"bool", as::Call(kSize, {"\x88\x89\x86"}), "Size(1, 0)"},
      {"negative", as::Call(kSize, {as::Int(-1) + "\x85"}), "Size(-1)"},
      {"2^64", as::Call(kSize, {as::Power(64) + "\x85"}), "Size(18446744073709551616)"},
  });
  CheckRefused({
      {"float", as::Call(kSize, {as::Float(1) + "\x85"}), "value.type"},
      {"None in it", as::Call(kSize, {"K\1N\x86"}), "value.type"},
      {"number", as::Call(kSize, {"K\1"}), "value.type"},
      {"text", as::Call(kSize, {as::Str("12")}), "value.type"},
      {"set (torch takes it, DEV-502)", as::Call(kSize, {"\x8f"}), "value.type"},
      {"two arguments", as::Call(kSize, {"K\1", "K\2"}), "value.arity"},
  });
}

// CAL-009, DVC-002, DVC-003, DEV-503
TEST_CASE("torch.device takes a name with or without index, a name and an index, or a device") {
  CheckAccepted({
      {"name", as::Call(kDevice, {as::Str("cpu")}), "device(cpu)"},
      {"name with index", as::Call(kDevice, {as::Str("cuda:1")}), "device(cuda:1)"},
      {"name and index", as::Call(kDevice, {as::Str("cuda"), "K\1"}), "device(cuda:1)"},
      {"name and None", as::Call(kDevice, {as::Str("cuda"), "N"}), "device(cuda)"},
      {"the last index", as::Call(kDevice, {as::Str("cuda"), "K\x7f"}), "device(cuda:127)"},
      {"device", as::Call(kDevice, {as::Call(kDevice, {as::Str("mps")})}), "device(mps)"},
  });
  CheckRefused({
      {"unknown", as::Call(kDevice, {as::Str("gpu")}), "tensor.device"},
      {"empty", as::Call(kDevice, {as::Str("")}), "tensor.device"},
      {"upper case", as::Call(kDevice, {as::Str("CPU")}), "tensor.device"},
      {"index twice", as::Call(kDevice, {as::Str("cuda:1"), "K\1"}), "tensor.device"},
      {"index and None", as::Call(kDevice, {as::Str("cuda:1"), "N"}), "tensor.device"},
      {"index -1", as::Call(kDevice, {as::Str("cuda"), as::Int(-1)}), "tensor.device"},
      {"index 128 (DEV-507)", as::Call(kDevice, {as::Str("cuda"), "K\x80"}), "tensor.device"},
      {"index 2^64", as::Call(kDevice, {as::Str("cuda"), as::Power(64)}), "value.type"},
      {"index True", as::Call(kDevice, {as::Str("cuda"), "\x88"}), "value.type"},
      {"index text", as::Call(kDevice, {as::Str("cuda"), as::Str("1")}), "value.type"},
      {"number alone (DEV-503)", as::Call(kDevice, {"K\0"s}), "tensor.device"},
      {"None", as::Call(kDevice, {"N"}), "value.type"},
      {"device and index", as::Call(kDevice, {as::Call(kDevice, {as::Str("cuda")}), "K\1"}), "value.type"},
      {"nothing", as::Call(kDevice, {}), "value.arity"},
      {"three", as::Call(kDevice, {as::Str("cuda"), "K\1", "K\1"}), "value.arity"},
  });
}

TEST_CASE("a device or layout is one object for each name, and a device is no layout") {
  Machine machine(as::Call(kDevice, {as::Str("cuda:1")}) + as::Call(kDevice, {as::Str("cuda"), "K\1"}) +
                  as::Call(kDevice, {as::Str("cuda")}) + as::Call(kLayout, {as::Str("torch.strided")}) +
                  as::Call(kLayout, {as::Str("torch.strided")}));
  REQUIRE(machine.Execute() == "");
  const auto& stack = machine.state.stack;
  CHECK(stack[0] == stack[1]);
  CHECK(stack[0] != stack[2]);
  CHECK(stack[3] == stack[4]);
  const Ref device = NamedNode(machine.state, ValueType::kDevice, "torch.strided");
  CHECK(device != stack[3]);
  CHECK(machine.graph[device].type == ValueType::kDevice);
}

// CAL-010
TEST_CASE("_get_layout takes the name of one of torch's eight layouts") {
  for (const char* name : {"torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc",
                           "torch.sparse_bsr", "torch.sparse_bsc", "torch._mkldnn", "torch.jagged"}) {
    CheckAccepted({{name, as::Call(kLayout, {as::Str(name)}), name}});
  }
  CheckRefused({
      {"unknown", as::Call(kLayout, {as::Str("torch.sparse")}), "value.type"},
      {"without module", as::Call(kLayout, {as::Str("strided")}), "value.type"},
      {"number", as::Call(kLayout, {"K\1"}), "value.type"},
      {"nothing", as::Call(kLayout, {}), "value.arity"},
      {"two", as::Call(kLayout, {as::Str("torch.strided"), "N"}), "value.arity"},
  });
}

}  // namespace
}  // namespace weightsonly::machine
