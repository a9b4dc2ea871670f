// Tensors of classes that the user allowed. Beside each row stands what torch 2.15.0 answered to the same pickle, asked
// with training.Tagged (a plain subclass), training.Stateful (with a __setstate__) and training.Wrapped (a wrapper with
// a
// __torch_dispatch__) allowed; where it differs, the deviation.
#include "policy/allowlist.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kFromType = "torch._tensor._rebuild_from_type_v2";
const std::string kWrapper = "torch._utils._rebuild_wrapper_subclass";
const std::string kV2 = as::Global("torch._utils._rebuild_tensor_v2");
const std::string kTagged = as::Global("training.Tagged");
const std::string kWrapped = as::Global("training.Wrapped");
const std::string kFloats = as::Storage("torch.FloatStorage", "0", 4);
const std::string kTwo = "K\2\x85";
const std::string kOne = "K\1\x85";
const std::string kZero = "K\0"s;
std::string Parts(const std::string& requires_grad) {
  return as::Tuple({kFloats, "K\1", kTwo, kOne, requires_grad, "}"});
}
const std::string kParts = Parts(as::kFalse);
const std::string kTensor = kV2 + kParts + as::kReduce;
const std::string kShownTensor = "tensor(float32, [2], [1], offset 1, storage 0)";
const std::string kShown = "training.Tagged of " + kShownTensor;

std::string Outcome(const std::string& value) {
  const Allowlist user = Allowlist().Add("training.Tagged").Add("training.Wrapped").Add("training.f");
  return Loaded(value + as::kStop, {.release = policy::Release::k2_15, .user = &user}).outcome;
}
// "kind", without the offset, which is that of the last instruction of `value`.
std::string Kind(const std::string& value, std::size_t guilty = 1) {
  const std::string outcome = Outcome(value);
  const std::size_t at = outcome.find(" at ");
  CHECK(outcome == outcome.substr(0, at) + " at " + std::to_string(value.size() - guilty));
  return outcome.substr(0, at);
}
std::string FromType(const std::string& function, const std::string& type, const std::string& parts,
                     const std::string& state) {
  return as::Call(kFromType, {function, type, parts, state});
}
std::string Tagged(const std::string& state = "N") { return FromType(kV2, kTagged, kParts, state); }
std::string One(const std::string& key, const std::string& value) { return as::Dict({key, value}); }
std::string Layout(const std::string& name) {
  return as::Call("torch.serialization._get_layout", {as::Str("torch." + name)});
}
std::string DeviceOf(const std::string& name) { return as::Call("torch.device", {as::Str(name)}); }

// The eight arguments of _rebuild_wrapper_subclass; a test changes one.
struct Outside {
  std::string type = kWrapped, dtype = as::Global("torch.float32"), size = "K\2K\3\x86", stride = "K\3K\1\x86",
              offset = kZero, layout = Layout("strided"), device = DeviceOf("cpu"), requires_grad = as::kFalse;
  [[nodiscard]] std::string Arguments() const {
    return as::Tuple({type, dtype, size, stride, offset, layout, device, requires_grad});
  }
  [[nodiscard]] std::string Call() const { return as::Global(kWrapper) + Arguments() + as::kReduce; }
};

// SUB-002. torch: Tagged, with the dtype, shape, stride and requires_grad of the function's tensor.
TEST_CASE("a tensor of a class is the class and the tensor") {
  CHECK(Outcome(Tagged()) == kShown);
  CHECK(Outcome(FromType(kV2, kTagged, Parts(as::kTrue), "N")) ==
        "training.Tagged of tensor(float32, [2], [1], offset 1, storage 0, grad)");
  const std::string parameter = as::Global("torch._utils._rebuild_parameter");
  CHECK(Outcome(FromType(parameter, kTagged, as::Tuple({kTensor, as::kTrue, "}"}), "N")) ==
        "training.Tagged of tensor(float32, [2], [1], offset 1, storage 0, grad)");
  const std::string meta = as::Global("torch._utils._rebuild_meta_tensor_no_storage");
  CHECK(Outcome(FromType(meta, kTagged, as::Tuple({as::Global("torch.float32"), kTwo, kOne, as::kFalse}), "N")) ==
        "training.Tagged of tensor(float32, [2], [1], offset 0, meta)");
  const std::string bytes = as::Storage("torch.QInt8Storage", "0", 16);
  const std::string affine = as::Tuple({as::Global("torch.per_tensor_affine"), as::Float(0.5), "K\1"});
  CHECK(Outcome(FromType(as::Global("torch._utils._rebuild_qtensor"), kTagged,
                         as::Tuple({bytes, kZero, kTwo, kOne, affine, as::kFalse, "}"}), "N")) ==
        "training.Tagged of tensor(qint8, [2], [1], offset 0, storage 0, per_tensor_affine 0.5 1)");
}

// SUB-002. torch: as_subclass makes a new object, without what was set on the old one.
TEST_CASE("the data of a class are no other value's object") {
  const std::string list =
      as::List({kTensor + as::Put(0), FromType(as::Global("torch._utils._rebuild_parameter"), kTagged,
                                               as::Tuple({as::Get(0), as::kTrue, "}"}), "N")});
  CHECK(Outcome(list) ==
        "[" + kShownTensor + ", training.Tagged of tensor(float32, [2], [1], offset 1, storage 0, grad)]");
  const std::string with_state = as::Global("torch._utils._rebuild_parameter_with_state");
  CHECK(Outcome(FromType(with_state, kTagged, as::Tuple({kTensor, as::kFalse, "}", One(as::Str("a"), "K\1")}), "N")) ==
        kShown);
}

// STA-007. torch: setattr for each pair.
TEST_CASE("a state of a dict, of a dict and slots, or of nothing gives attributes") {
  const std::string a = One(as::Str("a"), "K\1"), b = One(as::Str("b"), "K\2");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"N", ""},
      {"}", ""},
      {"]", ""},
      {kZero, ""},
      {a, "@{'a': 1}"},
      {as::Call("collections.OrderedDict", {a}), "@{'a': 1}"},
      {as::Tuple({a, b}), "@{'a': 1, 'b': 2}"},
      {as::Tuple({"N", b}), "@{'b': 2}"},
      {as::Tuple({a, "N"}), "@{'a': 1}"},
  };
  for (const auto& [state, attributes] : rows) {
    INFO(attributes << " of " << state);
    CHECK(Outcome(Tagged(state)) == kShown + attributes);
    CHECK(Outcome(FromType(as::Global(kWrapper), kWrapped, Outside().Arguments(), state)) ==
          "training.Wrapped of tensor(float32, [2, 3], [3, 1], offset 0, meta), device cpu" + attributes);
  }
}

// STA-008, DEV-721. torch: the __setstate__ of Stateful gets each of these; Tagged, which has none, is refused.
TEST_CASE("a state that only the class can read is kept as it stands") {
  const std::string a = One(as::Str("a"), "K\1");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"K\1", "1"},
      {as::kTrue, "True"},
      {as::Str("a"), "'a'"},
      {as::List({"K\1"}), "[1]"},
      {")", "()"},
      {a + "\x85", "({'a': 1},)"},
      {as::Call("torch.Size", {as::Tuple({"K\1", "K\2"})}), "Size(1, 2)"},
      {as::Tuple({a, "N", "N"}), "({'a': 1}, None, None)"},
      {as::Tuple({"K\1", "N"}), "(1, None)"},
      {as::Tuple({a, "K\5"}), "({'a': 1}, 5)"},
      {One("K\1", "K\2"), "{1: 2}"},
      {as::Tuple({a, One("K\1", "K\2")}), "({'a': 1}, {1: 2})"},
      {kTensor, kShownTensor},
  };
  for (const auto& [state, shown] : rows) {
    INFO(shown);
    CHECK(Outcome(Tagged(state)) == kShown + ", state " + shown);
  }
}

// STA-003, DEV-528. torch: `data`, `grad` and `__class__` change the tensor, `shape` is an AttributeError.
TEST_CASE("a state of a class does not set what torch keeps for itself") {
  for (const char* name : {"data", "grad", "__class__", "shape", "requires_grad", "_backward_hooks"}) {
    INFO(name);
    CHECK(Kind(Tagged(One(as::Str(name), "N"))) == "tensor.state");
    CHECK(Kind(Tagged(as::Tuple({"N", One(as::Str(name), "N")}))) == "tensor.state");
  }
}

TEST_CASE("what becomes no tensor of a class is refused") {
  const std::string ordered = as::Global("collections.OrderedDict");
  const std::string longs =
      as::Call("torch._utils._rebuild_tensor_v2",
               {as::Storage("torch.LongStorage", "1", 2), kZero, "K\1K\2\x86", "K\2K\1\x86", as::kFalse, "}"});
  const std::string coo = as::Tuple({Layout("sparse_coo"), as::Tuple({longs, kTensor, "K\3\x85"})});
  // torch: AttributeError, `no attribute 'as_subclass'`
  CHECK(Kind(FromType(ordered, kTagged, ")", "N")) == "tensor.subclass");
  CHECK(Kind(FromType(as::Global("torch.Size"), kTagged, as::Tuple({kTwo}), "N")) == "tensor.subclass");
  // torch: NotImplementedError `Cannot access storage of SparseTensorImpl`
  CHECK(Kind(FromType(as::Global("torch._utils._rebuild_sparse_tensor"), kTagged, coo, "N")) == "tensor.subclass");
  // torch: an empty Tagged (DEV-521)
  CHECK(Kind(FromType(as::Global("torch.Tensor"), kTagged, ")", "N")) == "tensor.state");
  // torch: `cls must be a type`
  CHECK(Kind(FromType(kV2, kTagged + ")\x81", kParts, "N")) == "tensor.subclass");
  CHECK(Kind(FromType(kV2, "N", kParts, "N")) == "tensor.subclass");
  // torch: accepted (DEV-523, DEV-722)
  CHECK(Kind(FromType(as::Global(kFromType), kTagged, as::Tuple({kV2, kTagged, kParts, "N"}), "N")) == "policy.reduce");
  CHECK(Kind(FromType(kTagged, kTagged, as::Tuple({kTensor}), "N")) == "policy.reduce");
  CHECK(Kind(FromType(as::Global("training.f"), as::Global("torch.Tensor"), ")", "N")) == "policy.reduce");
  // torch: `'Tagged' object is not callable`
  CHECK(Kind(FromType(kTagged + ")\x81", kTagged, kParts, "N")) == "value.type");
  // torch: missing 1, takes 4 but 5 were given; of the function: missing 1
  CHECK(Kind(as::Call(kFromType, {kV2, kTagged, kParts})) == "value.arity");
  CHECK(Kind(as::Call(kFromType, {kV2, kTagged, kParts, "N", "N"})) == "value.arity");
  CHECK(Kind(FromType(kV2, kTagged, as::Tuple({kFloats, "K\1", kTwo, kOne, as::kFalse}), "N")) == "value.arity");
}

// SUB-003. torch: a Wrapped of this dtype, shape, stride, device and requires_grad.
TEST_CASE("a wrapper has a look from outside and no bytes") {
  const std::string shown = "training.Wrapped of tensor(float32, [2, 3], [3, 1], offset 0, meta), device cpu";
  CHECK(Outcome(Outside().Call()) == shown);
  CHECK(Outcome(Outside{.size = as::List({"K\2", "K\3"})}.Call()) == shown);
  CHECK(Outcome(Outside{.stride = as::List({"K\3", "K\1"})}.Call()) == shown);
  CHECK(Outcome(Outside{.device = as::Str("cpu")}.Call()) == shown);
  CHECK(Outcome(Outside{.stride = as::Tuple({as::Int(-3), "K\1"})}.Call()) == shown);
  CHECK(Outcome(Outside{.dtype = as::Global("torch.int64")}.Call()) ==
        "training.Wrapped of tensor(int64, [2, 3], [3, 1], offset 0, meta), device cpu");
  CHECK(Outcome(Outside{.stride = as::Tuple({kZero, kZero})}.Call()) ==
        "training.Wrapped of tensor(float32, [2, 3], [0, 0], offset 0, meta), device cpu");
  CHECK(Outcome(Outside{.size = ")", .stride = ")"}.Call()) ==
        "training.Wrapped of tensor(float32, [], [], offset 0, meta), device cpu");
  CHECK(Outcome(Outside{.offset = as::Int(INT64_MAX)}.Call()) ==
        "training.Wrapped of tensor(float32, [2, 3], [3, 1], offset 9223372036854775807, meta), device cpu");
  CHECK(Outcome(Outside{.device = DeviceOf("cuda:0"), .requires_grad = as::kTrue}.Call()) ==
        "training.Wrapped of tensor(float32, [2, 3], [3, 1], offset 0, meta, grad), device cuda:0");
  CHECK(Outcome(Outside{.size = as::Tuple({as::Int(INT64_MAX)}), .stride = kOne}.Call()) ==
        "training.Wrapped of tensor(float32, [9223372036854775807], [1], offset 0, meta), device cpu");
}

// SUB-004. torch: one object, with what is inside among its attributes.
TEST_CASE("a wrapper with its state is one value") {
  const std::string state = One(as::Str("inner"), kTensor);
  CHECK(Outcome(FromType(as::Global(kWrapper), kWrapped, Outside().Arguments(), state)) ==
        "training.Wrapped of tensor(float32, [2, 3], [3, 1], offset 0, meta), device cpu@{'inner': " + kShownTensor +
            "}");
  // DEV-723. torch: the class's own code decides
  CHECK(Kind(FromType(as::Global(kWrapper), kTagged, Outside().Arguments(), "N")) == "tensor.subclass");
  CHECK(Kind(FromType(as::Global(kWrapper), as::Global("torch.Tensor"), Outside().Arguments(), "N")) ==
        "tensor.subclass");
}

TEST_CASE("each argument of a wrapper is checked") {
  const std::vector<std::pair<Outside, std::string>> rows = {
      // torch: TypeError, or RuntimeError `numel: integer multiplication overflow`, `dimensionality of sizes …`
      {{.type = "N"}, "value.type"},
      {{.type = kWrapped + ")\x81"}, "value.type"},
      {{.type = as::Global("collections.OrderedDict")}, "value.type"},
      {{.dtype = as::Str("torch.float32")}, "value.type"},
      {{.size = "N"}, "value.type"},
      {{.size = "K\2"}, "value.type"},
      {{.size = as::Tuple({as::Float(2), "K\3"})}, "value.type"},
      {{.size = as::Tuple({as::kTrue, "K\3"})}, "value.type"},
      {{.size = as::Tuple({as::Int(-2), "K\3"})}, "tensor.shape"},
      {{.size = as::Tuple({as::Int(std::int64_t{1} << 62), "K\4"})}, "tensor.overflow"},
      {{.size = as::Tuple({as::Power(63), "K\3"})}, "value.type"},
      {{.stride = "N"}, "value.type"},
      {{.stride = ")"}, "tensor.shape"},
      {{.stride = kOne}, "tensor.shape"},
      {{.stride = as::Tuple({as::Float(3), "K\1"})}, "value.type"},
      {{.offset = as::kTrue}, "value.type"},
      {{.offset = as::Float(1)}, "value.type"},
      {{.offset = as::Power(63)}, "value.type"},
      {{.layout = "N"}, "value.type"},
      {{.layout = as::Str("torch.strided")}, "value.type"},
      {{.device = as::Str("bogus")}, "tensor.device"},
      {{.requires_grad = "K\1"}, "value.type"},
      {{.requires_grad = "N"}, "value.type"},
      {{.dtype = as::Global("torch.int64"), .requires_grad = as::kTrue}, "tensor.requires-grad"},
      // torch: accepted (DEV-724)
      {{.dtype = "N"}, "value.type"},
      {{.dtype = as::Global("torch.qint8")}, "tensor.quantizer"},
      {{.size = as::Tuple({as::Int(-2), kZero})}, "tensor.shape"},
      {{.offset = "N"}, "value.type"},
      {{.offset = as::Int(-1)}, "tensor.out-of-bounds"},
      {{.layout = Layout("sparse_coo")}, "tensor.subclass"},
      {{.layout = Layout("jagged")}, "tensor.subclass"},
      {{.device = "N"}, "value.type"},
      {{.device = "K\3"}, "value.type"},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row " << i);
    CHECK(Kind(rows[i].first.Call()) == rows[i].second);
  }
  const std::string arguments = Outside().Arguments();  // torch: missing 1; takes 8 but 9 were given
  const std::string seven = arguments.substr(0, arguments.size() - 2) + "t";
  const std::string nine = arguments.substr(0, arguments.size() - 1) + "Nt";
  CHECK(Kind(as::Global(kWrapper) + seven + as::kReduce) == "value.arity");
  CHECK(Kind(as::Global(kWrapper) + nine + as::kReduce) == "value.arity");
}

// DEV-725. torch: a Tagged with `_is_param`, a sparse tensor, the moved tensor.
TEST_CASE("a tensor of a class is no data of a parameter, no part and not moved") {
  CHECK(Kind(as::Call("torch._utils._rebuild_parameter", {Tagged(), as::kTrue, "}"})) == "tensor.subclass");
  CHECK(Kind(as::Call("torch._utils._rebuild_parameter_with_state", {Tagged(), as::kTrue, "}", "N"})) ==
        "tensor.subclass");
  CHECK(Kind(as::Call("torch.nn.parameter.Parameter", {Tagged()})) == "tensor.subclass");
  CHECK(Kind(as::Call("torch._utils._rebuild_device_tensor_from_cpu_tensor",
                      {Tagged(), as::Global("torch.float32"), as::Str("cpu"), as::kFalse})) == "value.type");
  const std::string longs =
      as::Call("torch._utils._rebuild_tensor_v2",
               {as::Storage("torch.LongStorage", "1", 2), kZero, "K\1K\2\x86", "K\2K\1\x86", as::kFalse, "}"});
  CHECK(Kind(as::Call("torch._utils._rebuild_sparse_tensor",
                      {Layout("sparse_coo"), as::Tuple({longs, Tagged(), "K\3\x85"})})) == "value.type");
}

// SUB-005. torch.save writes the scales and zero points of a quantized Tagged as Tagged; torch: accepted, [2., 3.].
TEST_CASE("scales and zero points of a class are their data") {
  const std::string parameters = as::Tuple({as::Global("torch.per_channel_affine"), Tagged(), Tagged(), kZero});
  const std::string quantized = as::Call(
      "torch._utils._rebuild_qtensor",
      {as::Storage("torch.QInt8Storage", "7", 16), kZero, "K\2K\2\x86", "K\2K\1\x86", parameters, as::kFalse, "}"});
  CHECK(Outcome(quantized) ==
        "tensor(qint8, [2, 2], [2, 1], offset 0, storage 0, per_channel_affine_float_qparams 0 "
        "tensor(float32, [2], [1], offset 1, storage 1) "
        "tensor(float32, [2], [1], offset 1, storage 1))");
}

// DEV-726. torch: Tensor.__setstate__, which takes a storage, an offset, a size and a stride.
TEST_CASE("no BUILD follows a tensor of a class") {
  CHECK(Kind(Tagged() + One(as::Str("x"), "K\1") + as::kBuild) == "policy.build");
  CHECK(Kind(Tagged() + as::Tuple({kFloats, kZero, kTwo, kOne}) + as::kBuild) == "policy.build");
}

// INE-001: REDUCE and NEWOBJ of the class itself.
TEST_CASE("a class of tensors that is called is an object as any other") {
  CHECK(Outcome(as::Call("training.Tagged", {kTensor})) == "reduce(training.Tagged, (" + kShownTensor + ",))");
  CHECK(Outcome(as::New("training.Tagged", {kTensor})) == "newobj(training.Tagged, (" + kShownTensor + ",))");
}

// VAL-013. torch: tensors are hashed by identity.
TEST_CASE("a tensor of a class is a key") {
  CHECK(Outcome(as::Dict({Tagged(), "K\1", Tagged(), "K\2"})) == "{" + kShown + ": 1, " + kShown + ": 2}");
}

}  // namespace
}  // namespace weightsonly::machine
