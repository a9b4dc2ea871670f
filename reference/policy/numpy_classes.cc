// Floor 4. The classes of numpy's dtypes and random number generators. SPEC.md chapter 6 (GLS-003).
#include "policy/numpy_classes.h"

#include <algorithm>
#include <array>

namespace weightsonly::policy {
namespace {

struct Row {
  std::string_view text;
  NumpyClass names;
};

// GLS-003. float128 and complex256 are what the long double of x86-64 and of most 64-bit hosts gives.
constexpr auto kWhole = std::to_array<Row>({
    {"b1", {"numpy.dtypes.BoolDType", "numpy.dtype[bool_]"}},
    {"i1", {"numpy.dtypes.Int8DType", "numpy.dtype[int8]"}},
    {"i2", {"numpy.dtypes.Int16DType", "numpy.dtype[int16]"}},
    {"i4", {"numpy.dtypes.Int32DType", "numpy.dtype[int32]"}},
    {"i8", {"numpy.dtypes.Int64DType", "numpy.dtype[int64]"}},
    {"u1", {"numpy.dtypes.UInt8DType", "numpy.dtype[uint8]"}},
    {"u2", {"numpy.dtypes.UInt16DType", "numpy.dtype[uint16]"}},
    {"u4", {"numpy.dtypes.UInt32DType", "numpy.dtype[uint32]"}},
    {"u8", {"numpy.dtypes.UInt64DType", "numpy.dtype[uint64]"}},
    {"f2", {"numpy.dtypes.Float16DType", "numpy.dtype[float16]"}},
    {"f4", {"numpy.dtypes.Float32DType", "numpy.dtype[float32]"}},
    {"f8", {"numpy.dtypes.Float64DType", "numpy.dtype[float64]"}},
    {"f16", {"numpy.dtypes.LongDoubleDType", "numpy.dtype[float128]"}},
    {"c8", {"numpy.dtypes.Complex64DType", "numpy.dtype[complex64]"}},
    {"c16", {"numpy.dtypes.Complex128DType", "numpy.dtype[complex128]"}},
    {"c32", {"numpy.dtypes.CLongDoubleDType", "numpy.dtype[complex256]"}},
    {"M8", {"numpy.dtypes.DateTime64DType", "numpy.dtype[datetime64]"}},
    {"m8", {"numpy.dtypes.TimeDelta64DType", "numpy.dtype[timedelta64]"}},
    {"O4", {"numpy.dtypes.ObjectDType", "numpy.dtype[object_]"}},
    {"O8", {"numpy.dtypes.ObjectDType", "numpy.dtype[object_]"}},
});

// A letter, then a size of any number of digits.
constexpr auto kSized = std::to_array<Row>({
    {"S", {"numpy.dtypes.BytesDType", "numpy.dtype[bytes_]"}},
    {"U", {"numpy.dtypes.StrDType", "numpy.dtype[str_]"}},
    {"V", {"numpy.dtypes.VoidDType", "numpy.dtype[void]"}},
});

// numpy.random.
constexpr auto kGenerators = std::to_array<std::string_view>({
    "numpy.random._mt19937.MT19937",
    "numpy.random._pcg64.PCG64",
    "numpy.random._pcg64.PCG64DXSM",
    "numpy.random._philox.Philox",
    "numpy.random._sfc64.SFC64",
});

constexpr std::size_t kMostDigits = 10;  // a size is below 2^31

bool IsSize(std::string_view text) {
  return !text.empty() && text.size() <= kMostDigits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<NumpyClass> DtypeClassOf(std::string_view text) {
  const auto whole = std::ranges::find(kWhole, text, &Row::text);
  if (whole != kWhole.end()) return whole->names;
  const auto sized = std::ranges::find(kSized, text.substr(0, 1), &Row::text);
  if (sized != kSized.end() && IsSize(text.substr(1))) return sized->names;
  return std::nullopt;
}

std::optional<NumpyClass> GeneratorOf(std::string_view name) {
  for (const std::string_view path : kGenerators) {
    if (path.substr(path.rfind('.') + 1) == name) return NumpyClass{.name = path, .before_1_25 = path};
  }
  return std::nullopt;
}

}  // namespace

std::optional<NumpyClass> NumpyClassOf(std::string_view function, std::string_view argument) {
  constexpr std::string_view kGenerator = "numpy.random._generator.Generator";
  constexpr std::string_view kRandomState = "numpy.random.mtrand.RandomState";
  if (function == "numpy.dtype") return DtypeClassOf(argument);
  if (function == "numpy.random._pickle.__bit_generator_ctor") return GeneratorOf(argument);
  if (function == "numpy.random._pickle.__generator_ctor") return NumpyClass{kGenerator, kGenerator};
  if (function == "numpy.random._pickle.__randomstate_ctor") return NumpyClass{kRandomState, kRandomState};
  return std::nullopt;
}

}  // namespace weightsonly::policy
