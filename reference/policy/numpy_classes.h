// Floor 4. Which class the result of one of numpy's pickling functions is of. SPEC.md chapter 6 (GLS-003).
//
// numpy pickles a dtype as a call of `numpy.dtype` with a text, then BUILD; torch asks BUILD for the class of the
// result, which no GLOBAL names. Random number generators are made in the same way.
#pragma once

#include <optional>
#include <string_view>

namespace weightsonly::policy {

// The names of one class. Static storage.
struct NumpyClass {
  std::string_view name;         // "numpy.dtypes.Float32DType"
  std::string_view before_1_25;  // "numpy.dtype[float32]": how releases before 1.25 call it; often the same
};

// The class of what `function` (module, dot, name) gives when its first argument is the text `argument`, which is empty
// when it is no text. For numpy.dtype only the texts that numpy writes into a pickle are known, a letter and a size
// ("f4", "U12", "M8"), also where numpy takes more ("float32"). Any bytes are answered.
std::optional<NumpyClass> NumpyClassOf(std::string_view function, std::string_view argument);

}  // namespace weightsonly::policy
