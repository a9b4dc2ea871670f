// Floor 5. Dtypes of numpy, for machine/numpy.cc. SPEC.md chapter 5 (NPY-003 to NPY-005).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine/arguments.h"
#include "machine/state.h"

namespace weightsonly::machine {

// numpy.dtype(code, align, copy): a dtype that waits for its BUILD.
Ref CallNumpyDtype(State& state, const Arguments& arguments);

// A dtype that BUILD has finished. `kind`, `item_bytes`, `unit` and `big_endian` are those of `like`; behind the
// number stands `suffix` ("[ns]"). Returns its index in graph.numpy_dtypes.
std::uint32_t AddBuiltDtype(State& state, const NumpyDtypeRecord& like, std::string_view suffix);

// Argument `index` as the record of a finished dtype whose elements are bytes. Refuses value.type.
std::uint32_t DtypeArgument(const State& state, const Arguments& arguments, std::size_t index);

}  // namespace weightsonly::machine
