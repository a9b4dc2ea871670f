// Values of numpy as keys and as the data of tensors. Verdicts are those of torch 2.15.0 with numpy 2.4.6 where no
// deviation is named.
#include <string>

#include "tests/catch.h"
#include "tests/machine/harness.h"
#include "tests/machine/numpy_pickles.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
using namespace numpy_pickles;

// NPY-011
TEST_CASE("a scalar is the key that its value is, and an array is none") {
  const auto same = [](const std::string& key, const std::string& other) {
    const Loaded loaded(Dict({key, Int(1), other, Int(2)}) + kStop, {.user = &All(), .numpy = Numpy::kTwo});
    INFO(loaded.outcome);
    REQUIRE(loaded.graph[loaded.graph.root].type == ValueType::kDict);
    return loaded.graph[loaded.graph.root].count == 1;
  };
  const std::string text2 = Dtype("U2") + Sized("<", 8, 4, 8) + kBuild;
  CHECK(same(Scalar(Built("i8"), "\5\0\0\0\0\0\0\0"s), Int(5)));
  CHECK(same(Scalar(Built("i2"), "a\0"s), Int(97)));
  CHECK(same(Scalar(Built("i1", "|"), "a"), Int(97)));
  // U+00FF is the byte ff.
  CHECK(same(Scalar(Built("i1", "|"), "\u00ff"), Int(-1)));
  CHECK(same(Scalar(Built("i4"), "\0\0\0\x7f"s), Int(0x7f000000)));
  CHECK(same(Scalar(Built("i4"), "\u00ff\u00ff\u00ff\u00ff"), Int(-1)));
  CHECK(same(Scalar(Built("u1", "|"), "\u00ff"), Int(255)));
  CHECK(same(Scalar(Built("u2"), "\u00ff\u00ff"), Int(65535)));
  CHECK(same(Scalar(Built("u4"), "\0\0\0\x7f"s), Int(0x7f000000)));
  CHECK_FALSE(same(Scalar(Built("u4"), "a\1\0\1"s), Int(353)));
  CHECK_FALSE(same(Scalar(Built("i2"), "\0a"s), Int(97)));
  CHECK(same(Scalar(Built("u8"), "\1\0\0\0\0\0\0\0"s), kTrue));
  CHECK(same(Scalar(Built("u8"), "\0\0\0\0\0\0\0\xc2\x80"s), Power(63)));  // U+0080 is the byte 80
  CHECK(same(Scalar(Built("i8"), "\0\0\0\0\0\0\0\xc2\x80"s), Power(63, true)));
  CHECK(same(Scalar(Built("b1", "|"), "\1"), Int(1)));
  CHECK(same(Scalar(Built("f2"), "\0\x3c"s), Float(1.0)));
  CHECK(same(Scalar(Built("f4", ">"), "\x3f\0\0\0"s), Float(0.5)));
  CHECK(same(Scalar(Built("f8", ">"), "\x3f\x30\0\0\0\0\0\0"s), Float(0x1p-12)));
  CHECK_FALSE(same(Scalar(Built("f4", ">"), "\x3f\0\0\1"s), Float(0.5)));
  CHECK(same(Scalar(Built("c8", ">"), "\x40\0\0\0\0\0\0\0"s), Int(2)));
  CHECK(same(Scalar(text2, "a\0\0\0b\0\0\0"s), Str("ab")));
  CHECK(same(Tuple({Scalar(text2, "a\0\0\0b\0\0\0"s)}), Tuple({Str("ab")})));
  CHECK_FALSE(same(Scalar(text2, "a\0\0\0b\0\0\0"s), Str("abc")));
  CHECK(same(Scalar(Dtype("U1") + Sized("<", 4, 4, 8) + kBuild, "\x24\x20\0\0"s), Str("\u2024")));
  CHECK(same(Scalar(Dtype("U1") + Sized("<", 4, 4, 8) + kBuild, "\x04\x03\1\0"s), Str("\U00010304")));
  CHECK(same(Scalar(Dtype("U1") + Sized("<", 4, 4, 8) + kBuild, "\x7f\1\0\0"s), Str("\u017f")));
  CHECK(same(Scalar(Dtype("U1") + Sized("<", 4, 4, 8) + kBuild, "\0\0\0\0"s), Str("")));
  CHECK(same(Scalar(Dtype("S2") + Sized("|", 2, 1, 0) + kBuild, "ab"), Bytes("ab")));
  CHECK(same(kF4, kF4));
  CHECK_FALSE(same(kF4, Built("f4", ">")));
  Check({
      {"array", Dict({Array(Tuple({Int(4)}), Built("i1", "|"), kFalse, "abcd"), kNone}), "value.unhashable"},
      {"array without a state", Dict({Reconstruct(), kNone}), "value.unhashable"},
      {"dtype without a state", Dict({Dtype("f4"), kNone}), "value.unhashable"},
      {"time (DEV-735)", Dict({Scalar(Dtype("M8") + Time(kNs) + kBuild, "abcdefgh"), kNone}), "value.unhashable"},
      {"void", Dict({Scalar(Dtype("V1") + Sized("|", 1, 1, 0) + kBuild, "a"), kNone}), "value.unhashable"},
      {"two long doubles (DEV-735)", Dict({Scalar(Built("c32"), std::string(32, 'a')), kNone}), "value.unhashable"},
      {"long double (DEV-735)", Dict({Scalar(Built("f16"), "abcdefghijklmnop"), kNone}), "value.unhashable"},
  });
}

// DVT-004
TEST_CASE("a tensor of a numpy array is a view of the bytes in the pickle") {
  const std::string from = "torch._utils._rebuild_device_tensor_from_numpy";
  const std::string float32 = Global("torch.float32");
  const std::string array = Array(Tuple({Int(2)}), kF4, kFalse, "abcdefgh");
  const auto call = [&](const std::string& data, const std::string& dtype = Global("torch.float32"),
                        const std::string& device = Str("xla:0"),
                        const std::string& grad = kFalse) { return Call(from, {data, dtype, device, grad}); };
  const std::string six = Tuple({Int(2), Int(3)});
  const std::string uint8 = Global("torch.uint8");
  Check({
      {"plain", call(array), "tensor(float32, [2], [1], offset 0, storage 0)"},
      {"dtype None", call(array, kNone), "tensor(float32, [2], [1], offset 0, storage 0)"},
      {"grad", call(array, kNone, Str("cpu"), kTrue), "tensor(float32, [2], [1], offset 0, storage 0, grad)"},
      {"rows", call(Array(six, Built("u1", "|"), kFalse, "abcdef"), uint8),
       "tensor(uint8, [2, 3], [3, 1], offset 0, storage 0)"},
      {"columns", call(Array(six, Built("u1", "|"), kTrue, "abcdef"), uint8),
       "tensor(uint8, [2, 3], [1, 2], offset 0, storage 0)"},
      {"empty", call(Array(Tuple({kZero, Int(3)}), kF4, kFalse, "")),
       "tensor(float32, [0, 3], [3, 1], offset 0, storage 0)"},
      {"no axes", call(Array(kEmptyTuple, kF4, kFalse, "abcd")), "tensor(float32, [], [], offset 0, storage 0)"},
      {"big-endian", call(Array(Tuple({Int(1)}), Built("f4", ">"), kFalse, "abcd")),
       "tensor(float32, [1], [1], offset 0, storage 0)"},
      {"three", Call(from, {array, float32, Str("cpu")}), "value.arity"},
      {"a scalar", call(Scalar(kF4, "abcd")), "value.type"},
      {"no state", call(Reconstruct(), Global("torch.int8")), "value.type"},
      {"None", call(kNone), "value.type"},
      {"another dtype (DEV-526)", call(array, Global("torch.float64")), "tensor.dtype"},
      {"dtype text", call(array, Str("float32")), "value.type"},
      {"text", call(Array(Tuple({Int(1)}), Dtype("U1") + Sized("<", 4, 4, 8) + kBuild, kFalse, "abcd")),
       "tensor.dtype"},
      {"long double", call(Array(Tuple({Int(1)}), Built("f16"), kFalse, "abcdefghijklmnop")), "tensor.dtype"},
      {"bogus device", call(array, float32, Str("bogus")), "tensor.device"},
      {"grad of ints",
       call(Array(Tuple({Int(1)}), Built("i4"), kFalse, "abcd"), Global("torch.int32"), Str("cpu"), kTrue),
       "tensor.requires-grad"},
  });
  const Loaded loaded(Tuple({call(array), call(array, kNone, kNone), call(array, kNone, Str("meta"))}) + kStop,
                      {.user = &All(), .numpy = Numpy::kTwo});
  REQUIRE(loaded.graph.storages.size() == 3);
  for (const StorageRecord& storage : loaded.graph.storages) {
    CHECK(storage.in_values);
    CHECK(storage.nbytes == 8);
    CHECK(loaded.graph.TextOf(loaded.graph[storage.entry]) == "abcdefgh");
  }
  CHECK(loaded.graph.names[loaded.graph.storages[0].device].text == "xla:0");
  CHECK(loaded.graph.names[loaded.graph.storages[1].device].text == "cpu");
  CHECK(loaded.graph.storages[2].meta);
}

}  // namespace
}  // namespace weightsonly::machine
