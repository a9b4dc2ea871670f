// What torch's messages call a value. The second source is torch 2.15.0, whose unpickler was given each of these values
// as the target of APPEND and as the function of REDUCE (MSG-001, MSG-002).
#include "machine/subject.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

namespace as = assemble;

const std::string kCounter = "collections.Counter";
const std::string kOrderedDict = "collections.OrderedDict";

// The value that `pickle` leaves on the stack.
struct Made {
  explicit Made(const std::string& pickle) : machine(pickle) {
    REQUIRE(machine.Execute() == "");
    value = machine.state.stack.back();
  }
  Machine machine;
  Ref value;
};

std::string TypeOf(const std::string& pickle) {
  const Made made(pickle);
  return PythonType(made.machine.state, made.value);
}
std::vector<std::string> StrOf(const std::string& pickle) {
  const Made made(pickle);
  return StrSubject(made.machine.state, made.value);
}

}  // namespace

TEST_CASE("the type of an allowed global is that of the object which it names") {
  for (const char* path :
       {"collections.OrderedDict", "collections.Counter", "torch.Size", "torch.device", "builtins.bytearray",
        "builtins.set", "builtins.complex", "torch.storage.TypedStorage", "torch.storage.UntypedStorage"}) {
    INFO(path);
    CHECK(TypeOf(as::Global(path)) == "<class 'type'>");
  }
  for (const auto& [path, type] : std::vector<std::pair<std::string, std::string>>{
           {"torch.nn.parameter.Parameter", "torch.nn.parameter._ParameterMeta"},
           {"torch.Tensor", "torch._C._TensorMeta"},
           {"torch.FloatTensor", "torch.tensortype"},
           {"torch.FloatStorage", "torch.serialization.StorageType"},
           {"torch.float32", "torch.dtype"},
           {"torch.per_tensor_affine", "torch.qscheme"},
           {"_codecs.encode", "builtin_function_or_method"},
           {"torch._utils._rebuild_tensor_v2", "function"},
       }) {
    INFO(path);
    CHECK(TypeOf(as::Global(path)) == "<class '" + type + "'>");
  }
}

TEST_CASE("other values have the type that Python gives them") {
  CHECK(TypeOf(as::kNone) == "<class 'NoneType'>");
  CHECK(TypeOf(as::kTrue) == "<class 'bool'>");
  CHECK(TypeOf("K\1") == "<class 'int'>");
  CHECK(TypeOf(as::Float(1.5)) == "<class 'float'>");
  CHECK(TypeOf(as::Bytes("a")) == "<class 'bytes'>");
  CHECK(TypeOf(as::kEmptyTuple) == "<class 'tuple'>");
  CHECK(TypeOf(as::Call(kCounter, {"}"})) == "<class 'collections.Counter'>");
}

TEST_CASE("str() is known of what is written in one way only") {
  for (const auto& [pickle, text] : std::vector<std::pair<std::string, std::string>>{
           {as::kNone, "None"},
           {as::kTrue, "True"},
           {as::kFalse, "False"},
           {"K\5", "5"},
           {as::Power(64), "18446744073709551616"},
           {as::Str("a b"), "a b"},
           {as::Str(std::string(65536, 'a')), std::string(65536, 'a')},
           {as::kEmptyTuple, "()"},
           {as::kEmptyList, "[]"},
           {as::kEmptyDict, "{}"},
           {as::Call("builtins.set", {"]"}), "set()"},
           {as::Call(kOrderedDict, {}), "OrderedDict()"},
           {as::Call(kCounter, {"}"}), "Counter()"},
       }) {
    INFO(text.substr(0, 20));
    CHECK(StrOf(pickle) == std::vector<std::string>{text});
  }
}

TEST_CASE("str() of anything else is not told") {
  const std::string one = as::Dict({as::Str("a"), "K\1"});
  for (const std::string& pickle :
       {as::Tuple({as::kNone}), as::List({as::kNone}), one, as::Call("builtins.set", {as::List({as::kNone})}),
        as::Call(kOrderedDict, {one}), as::Call(kCounter, {one}), as::Float(1.5), as::Bytes("a"),
        as::Str(std::string(65537, 'a')), as::Global("torch.Size")}) {
    CHECK(StrOf(pickle).empty());
  }
}

TEST_CASE("an object of a class that a file names has a type that is not told, and no message is about it") {
  const auto pickle = as::Global("__torch__.Net") + as::kEmptyTuple + as::kNewObj + as::kEmptyTuple;
  const Loaded called(pickle + "R.", false, {}, Vocabulary::kTorchScript);
  CHECK(called.outcome == At("policy.reduce", pickle.size()));
  Machine machine(as::kNone);
  REQUIRE(machine.Execute() == "");
  Node node(ValueType::kObject);
  const Ref object = machine.state.graph.Add(node, 0);
  CHECK(PythonType(machine.state, object).empty());
  CHECK(TypeSubject(machine.state, "append to lists", object).empty());
  CHECK(TypeSubject(machine.state, "append to lists", machine.state.stack.back()) ==
        std::vector<std::string>{"append to lists", "<class 'NoneType'>"});
}

}  // namespace weightsonly::machine
