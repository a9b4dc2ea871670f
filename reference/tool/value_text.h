// Floor 8. A value in a few words, for people. SPEC.md chapter 8.
#pragma once

#include <span>
#include <string>

#include "value/value.h"

namespace weightsonly::tool {

// Scalars as Python writes them, text and bytes cut after about 60 columns and escaped, containers by their kind and
// size
// ("dict of 3"), tensors by dtype and shape, inert objects by their class. Looks at the value itself and never at what
// is in it.
[[nodiscard]] std::string ShortValue(const Value& value);

// As ShortValue, but the items of a container stand in it, each by ShortValue, up to about 60 columns: "[1, 2, 3]".
[[nodiscard]] std::string PreviewValue(const Value& value);

// "[2, 3]", cut after about 256 bytes.
[[nodiscard]] std::string ShapeText(std::span<const std::int64_t> shape);

// True for a list, tuple, Size, set or dict kind.
[[nodiscard]] bool IsContainer(ValueType type);

}  // namespace weightsonly::tool
