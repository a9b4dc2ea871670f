// Floor 4. The names of numpy. SPEC.md chapter 5.
#include "policy/numpy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace weightsonly::policy {
namespace {

constexpr auto kDtypes = std::to_array<NumpyDtype>({
#define WEIGHTSONLY_NUMPY_DTYPE(code, bytes, unit, before, since) {code, bytes, unit, before, since},
#include "policy/numpy_dtypes.def"
#undef WEIGHTSONLY_NUMPY_DTYPE
});

// NPY-002
constexpr auto kGlobals = std::to_array<std::pair<std::string_view, NumpyGlobal>>({
    {"numpy.core.multiarray._reconstruct", NumpyGlobal::kReconstruct},
    {"numpy._core.multiarray._reconstruct", NumpyGlobal::kReconstruct},
    {"numpy.core.multiarray.scalar", NumpyGlobal::kScalar},
    {"numpy._core.multiarray.scalar", NumpyGlobal::kScalar},
    {"numpy.dtype", NumpyGlobal::kDtype},
    {"numpy.ndarray", NumpyGlobal::kNdarray},
    {"numpy.ma.core._mareconstruct", NumpyGlobal::kMasked},
    {"builtins.bytes", NumpyGlobal::kBytes},
});

// A decimal number without sign or leading zeros.
std::optional<std::uint32_t> NumberOf(std::string_view digits) {
  if (digits.empty() || digits.size() > 10 || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::uint32_t number = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (result.ec != std::errc{} || result.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Numpy> NumpyOf(std::string_view release) {
  if (release.empty()) return Numpy::kOff;
  const std::size_t dot = release.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = NumberOf(release.substr(0, dot));
  const auto minor = NumberOf(release.substr(dot + 1));
  if (!major || !minor || *major == 0 || (*major == 1 && *minor < 20)) return std::nullopt;
  if (*major >= 2) return Numpy::kTwo;
  return *minor < 25 ? Numpy::kBrackets : Numpy::kClasses;
}

NumpyGlobal NumpyGlobalOf(std::string_view path) {
  const auto* found = std::ranges::find(kGlobals, path, &std::pair<std::string_view, NumpyGlobal>::first);
  return found == kGlobals.end() ? NumpyGlobal::kNone : found->second;
}

std::optional<NumpyDtypeAnswer> NumpyDtypeOf(std::string_view code) {
  const auto* whole = std::ranges::find(kDtypes, code, &NumpyDtype::code);
  if (whole != kDtypes.end() && !whole->sized()) return NumpyDtypeAnswer{whole, whole->bytes};
  const auto* kind = std::ranges::find(kDtypes, code.substr(0, 1), &NumpyDtype::code);
  if (kind == kDtypes.end()) return std::nullopt;
  const auto length = NumberOf(code.substr(1));
  constexpr std::uint32_t kMost = std::numeric_limits<std::int32_t>::max();
  if (!length || *length > kMost / kind->bytes) return std::nullopt;
  return NumpyDtypeAnswer{kind, *length * kind->bytes};
}

std::string NumpyClassOf(const NumpyDtype& dtype, Numpy numpy) {
  std::string name(numpy == Numpy::kBrackets ? "numpy.dtype[" : "numpy.dtypes.");
  return name.append(numpy == Numpy::kBrackets ? dtype.before : dtype.since)
      .append(numpy == Numpy::kBrackets ? "]" : "DType");
}

std::vector<std::string> NumpyNames(Numpy numpy) {
  std::vector<std::string> names;
  for (const auto& [path, global] : kGlobals) {
    if (global != NumpyGlobal::kMasked) names.emplace_back(path);
  }
  for (const NumpyDtype& dtype : kDtypes) names.push_back(NumpyClassOf(dtype, numpy));
  return names;
}

}  // namespace weightsonly::policy
