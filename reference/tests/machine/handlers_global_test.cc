// Floor 5. GLOBAL and BINPERSID.
#include <string>
#include <vector>

#include "machine/device.h"
#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kFloatStorage = "torch.FloatStorage";

// GLO-001 to GLO-004
TEST_CASE("an allowed global is a value of its kind, any other is refused at once") {
  CheckAccepted({
      {"class", as::Global("collections.OrderedDict"), "collections.OrderedDict"},
      {"function", as::Global("torch._utils._rebuild_tensor_v2"), "torch._utils._rebuild_tensor_v2"},
      {"dtype", as::Global("torch.bits16"), "torch.bits16"},
      {"qscheme", as::Global("torch.per_tensor_affine"), "torch.per_tensor_affine"},
      {"a Python 2 name", as::Global("__builtin__.set"), "builtins.set"},
  });
  const auto refused = [](const char* path, const char* kind) {
    const std::string global = as::Global(path);
    CheckRefused({{path, "N" + global, kind, global.size()}});
  };
  refused("builtins.eval", "policy.global-not-allowed");
  refused("torch.nn.Parameter", "policy.global-not-allowed");
  refused("os.mkdir", "policy.module-blocked");
  refused("__builtin__.intern", "policy.module-blocked");
  refused("torch.distributed.tensor.DTensor", "policy.not-imported");
}

TEST_CASE("a line of GLOBAL is UTF-8 without surrogates and at most 4096 bytes long") {
  const auto lines = [](const std::string& module, const std::string& name) {
    return "c" + module + "\n" + name + "\n";
  };
  const std::string longest(4096, 'a');
  for (const auto& [module, name, kind] :
       std::vector<std::tuple<std::string, std::string, const char*>>{{"\xc3\xa9", "x", "policy.global-not-allowed"},
                                                                      {"\xe9", "x", "pickle.text"},
                                                                      {"os", "\xe9", "pickle.text"},
                                                                      {"os", "\xed\xa0\x80", "pickle.text"},
                                                                      {longest, longest, "policy.global-not-allowed"},
                                                                      {longest + "a", "x", "limit.line"},
                                                                      {"os", longest + "a", "limit.line"}}) {
    const std::string global = lines(module, name);
    INFO(global.substr(0, 20));
    CheckRefused({{kind, global, kind, global.size()}});
  }
}

TEST_CASE("naming a global twice gives one object, and the enum of a dtype") {
  Machine machine(as::Global("torch.float16") + as::Global("torch.float16") + as::Global("torch.Size") +
                  as::Global("torch.Size") + as::Global("torch.int8"));
  REQUIRE(machine.Execute() == "");
  const auto& stack = machine.state.stack;
  CHECK(stack[0] == stack[1]);
  CHECK(stack[2] == stack[3]);
  CHECK(stack[0] != stack[2]);
  CHECK(machine.graph[stack[0]].small == static_cast<std::uint8_t>(Dtype::kFloat16));
  CHECK(machine.graph[stack[4]].small == static_cast<std::uint8_t>(Dtype::kInt8));
  CHECK(GlobalOf(machine.graph, stack[2])->kind == policy::GlobalKind::kSize);
  CHECK(GlobalOf(machine.graph, Graph::kNone) == nullptr);
}

// PID-001 to PID-005, PID-007
TEST_CASE("a persistent id is a storage tuple of five parts") {
  const auto id = [](const std::string& tag, const std::string& type, const std::string& key,
                     const std::string& location,
                     const std::string& numel) { return as::Tuple({tag, type, key, location, numel}) + "Q"; };
  const std::string tag = as::Str("storage");
  const std::string type = as::Global(kFloatStorage);
  const std::string key = as::Str("0");
  const std::string cpu = as::Str("cpu");
  CheckAccepted({
      {"plain", id(tag, type, key, cpu, "K\4"), "storage(float32, 16)"},
      {"tag of bytes", id(as::Bytes("storage"), type, key, cpu, "K\4"), "storage(float32, 16)"},
      {"location of bytes", id(tag, type, key, as::Bytes("cpu"), "K\4"), "storage(float32, 16)"},
      {"key of a number", id(tag, type, "K\7", cpu, "K\4"), "storage(float32, 16)"},
      {"untyped", id(tag, as::Global("torch.storage.UntypedStorage"), key, cpu, "K\x10"), "storage(uint8, 16)"},
      {"another device's class", id(tag, as::Global("torch.cuda.HalfStorage"), key, cpu, "K\10"),
       "storage(float16, 16)"},
      {"tensor class", id(tag, as::Global("torch.DoubleTensor"), key, cpu, "K\2"), "storage(float64, 16)"},
      {"no elements", id(tag, type, as::Str("empty"), cpu, "K\0"s), "storage(float32, 0)"},
      {"False elements", id(tag, type, as::Str("empty"), cpu, as::kFalse), "storage(float32, 0)"},
      {"cuda:3", id(tag, type, key, as::Str("cuda:3"), "K\4"), "storage(float32, 16)"},
  });
  CheckRefused({
      {"None", "NQ", "policy.persistent-id"},
      {"int", "K\1Q", "policy.persistent-id"},
      {"text", tag + "Q", "policy.persistent-id"},
      {"list", as::List({tag, type, key, cpu, "K\4"}) + "Q", "policy.persistent-id"},
      {"torch.Size", as::Call("torch.Size", {}) + "Q", "policy.persistent-id"},
      {"empty", ")Q", "policy.persistent-id"},
      {"four parts", as::Tuple({tag, type, key, cpu}) + "Q", "policy.persistent-id"},
      {"six parts", as::Tuple({tag, type, key, cpu, "K\4", "N"}) + "Q", "policy.persistent-id"},
      {"another tag", id(as::Str("module"), type, key, cpu, "K\4"), "policy.persistent-id"},
      {"tag in another case", id(as::Str("Storage"), type, key, cpu, "K\4"), "policy.persistent-id"},
      {"tag of a number", id("K\1", type, key, cpu, "K\4"), "policy.persistent-id"},
      {"the tag counts before the number of parts", as::Tuple({"K\1"}) + "Q", "policy.persistent-id"},
      {"numel None", id(tag, type, key, cpu, "N"), "value.type"},
      {"numel text", id(tag, type, key, cpu, as::Str("4")), "value.type"},
      {"numel float", id(tag, type, key, cpu, as::Float(4)), "value.type"},
      {"numel negative", id(tag, type, key, cpu, as::Int(-1)), "storage.size-mismatch"},
      {"numel 2^70", id(tag, type, key, cpu, as::Power(70)), "storage.size-mismatch"},
      {"numel 2^62 wraps to 0 bytes", id(tag, type, as::Str("empty"), cpu, as::Int(1LL << 62)),
       "storage.size-mismatch"},
      {"numel short", id(tag, type, key, cpu, "K\3"), "storage.size-mismatch"},
      {"numel long", id(tag, type, key, cpu, "K\5"), "storage.size-mismatch"},
      {"numel True", id(tag, type, key, cpu, as::kTrue), "storage.size-mismatch"},
      {"type TypedStorage", id(tag, as::Global("torch.storage.TypedStorage"), key, cpu, "K\4"), "storage.type"},
      {"type dtype", id(tag, as::Global("torch.float32"), key, cpu, "K\4"), "storage.type"},
      {"type OrderedDict", id(tag, as::Global("collections.OrderedDict"), key, cpu, "K\4"), "storage.type"},
      {"type text", id(tag, as::Str(kFloatStorage), key, cpu, "K\4"), "storage.type"},
      {"key without record", id(tag, type, as::Str("8"), cpu, "K\4"), "storage.missing"},
      {"key None", id(tag, type, "N", cpu, "K\4"), "storage.missing"},
      {"key list", id(tag, type, "]", cpu, "K\4"), "value.unhashable"},
      {"key float", id(tag, type, as::Float(0), cpu, "K\4"), "value.type"},
      {"location cpu:0", id(tag, type, key, as::Str("cpu:0"), "K\4"), "storage.location"},
      {"location CPU", id(tag, type, key, as::Str("CPU"), "K\4"), "storage.location"},
      {"location empty", id(tag, type, key, as::Str(""), "K\4"), "storage.location"},
      {"location None", id(tag, type, key, "N", "K\4"), "storage.location"},
      {"the record counts before the location", id(tag, type, as::Str("8"), as::Str("x"), "K\4"), "storage.missing"},
  });
}

TEST_CASE("bytes that are not UTF-8 are no tag and no location") {
  const std::string latin = as::Call("_codecs.encode", {as::Str("storage\xc3\xa9"), as::Str("latin1")});
  const std::string rest = as::Global(kFloatStorage) + as::Str("0");
  CheckRefused({
      {"tag", as::Tuple({latin, rest, as::Str("cpu"), "K\4"}) + "Q", "policy.persistent-id"},
      {"location", as::Tuple({as::Str("storage"), rest, latin, "K\4"}) + "Q", "storage.location"},
  });
}

TEST_CASE("the resolver is asked once for each key, with its text, dtype and bytes") {
  const std::string tag = as::Str("storage");
  const auto keyed = [&](const std::string& key) {
    return as::Tuple({tag, as::Global(kFloatStorage), key, as::Str("cpu"), "K\4"}) + "Q";
  };
  Machine machine(keyed(as::Str("0")) + keyed(as::Str("0")) + keyed("K\0"s) + keyed("N") + keyed(as::kTrue) +
                  keyed(as::kFalse) + keyed(as::Power(64)));
  machine.resolver.records = {{"0", 16}, {"None", 16}, {"True", 16}, {"False", 16}, {"18446744073709551616", 16}};
  REQUIRE(machine.Execute() == "");
  std::vector<std::string> asked;
  for (const std::string& question : machine.resolver.asked) asked.push_back(question.substr(0, question.find(" at")));
  // False is the key 0 again (Python: {0: …}[False]), so it names the storage that 0 named.
  CHECK(asked == std::vector<std::string>{"0 float32 16", "0 float32 16", "None float32 16", "True float32 16",
                                          "18446744073709551616 float32 16"});
  CHECK(machine.state.stack[0] == machine.state.stack[1]);
  CHECK(machine.state.stack[0] != machine.state.stack[2]);
  CHECK(machine.state.stack[2] == machine.state.stack[5]);
  CHECK(machine.graph.storages.size() == 5);
}

// PID-008
TEST_CASE("two keys that find one record in different letter case are two storages, each however often it is named") {
  const auto keyed = [](const std::string& key) { return as::Storage(kFloatStorage, key, 262'144); };
  Machine machine(keyed("big") + keyed("BIG") + keyed("big") + keyed("BIG") + keyed("Big"));
  REQUIRE(machine.Execute() == "");
  CHECK(machine.graph.storages.size() == 3);
  CHECK(machine.state.stack[0] != machine.state.stack[1]);
  CHECK(machine.state.stack[0] == machine.state.stack[2]);
  CHECK(machine.state.stack[1] == machine.state.stack[3]);
  CHECK(machine.state.stack[1] != machine.state.stack[4]);
}

TEST_CASE("a key that is a str is told by its record, without a key class, unless two differ in letter case") {
  const auto keyed = [](const std::string& key) { return as::Storage(kFloatStorage, key, 4); };
  Machine plain(keyed("0") + keyed("1") + keyed("0") + keyed("1"));
  const std::size_t none = plain.state.keys.size();
  REQUIRE(plain.Execute() == "");
  CHECK(plain.graph.storages.size() == 2);
  CHECK(plain.state.keys.size() == none);
  Machine cased(as::Storage(kFloatStorage, "big", 262'144) + as::Storage(kFloatStorage, "Big", 262'144));
  REQUIRE(cased.Execute() == "");
  CHECK(cased.state.keys.size() == none + 1);
}

// PID-008
TEST_CASE("a later mention of a key is the same storage, or other elements over the same bytes") {
  const std::string first = as::Storage(kFloatStorage, "0", 4);
  CheckAccepted({
      {"same", first + first + "\x86", "(storage(float32, 16), storage(float32, 16))"},
      {"another numel", first + as::Storage(kFloatStorage, "0", 999) + "\x86",
       "(storage(float32, 16), storage(float32, 16))"},
      {"numel -1", first + as::Storage(kFloatStorage, "0", -1) + "\x86",
       "(storage(float32, 16), storage(float32, 16))"},
      {"a location that is none", first + as::Storage(kFloatStorage, "0", 4, "nowhere") + "\x86",
       "(storage(float32, 16), storage(float32, 16))"},
      {"another dtype, as many bytes", first + as::Storage("torch.IntStorage", "0", 4) + "\x86",
       "(storage(float32, 16), storage(int32, 16))"},
      {"another size of element, as many bytes", first + as::Storage("torch.DoubleStorage", "0", 2) + "\x86",
       "(storage(float32, 16), storage(float64, 16))"},
  });
  CheckRefused({
      {"another dtype, more bytes", first + as::Storage("torch.DoubleStorage", "0", 4), "storage.size-mismatch"},
      {"another dtype, fewer bytes", first + as::Storage("torch.HalfStorage", "0", 4), "storage.size-mismatch"},
      {"another dtype, numel -1", first + as::Storage("torch.DoubleStorage", "0", -1), "storage.size-mismatch"},
      {"another dtype, wrapping", first + as::Storage("torch.DoubleStorage", "0", (1LL << 61) + 2),
       "storage.size-mismatch"},
  });
  const Loaded same(first + first + "\x86.");
  const auto items = same.graph.ItemsOf(same.graph[same.graph.root]);
  CHECK(items[0] == items[1]);
  CHECK(same.graph.storages.size() == 1);
  const Loaded other(first + as::Storage("torch.IntStorage", "0", 4) + "\x86.");
  const auto views = other.graph.ItemsOf(other.graph[other.graph.root]);
  CHECK(views[0] != views[1]);
  CHECK(other.graph.storages.size() == 1);
}

TEST_CASE("a storage keeps the tag of its first mention") {
  Machine machine(as::Storage(kFloatStorage, "0", 4, "cuda:3") + as::Storage(kFloatStorage, "1", 4, "mps") +
                  as::Storage(kFloatStorage, "7", 4, "cuda:3"));
  REQUIRE(machine.Execute() == "");
  const auto device = [&](std::size_t i) { return machine.graph.names[machine.graph.storages[i].device].text; };
  CHECK(device(0) == "cuda:3");
  CHECK(device(1) == "mps");
  CHECK(device(2) == "cuda:3");
  CHECK(machine.graph.storages[0].device == machine.graph.storages[2].device);
}

TEST_CASE("two storages that share the object of their location share its device, another object counts anew") {
  const std::string id = as::Str("storage") + as::Global(kFloatStorage);
  Machine machine("(" + id + as::Str("0") + as::Str("xpu:1") + as::Put(0) + "K\4tQ" + "(" + id + as::Str("1") +
                  as::Get(0) + "K\4tQ" + "(" + id + as::Str("7") + as::Str("hpu") + "K\4tQ");
  REQUIRE(machine.Execute() == "");
  const auto device = [&](std::size_t i) { return machine.graph.names[machine.graph.storages[i].device].text; };
  CHECK(device(0) == "xpu:1");
  CHECK(device(1) == "xpu:1");
  CHECK(device(2) == "hpu");
}

// DVC-001 to DVC-003. What torch 2.15.0 makes of each: torch.device(text), and the tags of _deserialize.
TEST_CASE("device names and location tags are told from mistakes") {
  struct Row {
    std::string text;
    bool device;
    bool location;
  };
  std::vector<Row> rows = {
      {"cpu", true, true},
      {"cpu:0", true, false},
      {"meta", true, true},
      {"meta:0", true, false},
      {"cuda:0", true, true},
      {"cuda:127", true, true},
      {"cuda:128", false, false},
      {"cuda:1000", false, false},
      {"cuda:00", false, false},
      {"cuda:01", false, false},
      {"cuda:-1", false, false},
      {"cuda:", false, false},
      {"cuda: 1", false, false},
      {"cuda:1 ", false, false},
      {"cuda:1:1", false, false},
      {"cuda:x", false, false},
      {"cuda:1x", false, false},
      {"cuda1", false, false},
      {"CUDA", false, false},
      {"", false, false},
      {":0", false, false},
      {"cuda\0"s, false, false},
      {"gpu", false, false},
      {"xpu:1", true, true},
      {"privateuseone:7", true, true},
      {"opencl:3", true, false},
      {"cudaa", false, false},
      {"cud", false, false},
  };
  for (const char* type : {"cuda", "mps", "xpu", "hpu", "mtia", "privateuseone"}) rows.push_back({type, true, true});
  for (const char* type :
       {"ipu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan"}) {
    rows.push_back({type, true, false});
  }
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(ParseDevice(row.text).valid == row.device);
    CHECK(ParseDevice(row.text).name == (row.device ? row.text : ""));
    CHECK(ParseLocation(row.text).valid == row.location);
    CHECK(ParseLocation(row.text).name == (row.location ? row.text : ""));
  }
}

}  // namespace
}  // namespace weightsonly::machine
