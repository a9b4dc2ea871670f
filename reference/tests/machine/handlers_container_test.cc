// Floor 5. Tuples, lists, dicts and sets; what keys are equal; how containers grow.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"
#include "tests/machine/show.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

TEST_CASE("tuples hold what was above the mark, or the topmost one to three values, in order") {
  CheckAccepted({
      {"TUPLE", "((K\1K\2K\3K\4t\x85"s, "((1, 2, 3, 4),)"},
      {"TUPLE of nothing", "(t", "()"},
      {"TUPLE1", "K\1\x85", "(1,)"},
      {"TUPLE2", "K\1K\2\x86", "(1, 2)"},
      {"TUPLE3", "K\1K\2K\3\x87", "(1, 2, 3)"},
  });
  Machine machine("K\1K\2K\3K\4\x86\x87");
  REQUIRE(machine.Execute() == "");
  CHECK(machine.Stack() == "(1, 2, (3, 4))");
}

TEST_CASE("a dict that is filled keeps the attributes that it has") {
  CheckAccepted({{"OrderedDict",
                  as::Call("collections.OrderedDict", {}) + as::Dict({as::Str("a"), "K\3"}) + as::kBuild + "(K\1NK\2Nu",
                  "OrderedDict{1: None, 2: None}@{'a': 3}"}});
}

// SET-001
TEST_CASE("only a list is appended to") {
  CheckAccepted({
      {"APPEND", "]K\1aK\2a", "[1, 2]"},
      {"APPENDS", "](K\1K\2e", "[1, 2]"},
      {"APPENDS of nothing", "](e", "[]"},
      {"APPENDS behind APPEND", "]K\1a(K\2K\3e(K\4e", "[1, 2, 3, 4]"},
  });
  const std::vector<std::pair<const char*, std::string>> others = {
      {"None", "N"},
      {"tuple", "K\1\x85"},
      {"dict", "}"},
      {"set", "\x8f"},
      {"bytearray", as::Call("builtins.bytearray", {})},
      {"OrderedDict", as::Call("collections.OrderedDict", {})},
      {"torch.Size", as::Call("torch.Size", {})},
      {"str", as::Str("a")},
      {"class", as::Global("builtins.set")},
      {"storage", as::Storage("torch.FloatStorage", "0", 4)},
  };
  for (const auto& [name, target] : others) {
    CheckRefused({
        {name, target + "K\1a", "policy.append-target"},
        {name, target + "(K\1e", "policy.append-target"},
        {name, target + "(e", "policy.append-target"},
    });
  }
}

TEST_CASE("a list can be appended to itself") {
  const Loaded loaded("]q\0h\0a."s);
  REQUIRE(loaded.graph[loaded.graph.root].count == 1);
  CHECK(loaded.graph.ItemsOf(loaded.graph[loaded.graph.root])[0] == loaded.graph.root);
}

// SET-002, STK-006
TEST_CASE("only dict, OrderedDict and Counter have items set") {
  CheckAccepted({
      {"SETITEM", "}K\1K\2s", "{1: 2}"},
      {"SETITEMS", "}(K\1K\2K\3K\4u", "{1: 2, 3: 4}"},
      {"SETITEMS of nothing", "}(u", "{}"},
      {"OrderedDict", as::Call("collections.OrderedDict", {}) + "K\1K\2s", "OrderedDict{1: 2}"},
      {"Counter", as::Call("collections.Counter", {}) + "(K\1K\2u", "Counter{1: 2}"},
  });
  const std::vector<std::pair<const char*, std::string>> others = {
      {"None", "N"},
      {"list", "](K\1K\2e"},
      {"tuple", "K\1\x85"},
      {"set", "\x8f"},
      {"bytearray", as::Call("builtins.bytearray", {})},
      {"class", as::Global("collections.OrderedDict")},
      {"str", as::Str("a")},
      {"int", "K\1"},
      {"tensor", as::Call("torch._utils._rebuild_tensor",
                          {as::Storage("torch.FloatStorage", "0", 4), "K\0"s, "K\4\x85", "K\1\x85"})},
  };
  for (const auto& [name, target] : others) {
    CheckRefused({
        {name, target + "K\0K\1s"s, "policy.setitem-target"},
        {name, target + "(K\0K\1u"s, "policy.setitem-target"},
        {name, target + "(u", "policy.setitem-target"},
        {name, target + "(K\0u"s, "policy.setitem-target"},  // the target's fault comes before the odd number's
    });
  }
  CheckRefused({{"a key without a value", "}(K\1K\2K\3u", "pickle.stack-underflow"},
                {"only a key", "}(K\1u", "pickle.stack-underflow"},
                {"an unhashable key in front of the odd one", "}(]K\2K\3u", "value.unhashable"}});
  Machine odd("}(K\1K\2K\3u");
  CHECK(odd.Execute() == At("pickle.stack-underflow", 8));
  CHECK(odd.Stack() == "{1: 2}");
}

// VAL-014
TEST_CASE("a mutable container is no key, also inside tuples") {
  const std::vector<std::pair<const char*, std::string>> mutables = {
      {"list", "]"},
      {"dict", "}"},
      {"set", "\x8f"},
      {"bytearray", as::Call("builtins.bytearray", {})},
      {"OrderedDict", as::Call("collections.OrderedDict", {})},
      {"Counter", as::Call("collections.Counter", {})},
  };
  for (const auto& [name, key] : mutables) {
    CheckRefused({
        {name, "}" + key + "Ns", "value.unhashable"},
        {name, "}(" + key + "Nu", "value.unhashable"},
        {name, "}" + key + "\x85Ns", "value.unhashable"},
        {name, "}K\1" + key + "\x86K\2\x86Ns", "value.unhashable"},
        {name, as::Global("builtins.set") + "](" + key + "e\x85R", "value.unhashable"},
    });
    CheckAccepted({{name,
                    "}K\1" + key +
                        "s"
                        "K\1\x86",
                    "({1: " + Loaded(key + ".").outcome + "}, 1)"}});
  }
}

// VAL-010, VAL-011, VAL-012: each row sets two keys and says what is left. Python agrees: {a: 1, b: 2}.
TEST_CASE("equal keys are one: the first key and its place stay, the last value counts") {
  struct Row {
    const char* name;
    std::string first;
    std::string second;
    std::string left;
  };
  const double two53 = 9007199254740992.0;
  const std::vector<Row> rows = {
      {"True, 1", as::kTrue, "K\1", "{True: 2}"},
      {"1, True", "K\1", as::kTrue, "{1: 2}"},
      {"1.0, True", as::Float(1), as::kTrue, "{1.0: 2}"},
      {"False, -0.0", as::kFalse, as::Float(-0.0), "{False: 2}"},
      {"0.0, -0.0", as::Float(0.0), as::Float(-0.0), "{0.0: 2}"},
      {"0, None", "K\0"s, "N", "{0: 1, None: 2}"},
      {"1, '1'", "K\1", as::Str("1"), "{1: 1, '1': 2}"},
      {"2^53, 2.0^53", as::Int(1LL << 53), as::Float(two53), "{9007199254740992: 2}"},
      {"2^53 + 1, 2.0^53", as::Int((1LL << 53) + 1), as::Float(two53), "{9007199254740993: 1, 9007199254740992.0: 2}"},
      {"-2^63, -2.0^63", as::Int(INT64_MIN), as::Float(-9223372036854775808.0), "{-9223372036854775808: 2}"},
      {"2^63 - 1, 2.0^63", as::Int(INT64_MAX), as::Float(9223372036854775808.0),
       "{9223372036854775807: 1, 9.223372036854776e+18: 2}"},
      {"2^63, 2.0^63", as::Power(63), as::Float(0x1p63), "{9223372036854775808: 2}"},
      {"2^100, 2.0^100", as::Power(100), as::Float(0x1p100), "{1267650600228229401496703205376: 2}"},
      {"2^100 + 1, 2.0^100", as::Power(100, false, 1), as::Float(0x1p100),
       "{1267650600228229401496703205377: 1, 1.2676506002282294e+30: 2}"},
      {"-2^100, -2.0^100", as::Power(100, true), as::Float(-0x1p100), "{-1267650600228229401496703205376: 2}"},
      {"-2^100, 2.0^100", as::Power(100, true), as::Float(0x1p100),
       "{-1267650600228229401496703205376: 1, 1.2676506002282294e+30: 2}"},
      {"-2^127, -2.0^127", as::Power(127, true), as::Float(-0x1p127), "{-170141183460469231731687303715884105728: 2}"},
      {"2^127, 2.0^127", as::Power(127), as::Float(0x1p127), "{170141183460469231731687303715884105728: 2}"},
      {"1e308 twice", as::Float(1e308), as::Float(1e308), "{1e+308: 2}"},
      {"1e308, -1e308", as::Float(1e308), as::Float(-1e308), "{1e+308: 1, -1e+308: 2}"},
      {"inf, -inf", as::Float(INFINITY), as::Float(-INFINITY), "{inf: 1, -inf: 2}"},
      {"inf, 2^1024", as::Float(INFINITY), as::Power(1023),
       "{inf: 1, " + Loaded(as::Power(1023) + ".").outcome + ": 2}"},
      {"0.5 twice", as::Float(0.5), as::Float(0.5), "{0.5: 2}"},
      {"two NaNs", as::Float(NAN), as::Float(NAN), "{nan: 1, nan: 2}"},
      {"1+0j, 1", as::Call("builtins.complex", {as::Float(1), as::Float(0)}), "K\1", "{complex(1.0, 0.0): 2}"},
      {"1, 1-0j", "K\1", as::Call("builtins.complex", {as::Float(1), as::Float(-0.0)}), "{1: 2}"},
      {"0+1j, -0+1j", as::Call("builtins.complex", {as::Float(0), as::Float(1)}),
       as::Call("builtins.complex", {as::Float(-0.0), as::Float(1)}), "{complex(0.0, 1.0): 2}"},
      {"1+1j, 1-1j", as::Call("builtins.complex", {as::Float(1), as::Float(1)}),
       as::Call("builtins.complex", {as::Float(1), as::Float(-1)}), "{complex(1.0, 1.0): 1, complex(1.0, -1.0): 2}"},
      {"nan+0j, another", as::Call("builtins.complex", {as::Float(NAN), as::Float(0)}),
       as::Call("builtins.complex", {as::Float(NAN), as::Float(0)}), "{complex(nan, 0.0): 1, complex(nan, 0.0): 2}"},
      {"0+nan j, another", as::Call("builtins.complex", {as::Float(0), as::Float(NAN)}),
       as::Call("builtins.complex", {as::Float(0), as::Float(NAN)}), "{complex(0.0, nan): 1, complex(0.0, nan): 2}"},
      {"'a', b'a'", as::Str("a"), as::Bytes("a"), "{'a': 1, bytes(61): 2}"},
      {"b'a' twice", as::Bytes("a"), as::Bytes("a"), "{bytes(61): 2}"},
      {"'', b''", as::Str(""), as::Bytes(""), "{'': 1, bytes(): 2}"},
      {"str, byte string", as::Str("a"), "U\1a", "{'a': 2}"},
      {"(1, 'a'), (True, 'a')", "K\1" + as::Str("a") + "\x86", as::kTrue + as::Str("a") + "\x86", "{(1, 'a'): 2}"},
      {"(1, 2), (2, 1)", "K\1K\2\x86", "K\2K\1\x86", "{(1, 2): 1, (2, 1): 2}"},
      {"(), (())", ")", ")\x85", "{(): 1, ((),): 2}"},
      {"Size(1, 2), (1, 2)", as::Call("torch.Size", {"K\1K\2\x86"}), "K\1K\2\x86", "{Size(1, 2): 2}"},
      {"(), Size()", ")", as::Call("torch.Size", {}), "{(): 2}"},
      {"int32, int64", as::Global("torch.int32"), as::Global("torch.int64"), "{torch.int32: 1, torch.int64: 2}"},
      {"one dtype twice", as::Global("torch.int32"), as::Global("torch.int32"), "{torch.int32: 2}"},
      {"one device twice", as::Call("torch.device", {as::Str("cpu")}), as::Call("torch.device", {as::Str("cpu")}),
       "{device(cpu): 2}"},
      {"cpu, cpu:0", as::Call("torch.device", {as::Str("cpu")}), as::Call("torch.device", {as::Str("cpu:0")}),
       "{device(cpu): 1, device(cpu:0): 2}"},
      {"a storage and its number", as::Storage("torch.FloatStorage", "0", 4), "K\0"s,
       "{storage(float32, 16): 1, 0: 2}"},
  };
  for (const Row& row : rows) {
    CheckAccepted({{row.name, "}(" + row.first + "K\1" + row.second + "K\2u", row.left},
                   {row.name, "}" + row.first + "K\1s" + row.second + "K\2s", row.left}});
  }
}

TEST_CASE("a NaN is equal to the same object, and so is a tuple that holds it") {
  CheckAccepted({
      {"NaN", "}(" + as::Float(NAN) + "q\0K\1h\0K\2u"s, "{nan: 2}"},
      {"tuples of one NaN", "}(" + as::Float(NAN) + "q\0\x85K\1h\0\x85K\2u"s, "{(nan,): 2}"},
      {"tuples of two NaNs", "}(" + as::Float(NAN) + "\x85K\1" + as::Float(NAN) + "\x85K\2u", "{(nan,): 1, (nan,): 2}"},
  });
}

TEST_CASE("a replaced key keeps its place among many, whatever opcode set it") {
  CheckAccepted({
      {"middle",
       "}(K\1K\1K\2K\2K\3K\3u(K\2K\4K\1K\5u"
       "K\3K\6s",
       "{1: 5, 2: 4, 3: 6}"},
      {"between others",
       "}(K\1K\1u(K\2K\2K\1K\3u"
       "K\4K\4s",
       "{1: 3, 2: 2, 4: 4}"},
  });
}

// Containers that grow in turn are moved each time: nothing may be lost or shared.
TEST_CASE("lists and dicts that grow in turn keep their items") {
  std::string pickle = "]q\0]q\1}q\2}q\3"s;
  std::string list = "[";
  std::string dict = "{";
  for (int i = 0; i < 200; ++i) {
    const std::string number = as::Int(i);
    pickle += as::Get(0) + number + "a" + as::Get(1) + "(" + number + number + "e";
    pickle += as::Get(2) + number + "Ns" + as::Get(3) + "(" + number + "\x88u";
    list += (i == 0 ? "" : ", ") + std::to_string(i);
    dict += (i == 0 ? "" : ", ") + std::to_string(i);
  }
  Machine machine(pickle);
  REQUIRE(machine.Execute() == "");
  Graph& graph = machine.graph;
  const Ref one = machine.state.stack[0];
  const Ref two = machine.state.stack[1];
  CHECK(Show(graph, one) == list + "]");
  REQUIRE(graph[two].count == 400);
  for (std::uint32_t i = 0; i < 400; ++i) CHECK(graph[graph.ItemsOf(graph[two])[i]].integer == i / 2);
  for (std::size_t which : {2U, 3U}) {
    const auto pairs = graph.PairsOf(graph[machine.state.stack[which]]);
    REQUIRE(pairs.size() == 200);
    for (std::uint32_t i = 0; i < 200; ++i) {
      CHECK(graph[pairs[i].key].integer == i);
      CHECK(pairs[i].value == (which == 2 ? Graph::kNone : Graph::kTrue));
    }
  }
  // Twice the room on each move: the space that moving leaves behind stays below what is in use.
  CHECK(graph.refs.size() < 4 * 600U);
  CHECK(graph.pairs.size() < 4 * 400U);
}

TEST_CASE("growing a container returns its new places and keeps the old ones") {
  Machine machine("]]");
  REQUIRE(machine.Execute() == "");
  Graph& graph = machine.graph;
  const Ref first = machine.state.stack[0];
  const Ref second = machine.state.stack[1];
  *GrowList(graph, first, 1) = Graph::kTrue;
  *GrowList(graph, second, 1) = Graph::kFalse;  // in the way of the first
  Ref* added = GrowList(graph, first, 2);
  added[0] = Graph::kNone;
  added[1] = Graph::kEmptyTuple;
  CHECK(Show(graph, first) == "[True, None, ()]");
  CHECK(Show(graph, second) == "[False]");
  CHECK(graph[first].extra == 3);  // the moved one is the last: it grows in place from here
  const std::uint32_t at = graph[first].at;
  *GrowList(graph, first, 1) = Graph::kNone;
  CHECK(graph[first].at == at);
  CHECK_THROWS_AS(GrowList(graph, first, 0xffffffff / 4), Refusal);
}

}  // namespace
}  // namespace weightsonly::machine
