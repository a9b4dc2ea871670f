// Floor 5. Tensors and parameters of torch before release 0.4: a class called without arguments, then BUILD. Verdicts
// and values are those of torch 2.15.0 where no deviation is named.
#include <string>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kParameter = "torch.nn.parameter.Parameter";
const std::string kFloats = as::Storage("torch.FloatStorage", "0", 4);
const std::string kLongs = as::Storage("torch.LongStorage", "1", 2);
const std::string kTwo = "K\2\x85";
const std::string kOne = "K\1\x85";
const std::string kState = as::Tuple({kFloats, "K\1", kTwo, kOne});
const std::string kEmpty = as::Call("torch.FloatTensor", {});

std::string Rebuilt(const std::string& storage, const std::string& grad = as::kFalse) {
  return as::Call("torch._utils._rebuild_tensor_v2", {storage, "K\0"s, kTwo, kOne, grad, "}"});
}
std::string Built(const std::string& object, const std::string& state) { return object + state + as::kBuild; }
std::string Shown(const std::string& dtype, const std::string& offset, const std::string& more = "") {
  return "tensor(" + dtype + ", [2], [1], offset " + offset + ", storage 0" + more + ")";
}

// LEG-001, LEG-003
TEST_CASE("BUILD gives a tensor its storage, offset, size and stride") {
  const std::string built = Shown("float32", "1");
  CheckAccepted({
      {"torch.Tensor", Built(as::Call("torch.Tensor", {}), kState), built},
      {"torch.FloatTensor", Built(kEmpty, kState), built},
      {"NEWOBJ", Built(as::New("torch.FloatTensor", {}), kState), built},
      {"a list", Built(kEmpty, as::List({kFloats, "K\1", kTwo, kOne})), built},
      {"int64", Built(as::Call("torch.LongTensor", {}), as::Tuple({kLongs, "K\0"s, kTwo, kOne})), Shown("int64", "0")},
      {"cuda",
       Built(as::Call("torch.cuda.FloatTensor", {}),
             as::Tuple({as::Storage("torch.FloatStorage", "0", 4, "cuda:1"), "K\1", kTwo, kOne})),
       built},
      {"twice", Built(Built(kEmpty, as::Tuple({kFloats, "K\0"s, kOne, kOne})), kState), built},
      {"of a rebuilt tensor", Built(Rebuilt(kFloats), kState), built},
      {"no stride", Built(kEmpty, as::Tuple({kFloats, "K\1", kTwo, "N"})), built},
  });
  CheckRefused({
      {"another dtype", Built(as::Call("torch.LongTensor", {}), kState), "tensor.dtype"},
      {"torch.Tensor of int64", Built(as::Call("torch.Tensor", {}), as::Tuple({kLongs, "K\0"s, kTwo, kOne})),
       "tensor.dtype"},
      {"past", Built(kEmpty, as::Tuple({kFloats, "K\3", kTwo, kOne})), "tensor.out-of-bounds"},
      {"three (DEV-522)", Built(kEmpty, as::Tuple({kFloats, "K\1", kTwo})), "value.arity"},
      {"five", Built(kEmpty, as::Tuple({kFloats, "K\1", kTwo, kOne, as::kFalse})), "value.arity"},
      {"nothing (DEV-522)", Built(kEmpty, ")"), "value.arity"},
      {"None", Built(kEmpty, "N"), "value.type"},
      {"dict", Built(kEmpty, "}"), "value.type"},
      {"storage None", Built(kEmpty, as::Tuple({"N", "K\1", kTwo, kOne})), "value.type"},
      {"storage tensor", Built(kEmpty, as::Tuple({Rebuilt(kFloats), "K\1", kTwo, kOne})), "value.type"},
      {"offset True", Built(kEmpty, as::Tuple({kFloats, as::kTrue, kTwo, kOne})), "value.type"},
      {"a tensor that requires grad", Built(Rebuilt(kFloats, as::kTrue), kState), "tensor.requires-grad"},
      {"a meta storage",
       Built(kEmpty, as::Tuple({as::Storage("torch.FloatStorage", "0", 4, "meta"), "K\1", kTwo, kOne})),
       "tensor.device"},
      {"a cuda class over the cpu", Built(as::Call("torch.cuda.FloatTensor", {}), kState), "tensor.device"},
      {"sparse", as::Call("torch.sparse.FloatTensor", {}), "value.arity"},
  });
}

TEST_CASE("BUILD keeps the conj bit and the attributes of a tensor") {
  const std::string complexes = as::Storage("torch.ComplexFloatStorage", "0", 2);
  const std::string conj = as::Call("torch._utils._rebuild_tensor_v2", {complexes, "K\0"s, kTwo, kOne, as::kFalse, "}",
                                                                        as::Dict({as::Str("conj"), "\x88"})});
  CheckAccepted({{"conj", Built(conj, as::Tuple({complexes, "K\1", kOne, kOne})),
                  "tensor(complex64, [1], [1], offset 1, storage 0, conj)"}});
}

// LEG-005, DEV-521
TEST_CASE("a tensor that no BUILD follows is refused at STOP, or where it is used") {
  for (const std::string& value : {kEmpty, as::New(kParameter, {}), as::Call("torch.Tensor", {}), kEmpty + "N\x86"}) {
    const Loaded loaded(value + ".");
    CHECK(loaded.outcome == At("pickle.stop-unbuilt", value.size()));
  }
  CheckRefused({
      {"as data", as::Call("torch._utils._rebuild_parameter", {kEmpty, as::kTrue, "}"}), "tensor.state"},
      {"as data of Parameter", as::Call(kParameter, {kEmpty}), "tensor.state"},
      {"as data of another device",
       as::Call("torch._utils._rebuild_device_tensor_from_cpu_tensor", {kEmpty, "N", as::Str("cpu"), as::kFalse}),
       "tensor.state"},
  });
}

// LEG-002
TEST_CASE("Parameter takes a tensor and requires_grad") {
  const std::string grad = "parameter(float32, [2], [1], offset 0, storage 0, grad)";
  CheckAccepted({
      {"one", as::Call(kParameter, {Rebuilt(kFloats)}), grad},
      {"NEWOBJ", as::New(kParameter, {Rebuilt(kFloats)}), grad},
      {"frozen", as::New(kParameter, {Rebuilt(kFloats), as::kFalse}),
       "parameter(float32, [2], [1], offset 0, storage 0)"},
      {"frozen ints", as::Call(kParameter, {Rebuilt(kLongs), as::kFalse}),
       "parameter(int64, [2], [1], offset 0, storage 0)"},
  });
  CheckRefused({
      {"ints", as::Call(kParameter, {Rebuilt(kLongs)}), "tensor.requires-grad"},
      {"requires_grad 1", as::Call(kParameter, {Rebuilt(kFloats), "K\1"}), "tensor.requires-grad"},
      {"three", as::Call(kParameter, {Rebuilt(kFloats), as::kTrue, "N"}), "value.arity"},
      {"a list", as::Call(kParameter, {"]"}), "value.type"},
      {"a size", as::New(kParameter, {"K\4"}), "value.type"},
      {"None (DEV-506)", as::Call(kParameter, {"N"}), "value.type"},
  });
}

// LEG-004
TEST_CASE("BUILD of a parameter sets requires_grad, and with five items its data") {
  const std::string of = as::Call(kParameter, {Rebuilt(kFloats)});
  const std::string data = as::Call("torch._utils._rebuild_tensor_v2", {kFloats, "K\2", kTwo, kOne, as::kFalse, "}"});
  const std::string frozen = as::Call(kParameter, {Rebuilt(kLongs), as::kFalse});
  const auto shown = [](const std::string& offset, const std::string& more) {
    return "parameter(float32, [2], [1], offset " + offset + ", storage 0" + more + ")";
  };
  CheckAccepted({
      {"three False", Built(of, as::Tuple({as::kFalse, as::kFalse, "}"})), shown("0", "")},
      {"three True", Built(of, as::Tuple({as::kTrue, "N", "K\5"})), shown("0", ", grad")},
      {"three in a list", Built(of, as::List({as::kFalse, "N", "N"})), shown("0", "")},
      {"five", Built(as::New(kParameter, {}), as::Tuple({data, "N", "}", as::kTrue, as::kFalse})),
       shown("2", ", grad")},
      {"five of a built one", Built(of, as::Tuple({data, "N", "}", as::kFalse, as::kFalse})), shown("2", "")},
      {"complex numbers for one that requires grad",
       Built(of, as::Tuple({Rebuilt(as::Storage("torch.ComplexFloatStorage", "0", 2)), "N", "}", as::kTrue, "N"})),
       "parameter(complex64, [2], [1], offset 0, storage 0, grad)"},
      {"ints for a frozen one", Built(frozen, as::Tuple({Rebuilt(kLongs), "N", "}", as::kFalse, as::kFalse})),
       "parameter(int64, [2], [1], offset 0, storage 0)"},
  });
  const std::string meta =
      as::Call("torch._utils._rebuild_meta_tensor_no_storage", {as::Global("torch.float32"), kTwo, kOne, as::kFalse});
  CheckRefused({
      {"requires_grad 1", Built(of, as::Tuple({"K\1", "N", "}"})), "tensor.requires-grad"},
      {"requires_grad None", Built(of, as::Tuple({"N", "N", "}"})), "tensor.requires-grad"},
      {"requires_grad of ints", Built(frozen, as::Tuple({as::kTrue, "N", "}"})), "tensor.requires-grad"},
      {"ints for one that requires grad", Built(of, as::Tuple({Rebuilt(kLongs), "N", "}", as::kFalse, "N"})),
       "tensor.requires-grad"},
      {"ints for one that was made of nothing",
       Built(as::New(kParameter, {}), as::Tuple({Rebuilt(kLongs), "N", "}", as::kFalse, "N"})), "tensor.requires-grad"},
      {"data None", Built(of, as::Tuple({"N", "N", "}", as::kFalse, "N"})), "value.type"},
      {"data on another device", Built(of, as::Tuple({meta, "N", "}", as::kFalse, "N"})), "tensor.device"},
      {"four (DEV-522)", Built(of, kState), "tensor.state"},
      {"none", Built(of, ")"), "value.arity"},
      {"two", Built(of, as::Tuple({as::kFalse, "N"})), "value.arity"},
      {"six", Built(of, as::Tuple({"N", "N", "N", "N", "N", "N"})), "value.arity"},
      {"a dict", Built(of, "}"), "value.type"},
      {"a text", Built(of, as::Str("abc")), "value.type"},
  });
}

}  // namespace
}  // namespace weightsonly::machine
