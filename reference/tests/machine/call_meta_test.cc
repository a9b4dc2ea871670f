// Floor 5. Tensors on the meta device: those saved without a storage, and views of storages tagged `meta`. The verdicts
// and strides are those of torch 2.15.0.
#include <string>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

namespace as = assemble;

const std::string kMeta = "torch._utils._rebuild_meta_tensor_no_storage";
const std::string kV2 = "torch._utils._rebuild_tensor_v2";

std::string Numbers(std::initializer_list<std::int64_t> numbers) {
  std::string text = "(";
  for (const std::int64_t number : numbers) text += as::Int(number);
  return text + "t";
}
std::string Meta(const std::string& size, const std::string& stride, const std::string& grad = as::kFalse,
                 const std::string& dtype = "torch.float32") {
  return as::Call(kMeta, {as::Global(dtype), size, stride, grad});
}
std::string Shown(const std::string& size, const std::string& stride, const std::string& dtype = "float32",
                  const std::string& more = "") {
  return "tensor(" + dtype + ", " + size + ", " + stride + ", offset 0, meta" + more + ")";
}
const std::string kSize = Numbers({2, 3});
const std::string kStride = Numbers({3, 1});
// A view of the four floats of record 0, tagged with the meta device.
std::string Tagged(std::int64_t offset, const std::string& size, const std::string& stride) {
  return as::Call(kV2,
                  {as::Storage("torch.FloatStorage", "0", 4, "meta"), as::Int(offset), size, stride, as::kFalse, "}"});
}

// MTA-001, MTA-003, CAL-001
TEST_CASE("a meta tensor without a storage takes a dtype, a size, a stride and requires_grad") {
  CheckAccepted({
      {"plain", Meta(kSize, kStride), Shown("[2, 3]", "[3, 1]")},
      {"requires_grad", Meta(kSize, kStride, as::kTrue), Shown("[2, 3]", "[3, 1]", "float32", ", grad")},
      {"uint3", Meta(kSize, kStride, as::kFalse, "torch.uint3"), Shown("[2, 3]", "[3, 1]", "uint3")},
      {"bits8", Meta(kSize, kStride, as::kFalse, "torch.bits8"), Shown("[2, 3]", "[3, 1]", "bits8")},
      {"lists", Meta(as::List({"K\2"}), as::List({"K\1"})), Shown("[2]", "[1]")},
      {"Sizes", Meta(as::Call("torch.Size", {kSize}), as::Call("torch.Size", {kStride})), Shown("[2, 3]", "[3, 1]")},
      {"no dimensions", Meta(")", ")"), Shown("[]", "[]")},
      {"a parameter of it", as::Call("torch._utils._rebuild_parameter", {Meta(kSize, kStride), as::kTrue, "}"}),
       "parameter(float32, [2, 3], [3, 1], offset 0, meta, grad)"},
  });
  CheckRefused({
      {"three", as::Call(kMeta, {as::Global("torch.float32"), kSize, kStride}), "value.arity"},
      {"five", as::Call(kMeta, {as::Global("torch.float32"), kSize, kStride, as::kFalse, "N"}), "value.arity"},
      {"requires_grad of ints", Meta(kSize, kStride, as::kTrue, "torch.int64"), "tensor.requires-grad"},
      {"requires_grad 1", Meta(kSize, kStride, "K\1"), "tensor.requires-grad"},
      {"requires_grad None (DEV-510)", Meta(kSize, kStride, "N"), "tensor.requires-grad"},
      {"dtype None (DEV-506)", as::Call(kMeta, {"N", kSize, kStride, as::kFalse}), "tensor.dtype"},
      {"dtype text", as::Call(kMeta, {as::Str("torch.float32"), kSize, kStride, as::kFalse}), "tensor.dtype"},
      {"dtype storage class", Meta(kSize, kStride, as::kFalse, "torch.FloatStorage"), "tensor.dtype"},
      {"quantized", Meta(kSize, kStride, as::kFalse, "torch.qint8"), "tensor.quantizer"},
  });
}

// MTA-002
TEST_CASE("the sizes of a meta tensor count, and its strides may be any numbers") {
  const std::int64_t most = INT64_MAX;
  CheckAccepted({
      {"2^63 - 1 elements", Meta(Numbers({most}), Numbers({1})), Shown("[9223372036854775807]", "[1]")},
      {"a zero in front stops the growth", Meta(Numbers({0, 1LL << 62, 4}), Numbers({0, 0, 0})),
       Shown("[0, 4611686018427387904, 4]", "[0, 0, 0]")},
      {"a stride of 2^62 for three", Meta(Numbers({3}), Numbers({1LL << 62})), Shown("[3]", "[4611686018427387904]")},
      {"expanded", Meta(kSize, Numbers({0, 1})), Shown("[2, 3]", "[0, 1]")},
      {"a negative stride becomes the row-major one", Meta(kSize, Numbers({-5, 1})), Shown("[2, 3]", "[3, 1]")},
      {"the last stride negative", Meta(kSize, Numbers({5, -1})), Shown("[2, 3]", "[5, 1]")},
      {"all strides negative", Meta(Numbers({0, 3}), Numbers({-1, -1})), Shown("[0, 3]", "[3, 1]")},
  });
  CheckRefused({
      {"size None", Meta("N", kStride), "value.type"},
      {"size number", Meta("K\4", Numbers({1})), "value.type"},
      {"size of True", Meta("\x88\x85", Numbers({1})), "value.type"},
      {"size of float", Meta(as::Float(2) + "\x85", Numbers({1})), "value.type"},
      {"size of 2^63", Meta(as::Power(63) + "\x85", Numbers({1})), "value.type"},
      {"size of -2", Meta(Numbers({-2, 3}), kStride), "tensor.shape"},
      {"sizes of 0 and -1", Meta(Numbers({0, -1}), Numbers({1, 1})), "tensor.shape"},
      {"2^63 elements", Meta(Numbers({1LL << 62, 2}), Numbers({0, 0})), "tensor.overflow"},
      {"2^64 elements, then a zero", Meta(Numbers({1LL << 62, 4, 0}), Numbers({0, 0, 0})), "tensor.overflow"},
      {"stride None", Meta(kSize, "N"), "value.type"},
      {"stride ()", Meta(kSize, ")"), "tensor.shape"},
      {"stride short", Meta(kSize, Numbers({1})), "tensor.shape"},
      {"stride long", Meta(Numbers({2}), kStride), "tensor.shape"},
      {"stride of True", Meta(Numbers({2}), "\x88\x85"), "value.type"},
      {"stride of 2^63", Meta(Numbers({1}), as::Power(63) + "\x85"), "value.type"},
      {"a row-major stride of 2^63", Meta(Numbers({0, most, 3}), Numbers({-1, 3, 1})), "tensor.overflow"},
  });
}

// MTA-004
TEST_CASE("a storage tagged meta has its record's size, and tensors over it are checked against that size") {
  const Loaded loaded(Tagged(1, "K\3\x85", "K\1\x85") + ".");
  CHECK(loaded.outcome == "tensor(float32, [3], [1], offset 1, storage 0)");
  REQUIRE(loaded.graph.storages.size() == 1);
  CHECK(loaded.graph.storages[0].meta);
  CHECK(loaded.graph.IsMeta(loaded.graph.tensors[0]));
  CHECK(Loaded(as::Storage("torch.FloatStorage", "0", 4, "meta") + ".").outcome == "storage(float32, 16, meta)");
  CHECK_FALSE(Loaded(as::Storage("torch.FloatStorage", "0", 4) + ".").graph.storages[0].meta);
  CheckRefused({
      {"no record", as::Storage("torch.FloatStorage", "9", 4, "meta"), "storage.missing"},
      {"a record of another size", as::Storage("torch.FloatStorage", "0", 5, "meta"), "storage.size-mismatch"},
      {"one past (DEV-520)", Tagged(1, "K\4\x85", "K\1\x85"), "tensor.out-of-bounds"},
      {"offset -1", Tagged(-1, "K\2\x85", "K\1\x85"), "tensor.out-of-bounds"},
      {"a negative stride (DEV-520)", Tagged(3, "K\2\x85", Numbers({-1})), "tensor.stride"},
  });
}

}  // namespace
}  // namespace weightsonly::machine
