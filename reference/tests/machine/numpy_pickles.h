// Pickles of numpy put together by hand, as its `__reduce__` writes them, and what becomes of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/allowlist.h"
#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine::numpy_pickles {

using namespace assemble;
using policy::Numpy;

inline const std::string kMinusOne = Int(-1);
inline const std::string kZero = Int(0);
inline const std::string kNs = Tuple({kNone, Tuple({Bytes("ns"), Int(1), Int(1), Int(1)})});

inline std::string Dtype(const std::string& code) { return Call("numpy.dtype", {Str(code), kFalse, kTrue}); }
// As numpy writes the state of everything but text and void bytes.
inline std::string State8(const std::string& order = "<", const std::string& flags = kZero) {
  return Tuple({Int(3), Str(order), kNone, kNone, kNone, kMinusOne, kMinusOne, flags});
}
inline std::string Sized(const std::string& order, int bytes, int alignment, int flags) {
  return Tuple({Int(3), Str(order), kNone, kNone, kNone, Int(bytes), Int(alignment), Int(flags)});
}
inline std::string Time(const std::string& metadata, const std::string& order = "<") {
  return Tuple({Int(4), Str(order), kNone, kNone, kNone, kMinusOne, kMinusOne, kZero, metadata});
}
inline std::string Built(const std::string& code, const std::string& order = "<") {
  return Dtype(code) + State8(order) + kBuild;
}
inline const std::string kF4 = Built("f4");

inline const std::string kScalar = "numpy._core.multiarray.scalar";
inline std::string Scalar(const std::string& dtype, const std::string& ascii) {
  return Call(kScalar, {dtype, Bytes(ascii)});
}
inline std::string Reconstruct() {
  return Call("numpy._core.multiarray._reconstruct", {Global("numpy.ndarray"), Tuple({kZero}), Bytes("b")});
}
inline std::string ArrayState(const std::string& shape, const std::string& dtype, const std::string& fortran,
                              const std::string& data) {
  return Tuple({Int(1), shape, dtype, fortran, data});
}
inline std::string Array(const std::string& shape, const std::string& dtype, const std::string& fortran,
                         const std::string& ascii) {
  return Reconstruct() + ArrayState(shape, dtype, fortran, Bytes(ascii)) + kBuild;
}

inline std::string Outcome(const std::string& pickle, const Allowlist& allowlist, Numpy numpy) {
  return Loaded(pickle + kStop, {.user = &allowlist, .numpy = numpy}).outcome;
}
inline const Allowlist& All() {
  static const Allowlist kAll = Allowlist().AddNumpy("2.4").Add("numpy.ma.core._mareconstruct").Add("numpy.matrix");
  return kAll;
}
inline std::string Outcome(const std::string& pickle) { return Outcome(pickle, All(), Numpy::kTwo); }

struct Row {
  std::string name;
  std::string pickle;
  std::string outcome;  // of a refusal, its kind
};
inline void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.name);
    const std::string outcome = Outcome(row.pickle);
    CHECK(outcome.substr(0, outcome.find(" at ")) == row.outcome);
  }
}

}  // namespace weightsonly::machine::numpy_pickles
