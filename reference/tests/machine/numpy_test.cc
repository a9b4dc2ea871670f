// What becomes of the names of numpy. Verdicts are those of torch 2.6.0 with numpy 1.24.4 and torch 2.15.0 with numpy
// 2.4.6 where no deviation is named; both get the same allowlist.
#include "machine/numpy.h"

#include <algorithm>
#include <string>
#include <vector>

#include "policy/allowlist.h"
#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"
#include "tests/machine/numpy_pickles.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
using namespace numpy_pickles;

Allowlist Static() {
  return Allowlist().Add(kScalar).Add("numpy._core.multiarray._reconstruct").Add("numpy.dtype").Add("numpy.ndarray");
}

// NPY-004
TEST_CASE("a dtype needs its class allowed, which no file names and which numpy 1.25 renamed") {
  const std::string pickle = Scalar(kF4, "abcd");
  const std::string scalar = "ndarray(<f4, scalar, 61626364)";
  const std::size_t at = (Global(kScalar) + kMark + kF4).size() - 1;
  struct Case {
    const char* added;
    Numpy numpy;
    bool loads;
  };
  for (const auto& [added, numpy, loads] : std::vector<Case>{
           {"a.b", Numpy::kBrackets, false},
           {"a.b", Numpy::kTwo, false},
           {"numpy.dtype[float32]", Numpy::kBrackets, true},
           {"numpy.dtype[float32]", Numpy::kClasses, false},
           {"numpy.dtype[float32]", Numpy::kTwo, false},
           {"numpy.dtypes.Float32DType", Numpy::kBrackets, false},
           {"numpy.dtypes.Float32DType", Numpy::kClasses, true},
           {"numpy.dtypes.Float32DType", Numpy::kTwo, true},
           {"numpy.dtypes.Float64DType", Numpy::kTwo, false},
       }) {
    INFO(added);
    CHECK(Outcome(pickle, Static().Add(added), numpy) == (loads ? scalar : At("policy.build", at)));
  }
  // Torch compares the class with what the entries stand for, whatever name they give it.
  CHECK(Outcome(pickle, Static().Add("numpy.dtypes.Float32DType", "a.b"), Numpy::kTwo) == scalar);
  CHECK(Outcome(pickle, Static().Add("a.b", "numpy.dtypes.Float32DType"), Numpy::kTwo) == At("policy.build", at));
}

TEST_CASE("the refusal names the class that is missing") {
  const std::string pickle = kF4 + kStop;
  const auto detail = [&](Numpy numpy) {
    try {
      const Allowlist allowlist = Static();
      FakeResolver resolver;
      Graph graph{Limits{}};
      std::ranges::copy(AsBytes(pickle), graph.MakeRoom(pickle.size(), 1).begin());
      Run(graph, resolver, false, {.policy = {.user = &allowlist, .numpy = numpy}});
    } catch (const Refusal& refusal) {
      return refusal.detail;
    }
    return std::string("accepted");
  };
  CHECK(detail(Numpy::kBrackets).contains("`numpy.dtype[float32]`"));
  CHECK(detail(Numpy::kTwo).contains("`numpy.dtypes.Float32DType`"));
  CHECK(detail(Numpy::kOff).contains("`numpy.dtypes.Float32DType`"));
}

// DEV-730
TEST_CASE("without the option the names give inert objects, and dtypes still need the newest class") {
  const std::string at = At("policy.build", kF4.size() - 1);
  CHECK(Outcome(kF4, Static(), Numpy::kOff) == at);
  CHECK(Outcome(kF4, Static().Add("numpy.dtype[float32]"), Numpy::kOff) == at);
  CHECK(Outcome(kF4, Static().Add("numpy.dtypes.Float32DType"), Numpy::kOff) ==
        "reduce(numpy.dtype, ('f4', False, True), state (3, '<', None, None, None, -1, -1, 0))");
  CHECK(Outcome(Call("numpy.dtype", {}) + State8() + kBuild, All(), Numpy::kOff).starts_with("policy.build at"));
  CHECK(Outcome(Call("numpy.dtype", {Str("float32")}) + State8() + kBuild, All(), Numpy::kOff)
            .starts_with("policy.build at"));
  CHECK(Outcome(Call("numpy.ndarray", {Int(3)}), All(), Numpy::kOff) == "reduce(numpy.ndarray, (3,))");
}

TEST_CASE("the option alone allows nothing") {
  for (const char* path : {"numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar", "builtins.bytes"}) {
    CHECK(Outcome(Global(path), Allowlist(), Numpy::kTwo) == At("policy.global-not-allowed", 0));
  }
}

// NPY-005
TEST_CASE("dtypes by numpy's short form") {
  Check({
      {"f4", kF4, "npdtype(<f4)"},
      {"big", Built("f4", ">"), "npdtype(>f4)"},
      {"bool", Built("b1", "|"), "npdtype(|b1)"},
      {"complex", Built("c16"), "npdtype(<c16)"},
      {"long double", Built("f16"), "npdtype(<f16)"},
      {"text", Dtype("U3") + Sized("<", 12, 4, 8) + kBuild, "npdtype(<U3)"},
      {"bytes", Dtype("S3") + Sized("|", 3, 1, 0) + kBuild, "npdtype(|S3)"},
      {"void", Dtype("V8") + Sized("|", 8, 1, 0) + kBuild, "npdtype(|V8)"},
      {"flags as numbers", Call("numpy.dtype", {Str("f4"), kZero, Int(1)}) + State8() + kBuild, "npdtype(<f4)"},
      {"version 4", Dtype("f4") + Time(kNone) + kBuild, "npdtype(<f4)"},
      {"version 4, empty dict", Dtype("f4") + Time(kEmptyDict) + kBuild, "npdtype(<f4)"},
      {"byte order as bytes",
       Dtype("f4") + Tuple({Int(3), Bytes("<"), kNone, kNone, kNone, kMinusOne, kMinusOne, kZero}) + kBuild,
       "npdtype(<f4)"},
      {"code as bytes", Call("numpy.dtype", {Bytes("f4"), kFalse, kTrue}) + State8() + kBuild, "npdtype(<f4)"},
      {"ns", Dtype("M8") + Time(kNs) + kBuild, "npdtype(<M8[ns])"},
      {"ns, numpy 1", Dtype("M8") + Time(Tuple({kEmptyDict, Tuple({Bytes("ns"), Int(1), Int(1), Int(1)})})) + kBuild,
       "npdtype(<M8[ns])"},
      {"25s", Dtype("m8") + Time(Tuple({kNone, Tuple({Bytes("s"), Int(25), Int(1), Int(1)})}), ">") + kBuild,
       "npdtype(>m8[25s])"},
      {"generic", Dtype("M8") + Time(Tuple({kNone, Tuple({Bytes("generic"), Int(1), Int(1), Int(1)})})) + kBuild,
       "npdtype(<M8)"},
  });
}

// DEV-731, DEV-732
TEST_CASE("every part of a dtype is what numpy writes") {
  const auto state = [](std::size_t part, const std::string& value, const std::string& code = "f4") {
    std::vector<std::string> parts = {Int(3), Str("<"), kNone, kNone, kNone, kMinusOne, kMinusOne, kZero};
    parts[part] = value;
    std::string joined = kMark;
    for (const std::string& item : parts) joined += item;
    return Dtype(code) + joined + kTuple + kBuild;
  };
  const auto unit = [](const std::string& a, const std::string& b, const std::string& c, const std::string& d) {
    return Dtype("M8") + Time(Tuple({kNone, Tuple({a, b, c, d})})) + kBuild;
  };
  Check({
      {"not called", Global("numpy.dtype") + State8() + kBuild, "policy.build"},
      {"no argument", Call("numpy.dtype", {}), "value.arity"},
      {"one argument", Call("numpy.dtype", {Str("f4")}), "value.arity"},
      {"four", Call("numpy.dtype", {Str("f4"), kFalse, kTrue, kTrue}), "value.arity"},
      {"code None", Call("numpy.dtype", {kNone, kFalse, kTrue}), "value.type"},
      {"code float32", Dtype("float32"), "value.type"},
      {"several", Dtype("f4,i4"), "value.type"},
      {"flag None", Call("numpy.dtype", {Str("f4"), kNone, kTrue}), "value.type"},
      {"flag 2", Call("numpy.dtype", {Str("f4"), kFalse, Int(2)}), "value.type"},
      {"flag 2^64", Call("numpy.dtype", {Str("f4"), kFalse, Power(64)}), "value.type"},
      {"state None", Dtype("f4") + kNone + kBuild, "value.type"},
      {"state list", Dtype("f4") + kEmptyList + kBuild, "value.type"},
      {"state empty", Dtype("f4") + kEmptyTuple + kBuild, "value.arity"},
      {"version 2", state(0, Int(2)), "value.type"},
      {"version 4 of eight", state(0, Int(4)), "value.type"},
      {"version 5", state(0, Int(5)), "value.type"},
      {"version True", state(0, kTrue), "value.type"},
      {"order =", state(1, Str("=")), "value.type"},
      {"order |", state(1, Str("|")), "value.type"},
      {"order empty", state(1, Str("")), "value.type"},
      {"order <>", state(1, Str("<>")), "value.type"},
      {"order 1", state(1, Int(1)), "value.type"},
      {"order < of one byte", state(1, Str("<"), "i1"), "value.type"},
      {"subarray", state(2, Tuple({kF4, Tuple({Int(2)})})), "value.type"},
      {"names", state(3, Tuple({Str("a")})), "value.type"},
      {"fields", state(4, kEmptyDict), "value.type"},
      {"size 4", state(5, Int(4)), "value.type"},
      {"size text", state(5, Str("4")), "value.type"},
      {"alignment 4", state(6, Int(4)), "value.type"},
      {"flags -1", state(7, kMinusOne), "value.type"},
      {"flags 256", state(7, Int(256)), "value.type"},
      {"flags text", state(7, Str("0")), "value.type"},
      {"metadata", Dtype("f4") + Time(Dict({Str("a"), Int(1)})) + kBuild, "value.type"},
      {"U of another size", Dtype("U3") + Sized("<", 8, 4, 8) + kBuild, "value.type"},
      {"U of -1", Dtype("U3") + State8() + kBuild, "value.type"},
      {"U, alignment 1", Dtype("U3") + Sized("<", 12, 1, 8) + kBuild, "value.type"},
      {"objects", Dtype("O8") + State8("|", Int(63)) + kBuild, "value.type"},
      {"time without a unit", Dtype("M8") + State8() + kBuild, "value.arity"},
      {"unit None", Dtype("M8") + Time(kNone) + kBuild, "value.type"},
      {"unit of three", Dtype("M8") + Time(Tuple({kNone, Tuple({Bytes("s"), Int(1), Int(1)})})) + kBuild, "value.type"},
      {"unit with metadata",
       Dtype("M8") + Time(Tuple({Dict({Str("a"), kNone}), Tuple({Bytes("s"), Int(1), Int(1), Int(1)})})) + kBuild,
       "value.type"},
      {"unit with a number for metadata",
       Dtype("M8") + Time(Tuple({Int(0), Tuple({Bytes("s"), Int(1), Int(1), Int(1)})})) + kBuild, "value.type"},
      {"unit xx", unit(Bytes("xx"), Int(1), Int(1), Int(1)), "value.type"},
      {"unit 0", unit(Bytes("s"), kZero, Int(1), Int(1)), "value.type"},
      {"unit -1", unit(Bytes("s"), kMinusOne, Int(1), Int(1)), "value.type"},
      {"unit 2^31", unit(Bytes("s"), Int(1LL << 31), Int(1), Int(1)), "value.type"},
      {"divisor", unit(Bytes("D"), Int(1), Int(2), Int(1)), "value.type"},
      {"events", unit(Bytes("s"), Int(1), Int(1), Int(2)), "value.type"},
      {"generic 5", unit(Bytes("generic"), Int(5), Int(1), Int(1)), "value.type"},
      {"twice", kF4 + State8(">") + kBuild, "policy.build"},
      {"NEWOBJ (DEV-733)", New("numpy.dtype", {Str("f4"), kFalse, kTrue}), "policy.newobj"},
      {"never built (NPY-010)", Dtype("f4"), "pickle.stop-unbuilt"},
      {"never built, in a list", List({Dtype("f4"), kF4}), "pickle.stop-unbuilt"},
  });
}

// NPY-006, NPY-007
TEST_CASE("arrays with their shape and order, turned to little-endian") {
  const std::string pair = Tuple({Int(2), Int(3)});
  const std::string i1 = Built("i1", "|");
  Check({
      {"rows", Array(pair, i1, kFalse, "abcdef"), "ndarray(|i1, [2, 3], 616263646566)"},
      {"columns", Array(pair, i1, kTrue, "abcdef"), "ndarray(|i1, [2, 3], F, 616263646566)"},
      {"columns of one row", Array(Tuple({Int(1), Int(6)}), i1, kTrue, "abcdef"), "ndarray(|i1, [1, 6], 616263646566)"},
      {"columns of one axis", Array(Tuple({Int(6)}), i1, kTrue, "abcdef"), "ndarray(|i1, [6], 616263646566)"},
      {"no axes", Array(kEmptyTuple, kF4, kFalse, "abcd"), "ndarray(<f4, [], 61626364)"},
      {"big", Array(Tuple({Int(2)}), Built("i2", ">"), kFalse, "abcd"), "ndarray(<i2, [2], 62616463)"},
      {"big complex", Array(Tuple({Int(1)}), Built("c8", ">"), kFalse, "abcdefgh"),
       "ndarray(<c8, [1], 6463626168676665)"},
      {"big text", Array(Tuple({Int(1)}), Dtype("U2") + Sized(">", 8, 4, 8) + kBuild, kFalse, "abcdefgh"),
       "ndarray(<U2, [1], 6463626168676665)"},
      {"big time", Array(Tuple({Int(1)}), Dtype("M8") + Time(kNs, ">") + kBuild, kFalse, "abcdefgh"),
       "ndarray(<M8[ns], [1], 6867666564636261)"},
      {"numpy 1's name",
       Call("numpy.core.multiarray._reconstruct", {Global("numpy.ndarray"), Tuple({kZero}), Str("b")}) +
           ArrayState(Tuple({Int(4)}), i1, kFalse, Bytes("abcd")) + kBuild,
       "ndarray(|i1, [4], 61626364)"},
      {"empty, with builtins.bytes (NPY-009)",
       Reconstruct() + ArrayState(Tuple({kZero, Int(3)}), kF4, kTrue, Call("builtins.bytes", {})) + kBuild,
       "ndarray(<f4, [0, 3], )"},
      {"2^62 rows of none", Array(Tuple({Int(1LL << 62), kZero}), kF4, kFalse, ""),
       "ndarray(<f4, [4611686018427387904, 0], )"},
      {"big-endian, no elements", Array(Tuple({kZero}), Built("f4", ">"), kFalse, ""), "ndarray(<f4, [0], )"},
      {"elements of no bytes", Array(Tuple({Int(2)}), Dtype("V0") + Sized("|", 0, 1, 0) + kBuild, kFalse, ""),
       "ndarray(|V0, [2], )"},
  });
  // 64 axes in numpy 2, 32 in numpy 1.
  const auto axes = [](int count) {
    std::string many = kMark;
    for (int i = 0; i < count; ++i) many += Int(1);
    return Array(many + kTuple, kF4, kFalse, "abcd");
  };
  CHECK(Outcome(axes(64)).starts_with("ndarray(<f4, [1, 1,"));
  CHECK(Outcome(axes(32), All(), Numpy::kClasses).starts_with("ndarray(<f4, [1, 1,"));
  CHECK(Outcome(axes(33), All(), Numpy::kClasses).starts_with("tensor.shape at"));
}

TEST_CASE("every part of an array is what numpy writes, and its bytes are as many as its shape says") {
  const auto reconstruct = [](const std::string& type, const std::string& shape, const std::string& code) {
    return Call("numpy._core.multiarray._reconstruct", {type, shape, code}) +
           ArrayState(Tuple({Int(1)}), kF4, kFalse, Bytes("abcd")) + kBuild;
  };
  const auto built = [](const std::string& state) { return Reconstruct() + state + kBuild; };
  const std::string one = Tuple({Int(1)});
  const std::string data = Bytes("abcd");
  const std::string type = Global("numpy.ndarray");
  std::string many = kMark;
  for (int i = 0; i < 65; ++i) many += Int(1);
  Check({
      {"no class", Call("numpy._core.multiarray._reconstruct", {}), "value.arity"},
      {"another class", reconstruct(Global("numpy.dtype"), Tuple({kZero}), Bytes("b")), "value.type"},
      {"a subclass (DEV-731)", reconstruct(Global("numpy.matrix"), Tuple({kZero}), Bytes("b")), "value.type"},
      {"an object", reconstruct(Call("numpy.matrix", {}), Tuple({kZero}), Bytes("b")), "value.type"},
      {"torch's class", reconstruct(Global("torch.Tensor"), Tuple({kZero}), Bytes("b")), "value.type"},
      {"shape (1,)", reconstruct(type, one, Bytes("b")), "value.type"},
      {"shape (None,)", reconstruct(type, Tuple({kNone}), Bytes("b")), "value.type"},
      {"shape ('',)", reconstruct(type, Tuple({Str("")}), Bytes("b")), "value.type"},
      {"shape (2**64,)", reconstruct(type, Tuple({Power(64)}), Bytes("b")), "value.type"},
      {"shape ()", reconstruct(type, kEmptyTuple, Bytes("b")), "value.type"},
      {"shape [0]", reconstruct(type, List({kZero}), Bytes("b")), "value.type"},
      {"code d", reconstruct(type, Tuple({kZero}), Bytes("d")), "value.type"},
      {"code None", reconstruct(type, Tuple({kZero}), kNone), "value.type"},
      {"state None", built(kNone), "value.type"},
      {"four parts", built(Tuple({one, kF4, kFalse, data})), "value.arity"},
      {"version 0", built(Tuple({kZero, one, kF4, kFalse, data})), "value.type"},
      {"version 2", built(Tuple({Int(2), one, kF4, kFalse, data})), "value.type"},
      {"version text", built(Tuple({Str("1"), one, kF4, kFalse, data})), "value.type"},
      {"shape list", built(ArrayState(List({Int(1)}), kF4, kFalse, data)), "value.type"},
      {"shape of text", built(ArrayState(Tuple({Str("1")}), kF4, kFalse, data)), "value.type"},
      {"size True", built(ArrayState(Tuple({kTrue}), kF4, kFalse, data)), "value.type"},
      {"size -1", built(ArrayState(Tuple({kMinusOne}), kF4, kFalse, data)), "tensor.shape"},
      {"sizes -1, -1", built(ArrayState(Tuple({kMinusOne, kMinusOne}), kF4, kFalse, data)), "tensor.shape"},
      {"sizes 0, -1", built(ArrayState(Tuple({kZero, kMinusOne}), kF4, kFalse, Bytes(""))), "tensor.shape"},
      {"65 axes", built(ArrayState(many + kTuple, kF4, kFalse, data)), "tensor.shape"},
      {"2^32 by 2^32", built(ArrayState(Tuple({Int(1LL << 32), Int(1LL << 32)}), kF4, kFalse, data)),
       "tensor.overflow"},
      {"2^62 by 2", built(ArrayState(Tuple({Int(1LL << 62), Int(2)}), kF4, kFalse, data)), "tensor.overflow"},
      {"2^40 by 2^40 by 0", built(ArrayState(Tuple({Int(1LL << 40), Int(1LL << 40), kZero}), kF4, kFalse, Bytes(""))),
       "tensor.overflow"},
      {"2^62 of 4 bytes", built(ArrayState(Tuple({Int(1LL << 62)}), kF4, kFalse, data)), "storage.size-mismatch"},
      {"too few bytes", built(ArrayState(one, kF4, kFalse, Bytes("abc"))), "storage.size-mismatch"},
      {"too many bytes", built(ArrayState(one, kF4, kFalse, Bytes("abcde"))), "storage.size-mismatch"},
      {"no element, bytes", built(ArrayState(Tuple({kZero}), kF4, kFalse, data)), "storage.size-mismatch"},
      {"dtype text", built(ArrayState(one, Str("f4"), kFalse, data)), "value.type"},
      {"torch's dtype", built(ArrayState(one, Global("torch.float32"), kFalse, data)), "value.type"},
      {"dtype not built", built(ArrayState(one, Dtype("f4"), kFalse, data)), "value.type"},
      {"order 0", built(ArrayState(one, kF4, kZero, data)), "value.type"},
      {"order None", built(ArrayState(one, kF4, kNone, data)), "value.type"},
      {"data list", built(ArrayState(one, kF4, kFalse, List({Float(1)}))), "value.type"},
      {"data text", built(ArrayState(one, kF4, kFalse, Str("abcd"))), "value.type"},
      {"data bytearray", built(ArrayState(one, kF4, kFalse, Call("builtins.bytearray", {data}))), "value.type"},
      {"twice", Array(one, kF4, kFalse, "abcd") + ArrayState(one, kF4, kFalse, data) + kBuild, "policy.build"},
      {"never built (NPY-010)", Reconstruct(), "pickle.stop-unbuilt"},
      {"ndarray called (DEV-733)", Call("numpy.ndarray", {Tuple({Int(3)})}), "policy.uninitialised"},
      {"ndarray by NEWOBJ (DEV-733)", New("numpy.ndarray", {Tuple({Int(3)})}), "policy.uninitialised"},
      {"masked (DEV-731)", Call("numpy.ma.core._mareconstruct", {}) + kEmptyTuple + kBuild, "value.type"},
  });
}

// NPY-008
TEST_CASE("scalars hold the bytes of one element") {
  const auto text = [](int length, const std::string& order = "<") {
    return Dtype("U" + std::to_string(length)) + Sized(order, 4 * length, 4, 8) + kBuild;
  };
  const auto bytes = [](int length) { return Dtype("S" + std::to_string(length)) + Sized("|", length, 1, 0) + kBuild; };
  Check({
      {"f4", Scalar(kF4, "abcd"), "ndarray(<f4, scalar, 61626364)"},
      {"big", Scalar(Built("f4", ">"), "abcd"), "ndarray(<f4, scalar, 64636261)"},
      {"numpy 1's name", Call("numpy.core.multiarray.scalar", {kF4, Bytes("abcd")}), "ndarray(<f4, scalar, 61626364)"},
      {"time", Scalar(Dtype("M8") + Time(kNs) + kBuild, "abcdefgh"), "ndarray(<M8[ns], scalar, 6162636465666768)"},
      {"text", Scalar(text(2), "a\0\0\0b\0\0\0"s), "ndarray(<U2, scalar, 6100000062000000)"},
      {"big text", Scalar(text(2, ">"), "\0\0\0a\0\0\0b"s), "ndarray(<U2, scalar, 6100000062000000)"},
      {"text with NULs behind it", Scalar(text(3), "a\0\0\0\0\0\0\0\0\0\0\0"s), "ndarray(<U1, scalar, 61000000)"},
      {"text with a NUL inside", Scalar(text(2), "\0\0\0\0a\0\0\0"s), "ndarray(<U2, scalar, 0000000061000000)"},
      {"highest character", Scalar(text(1), "\x7f\x7f\x10\0"s), "ndarray(<U1, scalar, 7f7f1000)"},
      {"no text", Scalar(text(0), ""), "ndarray(<U0, scalar, )"},
      {"bytes", Scalar(bytes(3), "a\0\0"s), "ndarray(|S1, scalar, 61)"},
      {"true", Scalar(Built("b1", "|"), "\1"), "ndarray(|b1, scalar, 01)"},
      {"2 as a bool (DEV-734)", Scalar(Built("b1", "|"), "\2"), "value.type"},
      {"no character: 0x11 in the third byte", Scalar(text(1), "a\0\x11\0"s), "value.type"},
      {"no character: 1 in the fourth byte", Scalar(text(1), "a\0\0\1"s), "value.type"},
      {"none", Call(kScalar, {}), "value.arity"},
      {"one", Call(kScalar, {kF4}), "value.arity"},
      {"three", Call(kScalar, {kF4, Bytes("abcd"), kNone}), "value.arity"},
      {"dtype text", Call(kScalar, {Str("f4"), Bytes("abcd")}), "value.type"},
      {"dtype not built", Scalar(Dtype("f4"), "abcd"), "value.type"},
      {"too few", Scalar(kF4, "abc"), "storage.size-mismatch"},
      {"too many", Scalar(kF4, "abcde"), "storage.size-mismatch"},
      {"data text", Call(kScalar, {kF4, Str("abcd")}), "value.type"},
      {"state of a scalar", Scalar(kF4, "abcd") + kEmptyDict + kBuild, "policy.build"},
  });
}

// NPY-009
TEST_CASE("builtins.bytes is empty bytes when it is called without arguments") {
  CHECK(Outcome(Call("builtins.bytes", {})) == "bytes()");
  CHECK(Outcome(Call("builtins.bytes", {Int(3)})) == "reduce(builtins.bytes, (3,))");
  CHECK(Outcome(Call("builtins.bytes", {}), All(), Numpy::kOff) == "reduce(builtins.bytes, ())");
}

}  // namespace
}  // namespace weightsonly::machine
