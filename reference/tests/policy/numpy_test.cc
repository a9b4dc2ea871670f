// Names and classes of numpy. The classes are what `f"{type(d).__module__}.{type(d).__qualname__}"` says of each dtype
// under numpy 1.24.4 and numpy 2.4.6; numpy 1.20.3 and 1.23.5 agree with the first, 1.25.2 and 1.26.4 with the second.
#include "policy/numpy.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/allowlist.h"
#include "tests/catch.h"

namespace weightsonly::policy {
namespace {

struct Observed {
  const char* code;
  std::uint32_t item_bytes;
  const char* before;
  const char* since;
};
constexpr auto kObserved = std::to_array<Observed>({
    {"b1", 1, "numpy.dtype[bool_]", "numpy.dtypes.BoolDType"},
    {"i1", 1, "numpy.dtype[int8]", "numpy.dtypes.Int8DType"},
    {"u1", 1, "numpy.dtype[uint8]", "numpy.dtypes.UInt8DType"},
    {"i2", 2, "numpy.dtype[int16]", "numpy.dtypes.Int16DType"},
    {"u2", 2, "numpy.dtype[uint16]", "numpy.dtypes.UInt16DType"},
    {"i4", 4, "numpy.dtype[int32]", "numpy.dtypes.Int32DType"},
    {"u4", 4, "numpy.dtype[uint32]", "numpy.dtypes.UInt32DType"},
    {"i8", 8, "numpy.dtype[int64]", "numpy.dtypes.Int64DType"},
    {"u8", 8, "numpy.dtype[uint64]", "numpy.dtypes.UInt64DType"},
    {"f2", 2, "numpy.dtype[float16]", "numpy.dtypes.Float16DType"},
    {"f4", 4, "numpy.dtype[float32]", "numpy.dtypes.Float32DType"},
    {"f8", 8, "numpy.dtype[float64]", "numpy.dtypes.Float64DType"},
    {"f16", 16, "numpy.dtype[float128]", "numpy.dtypes.LongDoubleDType"},
    {"c8", 8, "numpy.dtype[complex64]", "numpy.dtypes.Complex64DType"},
    {"c16", 16, "numpy.dtype[complex128]", "numpy.dtypes.Complex128DType"},
    {"c32", 32, "numpy.dtype[complex256]", "numpy.dtypes.CLongDoubleDType"},
    {"U3", 12, "numpy.dtype[str_]", "numpy.dtypes.StrDType"},
    {"U0", 0, "numpy.dtype[str_]", "numpy.dtypes.StrDType"},
    {"S3", 3, "numpy.dtype[bytes_]", "numpy.dtypes.BytesDType"},
    {"V8", 8, "numpy.dtype[void]", "numpy.dtypes.VoidDType"},
    {"O8", 8, "numpy.dtype[object_]", "numpy.dtypes.ObjectDType"},
    {"M8", 8, "numpy.dtype[datetime64]", "numpy.dtypes.DateTime64DType"},
    {"m8", 8, "numpy.dtype[timedelta64]", "numpy.dtypes.TimeDelta64DType"},
    {"U536870911", 2147483644, "numpy.dtype[str_]", "numpy.dtypes.StrDType"},
    {"S2147483647", 2147483647, "numpy.dtype[bytes_]", "numpy.dtypes.BytesDType"},
});

// NPY-001
TEST_CASE("a release of numpy is MAJOR.MINOR from 1.20 on") {
  CHECK(NumpyOf("") == Numpy::kOff);
  for (const char* text : {"1.20", "1.23", "1.24"}) CHECK(NumpyOf(text) == Numpy::kBrackets);
  for (const char* text : {"1.25", "1.26", "1.100"}) CHECK(NumpyOf(text) == Numpy::kClasses);
  for (const char* text : {"2.0", "2.1", "2.4", "3.0", "10.12"}) CHECK(NumpyOf(text) == Numpy::kTwo);
  for (const char* text :
       {"1",     "2",     "1.19",  "1.17",  "1.0",  "0.9", "1.24.4", "1.24.", ".24",   "1.",
        "1.024", "01.24", " 1.24", "1.24 ", "1,24", "one", "1.x",    "-1.24", "1.-24", "99999999999.1"}) {
    INFO(text);
    CHECK_FALSE(NumpyOf(text).has_value());
  }
}

// NPY-003
TEST_CASE("the class of every dtype is the one that numpy says, before and since 1.25") {
  for (const Observed& row : kObserved) {
    INFO(row.code);
    const auto answer = NumpyDtypeOf(row.code);
    REQUIRE(answer.has_value());
    CHECK(answer->item_bytes == row.item_bytes);
    CHECK(NumpyClassOf(*answer->dtype, Numpy::kBrackets) == row.before);
    for (const Numpy since : {Numpy::kClasses, Numpy::kTwo, Numpy::kOff}) {
      CHECK(NumpyClassOf(*answer->dtype, since) == row.since);
    }
  }
}

TEST_CASE("what numpy does not write is no dtype") {
  for (const char* code :
       {"",      "f",      "f3", "f04", "f4 ", " f4", "<f4",        ">f4",         "=f4",          "float32",
        "f4,i4", "(2,)f4", "U",  "U-1", "U03", "U+3", "U536870912", "S2147483648", "V99999999999", "O",
        "O4",    "M8[ns]", "?",  "b",   "b2",  "a3",  "p",          "i16",         "c4",           "x1"}) {
    INFO(code);
    CHECK_FALSE(NumpyDtypeOf(code).has_value());
  }
}

// NPY-002
TEST_CASE("the names of both spellings stand for the same functions") {
  CHECK(NumpyGlobalOf("numpy.core.multiarray.scalar") == NumpyGlobal::kScalar);
  CHECK(NumpyGlobalOf("numpy._core.multiarray.scalar") == NumpyGlobal::kScalar);
  CHECK(NumpyGlobalOf("numpy.core.multiarray._reconstruct") == NumpyGlobal::kReconstruct);
  CHECK(NumpyGlobalOf("numpy._core.multiarray._reconstruct") == NumpyGlobal::kReconstruct);
  for (const char* path : {"numpy", "numpy.", "numpy.dtyp", "numpy.dtype2", "Numpy.dtype", "numpy.matrix",
                           "numpy.core.multiarray.array", "builtins.list"}) {
    INFO(path);
    CHECK(NumpyGlobalOf(path) == NumpyGlobal::kNone);
  }
}

// NPY-004
TEST_CASE("AddNumpy allows what files name, and the classes of that release's dtypes") {
  for (const char* release : {"1.24", "2.4"}) {
    Allowlist list;
    list.AddNumpy(release);
    const bool before = std::string(release) == "1.24";
    for (const char* path : {"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype",
                             "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
                             "numpy.ndarray", "builtins.bytes"}) {
      CHECK(list.Get().contains(path));
    }
    for (const Observed& row : kObserved) {
      CHECK(list.Get().contains(row.before) == before);
      CHECK(list.Get().contains(row.since) != before);
    }
    CHECK(list.Get().size() == 7 + 22);
  }
  CHECK(Allowlist().AddNumpy("").Get().empty());
  CHECK(Allowlist().AddNumpy("1.19").Get().empty());
}

}  // namespace
}  // namespace weightsonly::policy
