// Floor 3. Arrays of numpy in the arena. SPEC.md chapter 5 (NPY-006).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "value/graph.h"

namespace weightsonly {

// The shape of a built array, and its elements as the file has them.
[[nodiscard]] std::span<const std::int64_t> ShapeOf(const Graph& graph, const NdarrayRecord& array);
[[nodiscard]] std::span<const std::byte> BytesOf(const Graph& graph, const NdarrayRecord& array);

// The distance of neighbours in each dimension, in elements.
[[nodiscard]] std::vector<std::int64_t> StrideOf(const Graph& graph, const NdarrayRecord& array);

// Copies the elements in row-major order to `out`, which has as many bytes as BytesOf().
void CopyRowMajor(const Graph& graph, const NdarrayRecord& array, std::span<std::byte> out);

}  // namespace weightsonly
