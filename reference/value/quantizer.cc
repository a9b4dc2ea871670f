// Floor 3. The handle of a quantizer, and its numbers. SPEC.md chapter 5 (QTN-003 to QTN-005).
#include "value/quantizer.h"

#include <bit>
#include <cstring>

#include "base/boundary.h"
#include "value/graph.h"
#include "value/half.h"
#include "value/quantizer_numbers.h"
#include "value/strided.h"

namespace weightsonly {
namespace {

template <typename T>
T LoadHost(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

double RealAt(Dtype dtype, const std::byte* at) {
  switch (dtype) {
    case Dtype::kFloat64:
      return LoadHost<double>(at);
    case Dtype::kFloat32:
      return LoadHost<float>(at);
    case Dtype::kFloat16:
      return HalfToDouble(LoadHost<std::uint16_t>(at));
    default:  // bfloat16: the upper half of a float
      return std::bit_cast<float>(std::uint32_t{LoadHost<std::uint16_t>(at)} << 16);
  }
}

std::int64_t WholeAt(Dtype dtype, const std::byte* at) {
  switch (dtype) {
    case Dtype::kInt64:
      return LoadHost<std::int64_t>(at);
    case Dtype::kInt32:
      return LoadHost<std::int32_t>(at);
    case Dtype::kInt16:
      return LoadHost<std::int16_t>(at);
    case Dtype::kInt8:
      return LoadHost<std::int8_t>(at);
    case Dtype::kBool:
      return LoadHost<std::uint8_t>(at) != 0 ? 1 : 0;
    default:  // uint8
      return LoadHost<std::uint8_t>(at);
  }
}

// The numbers of a tensor of the file, or the `channels` words from `at` on that a list gave.
template <typename T>
std::vector<T> NumbersOf(const Graph& graph, const QuantizerRecord& record, Ref tensor, std::uint64_t at,
                         T (*number_at)(Dtype, const std::byte*)) {
  std::vector<T> numbers(record.channels);
  if (tensor == Graph::kNone) {
    for (T& number : numbers) number = std::bit_cast<T>(graph.quantizer_numbers[at++]);
    return numbers;
  }
  const TensorRecord& from = graph.TensorOf(graph[tensor]);
  const std::vector<std::byte> elements = ReadElements(graph, from);
  const std::byte* element = elements.data();
  for (T& number : numbers) {
    number = number_at(from.dtype, element);
    element += ItemBytes(from.dtype);
  }
  return numbers;
}

// QTN-005. A double beyond float32 becomes infinite there, as in torch.
void RoundToFloat(std::vector<double>& numbers) {
  for (double& number : numbers) number = static_cast<double>(static_cast<float>(number));
}

const QuantizerRecord& RecordOf(const std::shared_ptr<const Graph>& graph, Ref node) {
  return graph->QuantizerOf(node);
}

}  // namespace

std::string_view QschemeName(Qscheme scheme) {
  switch (scheme) {
    case Qscheme::kPerTensorAffine:
      return "torch.per_tensor_affine";
    case Qscheme::kPerChannelAffine:
      return "torch.per_channel_affine";
    case Qscheme::kPerChannelAffineFloatQparams:
      return "torch.per_channel_affine_float_qparams";
  }
  return "?";
}

bool CanBeScale(Dtype dtype) {
  return dtype == Dtype::kFloat64 || dtype == Dtype::kFloat32 || dtype == Dtype::kFloat16 || dtype == Dtype::kBFloat16;
}

bool CanBeZeroPoint(Dtype dtype) {
  return dtype == Dtype::kInt64 || dtype == Dtype::kInt32 || dtype == Dtype::kInt16 || dtype == Dtype::kInt8 ||
         dtype == Dtype::kUInt8 || dtype == Dtype::kBool;
}

std::vector<double> ScalesOf(const Graph& graph, const QuantizerRecord& record) {
  std::vector<double> scales = NumbersOf<double>(graph, record, record.scales, record.numbers_at, RealAt);
  if (record.scheme == Qscheme::kPerChannelAffineFloatQparams) RoundToFloat(scales);
  return scales;
}

std::vector<double> FloatZeroPointsOf(const Graph& graph, const QuantizerRecord& record) {
  const std::uint64_t at = record.numbers_at + record.channels;
  std::vector<double> points = NumbersOf<double>(graph, record, record.zero_points, at, RealAt);
  RoundToFloat(points);
  return points;
}

std::vector<std::int64_t> ZeroPointsOf(const Graph& graph, const QuantizerRecord& record) {
  const std::uint64_t at = record.numbers_at + record.channels;
  return NumbersOf<std::int64_t>(graph, record, record.zero_points, at, WholeAt);
}

Qscheme Quantizer::scheme() const { return RecordOf(graph_, node_).scheme; }
double Quantizer::scale() const { return RecordOf(graph_, node_).scale; }
std::int64_t Quantizer::zero_point() const { return RecordOf(graph_, node_).zero_point; }
std::int64_t Quantizer::axis() const { return RecordOf(graph_, node_).axis; }
std::uint64_t Quantizer::channels() const { return RecordOf(graph_, node_).channels; }

std::expected<std::vector<double>, Refusal> Quantizer::scales() const {
  return AtBoundary<std::vector<double>>([&] { return ScalesOf(*graph_, RecordOf(graph_, node_)); });
}

std::expected<std::vector<std::int64_t>, Refusal> Quantizer::zero_points() const {
  if (scheme() != Qscheme::kPerChannelAffine) return {};
  return AtBoundary<std::vector<std::int64_t>>([&] { return ZeroPointsOf(*graph_, RecordOf(graph_, node_)); });
}

std::expected<std::vector<double>, Refusal> Quantizer::float_zero_points() const {
  if (scheme() != Qscheme::kPerChannelAffineFloatQparams) return {};
  return AtBoundary<std::vector<double>>([&] { return FloatZeroPointsOf(*graph_, RecordOf(graph_, node_)); });
}

}  // namespace weightsonly
