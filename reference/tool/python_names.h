// Floor 8. Which Python object the name of a pickle stands for today, and whether torch finds it by itself. SPEC.md
// chapter 8 (CLI-031).
#pragma once

#include <string>
#include <string_view>

#include "checkpoint/checkpoint.h"

namespace weightsonly::tool {

// Whose releases the lines are for: numpy's names have changed twice, and early releases of torch allow nothing.
struct PythonTarget {
  bool numpy_core_is_private = true;  // numpy 2.0 and later: numpy._core, where numpy.core was
  bool dtype_classes_named = true;    // numpy 1.25 and later: numpy.dtypes.Float32DType, where numpy.dtype[float32] was
  bool has_user_list = true;          // torch 2.6 and later: torch.serialization.safe_globals
};

// An object that Python code can name.
struct PythonObject {
  std::string path;         // dotted
  std::size_t module_size;  // what of it has to be imported
  // True: the object calls itself otherwise than the file does, or may do so in some release, so that torch needs the
  // tuple of the object and the file's name.
  bool renamed;
};

// The object that `global` stands for: names that pickle has written as Python 2 called them, and numpy's.
[[nodiscard]] PythonObject PythonObjectOf(const NamedGlobal& global, const PythonTarget& target);

// Module and name, each a dotted path and an identifier of ASCII, no word of Python itself, and not longer than people
// can read. `path` as in NamedGlobal.
[[nodiscard]] bool IsPythonName(std::string_view path, std::size_t module_size);

// Runs code, starts programs, or touches files or the network, with arguments that the file gives.
[[nodiscard]] bool IsHarmful(std::string_view path);

}  // namespace weightsonly::tool
