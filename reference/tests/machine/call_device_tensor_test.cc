// Floor 5. Tensors of other devices than their storage's, and wrapper subclasses. Verdicts are those of torch 2.15.0
// where no deviation is named; it has no device but the cpu and meta here (VAL-008).
#include <string>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kFrom = "torch._utils._rebuild_device_tensor_from_cpu_tensor";
const std::string kFloats = as::Storage("torch.FloatStorage", "0", 4);
const std::string kTwo = "K\2\x85";
const std::string kOne = "K\1\x85";
const std::string kTensor = as::Call("torch._utils._rebuild_tensor_v2", {kFloats, "K\1", kTwo, kOne, as::kFalse, "}"});
const std::string kFloat32 = as::Global("torch.float32");
const std::string kMeta = as::Call("torch._utils._rebuild_meta_tensor_no_storage", {kFloat32, kTwo, kOne, as::kFalse});

std::string From(const std::string& data, const std::string& dtype, const std::string& device,
                 const std::string& grad = as::kFalse) {
  return as::Call(kFrom, {data, dtype, device, grad});
}

// DVT-001, DVT-002, DVT-003
TEST_CASE("a tensor for another device is a view of the same bytes under that device's name") {
  const Loaded loaded(From(kTensor, kFloat32, as::Str("xla:0")) + ".");
  CHECK(loaded.outcome == "tensor(float32, [2], [1], offset 1, storage 1)");
  REQUIRE(loaded.graph.storages.size() == 2);
  CHECK(loaded.graph.names[loaded.graph.storages[0].device].text == "cpu");
  CHECK(loaded.graph.names[loaded.graph.storages[1].device].text == "xla:0");
  CHECK(loaded.graph.storages[1].nbytes == 16);
  const std::string same = "tensor(float32, [2], [1], offset 1, storage 0)";
  CheckAccepted({
      {"cpu", From(kTensor, kFloat32, as::Str("cpu")), same},
      {"None", From(kTensor, kFloat32, "N"), same},
      {"a device", From(kTensor, kFloat32, as::Call("torch.device", {as::Str("cpu")})), same},
      {"dtype None", From(kTensor, "N", as::Str("cpu")), same},
      {"requires_grad", From(kTensor, kFloat32, as::Str("mtia"), as::kTrue),
       "tensor(float32, [2], [1], offset 1, storage 1, grad)"},
      {"from another device to cpu:0",
       From(as::Call("torch._utils._rebuild_tensor_v2",
                     {as::Storage("torch.FloatStorage", "0", 4, "cuda:1"), "K\1", kTwo, kOne, as::kFalse, "}"}),
            kFloat32, as::Str("cpu:0")),
       "tensor(float32, [2], [1], offset 1, storage 1)"},
      {"meta stays meta", From(kMeta, kFloat32, as::Str("meta")), "tensor(float32, [2], [1], offset 0, meta)"},
  });
  CheckRefused({
      {"three", as::Call(kFrom, {kTensor, kFloat32, as::Str("cpu")}), "value.arity"},
      {"five", as::Call(kFrom, {kTensor, kFloat32, as::Str("cpu"), as::kFalse, "N"}), "value.arity"},
      {"data None", From("N", kFloat32, as::Str("cpu")), "value.type"},
      {"data storage", From(kFloats, kFloat32, as::Str("cpu")), "value.type"},
      {"float64 (DEV-526)", From(kTensor, as::Global("torch.float64"), as::Str("cpu")), "tensor.dtype"},
      {"dtype text", From(kTensor, as::Str("float32"), as::Str("cpu")), "value.type"},
      {"bogus", From(kTensor, kFloat32, as::Str("bogus")), "tensor.device"},
      {"a text of no letters", From(kTensor, kFloat32, as::Str("")), "tensor.device"},
      {"CPU", From(kTensor, kFloat32, as::Str("CPU")), "tensor.device"},
      {"device list", From(kTensor, kFloat32, "]"), "value.type"},
      {"requires_grad 1", From(kTensor, kFloat32, as::Str("cpu"), "K\1"), "tensor.requires-grad"},
      {"from meta", From(kMeta, kFloat32, as::Str("cpu")), "tensor.device"},
      {"to cpu:0 (DEV-527)", From(kTensor, kFloat32, as::Str("cpu:0")), "tensor.device"},
      {"to cpu:1 (DEV-527)", From(kTensor, kFloat32, as::Str("cpu:1")), "tensor.device"},
      {"to meta (DEV-527)", From(kTensor, kFloat32, as::Str("meta")), "tensor.device"},
  });
}

// DVT-003
TEST_CASE("a tensor that stays on its device is the same object, with the new requires_grad") {
  const Loaded loaded(kTensor + as::Put(1) + as::Global(kFrom) + "(" + as::Get(1) + kFloat32 + as::Str("cpu") +
                      "\x88tR\x86.");
  const std::string grad = "tensor(float32, [2], [1], offset 1, storage 0, grad)";
  CHECK(loaded.outcome == "(" + grad + ", " + grad + ")");
  CHECK(loaded.graph.tensors.size() == 1);
}

// DVT-004
TEST_CASE("a numpy array is no value that the default allowlist can make") {
  const std::string name = "torch._utils._rebuild_device_tensor_from_numpy";
  CheckRefused({
      {"tensor", as::Call(name, {kTensor, kFloat32, as::Str("cpu"), as::kFalse}), "value.type"},
      {"None", as::Call(name, {"N", kFloat32, as::Str("cpu"), as::kFalse}), "value.type"},
      {"three", as::Call(name, {kTensor, kFloat32, as::Str("cpu")}), "value.arity"},
  });
}

// SUB-001
TEST_CASE("no class of the default allowlist is a wrapper subclass") {
  const std::string strided = as::Call("torch.serialization._get_layout", {as::Str("torch.strided")});
  const std::string tensor = as::Global("torch.Tensor");
  const auto wrapper = [](const std::string& type, const std::string& dtype, const std::string& size,
                          const std::string& offset, const std::string& layout, const std::string& device,
                          const std::string& grad, const std::string& more = "") {
    return as::Call("torch._utils._rebuild_wrapper_subclass",
                    {type, dtype, size, kOne, offset, layout, device, grad, more});
  };
  const std::string zero = "K\0"s, cpu = as::Str("cpu");
  CheckRefused({
      {"Tensor", wrapper(tensor, kFloat32, kTwo, zero, strided, cpu, as::kFalse), "tensor.subclass"},
      {"Parameter", wrapper(as::Global("torch.nn.parameter.Parameter"), kFloat32, kTwo, zero, strided, cpu, as::kFalse),
       "tensor.subclass"},
      {"FloatTensor", wrapper(as::Global("torch.FloatTensor"), kFloat32, kTwo, zero, strided, cpu, as::kFalse),
       "value.type"},
      {"None", wrapper("N", kFloat32, kTwo, zero, strided, cpu, as::kFalse), "value.type"},
      {"dtype text", wrapper(tensor, as::Str("float32"), kTwo, zero, strided, cpu, as::kFalse), "value.type"},
      {"size None", wrapper(tensor, kFloat32, "N", zero, strided, cpu, as::kFalse), "value.type"},
      {"offset text", wrapper(tensor, kFloat32, kTwo, as::Str("0"), strided, cpu, as::kFalse), "value.type"},
      {"layout text", wrapper(tensor, kFloat32, kTwo, zero, as::Str("torch.strided"), cpu, as::kFalse), "value.type"},
      {"device list", wrapper(tensor, kFloat32, kTwo, zero, strided, "]", as::kFalse), "value.type"},
      {"requires_grad 1", wrapper(tensor, kFloat32, kTwo, zero, strided, cpu, "K\1"), "value.type"},
      {"nine", wrapper(tensor, kFloat32, kTwo, zero, strided, cpu, as::kFalse, "N"), "value.arity"},
  });
}

}  // namespace
}  // namespace weightsonly::machine
