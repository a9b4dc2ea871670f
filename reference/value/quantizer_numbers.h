// Floor 3. The scales and zero points of a quantizer, read where the file gave them. Internal. SPEC.md chapter 5.
#pragma once

#include <cstdint>
#include <vector>

#include "value/graph.h"

namespace weightsonly {

// DEV-541. True for the dtypes in which scales may be given: float64, float32, float16, bfloat16.
[[nodiscard]] bool CanBeScale(Dtype dtype);
// True for the dtypes in which whole zero points may be given: bool, uint8 and int8 to int64.
[[nodiscard]] bool CanBeZeroPoint(Dtype dtype);

// All of a per-channel quantizer, in the order of the channels. Throw Refusal as Tensor::CopyTo.
[[nodiscard]] std::vector<double> ScalesOf(const Graph& graph, const QuantizerRecord& record);
[[nodiscard]] std::vector<double> FloatZeroPointsOf(const Graph& graph, const QuantizerRecord& record);
[[nodiscard]] std::vector<std::int64_t> ZeroPointsOf(const Graph& graph, const QuantizerRecord& record);

}  // namespace weightsonly
