// Floor 4. The names of numpy: what a file calls, and which class torch.load wants allowed for a dtype, although no
// file names it. SPEC.md chapter 5 (NPY-001 to NPY-004).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightsonly::policy {

// Whose classes and limits count: those of 1.20 to 1.24, of 1.25 and 1.26, or since 2.0.
enum class Numpy : std::uint8_t { kOff, kBrackets, kClasses, kTwo };

// NPY-001. "" is kOff; MAJOR.MINOR, decimal, from 1.20 on. Nothing for any other text.
[[nodiscard]] std::optional<Numpy> NumpyOf(std::string_view release);

// The most dimensions of an array.
[[nodiscard]] constexpr std::uint32_t NumpyDimensions(Numpy numpy) { return numpy == Numpy::kTwo ? 64 : 32; }

// What a name of numpy (or builtins.bytes, by which an empty array ends) stands for.
enum class NumpyGlobal : std::uint8_t { kNone, kDtype, kNdarray, kReconstruct, kScalar, kMasked, kBytes };
[[nodiscard]] NumpyGlobal NumpyGlobalOf(std::string_view path);

// One row of numpy_dtypes.def. Static storage.
struct NumpyDtype {
  std::string_view code;
  std::uint8_t bytes;
  std::uint8_t unit;
  std::string_view before;
  std::string_view since;

  [[nodiscard]] char kind() const { return code.front(); }
  [[nodiscard]] bool sized() const { return code.size() == 1; }  // U, S, V: the file says the length
};

// NPY-003. What `numpy.dtype` called with `code` makes: the row, and the bytes of an element (up to 2^31 - 1).
struct NumpyDtypeAnswer {
  const NumpyDtype* dtype;
  std::uint32_t item_bytes;
};
// Nothing for what no release of numpy writes: byte orders, names ("float32"), several dtypes in one text.
[[nodiscard]] std::optional<NumpyDtypeAnswer> NumpyDtypeOf(std::string_view code);

// The class of a dtype as torch's allowlist has it: "numpy.dtype[float32]", "numpy.dtypes.Float32DType". kOff stands
// for the newest release.
[[nodiscard]] std::string NumpyClassOf(const NumpyDtype& dtype, Numpy numpy);

// Every name that arrays, scalars and dtypes need: those that files name, in the spellings of numpy 1 and 2, and the
// classes of all dtypes. Not kOff.
[[nodiscard]] std::vector<std::string> NumpyNames(Numpy numpy);

}  // namespace weightsonly::policy
