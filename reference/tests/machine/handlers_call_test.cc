// Floor 5. REDUCE, NEWOBJ and BUILD: what may be called, created and given a state.
#include <string>
#include <vector>

#include "machine/arguments.h"
#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"
#include "tests/machine/show.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kTensor =
    as::Call("torch._utils._rebuild_tensor", {as::Storage("torch.FloatStorage", "0", 4), "K\0"s, "K\4\x85", "K\1\x85"});

std::string KindOf(const std::string& outcome) { return outcome.substr(0, outcome.find(" at")); }

// RED-001
TEST_CASE("REDUCE calls a global with a tuple") {
  CheckAccepted({
      {"tuple", as::Global("builtins.set") + ")R", "set()"},
      {"torch.Size is a tuple", as::Global("torch.Size") + as::Call("torch.Size", {}) + "R", "Size()"},
      {"below others", "N" + as::Global("builtins.set") + ")R\x86", "(None, set())"},
  });
  CheckRefused({
      {"a number", "K\1)R", "policy.reduce"},
      {"a text", as::Str("builtins.set") + ")R", "policy.reduce"},
      {"a list", "])R", "policy.reduce"},
      {"None", "N)R", "policy.reduce"},
      {"the result of a call", as::Call("builtins.set", {}) + ")R", "policy.reduce"},
      {"a device", as::Call("torch.device", {as::Str("cpu")}) + ")R", "policy.reduce"},
      {"arguments None", as::Global("builtins.set") + "NR", "value.type"},
      {"arguments list (DEV-502)", as::Global("builtins.set") + "]R", "value.type"},
      {"arguments dict (DEV-502)", as::Global("builtins.set") + "}R", "value.type"},
      {"arguments text (DEV-502)", as::Global("builtins.set") + as::Str("a") + "R", "value.type"},
  });
}

// RED-002, RED-003: every row of the allowlist with no arguments. Which kinds are callable is torch's list; what torch
// says to no arguments: set() and so on are empty, functions lack arguments (TypeError), constructors make nothing.
TEST_CASE("each global of the allowlist has its own answer to a call") {
  using policy::GlobalKind;
  for (const policy::Global& global : policy::DefaultAllowlist()) {
    INFO(global.path);
    if (!AllowedIn(global, policy::Release::k2_15)) continue;  // machine/allowlist_test.cc
    std::string called = "unsupported";
    switch (global.kind) {
      case GlobalKind::kOrderedDict:
        called = "OrderedDict{}";
        break;
      case GlobalKind::kCounter:
        called = "Counter{}";
        break;
      case GlobalKind::kSet:
        called = "set()";
        break;
      case GlobalKind::kBytearray:
        called = "bytearray()";
        break;
      case GlobalKind::kComplex:
        called = "complex(0.0, 0.0)";
        break;
      case GlobalKind::kSize:
        called = "Size()";
        break;
      case GlobalKind::kCodecsEncode:
      case GlobalKind::kDevice:
      case GlobalKind::kGetLayout:
      case GlobalKind::kRebuildTensor:
      case GlobalKind::kRebuildTensorV2:
      case GlobalKind::kRebuildTensorV3:
      case GlobalKind::kRebuildParameter:
      case GlobalKind::kRebuildMetaTensorNoStorage:
      case GlobalKind::kRebuildQtensor:
      case GlobalKind::kRebuildParameterWithState:
      case GlobalKind::kRebuildFromTypeV2:
      case GlobalKind::kRebuildDeviceTensorFromNumpy:
      case GlobalKind::kRebuildDeviceTensorFromCpuTensor:
      case GlobalKind::kRebuildWrapperSubclass:
      case GlobalKind::kRebuildSparseTensor:
        called = "value.arity";
        break;
      case GlobalKind::kDtype:
      case GlobalKind::kQscheme:
      case GlobalKind::kStorageClass:
        called = "policy.reduce";
        break;
      case GlobalKind::kTensorClass:
        called = global.path.find(".sparse.") == std::string_view::npos ? "pickle.stop-unbuilt" : "value.arity";
        break;
      case GlobalKind::kTensorBase:
      case GlobalKind::kParameter:
        called = "pickle.stop-unbuilt";
        break;
      case GlobalKind::kTypedStorage:
      case GlobalKind::kUntypedStorage:
        called = "value.type";
        break;
      default:
        break;
    }
    CHECK(KindOf(Loaded(as::Global(global.path) + ")R.").outcome) == called);
  }
}

// DEV-501
TEST_CASE("a tensor or storage class called with a size is refused as uninitialised") {
  for (const char* path : {"torch.Tensor", "torch.FloatTensor", "torch.cuda.HalfTensor", "torch.storage.TypedStorage",
                           "torch.storage.UntypedStorage"}) {
    CheckRefused({
        {path, as::Call(path, {"K\4"}), "policy.uninitialised"},
        {path, as::Call(path, {"N", "K\4"}), "policy.uninitialised"},
        {path, as::Call(path, {as::Call("torch.Size", {"K\4\x85"})}), "policy.uninitialised"},
        {path, as::New(path, {"K\4"}), "policy.uninitialised"},
        {path, as::Call(path, {"]"}), "value.type"},  // DEV-525
    });
  }
}

// NEW-001
TEST_CASE("NEWOBJ creates objects of classes and of nothing else") {
  CheckAccepted({
      {"OrderedDict", as::New("collections.OrderedDict", {}), "OrderedDict{}"},
      {"Counter", as::New("collections.Counter", {}), "Counter{}"},
      {"set", as::New("builtins.set", {}), "set()"},
      {"bytearray", as::New("builtins.bytearray", {}), "bytearray()"},
      {"complex", as::New("builtins.complex", {as::Float(1), as::Float(2)}), "complex(1.0, 2.0)"},
      {"Size", as::New("torch.Size", {"K\1K\2\x86"}), "Size(1, 2)"},
      {"device", as::New("torch.device", {as::Str("cuda"), "K\1"}), "device(cuda:1)"},
      {"below others", "N" + as::New("builtins.set", {}) + "\x86", "(None, set())"},
  });
  for (const char* path : {"collections.OrderedDict", "collections.Counter", "builtins.set", "builtins.bytearray"}) {
    CheckRefused({{path, as::New(path, {"]"}), "policy.newobj"}});
  }
  CheckRefused({
      {"function", as::New("torch._utils._rebuild_tensor_v2", {}), "policy.newobj"},
      {"codec", as::New("_codecs.encode", {as::Str("a")}), "policy.newobj"},
      {"dtype", as::New("torch.float32", {}), "policy.newobj"},
      {"qscheme", as::New("torch.per_tensor_affine", {}), "policy.newobj"},
      {"storage class", as::New("torch.FloatStorage", {}), "policy.newobj"},
      {"number", "K\1)\x81", "policy.newobj"},
      {"text", as::Str("a") + ")\x81", "policy.newobj"},
      {"an object", as::New("builtins.set", {}) + ")\x81", "policy.newobj"},
      {"arguments None", as::Global("builtins.set") + "N\x81", "value.type"},
      {"arguments list (DEV-502)", as::Global("builtins.set") + "]\x81", "value.type"},
  });
}

// BLD-001 to BLD-003
TEST_CASE("BUILD updates the attributes of an OrderedDict or Counter") {
  const std::string odict = as::Call("collections.OrderedDict", {});
  const std::string counter = as::Call("collections.Counter", {});
  const std::string a1 = as::Dict({as::Str("a"), "K\1"});
  CheckAccepted({
      {"OrderedDict", odict + a1 + "b", "OrderedDict{}@{'a': 1}"},
      {"the items stay", odict + "K\5K\6s" + a1 + "b", "OrderedDict{5: 6}@{'a': 1}"},
      {"of an OrderedDict", odict + as::Call("collections.OrderedDict", {}) + "K\1K\2sb", "OrderedDict{}@{1: 2}"},
      {"of a Counter", odict + counter + "K\1K\2sb", "OrderedDict{}@{1: 2}"},
      {"twice", odict + a1 + "b" + as::Dict({as::Str("b"), "K\2", as::Str("a"), "K\3"}) + "b",
       "OrderedDict{}@{'a': 3, 'b': 2}"},
      {"equal keys", odict + as::Dict({"K\1", "K\2", as::kTrue, "K\3"}) + "b", "OrderedDict{}@{1: 3}"},
      {"an empty dict", odict + "}b", "OrderedDict{}"},
      {"an empty tuple", odict + ")b", "OrderedDict{}"},
      {"an empty list", odict + "]b", "OrderedDict{}"},
      {"an empty text", odict + as::Str("") + "b", "OrderedDict{}"},
      {"empty bytes", odict + as::Bytes("") + "b", "OrderedDict{}"},
      {"an empty set",
       odict + "\x8f"
               "b",
       "OrderedDict{}"},
      {"an empty bytearray", odict + as::Call("builtins.bytearray", {}) + "b", "OrderedDict{}"},
      {"itself", odict + "K\1K\2s" + as::Put(0) + as::Get(0) + "b", "OrderedDict{1: 2}@{1: 2}"},
      {"Counter", counter + a1 + "b", "Counter{}@{'a': 1}"},
      {"Counter of None", counter + "Nb", "Counter{}"},
      {"Counter of 0", counter + "K\0b"s, "Counter{}"},
      {"Counter of an empty dict", counter + "}b", "Counter{}"},
  });
  CheckRefused({
      {"OrderedDict of None", odict + "Nb", "value.type"},
      {"OrderedDict of a number", odict + "K\1b", "value.type"},
      {"OrderedDict of 0", odict + "K\0b"s, "value.type"},
      {"OrderedDict of False",
       odict + "\x89"
               "b",
       "value.type"},
      {"OrderedDict of a text", odict + as::Str("ab") + "b", "value.type"},
      {"OrderedDict of pairs",
       odict + "]K\1K\2\x86"
               "ab",
       "value.type"},
      {"OrderedDict of a Size", odict + as::Call("torch.Size", {"K\1\x85"}) + "b", "value.type"},
      {"Counter of a number", counter + "K\1b", "value.type"},
  });
}

TEST_CASE("the state that BUILD took may change later without changing the attributes") {
  const Loaded loaded(as::Call("collections.OrderedDict", {}) + as::Dict({"K\1", "K\2"}) + as::Put(0) + "b" +
                      as::Get(0) + "K\1K\3s\x86.");
  CHECK(loaded.outcome == "(OrderedDict{}@{1: 2}, {1: 3})");
}

TEST_CASE("BUILD of other objects sets nothing, and of values without a state is refused") {
  const std::vector<std::pair<std::string, std::string>> stateless = {
      {"set()", "\x8f"},
      {"bytearray()", as::Call("builtins.bytearray", {})},
      {"complex(0.0, 0.0)", as::Call("builtins.complex", {})},
      {"Size()", as::Call("torch.Size", {})},
      {"device(cpu)", as::Call("torch.device", {as::Str("cpu")})},
  };
  for (const auto& [shown, object] : stateless) {
    CheckAccepted({{shown, object + "Nb", shown}, {shown, object + "}b", shown}, {shown, object + "K\0b"s, shown}});
    CheckRefused({{shown, object + "K\1b", "policy.build"},
                  {shown, object + as::Dict({as::Str("a"), "K\1"}) + "b", "policy.build"}});
  }
  for (const std::string& value :
       {"N"s, "K\1"s, "}"s, "]"s, ")"s, as::Str("a"), as::Float(1), as::Global("torch.float32"),
        as::Global("builtins.set"), as::Global("torch.per_tensor_affine"), as::Bytes("a"), as::kTrue,
        as::Storage("torch.FloatStorage", "0", 4)}) {
    CheckRefused({{value, value + "Nb", "policy.build"}, {value, value + "}b", "policy.build"}});
  }
  CheckRefused(
      {{"tensor", kTensor + "}b", "value.type"},
       {"parameter", as::Call("torch._utils._rebuild_parameter", {kTensor, as::kFalse, "}"}) + "}b", "value.type"}});
}

// Python's type(value), where the type has a name of its own.
TEST_CASE("a message names the type of each value") {
  const std::string tensor_of_parameter = as::Call("torch._utils._rebuild_parameter", {kTensor, as::kFalse, "}"});
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"N", "NoneType"},
      {"\x88", "bool"},
      {"K\1", "int"},
      {as::Float(1), "float"},
      {as::Call("builtins.complex", {}), "complex"},
      {as::Str("a"), "str"},
      {as::Bytes("a"), "bytes"},
      {as::Call("builtins.bytearray", {}), "bytearray"},
      {")", "tuple"},
      {"]", "list"},
      {as::Call("torch.Size", {}), "torch.Size"},
      {"\x8f", "set"},
      {"}", "dict"},
      {as::Call("collections.OrderedDict", {}), "collections.OrderedDict"},
      {as::Call("collections.Counter", {}), "collections.Counter"},
      {as::Global("torch.int8"), "torch.dtype"},
      {as::Call("torch.device", {as::Str("cpu")}), "torch.device"},
      {as::Call("torch.serialization._get_layout", {as::Str("torch.strided")}), "torch.layout"},
      {as::Global("torch.per_tensor_affine"), "torch.qscheme"},
      {as::Global("builtins.set"), "a class or function"},
      {kTensor, "torch.Tensor"},
      {tensor_of_parameter, "torch.nn.parameter.Parameter"},
      {as::Storage("torch.FloatStorage", "0", 4), "torch.storage.TypedStorage"},
  };
  for (const auto& [value, name] : rows) {
    const Loaded loaded(value + ".");
    INFO(name);
    CHECK(TypeName(loaded.graph[loaded.graph.root].type) == name);
  }
}

// Python's bool() of each.
TEST_CASE("what is falsy is what Python calls falsy") {
  struct Row {
    std::string value;
    bool truthy;
  };
  const auto complex = [](double real, double imaginary) {
    return as::Call("builtins.complex", {as::Float(real), as::Float(imaginary)});
  };
  const std::vector<Row> rows = {
      {"N", false},
      {"\x88", true},
      {"\x89", false},
      {"K\0"s, false},
      {"K\1", true},
      {as::Int(-1), true},
      {as::Power(64), true},
      {as::Power(64, true), true},
      {as::Float(0.0), false},
      {as::Float(-0.0), false},
      {as::Float(5e-324), true},
      {as::Float(NAN), true},
      {complex(0, 0), false},
      {complex(-0.0, -0.0), false},
      {complex(1, 0), true},
      {complex(0, 1), true},
      {as::Str(""), false},
      {as::Str("a"), true},
      {as::Bytes(""), false},
      {as::Bytes("a"), true},
      {as::Call("builtins.bytearray", {}), false},
      {as::Call("builtins.bytearray", {as::Bytes("a")}), true},
      {")", false},
      {"N\x85", true},
      {"]", false},
      {"]Na", true},
      {as::Call("torch.Size", {}), false},
      {as::Call("torch.Size", {"K\0\x85"s}), true},
      {"\x8f", false},
      {as::Call("builtins.set", {"K\0\x85"s}), true},
      {"}", false},
      {"}NNs", true},
      {as::Call("collections.OrderedDict", {}), false},
      {as::Call("collections.OrderedDict", {}) + "NNs", true},
      {as::Call("collections.Counter", {}), false},
      {as::Call("collections.Counter", {}) + "NNs", true},
      {as::Global("builtins.set"), true},
      {as::Global("torch.float32"), true},
      {as::Call("torch.device", {as::Str("cpu")}), true},
      {as::Storage("torch.FloatStorage", "0", 4), true},
  };
  for (const Row& row : rows) {
    const Loaded loaded(row.value + ".");
    INFO(loaded.outcome);
    CHECK(IsTruthy(loaded.graph, loaded.graph.root) == row.truthy);
  }
}

}  // namespace
}  // namespace weightsonly::machine
