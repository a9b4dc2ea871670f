// Floor 5. machine::Run on whole pickles: the loop, its end, strict, and that hostile pickles cost what their size
// allows.
#include "machine/machine.h"

#include <algorithm>
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

// OPC-002, OPC-004, OPC-005
TEST_CASE("Run refuses bytes that are no accepted opcode, cut operands and a missing STOP") {
  CHECK(Loaded("").outcome == At("pickle.truncated", 0));
  CHECK(Loaded("N").outcome == At("pickle.truncated", 1));
  CHECK(Loaded("N.").outcome == "None");
  CHECK(Loaded("N.\xff\xff").outcome == "None");
  for (int byte = 0; byte < 256; ++byte) {
    INFO("byte " << byte);
    const std::string pickle = "N"s + static_cast<char>(byte);
    const std::string outcome = Loaded(pickle).outcome;
    CHECK((outcome == At("pickle.opcode", 1)) == (HandlerOf(static_cast<std::uint8_t>(byte)) == nullptr));
  }
  for (const std::string& cut :
       {"J\1\2\3"s, "K"s, "M\1"s, "G\1\2\3\4\5\6\7"s, "h"s, "j\1\2\3"s, "q"s, "r\1\2\3"s, "\x80"s, "X\2\0\0"s,
        "X\2\0\0\0a"s, "X\xff\xff\xff\xff"s, "U"s, "U\2a"s, "\x8a\2a"s, "ca"s, "ca\nb"s}) {
    INFO(cut);
    CHECK(Loaded("N" + cut).outcome == At("pickle.truncated", 1));
  }
}

// STK-005
TEST_CASE("strict refuses what is left on the stack, open marks and bytes behind STOP") {
  struct Row {
    std::string pickle;
    std::string shown;
    std::string strict;
  };
  const std::vector<Row> rows = {
      {"\x80\2N.", "None", "None"},
      {"K\1N.", "None", At("pickle.trailing", 3)},
      {"(N.", "None", At("pickle.trailing", 2)},
      {"K\1(N.", "None", At("pickle.trailing", 4)},
      {"N.N", "None", At("pickle.trailing", 2)},
      {"N.\0"s, "None", At("pickle.trailing", 2)},
      {"K\1N.N", "None", At("pickle.trailing", 3)},
      {"]Ra.", At("pickle.stack-underflow", 1), At("pickle.stack-underflow", 1)},
  };
  for (const Row& row : rows) {
    INFO(row.pickle);
    CHECK(Loaded(row.pickle).outcome == row.shown);
    CHECK(Loaded(row.pickle, true).outcome == row.strict);
  }
}

TEST_CASE("equal keys are merged wherever the dict is, whether it was read meanwhile or not") {
  const std::string dict = as::Dict({"K\1", "K\2", "\x88", "K\3"});
  CheckAccepted({
      {"inside a list", "]" + dict + "a", "[{1: 3}]"},
      {"on the stack in a tuple", "N" + dict + "\x86", "(None, {1: 3})"},
      {"read and set again",
       dict + as::Put(0) + as::Global("collections.OrderedDict") + as::Get(0) + "\x85R" + as::Put(1) + as::Get(0) +
           "\x88K\4s" + as::Get(1) + "\x87",
       "(OrderedDict{1: 3}, {1: 4}, OrderedDict{1: 3})"},
  });
  // A dict that is not part of the result is merged too.
  Loaded loaded(dict + as::Put(0) + "N.");
  CHECK(loaded.outcome == "None");
}

TEST_CASE("a pickle as torch.save writes one becomes a state_dict") {
  const std::string weight =
      as::Call("torch._utils._rebuild_tensor_v2", {as::Storage("torch.FloatStorage", "0", 4), "K\0"s, "K\2K\2\x86",
                                                   "K\2K\1\x86", as::kFalse, as::Call("collections.OrderedDict", {})});
  const std::string pickle = "\x80\2" + as::Call("collections.OrderedDict", {}) + "(" + as::Str("weight") + weight +
                             "u" + "}" + as::Str("_metadata") + "}s" + "b.";
  const std::string shown =
      "OrderedDict{'weight': tensor(float32, [2, 2], [2, 1], offset 0, storage 0)}@{'_metadata': {}}";
  Loaded loaded(pickle, true);
  CHECK(loaded.outcome == shown);
  REQUIRE(loaded.resolver.asked.size() == 1);
  CHECK(loaded.resolver.asked[0] == "0 float32 16 at " + std::to_string(pickle.find('Q')));
}

// The next ones end in time only when the work is linear; each takes milliseconds.

TEST_CASE("a key of a million nested tuples is a key") {
  const std::string deep = "K\1" + std::string(1000000, '\x85');
  Limits limits;
  limits.derived_base = std::uint64_t{64} << 20;  // the class of a tuple is charged with 32 bytes
  const Loaded loaded("}" + deep + "K\1s" + deep + "K\2s.", false, limits);
  const Node& root = loaded.graph[loaded.graph.root];
  REQUIRE(root.type == ValueType::kDict);
  REQUIRE(root.count == 1);
  CHECK(loaded.graph[loaded.graph.PairsOf(root)[0].value].integer == 2);
}

TEST_CASE("the memory of key classes is limited by the size of the pickle") {
  const std::string pickle = "}K\1" + std::string(1000000, '\x85') + "Ns.";
  CHECK(Loaded(pickle).outcome == At("limit.memory", pickle.size() - 2));
  const std::string half = "}K\1" + std::string(500000, '\x85') + "Ns.";
  const Loaded loaded(half);
  CHECK(loaded.graph[loaded.graph.root].count == 1);
}

TEST_CASE("a list below a million tuples is found and makes the key unhashable") {
  const std::string pickle = "}]" + std::string(1000000, '\x85') + "Ns.";
  CHECK(Loaded(pickle).outcome == At("value.unhashable", pickle.size() - 2));
}

TEST_CASE("a key that is a DAG of 2^60 paths costs its 60 tuples") {
  std::string dag = "K\1";
  for (int i = 0; i < 60; ++i) dag += "q\1h\1\x86";
  const Loaded loaded("}" + dag + "K\1s" + dag + "K\2s.");
  const Node& root = loaded.graph[loaded.graph.root];
  REQUIRE(root.count == 1);
  CHECK(loaded.graph[loaded.graph.PairsOf(root)[0].value].integer == 2);
  CHECK(loaded.graph.node_count() < 200);
}

// In CPython hash(k * (2^61 - 1)) is 0 for every k: 200,000 such keys take it minutes.
TEST_CASE("keys that collide in Python's hash cost no more than others") {
  std::string pickle = "}(";
  constexpr std::int64_t kMersenne = (std::int64_t{1} << 61) - 1;
  for (int k = 0; k < 200000; ++k) {
    if (k % 4 < 3) pickle += as::Int(kMersenne * (k % 4 + 1)) + "N";
    std::string bytes = as::Little(static_cast<std::uint64_t>(kMersenne), 8);
    unsigned __int128 product = static_cast<unsigned __int128>(kMersenne) * static_cast<unsigned>(k + 4);
    pickle += as::Long(as::Little(static_cast<std::uint64_t>(product), 8) +
                       as::Little(static_cast<std::uint64_t>(product >> 64), 4)) +
              "N";
  }
  const Loaded loaded(pickle + "u.");
  // k + 4 for each k, and 1, 2, 3 once.
  CHECK(loaded.graph[loaded.graph.root].count == 200003);
}

TEST_CASE("a million marks are a million marks") {
  const std::string marks(1000000, '(');
  CHECK(Loaded(marks).outcome == At("pickle.truncated", 1000000));
  CHECK(Loaded(marks + "N.").outcome == "None");
  const Loaded nested(marks + std::string(1000000, 't') + ".");
  CHECK(nested.graph[nested.graph.root].type == ValueType::kTuple);
  CHECK(Loaded(marks + "N.", true).outcome == At("pickle.trailing", 1000001));
  CHECK(Loaded(marks + std::string(1000001, 't')).outcome == At("pickle.mark-missing", 2000000));
}

TEST_CASE("a large memo index costs one entry") {
  const Loaded loaded("]" + as::Put(0xffffffff) + as::Put(0x80000000) + as::Get(0xffffffff) + as::Get(0x80000000) +
                      "\x87.");
  CHECK(loaded.outcome == "([], [], [])");
}

// VAL-002
TEST_CASE("no more values are made than Limits::nodes") {
  Limits limits;
  limits.nodes = 14;  // four that every graph starts with, and ten
  const std::string ten(10, ']');
  CHECK(Loaded(ten + ".", false, limits).outcome == "[]");
  CHECK(Loaded(ten + "].", false, limits).outcome == At("limit.nodes", 10));
  CHECK(Loaded(ten + ")N\x88\x89.", false, limits).outcome == "False");
  CHECK(Loaded(ten + as::Str("a") + ".", false, limits).outcome == At("limit.nodes", 10));
  CHECK(Loaded(ten + as::Global("builtins.set") + ".", false, limits).outcome == At("limit.nodes", 10));
}

// VAL-003: calls on a big value that the memo keeps. Each of them is refused when its budget is used up, at a REDUCE.
TEST_CASE("calls that copy one big value again and again run into a limit") {
  std::string items;
  for (int i = 0; i < 2000; ++i) items += as::Int(1000 + i);
  std::string pairs;
  for (int i = 0; i < 2000; ++i) pairs += as::Int(1000 + i) + "N";
  std::string latin;
  for (int i = 0; i < 8000; ++i) latin += "\xc3\xa9";
  struct Row {
    const char* name;
    std::string setup;  // puts the big value in memo 0
    std::string call;   // pushes and calls
    std::vector<std::string> kinds;
  };
  const auto on_memo = [](const char* path) { return as::Global(path) + as::Get(0) + "\x85R"; };
  const std::string list = "](" + items + "e" + as::Put(0);
  const std::string dict = "}(" + pairs + "u" + as::Put(0);
  const std::string text = as::Str(latin) + as::Put(0);
  const std::vector<Row> rows = {
      {"set(list)", list, on_memo("builtins.set"), {"limit.memory", "limit.steps"}},
      {"OrderedDict(dict)", dict, on_memo("collections.OrderedDict"), {"limit.memory"}},
      {"Counter(dict)", dict, on_memo("collections.Counter"), {"limit.memory"}},
      {"torch.Size(list)", list, on_memo("torch.Size"), {"limit.memory", "limit.steps"}},
      {"bytearray(text)",
       text,
       as::Global("builtins.bytearray") + as::Get(0) + as::Str("latin1") + "\x86R",
       {"limit.memory", "limit.steps"}},
      {"encode(text)",
       text,
       as::Global("_codecs.encode") + as::Get(0) + as::Str("latin1") + "\x86R",
       {"limit.memory", "limit.steps"}},
      {"BUILD", dict, as::Call("collections.OrderedDict", {}) + as::Get(0) + "b", {"limit.memory"}},
  };
  Limits limits;
  limits.derived_base = limits.steps_base = 1 << 16;
  for (const Row& row : rows) {
    INFO(row.name);
    std::string once = row.setup + row.call;
    CHECK(Loaded(once + ".", false, limits).outcome.find("limit") == std::string::npos);
    std::string many = row.setup;
    for (int i = 0; i < 2000; ++i) many += row.call;
    const std::string outcome = Loaded(many + ".", false, limits).outcome;
    const std::size_t at = outcome.find(" at ");
    REQUIRE(at != std::string::npos);
    CHECK(std::find(row.kinds.begin(), row.kinds.end(), outcome.substr(0, at)) != row.kinds.end());
    const std::size_t offset = std::stoull(outcome.substr(at + 4));
    CHECK((offset - row.setup.size()) % row.call.size() == row.call.size() - 1);
  }
}

TEST_CASE("bytearrays of one big bytes share its bytes and cost nothing") {
  const std::string setup = as::Bytes(std::string(100000, 'a')) + as::Put(0) + "]";
  std::string many = setup;
  for (int i = 0; i < 2000; ++i) many += as::Global("builtins.bytearray") + as::Get(0) + "\x85Ra";
  Limits limits;
  limits.derived_base = limits.steps_base = 1 << 16;
  Machine machine(many, limits);
  REQUIRE(machine.Execute() == "");
  CHECK(machine.graph[machine.state.stack[1]].count == 2000);
  CHECK(machine.graph.blobs.size() == 0);
}

TEST_CASE("tensors of one big size run into limit.memory or limit.steps") {
  std::string ones = "(";
  for (int i = 0; i < 5000; ++i) ones += "K\1";
  const std::string setup = ones + "t" + as::Put(0) + as::Storage("torch.FloatStorage", "0", 4) + as::Put(1);
  const std::string call =
      as::Global("torch._utils._rebuild_tensor") + "(" + as::Get(1) + "K\0"s + as::Get(0) + as::Get(0) + "tR";
  Limits limits;
  limits.derived_base = limits.steps_base = 1 << 18;
  CHECK(Loaded(setup + call + ".", false, limits).graph.tensors.size() == 1);
  std::string many = setup;
  for (int i = 0; i < 2000; ++i) many += call;
  const std::string outcome = Loaded(many + ".", false, limits).outcome;
  CHECK(outcome.substr(0, 6) == "limit.");
}

}  // namespace
}  // namespace weightsonly::machine
