// Floor 5. _rebuild_qtensor: which arguments make a quantized tensor, and which fault is found. The second source is
// torch 2.15.0, which was asked for each row (torch._utils._rebuild_qtensor).
#include <cmath>
#include <cstdint>
#include <string>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kQtensor = "torch._utils._rebuild_qtensor";
const std::string kBytes = as::Storage("torch.QInt8Storage", "0", 16);
const std::string kAffine = as::Global("torch.per_tensor_affine");
const std::string kChannel = as::Global("torch.per_channel_affine");
const std::string kFloatChannel = as::Global("torch.per_channel_affine_float_qparams");
const std::string kPlain = as::Tuple({kAffine, as::Float(0.5), "K\3"});
const std::string kSize = "K\2K\3\x86";    // (2, 3)
const std::string kStride = "K\3K\1\x86";  // (3, 1)

std::string Make(const std::string& parameters, const std::string& storage = kBytes, const std::string& size = kSize,
                 const std::string& stride = kStride, const std::string& offset = "K\0"s) {
  return as::Call(kQtensor, {storage, offset, size, stride, parameters, as::kFalse, "}"});
}
std::string Affine(const std::string& scale, const std::string& point) {
  return Make(as::Tuple({kAffine, scale, point}));
}
std::string Channels(const std::string& scales, const std::string& points, const std::string& axis = "K\0"s,
                     const std::string& scheme = kChannel) {
  return Make(as::Tuple({scheme, scales, points, axis}));
}
// A tensor of `numel` numbers over record 1, which has 16 bytes.
std::string Numbers(const std::string& type, std::int64_t stored, const std::string& size,
                    const std::string& stride = "K\1\x85") {
  return as::Call("torch._utils._rebuild_tensor_v2",
                  {as::Storage("torch." + type + "Storage", "1", stored), "K\0"s, size, stride, as::kFalse, "}"});
}
const std::string kTwo = "K\2\x85";
const std::string kDoubles = Numbers("Double", 2, kTwo);
const std::string kFloats = Numbers("Float", 4, kTwo);
const std::string kLongs = Numbers("Long", 2, kTwo);
const std::string kHalves = as::List({as::Float(0.5), as::Float(0.25)});
const std::string kPoints = as::List({"K\1", "K\2"});

std::string Shown(const std::string& quantizer) {
  return "tensor(qint8, [2, 3], [3, 1], offset 0, storage 0, " + quantizer + ")";
}

}  // namespace

// QTN-003
TEST_CASE("a quantizer per tensor takes any real scale and any zero point of 64 bits") {
  const auto shown = [](const std::string& scale, const std::string& point) {
    return Shown("per_tensor_affine " + scale + " " + point);
  };
  CheckAccepted({
      {"plain", Make(kPlain), shown("0.5", "3")},
      {"parameters in a list", Make(as::List({kAffine, as::Float(0.5), "K\3"})), shown("0.5", "3")},
      {"scale 0", Affine(as::Float(0), "K\3"), shown("0.0", "3")},
      {"scale -1", Affine(as::Float(-1), "K\3"), shown("-1.0", "3")},
      {"scale infinite", Affine(as::Float(HUGE_VAL), "K\3"), shown("inf", "3")},
      {"scale int", Affine("K\2", "K\3"), shown("2.0", "3")},
      {"scale True", Affine(as::kTrue, "K\3"), shown("1.0", "3")},
      {"point 2^40", Affine("K\2", as::Int(1LL << 40)), shown("2.0", "1099511627776")},
      {"point -2^63", Affine("K\2", as::Int(INT64_MIN)), shown("2.0", "-9223372036854775808")},
      {"hooks None", as::Call(kQtensor, {kBytes, "K\0"s, kSize, kStride, kPlain, as::kFalse, "N"}), shown("0.5", "3")},
  });
  CheckRefused({
      {"scale text", Affine(as::Str("1"), "K\3"), "value.type"},
      {"scale None", Affine("N", "K\3"), "value.type"},
      {"scale complex", Affine(as::Call("builtins.complex", {as::Float(0), as::Float(1)}), "K\3"), "value.type"},
      {"scale 2^70 (DEV-541)", Affine(as::Power(70), "K\3"), "value.type"},
      {"scale tensor (DEV-541)", Affine(kFloats, "K\3"), "value.type"},
      {"point True", Affine("K\2", as::kTrue), "value.type"},
      {"point float", Affine("K\2", as::Float(1)), "value.type"},
      {"point 2^63", Affine("K\2", as::Power(63)), "value.type"},
      {"point None", Affine("K\2", "N"), "value.type"},
  });
}

// QTN-001, QTN-002, QTN-007, CAL-001
TEST_CASE("_rebuild_qtensor takes seven arguments, a quantized storage and one of three schemes") {
  const auto with = [](const std::string& parameters) { return Make(parameters); };
  const auto grad = [](const std::string& flag) {
    return as::Call(kQtensor, {kBytes, "K\0"s, kSize, kStride, kPlain, flag, "}"});
  };
  CheckRefused({
      {"six", as::Call(kQtensor, {kBytes, "K\0"s, kSize, kStride, kPlain, as::kFalse}), "value.arity"},
      {"eight", as::Call(kQtensor, {kBytes, "K\0"s, kSize, kStride, kPlain, as::kFalse, "}", "N"}), "value.arity"},
      {"parameters None", with("N"), "value.type"},
      {"parameters text", with(as::Str("a")), "tensor.quantizer"},
      {"parameters empty", with(")"), "value.arity"},
      {"parameters two", with(as::Tuple({kAffine, "K\1"})), "value.arity"},
      {"parameters four", with(as::Tuple({kAffine, "K\1", "K\1", "K\1"})), "value.arity"},
      {"parameters three per channel", with(as::Tuple({kChannel, kHalves, kPoints})), "value.arity"},
      {"parameters five per channel", with(as::Tuple({kChannel, kHalves, kPoints, "K\0"s, "N"})), "value.arity"},
      {"scheme text", with(as::Tuple({as::Str("a"), "K\1", "K\1"})), "tensor.quantizer"},
      {"symmetric", with(as::Tuple({as::Global("torch.per_tensor_symmetric"), "K\1", "K\1"})), "tensor.quantizer"},
      {"symmetric per channel", with(as::Tuple({as::Global("torch.per_channel_symmetric"), kHalves, kPoints, "K\0"s})),
       "tensor.quantizer"},
      {"floats", Make(kPlain, as::Storage("torch.FloatStorage", "0", 4), kTwo, "K\1\x85"), "tensor.dtype"},
      {"bytes", Make(kPlain, as::Storage("torch.ByteStorage", "0", 16)), "tensor.dtype"},
      {"storage None", Make(kPlain, "N"), "value.type"},
      {"requires_grad True", grad(as::kTrue), "tensor.requires-grad"},
      {"requires_grad None", grad("N"), "tensor.requires-grad"},
      {"requires_grad 0", grad("K\0"s), "tensor.requires-grad"},
  });
}

// QTN-004
TEST_CASE("a quantizer per channel has as many scales and zero points as the size along its axis") {
  const std::string three = as::List({"K\1", "K\2", "K\3"});
  CheckAccepted({
      {"lists", Channels(kHalves, kPoints), Shown("per_channel_affine 0 [0.5, 0.25] [1, 2]")},
      {"axis 1", Channels(three, three, "K\1"), Shown("per_channel_affine 1 [1.0, 2.0, 3.0] [1, 2, 3]")},
      {"float zero points lose their fraction", Channels(kHalves, as::List({as::Float(1.75), as::Float(-1.75)})),
       Shown("per_channel_affine 0 [0.5, 0.25] [1, -1]")},
      {"bools", Channels(as::List({as::kTrue, as::kFalse}), as::List({as::kTrue, as::kFalse})),
       Shown("per_channel_affine 0 [1.0, 0.0] [1, 0]")},
      {"float_qparams", Channels(kHalves, kPoints, "K\0"s, kFloatChannel),
       Shown("per_channel_affine_float_qparams 0 [0.5, 0.25] [1.0, 2.0]")},
      {"no channels", Make(as::Tuple({kChannel, "]", "]", "K\0"s}), kBytes, "K\0K\3\x86"s),
       "tensor(qint8, [0, 3], [3, 1], offset 0, storage 0, per_channel_affine 0 [] [])"},
  });
  CheckRefused({
      {"axis 2", Channels(kHalves, kPoints, "K\2"), "tensor.quantizer"},
      {"axis -1", Channels(kHalves, kPoints, as::Int(-1)), "tensor.quantizer"},
      {"axis 2^70", Channels(kHalves, kPoints, as::Power(70)), "tensor.quantizer"},
      {"axis False", Channels(kHalves, kPoints, as::kFalse), "value.type"},
      {"axis None", Channels(kHalves, kPoints, "N"), "value.type"},
      {"axis of no dimensions", Make(as::Tuple({kChannel, "]", "]", "K\0"s}), kBytes, ")", ")"), "tensor.quantizer"},
      {"three scales", Channels(three, kPoints), "tensor.quantizer"},
      {"three zero points", Channels(kHalves, three), "tensor.quantizer"},
      {"tuples", Channels(kHalves, as::Tuple({"K\1", "K\2"})), "value.type"},
      {"a list and a tensor", Channels(kHalves, kLongs), "value.type"},
      {"a tensor and a list", Channels(kDoubles, kPoints), "value.type"},
      {"a list of lists", Channels(as::List({kHalves, kHalves}), kPoints), "tensor.quantizer"},
      {"scales None", Channels(as::List({"N", "N"}), kPoints), "value.type"},
      {"zero point text", Channels(kHalves, as::List({as::Str("1"), "K\1"})), "value.type"},
      {"zero point NaN", Channels(kHalves, as::List({as::Float(NAN), "K\1"})), "tensor.quantizer"},
      {"zero point 2^63", Channels(kHalves, as::List({as::Float(0x1p63), "K\1"})), "tensor.quantizer"},
      {"negative size", Make(as::Tuple({kChannel, kHalves, kPoints, "K\0"s}), kBytes, as::Int(-2) + "K\3\x86"),
       "tensor.quantizer"},
  });
}

// QTN-005
TEST_CASE("tensors of scales and zero points: the dtype of the zero points decides the scheme") {
  const auto part = [](const std::string& dtype, const std::string& stride) {
    return "tensor(" + dtype + ", [2], [" + stride + "], offset 0, storage 1)";
  };
  CheckAccepted({
      {"double and int64", Channels(kDoubles, kLongs),
       Shown("per_channel_affine 0 " + part("float64", "1") + " tensor(int64, [2], [1], offset 0, storage 1)")},
      {"float_qparams is named, the zero points are int64", Channels(kDoubles, kLongs, "K\0"s, kFloatChannel),
       Shown("per_channel_affine 0 " + part("float64", "1") + " " + part("int64", "1"))},
      {"the zero points are floats", Channels(kFloats, kFloats),
       Shown("per_channel_affine_float_qparams 0 " + part("float32", "1") + " " + part("float32", "1"))},
      {"expanded", Channels(Numbers("Double", 2, kTwo, "K\0\x85"s), kLongs),
       Shown("per_channel_affine 0 " + part("float64", "0") + " " + part("int64", "1"))},
  });
  CheckRefused({
      {"scales int64", Channels(kLongs, kLongs), "tensor.quantizer"},
      {"scales that wait for their BUILD", Channels(as::Call("torch.DoubleTensor", {}), kLongs), "tensor.quantizer"},
      {"scales of two dimensions", Channels(Numbers("Double", 2, "K\2K\1\x86", "K\1K\1\x86"), kLongs),
       "tensor.quantizer"},
      {"zero points of two dimensions", Channels(kDoubles, Numbers("Long", 2, "K\2K\1\x86", "K\1K\1\x86")),
       "tensor.quantizer"},
      {"one scale", Channels(Numbers("Double", 2, "K\1\x85"), kLongs), "tensor.quantizer"},
      {"complex zero points (DEV-541)", Channels(kDoubles, Numbers("ComplexFloat", 2, kTwo)), "tensor.quantizer"},
      {"scales None", Channels("N", kLongs), "value.type"},
      {"zero points storage", Channels(kDoubles, as::Storage("torch.LongStorage", "1", 2)), "value.type"},
  });
}

TEST_CASE("an expanded tensor of scales is charged by what it becomes") {
  for (const std::int64_t count : {1LL << 40, 1LL << 62}) {  // of the second the bytes do not fit 64 bits
    const std::string size = as::Int(count) + "\x85";
    const std::string numbers =
        as::Call("torch._utils._rebuild_tensor_v2",
                 {as::Storage("torch.DoubleStorage", "1", 2), "K\0"s, size, "K\0\x85"s, as::kFalse, "}"});
    CheckRefused({{std::to_string(count),
                   Make(as::Tuple({kChannel, numbers, numbers, "K\0"s}), kBytes, size, "K\0\x85"s), "limit.memory"}});
  }
}

// As of any other tensor.
TEST_CASE("the row-major strides that replace negative ones fit 63 bits") {
  const std::string negative = as::Int(-1) + as::Int(-1) + as::Int(-1) + "\x87";
  CheckRefused(
      {{"of 2^63", Make(kPlain, kBytes, "K\0"s + as::Int(INT64_MAX) + "K\3\x87", negative), "tensor.overflow"}});
  CheckAccepted({{"of 6", Make(kPlain, kBytes, "K\0K\2K\3\x87"s, negative),
                  "tensor(qint8, [0, 2, 3], [6, 3, 1], offset 0, storage 0, per_tensor_affine 0.5 3)"}});
}

TEST_CASE("a list of scales is copied when the tensor is made") {
  const Loaded appended(kHalves + as::Put(0) +
                        as::Call(kQtensor, {kBytes, "K\0"s, kSize, kStride,
                                            as::Tuple({kChannel, as::Get(0), kPoints, "K\0"s}), as::kFalse, "}"}) +
                        as::Put(1) + as::Get(0) + as::Float(9) + as::kAppend + as::Get(1) + as::kTuple2 + ".");
  CHECK(appended.outcome == "([0.5, 0.25, 9.0], " + Shown("per_channel_affine 0 [0.5, 0.25] [1, 2]") + ")");
}

// QTN-006
TEST_CASE("the offset of qint32 counts elements of four bytes") {
  const auto at = [](int offset) {
    return Make(kPlain, as::Storage("torch.QInt32Storage", "0", 4), kTwo, "K\1\x85", as::Int(offset));
  };
  CheckAccepted({{"the last two", at(2), "tensor(qint32, [2], [1], offset 2, storage 0, per_tensor_affine 0.5 3)"}});
  CheckRefused({{"one behind the last two", at(3), "tensor.out-of-bounds"}});
}

// QTN-006, DEV-540
TEST_CASE("quint4x2 has two elements in a byte, quint2x4 four, and an offset in bytes") {
  const auto packed = [](const std::string& type, int numel, int offset) {
    return Make(kPlain, as::Storage("torch." + type + "Storage", "0", 16), as::Int(numel) + "\x85", "K\1\x85",
                as::Int(offset));
  };
  const auto shown = [](const std::string& dtype, int numel, int offset) {
    return "tensor(" + dtype + ", [" + std::to_string(numel) + "], [1], offset " + std::to_string(offset) +
           ", storage 0, per_tensor_affine 0.5 3)";
  };
  CheckAccepted({
      {"32 of quint4x2", packed("QUInt4x2", 32, 0), shown("quint4x2", 32, 0)},
      {"64 of quint2x4", packed("QUInt2x4", 64, 0), shown("quint2x4", 64, 0)},
      {"2 behind 15 bytes", packed("QUInt4x2", 2, 15), shown("quint4x2", 2, 15)},
      {"none anywhere", packed("QUInt4x2", 0, 99), shown("quint4x2", 0, 99)},
  });
  CheckRefused({
      {"33 of quint4x2", packed("QUInt4x2", 33, 0), "tensor.out-of-bounds"},
      {"65 of quint2x4", packed("QUInt2x4", 65, 0), "tensor.out-of-bounds"},
      {"3 behind 15 bytes (torch takes them)", packed("QUInt4x2", 3, 15), "tensor.out-of-bounds"},
      {"1 behind 16 bytes (torch takes it)", packed("QUInt4x2", 1, 16), "tensor.out-of-bounds"},
      {"1 behind 17 bytes", packed("QUInt4x2", 1, 17), "tensor.out-of-bounds"},
      {"offset -1", packed("QUInt4x2", 1, -1), "tensor.out-of-bounds"},
  });
}

TEST_CASE("the geometry of a quantized tensor is checked, and its stride must be given") {
  const std::string past = Make(kPlain, kBytes, "K\21\x85", "K\1\x85");
  CheckRefused({
      {"17 of 16", past, "tensor.out-of-bounds"},
      {"past by the offset", Make(kPlain, kBytes, kSize, kStride, "K\13"), "tensor.out-of-bounds"},
      {"stride None", Make(kPlain, kBytes, kSize, "N"), "tensor.shape"},
      {"stride ()", Make(kPlain, kBytes, kSize, ")"), "tensor.shape"},
      {"negative stride", Make(kPlain, kBytes, kTwo, as::Int(-1) + "\x85"), "tensor.stride"},
      {"negative size", Make(kPlain, kBytes, as::Int(-2) + "\x85", "K\1\x85"), "tensor.shape"},
      {"offset None", Make(kPlain, kBytes, kSize, kStride, "N"), "value.type"},
      {"17 of qint32", Make(kPlain, as::Storage("torch.QInt32Storage", "0", 4), "K\5\x85", "K\1\x85"),
       "tensor.out-of-bounds"},
  });
  CheckAccepted({{"no dimensions need no stride", Make(kPlain, kBytes, ")", "N", "K\17"),
                  "tensor(qint8, [], [], offset 15, storage 0, per_tensor_affine 0.5 3)"}});
}

// QTN-001
TEST_CASE("a parameter over a quantized tensor has its quantizer") {
  const auto parameter = [](const std::string& flag) {
    return as::Call("torch._utils._rebuild_parameter", {Make(kPlain), flag, "}"});
  };
  CheckAccepted({{"frozen", parameter(as::kFalse),
                  "parameter(qint8, [2, 3], [3, 1], offset 0, storage 0, per_tensor_affine 0.5 3)"}});
  CheckRefused({{"requires_grad", parameter(as::kTrue), "tensor.requires-grad"}});
}

}  // namespace weightsonly::machine
