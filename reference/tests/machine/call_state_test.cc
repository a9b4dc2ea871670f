// Floor 5. Python attributes of tensors and parameters, and tensors that BUILD fills. Verdicts and values are those of
// torch 2.15.0 where no deviation is named.
#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kV2 = "torch._utils._rebuild_tensor_v2";
const std::string kParameter = "torch.nn.parameter.Parameter";
const std::string kTensorType = as::Global("torch.Tensor");
const std::string kFloats = as::Storage("torch.FloatStorage", "0", 4);
const std::string kLongs = as::Storage("torch.LongStorage", "0", 2);
const std::string kTwo = "K\2\x85";
const std::string kOne = "K\1\x85";
const std::string kParts = as::Tuple({kFloats, "K\1", kTwo, kOne, as::kFalse, "}"});
const std::string kTensor = as::Global(kV2) + kParts + as::kReduce;
const std::string kLongTensor = as::Call(kV2, {kLongs, "K\0"s, kTwo, kOne, as::kFalse, "}"});

std::string One(const std::string& key, const std::string& value) { return as::Dict({key, value}); }
std::string WithState(const std::string& state) {
  return as::Call("torch._utils._rebuild_parameter_with_state", {kTensor, as::kTrue, "}", state});
}
std::string FromType(const std::string& function, const std::string& type, const std::string& parts,
                     const std::string& state) {
  return as::Call("torch._tensor._rebuild_from_type_v2", {function, type, parts, state});
}
std::string FromType(const std::string& state) { return FromType(as::Global(kV2), kTensorType, kParts, state); }
std::string Shown(const std::string& attributes, const std::string& dtype = "float32") {
  return "tensor(" + dtype + ", [2], [1], offset 1, storage 0)" + attributes;
}
std::string ShownParameter(const std::string& attributes, const std::string& more = ", grad") {
  return "parameter(float32, [2], [1], offset 1, storage 0" + more + ")" + attributes;
}

// STA-001, STA-002
TEST_CASE("the state of a tensor is a dict, a dict and slots, or nothing") {
  const std::string a = One(as::Str("a"), "K\1"), b = One(as::Str("b"), "K\2");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"N", ""},
      {"}", ""},
      {"]", ""},
      {"K\0"s, ""},
      {as::kFalse, ""},
      {as::Str(""), ""},
      {"\x8f", ""},
      {a, "@{'a': 1}"},
      {as::Call("collections.OrderedDict", {a}), "@{'a': 1}"},
      {as::Call("collections.Counter", {a}), "@{'a': 1}"},
      {as::Tuple({a, b}), "@{'a': 1, 'b': 2}"},
      {as::Tuple({as::Dict({as::Str("a"), "K\1", as::Str("b"), "K\1"}), One(as::Str("a"), "K\2")}),
       "@{'a': 2, 'b': 1}"},
      {as::Tuple({"N", b}), "@{'b': 2}"},
      {as::Tuple({a, "N"}), "@{'a': 1}"},
      {as::Tuple({a, "]"}), "@{'a': 1}"},
      {as::Tuple({"N", "N"}), ""},
      {as::Call("torch.Size", {as::Tuple({"K\0"s, "K\0"s})}), ""},
      {as::Dict({as::Str("a"), "K\1", as::Str("a"), "K\3"}), "@{'a': 3}"},
      {One(as::Str(""), "K\1"), "@{'': 1}"},
      {One(as::Str("set_"), "K\1"), "@{'set_': 1}"},
      {One(as::Str("names"), "K\1"), "@{'names': 1}"},
      {One(as::Str("Data"), "K\1"), "@{'Data': 1}"},
  };
  for (const auto& [state, attributes] : rows) {
    INFO(attributes << " of " << state);
    CHECK(Loaded(FromType(state) + ".").outcome == Shown(attributes));
    CHECK(Loaded(WithState(state) + ".").outcome == ShownParameter(attributes));
  }
  const std::vector<std::pair<std::string, std::string>> refused = {
      {")", "tensor.state"},
      {a + "\x85", "tensor.state"},
      {as::Tuple({a, "N", "N"}), "tensor.state"},
      {as::Call("torch.Size", {as::Tuple({"K\1", "K\2"})}), "value.type"},
      {"K\1", "value.type"},
      {as::kTrue, "value.type"},
      {as::Str("a"), "value.type"},
      {as::List({a}), "value.type"},
      {as::Tuple({"K\1", "N"}), "value.type"},
      {as::Tuple({"N", "K\1"}), "value.type"},
      {kFloats, "value.type"},
      {kTensor, "value.type"},
      {One("K\1", "K\2"), "value.type"},
      {One("N", "K\2"), "value.type"},
      {One(as::Bytes("a"), "K\2"), "value.type"},
  };
  for (const auto& [state, kind] : refused) {
    CheckRefused({{kind, FromType(state), kind}, {kind, WithState(state), kind}});
  }
}

// STA-003. From torch 2.15.0: the names in dir(torch.Tensor) that are data descriptors.
TEST_CASE("a state that sets what torch keeps for itself is refused") {
  std::ifstream file(WEIGHTSONLY_SOURCE_DIR "/reference/tests/machine/tensor-names-2.15.0.txt");
  int names = 0;
  for (std::string name; std::getline(file, name);) {
    if (name.starts_with('#')) continue;
    INFO(name);
    ++names;
    const std::string state = One(as::Str(name), "N");
    CheckRefused({{name, FromType(state), "tensor.state"}, {name, WithState(as::Tuple({"N", state})), "tensor.state"}});
  }
  CHECK(names == 52);
}

// STA-004
TEST_CASE("attributes are those of the state at that moment, and may lead back to the tensor") {
  const std::string list = "]" + as::Put(1);
  const Loaded cycle(list + FromType(One(as::Str("l"), as::Get(1))) + as::kAppend + ".");
  REQUIRE(cycle.outcome.starts_with("[tensor(float32, [2], [1], offset 1, storage 0)@{'l': [tensor("));
  const Loaded later(One(as::Str("x"), "K\1") + as::Put(1) + FromType(as::Get(1)) + "\x86" + as::Put(2) + as::Get(1) +
                     as::Str("y") + "K\2s" + as::Get(2) + "\x86.");
  CHECK(later.outcome == "({'x': 1, 'y': 2}, ({'x': 1, 'y': 2}, " + Shown("@{'x': 1}") + "))");
  const Loaded of_parameter(
      as::Call("torch._utils._rebuild_parameter", {FromType(One(as::Str("a"), "K\1")), as::kTrue, "}"}) + ".");
  CHECK(of_parameter.outcome == ShownParameter(""));
}

// CAL-001, RBT-009
TEST_CASE("_rebuild_parameter_with_state takes what _rebuild_parameter does, and a state") {
  const std::string name = "torch._utils._rebuild_parameter_with_state";
  CheckRefused({
      {"three", as::Call(name, {kTensor, as::kTrue, "}"}), "value.arity"},
      {"five", as::Call(name, {kTensor, as::kTrue, "}", "}", "N"}), "value.arity"},
      {"data list", as::Call(name, {"]", as::kTrue, "}", "}"}), "value.type"},
      {"data None (DEV-506)", as::Call(name, {"N", as::kTrue, "}", "}"}), "value.type"},
      {"requires_grad 1", as::Call(name, {kTensor, "K\1", "}", "}"}), "tensor.requires-grad"},
      {"of ints with True", as::Call(name, {kLongTensor, as::kTrue, "}", "}"}), "tensor.requires-grad"},
  });
}

// STA-005, STA-006
TEST_CASE("_rebuild_from_type_v2 calls a function that makes a tensor of the type it names") {
  const std::string state = One(as::Str("a"), "K\1");
  const std::string v1 = as::Global("torch._utils._rebuild_tensor");
  const std::string parameter = as::Global("torch._utils._rebuild_parameter");
  CheckAccepted({
      {"v1", FromType(v1, kTensorType, as::Tuple({kFloats, "K\1", kTwo, kOne}), state), Shown("@{'a': 1}")},
      {"parameter", FromType(parameter, as::Global(kParameter), as::Tuple({kTensor, as::kTrue, "}"}), state),
       ShownParameter("@{'a': 1}")},
      {"meta",
       FromType(as::Global("torch._utils._rebuild_meta_tensor_no_storage"), kTensorType,
                as::Tuple({as::Global("torch.float32"), kTwo, kOne, as::kFalse}), state),
       "tensor(float32, [2], [1], offset 0, meta)@{'a': 1}"},
  });
  const std::string name = "torch._tensor._rebuild_from_type_v2";
  CheckRefused({
      {"three", as::Call(name, {as::Global(kV2), kTensorType, kParts}), "value.arity"},
      {"five", as::Call(name, {as::Global(kV2), kTensorType, kParts, "}", "N"}), "value.arity"},
      {"function None", FromType("N", kTensorType, kParts, "N"), "value.type"},
      {"function text", FromType(as::Str(kV2), kTensorType, kParts, "N"), "value.type"},
      {"function dtype", FromType(as::Global("torch.float32"), kTensorType, kParts, "N"), "policy.reduce"},
      {"itself (DEV-523)",
       FromType(as::Global(name), kTensorType, as::Tuple({as::Global(kV2), kTensorType, kParts, "N"}), "N"),
       "policy.reduce"},
      {"type None", FromType(as::Global(kV2), "N", kParts, "N"), "tensor.subclass"},
      {"type FloatTensor", FromType(as::Global(kV2), as::Global("torch.FloatTensor"), kParts, "N"), "tensor.subclass"},
      {"type function", FromType(as::Global(kV2), as::Global(kV2), kParts, "N"), "tensor.subclass"},
      {"a tensor as Parameter (DEV-524)", FromType(as::Global(kV2), as::Global(kParameter), kParts, "N"),
       "tensor.subclass"},
      {"a Parameter as tensor (DEV-524)", FromType(parameter, kTensorType, as::Tuple({kTensor, as::kTrue, "}"}), "N"),
       "tensor.subclass"},
      {"a set (DEV-524)", FromType(as::Global("builtins.set"), as::Global("builtins.set"), as::Tuple({"]"}), "N"),
       "tensor.subclass"},
      {"arguments None", FromType(as::Global(kV2), kTensorType, "N", "N"), "value.type"},
      {"arguments list (DEV-502)", FromType(as::Global(kV2), kTensorType, "]", "N"), "value.type"},
      {"arguments short", FromType(as::Global(kV2), kTensorType, ")", "N"), "value.arity"},
  });
}

}  // namespace
}  // namespace weightsonly::machine
