// Floor 3. How the elements of a quantized tensor stand for real numbers. Public. SPEC.md chapter 5 (QTN-001 to
// QTN-006).
//
// This is a description: nothing here turns elements into real numbers.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/export.h"
#include "base/refusal.h"

namespace weightsonly {

class Graph;

// The three schemes that a tensor in a file can have; torch names two more, which it never loads (QTN-002).
enum class Qscheme : std::uint8_t { kPerTensorAffine, kPerChannelAffine, kPerChannelAffineFloatQparams };

// "torch.per_tensor_affine". Static storage.
[[nodiscard]] WEIGHTSONLY_EXPORT std::string_view QschemeName(Qscheme scheme);

// The quantizer of one tensor: a handle as Tensor is. An element e stands for (e - zero point) * scale; per channel,
// scale and zero point are those of the element's position along axis().
class WEIGHTSONLY_EXPORT Quantizer {
 public:
  [[nodiscard]] Qscheme scheme() const;

  // kPerTensorAffine: any double, also zero, negative, infinite or NaN, and any 64-bit int; torch checks neither
  // (QTN-003). 0 for the other schemes.
  [[nodiscard]] double scale() const;
  [[nodiscard]] std::int64_t zero_point() const;

  // The other schemes: the dimension of the channels, 0 to ndim - 1, and their number, which is the tensor's size
  // there. 0 for kPerTensorAffine.
  [[nodiscard]] std::int64_t axis() const;
  [[nodiscard]] std::uint64_t channels() const;
  // channels() scales; of kPerChannelAffineFloatQparams rounded to float32, as torch does. Empty for kPerTensorAffine.
  // Refuse as Tensor::CopyTo: they may lie in a storage.
  [[nodiscard]] std::expected<std::vector<double>, Refusal> scales() const;
  // kPerChannelAffine: channels() zero points; empty for the other schemes.
  [[nodiscard]] std::expected<std::vector<std::int64_t>, Refusal> zero_points() const;
  // kPerChannelAffineFloatQparams: channels() zero points, rounded to float32; empty for the other schemes.
  [[nodiscard]] std::expected<std::vector<double>, Refusal> float_zero_points() const;

  Quantizer(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

}  // namespace weightsonly
