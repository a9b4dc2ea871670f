// Floor 5. The rebuild functions: which arguments make a tensor or a parameter, and which fault is found.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kV1 = "torch._utils._rebuild_tensor";
const std::string kV2 = "torch._utils._rebuild_tensor_v2";
const std::string kV3 = "torch._utils._rebuild_tensor_v3";
const std::string kParameter = "torch._utils._rebuild_parameter";
const std::string kFloats = as::Storage("torch.FloatStorage", "0", 4);
const std::string kComplexes = as::Storage("torch.ComplexFloatStorage", "0", 2);
const std::string kLongs = as::Storage("torch.LongStorage", "0", 2);
const std::string kBytes16 = as::Storage("torch.storage.UntypedStorage", "0", 16);
const std::string kZero = "K\0"s;
const std::string kFour = "K\4\x85";  // (4,)
const std::string kTwo = "K\2\x85";
const std::string kOne = "K\1\x85";

std::string V2(const std::string& storage, const std::string& size, const std::string& grad = as::kFalse,
               const std::string& hooks = "}", const std::string& metadata = "") {
  return as::Call(kV2, {storage, kZero, size, kOne, grad, hooks, metadata});
}
std::string V3(const std::string& storage, const std::string& dtype, const std::string& size,
               const std::string& metadata = "", const std::string& grad = as::kFalse) {
  return as::Call(kV3, {storage, kZero, size, kOne, grad, "}", dtype, metadata});
}
std::string Geometry(const std::string& offset, const std::string& size, const std::string& stride) {
  return as::Call(kV2, {kFloats, offset, size, stride, as::kFalse, "}"});
}
std::string Numbers(std::initializer_list<std::int64_t> numbers) {
  std::string text = "(";
  for (const std::int64_t number : numbers) text += as::Int(number);
  return text + "t";
}
std::string Shown(const std::string& size, const std::string& stride, const std::string& offset,
                  const std::string& more = "") {
  return "tensor(float32, " + size + ", " + stride + ", offset " + offset + ", storage 0" + more + ")";
}

// RBT-001, RBT-003, CAL-001
TEST_CASE("_rebuild_tensor takes a storage and three parts of a geometry") {
  CheckAccepted({{"four", as::Call(kV1, {kFloats, "K\1", kTwo, kOne}), Shown("[2]", "[1]", "1")}});
  CheckRefused({
      {"three", as::Call(kV1, {kFloats, kZero, kFour}), "value.arity"},
      {"five", as::Call(kV1, {kFloats, kZero, kFour, kOne, "N"}), "value.arity"},
      {"storage None", as::Call(kV1, {"N", kZero, kFour, kOne}), "value.type"},
      {"storage text", as::Call(kV1, {as::Str("0"), kZero, kFour, kOne}), "value.type"},
      {"storage tensor", as::Call(kV1, {V2(kFloats, kFour), kZero, kFour, kOne}), "value.type"},
      {"quantized (DEV-504)", as::Call(kV1, {as::Storage("torch.QInt8Storage", "0", 16), kZero, kFour, kOne}),
       "tensor.quantizer"},
  });
}

// RBT-004, RBT-005
TEST_CASE("_rebuild_tensor_v2 takes requires_grad, hooks and perhaps metadata") {
  const std::string plain = Shown("[4]", "[1]", "0");
  CheckAccepted({
      {"six", V2(kFloats, kFour), plain},
      {"requires_grad", V2(kFloats, kFour, as::kTrue), Shown("[4]", "[1]", "0", ", grad")},
      {"requires_grad of complex numbers", V2(kComplexes, kTwo, as::kTrue),
       "tensor(complex64, [2], [1], offset 0, storage 0, grad)"},
      {"hooks None", V2(kFloats, kFour, as::kFalse, "N"), plain},
      {"hooks 5", V2(kFloats, kFour, as::kFalse, "K\5"), plain},
      {"hooks OrderedDict", V2(kFloats, kFour, as::kFalse, as::Call("collections.OrderedDict", {})), plain},
      {"int64", V2(kLongs, kTwo), "tensor(int64, [2], [1], offset 0, storage 0)"},
  });
  CheckRefused({
      {"five", as::Call(kV2, {kFloats, kZero, kFour, kOne, as::kFalse}), "value.arity"},
      {"eight", as::Call(kV2, {kFloats, kZero, kFour, kOne, as::kFalse, "}", "N", "N"}), "value.arity"},
      {"storage None", V2("N", kFour), "value.type"},
      {"requires_grad of ints", V2(kLongs, kTwo, as::kTrue), "tensor.requires-grad"},
      {"requires_grad of bools", V2(as::Storage("torch.BoolStorage", "0", 16), kFour, as::kTrue),
       "tensor.requires-grad"},
      {"requires_grad None", V2(kFloats, kFour, "N"), "tensor.requires-grad"},
      {"requires_grad 1", V2(kFloats, kFour, "K\1"), "tensor.requires-grad"},
      {"quantized (DEV-504)", V2(as::Storage("torch.QUInt8Storage", "0", 16), kFour), "tensor.quantizer"},
      {"bounds count before requires_grad", V2(kFloats, "K\5\x85", "N"), "tensor.out-of-bounds"},
  });
}

// RBT-007
TEST_CASE("metadata sets the conj and neg bits by their names alone") {
  const auto with = [](const std::string& metadata) { return V2(kComplexes, kTwo, as::kFalse, "}", metadata); };
  const auto one = [](const char* name, const std::string& value) { return as::Dict({as::Str(name), value}); };
  const auto shown = [](const std::string& bits) {
    return "tensor(complex64, [2], [1], offset 0, storage 0" + bits + ")";
  };
  CheckAccepted({
      {"None", with("N"), shown("")},
      {"{}", with("}"), shown("")},
      {"0", with(kZero), shown("")},
      {"()", with(")"), shown("")},
      {"[]", with("]"), shown("")},
      {"conj", with(one("conj", as::kTrue)), shown(", conj")},
      {"conj False", with(one("conj", as::kFalse)), shown(", conj")},
      {"neg", with(one("neg", as::kTrue)), shown(", neg")},
      {"neg False", with(one("neg", as::kFalse)), shown(", neg")},
      {"neg 0", with(one("neg", kZero)), shown(", neg")},
      {"both", with(as::Dict({as::Str("neg"), "\x88", as::Str("conj"), "\x88"})), shown(", conj, neg")},
      {"another name", with(one("other", as::kTrue)), shown("")},
      {"OrderedDict", with(as::Call("collections.OrderedDict", {one("conj", as::kTrue)})), shown(", conj")},
      {"Counter", with(as::Call("collections.Counter", {one("conj", as::kTrue)})), shown(", conj")},
      {"neg of floats", V2(kFloats, kFour, as::kFalse, "}", one("neg", as::kTrue)), Shown("[4]", "[1]", "0", ", neg")},
  });
  CheckRefused({
      {"conj of floats", V2(kFloats, kFour, as::kFalse, "}", one("conj", as::kTrue)), "tensor.conj"},
      {"conj False of floats", V2(kFloats, kFour, as::kFalse, "}", one("conj", as::kFalse)), "tensor.conj"},
      {"list", with(as::List({as::Str("conj")})), "value.type"},
      {"text", with(as::Str("conj")), "value.type"},
      {"1", with("K\1"), "value.type"},
      {"True", with(as::kTrue), "value.type"},
      {"a key with a lone surrogate", with(one("\xed\xa0\xaf", as::kTrue)), "value.type"},
      {"a key that is no text", with(as::Dict({"K\1", as::kTrue})), "value.type"},
      {"a value that is a text", with(one("conj", as::Str("a"))), "value.type"},
      {"a value None (torch takes it)", with(one("neg", "N")), "value.type"},
  });
}

// RBT-006, RBT-008, DEV-506
TEST_CASE("_rebuild_tensor_v3 names its dtype, over a storage of any type") {
  const auto dtype = [](const char* name) { return as::Global(std::string("torch.") + name); };
  CheckAccepted({
      {"uint16", V3(kBytes16, dtype("uint16"), "K\10\x85"), "tensor(uint16, [8], [1], offset 0, storage 0)"},
      {"over floats", V3(kFloats, dtype("uint16"), "K\10\x85"), "tensor(uint16, [8], [1], offset 0, storage 0)"},
      {"conj of complex32", V3(kBytes16, dtype("complex32"), kFour, as::Dict({as::Str("conj"), as::kTrue})),
       "tensor(complex32, [4], [1], offset 0, storage 0, conj)"},
      {"over a quantized storage", V3(as::Storage("torch.QInt8Storage", "0", 16), dtype("uint8"), "K\20\x85"),
       "tensor(uint8, [16], [1], offset 0, storage 0)"},
  });
  CheckRefused({
      {"six", as::Call(kV3, {kBytes16, kZero, kFour, kOne, as::kFalse, "}"}), "value.arity"},
      {"nine", as::Call(kV3, {kBytes16, kZero, kFour, kOne, as::kFalse, "}", dtype("uint16"), "N", "N"}),
       "value.arity"},
      {"one element too many", V3(kBytes16, dtype("uint16"), "K\11\x85"), "tensor.out-of-bounds"},
      {"dtype text", V3(kBytes16, as::Str("torch.uint16"), kFour), "tensor.dtype"},
      {"dtype None (DEV-506)", V3(kBytes16, "N", kFour), "tensor.dtype"},
      {"dtype storage class", V3(kBytes16, as::Global("torch.FloatStorage"), kFour), "tensor.dtype"},
      {"storage None", V3("N", dtype("uint16"), kFour), "value.type"},
      {"quantized (DEV-504)", V3(kBytes16, dtype("qint8"), kFour), "tensor.quantizer"},
      {"requires_grad", V3(kBytes16, dtype("float8_e5m2"), kFour, "", as::kTrue), "tensor.requires-grad"},
      {"requires_grad None (torch takes it)", V3(kBytes16, dtype("uint16"), kFour, "", "N"), "tensor.requires-grad"},
      {"conj of uint16", V3(kBytes16, dtype("uint16"), kFour, as::Dict({as::Str("conj"), as::kTrue})), "tensor.conj"},
  });
}

// RBT-002
TEST_CASE("offset, size and stride are ints, in tuples, lists or Sizes of one length") {
  const std::string two = Shown("[2]", "[1]", "0");
  CheckAccepted({
      {"lists", Geometry(kZero, as::List({"K\2"}), as::List({"K\1"})), two},
      {"Sizes", Geometry(kZero, as::Call("torch.Size", {kTwo}), as::Call("torch.Size", {kOne})), two},
      {"no dimensions", Geometry("K\3", ")", ")"), Shown("[]", "[]", "3")},
      {"an empty list as stride of none", Geometry("K\3", ")", "]"), Shown("[]", "[]", "3")},
      {"stride None", Geometry(kZero, Numbers({2, 2}), "N"), Shown("[2, 2]", "[2, 1]", "0")},
      {"stride ()", Geometry(kZero, Numbers({2, 2}), ")"), Shown("[2, 2]", "[2, 1]", "0")},
      {"stride []", Geometry(kZero, Numbers({2, 2}), "]"), Shown("[2, 2]", "[2, 1]", "0")},
  });
  const std::string big = as::Power(63);
  CheckRefused({
      {"offset True", Geometry(as::kTrue, kTwo, kOne), "value.type"},
      {"offset None", Geometry("N", kTwo, kOne), "value.type"},
      {"offset float", Geometry(as::Float(0), kTwo, kOne), "value.type"},
      {"offset 2^63", Geometry(big, kTwo, kOne), "value.type"},
      {"size None", Geometry(kZero, "N", kOne), "value.type"},
      {"size number", Geometry(kZero, "K\2", kOne), "value.type"},
      {"size set", Geometry(kZero, "\x8f", kOne), "value.type"},
      {"size of float", Geometry(kZero, as::Float(2) + "\x85", kOne), "value.type"},
      {"size of True", Geometry(kZero, "\x88\x85", kOne), "value.type"},
      {"size of None", Geometry(kZero, "N\x85", kOne), "value.type"},
      {"size of 2^63", Geometry(kZero, big + "\x85", kOne), "value.type"},
      {"stride number", Geometry(kZero, kTwo, "K\1"), "value.type"},
      {"stride of float", Geometry(kZero, kTwo, as::Float(1) + "\x85"), "value.type"},
      {"stride of False", Geometry(kZero, kTwo, "\x89\x85"), "value.type"},
      {"stride of 2^63", Geometry(kZero, kTwo, big + "\x85"), "value.type"},
      {"stride short", Geometry(kZero, Numbers({2, 2}), kOne), "tensor.shape"},
      {"stride long", Geometry(kZero, kTwo, Numbers({1, 1})), "tensor.shape"},
      {"offset -1", Geometry(as::Int(-1), kTwo, kOne), "tensor.out-of-bounds"},
      {"offset -1 of nothing", Geometry(as::Int(-1), "K\0\x85"s, kOne), "tensor.out-of-bounds"},
      {"size -1", Geometry(kZero, Numbers({-1}), kOne), "tensor.shape"},
      {"stride -1", Geometry("K\3", kTwo, Numbers({-1})), "tensor.stride"},
      {"one past", Geometry("K\3", kTwo, kOne), "tensor.out-of-bounds"},
      {"2^62 elements twice", Geometry(kZero, Numbers({1LL << 62, 2}), Numbers({0, 0})), "tensor.overflow"},
      {"row-major stride of 2^63", Geometry(kZero, Numbers({0, INT64_MAX, 3}), "N"), "tensor.overflow"},
      {"a negative stride that becomes 2^63", Geometry(kZero, Numbers({0, INT64_MAX, 1}), Numbers({-1, 3, 1})),
       "tensor.overflow"},
  });
  std::string ones = "(";
  for (int i = 0; i < 1000; ++i) ones += "K\1";
  const Loaded many(Geometry(kZero, ones + "t", ones + "t") + ".");
  REQUIRE(many.graph.tensors.size() == 1);
  CHECK(many.graph.tensors[0].ndim == 1000);
}

TEST_CASE("a tensor of 2^20 dimensions is accepted, of one more refused") {
  std::string ones = "(";
  for (int i = 0; i < (1 << 20); ++i) ones += "K\1";
  const auto of = [&](const std::string& more) { return Geometry(kZero, ones + more + "t", "N") + "."; };
  CHECK(Loaded(of("")).graph.tensors.size() == 1);
  const std::string past = of("K\1");
  CHECK(Loaded(past).outcome == At("limit.memory", past.size() - 2));
}

// TEN-008; run of 2.15.0, elements of 4 and of 8 bytes.
TEST_CASE("an offset in front of nothing is below 2^63 bytes where the strides are torch's own") {
  constexpr std::int64_t kTwo61 = std::int64_t{1} << 61;
  const std::string nothing = Numbers({0});
  CheckAccepted({
      {"2^61 - 1, without stride", Geometry(as::Int(kTwo61 - 1), nothing, "N"),
       Shown("[0]", "[1]", std::to_string(kTwo61 - 1))},
      {"2^61, with a stride", Geometry(as::Int(kTwo61), nothing, kOne), Shown("[0]", "[1]", std::to_string(kTwo61))},
      {"2^61, with a negative one", Geometry(as::Int(kTwo61), nothing, Numbers({-1})),
       Shown("[0]", "[1]", std::to_string(kTwo61))},
  });
  CheckRefused({
      {"2^61, without stride", Geometry(as::Int(kTwo61), nothing, "N"), "tensor.overflow"},
      {"2^61, an empty stride", Geometry(as::Int(kTwo61), nothing, ")"), "tensor.overflow"},
      {"2^63 - 1, behind a size", Geometry(as::Int(INT64_MAX), Numbers({3, 0}), "N"), "tensor.overflow"},
  });
}

// TEN-005; torch.zeros(4).set_(…) of 2.15.0 gives the same strides.
TEST_CASE("a negative stride of a size of one or of nothing is replaced by the row-major one") {
  CheckAccepted({
      {"(1, 2), (-5, 1)", Geometry(kZero, Numbers({1, 2}), Numbers({-5, 1})), Shown("[1, 2]", "[2, 1]", "0")},
      {"(1,), (-1,)", Geometry(kZero, kOne, Numbers({-1})), Shown("[1]", "[1]", "0")},
      {"(0,), (-1,)", Geometry(kZero, Numbers({0}), Numbers({-1})), Shown("[0]", "[1]", "0")},
      {"a stride in front of it stays", Geometry(kZero, Numbers({2, 1}), Numbers({3, -7})),
       Shown("[2, 1]", "[3, 1]", "0")},
  });
}

// TEN-005, DEV-509; torch.zeros(4).set_(…) of 2.15.0 takes the first and refuses the others.
TEST_CASE("a stride below -2^62 is refused whatever the size") {
  constexpr std::int64_t kLeast = -(std::int64_t{1} << 62);
  constexpr std::int64_t kFarBelow = std::numeric_limits<std::int64_t>::min();
  CheckAccepted({{"-2^62", Geometry(kZero, kOne, Numbers({kLeast})), Shown("[1]", "[1]", "0")}});
  CheckRefused({
      {"-2^62 - 1", Geometry(kZero, kOne, Numbers({kLeast - 1})), "tensor.stride"},
      {"-2^63 of a size of 0", Geometry(kZero, Numbers({0}), Numbers({kFarBelow})), "tensor.stride"},
  });
}

// RBT-009
TEST_CASE("_rebuild_parameter makes a parameter over the data of a tensor") {
  const auto parameter = [](const std::string& data, const std::string& grad) {
    return as::Call(kParameter, {data, grad, "}"});
  };
  const auto shown = [](const std::string& dtype, const std::string& size, const std::string& more) {
    return "parameter(" + dtype + ", " + size + ", [1], offset 0, storage 0" + more + ")";
  };
  const std::string conj = V2(kComplexes, kTwo, as::kFalse, "}", as::Dict({as::Str("conj"), as::kTrue}));
  CheckAccepted({
      {"True", parameter(V2(kFloats, kFour), as::kTrue), shown("float32", "[4]", ", grad")},
      {"False", parameter(V2(kFloats, kFour), as::kFalse), shown("float32", "[4]", "")},
      {"of a tensor with requires_grad", parameter(V2(kFloats, kFour, as::kTrue), as::kFalse),
       shown("float32", "[4]", "")},
      {"of a parameter", parameter(parameter(V2(kFloats, kFour), as::kTrue), as::kFalse), shown("float32", "[4]", "")},
      {"of ints", parameter(V2(kLongs, kTwo), as::kFalse), shown("int64", "[2]", "")},
      {"conj stays", parameter(conj, as::kTrue), shown("complex64", "[2]", ", grad, conj")},
  });
  CheckRefused({
      {"two", as::Call(kParameter, {V2(kFloats, kFour), as::kTrue}), "value.arity"},
      {"four", as::Call(kParameter, {V2(kFloats, kFour), as::kTrue, "}", "N"}), "value.arity"},
      {"of ints with True", parameter(V2(kLongs, kTwo), as::kTrue), "tensor.requires-grad"},
      {"1", parameter(V2(kFloats, kFour), "K\1"), "tensor.requires-grad"},
      {"None", parameter(V2(kFloats, kFour), "N"), "tensor.requires-grad"},
      {"of a list", parameter("]", as::kTrue), "value.type"},
      {"of a storage", parameter(kFloats, as::kTrue), "value.type"},
      {"of None (DEV-506)", parameter("N", as::kTrue), "value.type"},
  });
}

TEST_CASE("a parameter and its data are two objects, and the data keep their requires_grad") {
  const Loaded loaded(V2(kFloats, kFour, as::kTrue) + as::Put(0) + as::Global(kParameter) + as::Get(0) +
                      "\x89}\x87R\x86.");
  CHECK(loaded.outcome ==
        "(" + Shown("[4]", "[1]", "0", ", grad") + ", parameter(float32, [4], [1], offset 0, storage 0))");
}

}  // namespace
}  // namespace weightsonly::machine
