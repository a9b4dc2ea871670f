// Floor 7. The quantizer of a tensor in the canonical value. SPEC.md chapter 7 (OUT-020).
#include "output/quantizer_json.h"

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "output/json.h"
#include "value/quantizer_numbers.h"

namespace weightsonly::output {
namespace {

void AppendBits(std::string& out, double number) {
  out.push_back('"');
  AppendHex64(out, std::bit_cast<std::uint64_t>(number));
  out.push_back('"');
}

void AppendReals(std::string& out, const std::vector<double>& numbers) {
  out.push_back('[');
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i != 0) out.push_back(',');
    AppendBits(out, numbers[i]);
  }
  out.push_back(']');
}

void AppendWholes(std::string& out, const std::vector<std::int64_t>& numbers) {
  out.push_back('[');
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    out += i != 0 ? ",\"" : "\"";
    AppendDecimal(out, numbers[i]);
    out.push_back('"');
  }
  out.push_back(']');
}

}  // namespace

void AppendQuantizer(std::string& out, const Graph& graph, const QuantizerRecord& quantizer) {
  out += R"(,"q":{"scheme":")";
  out += QschemeName(quantizer.scheme).substr(std::string_view("torch.").size());
  out.push_back('"');
  if (quantizer.scheme == Qscheme::kPerTensorAffine) {
    out += R"(,"scale":)";
    AppendBits(out, quantizer.scale);
    out += R"(,"zero_point":")";
    AppendDecimal(out, quantizer.zero_point);
    out += "\"}";
    return;
  }
  out += R"(,"axis":)";
  AppendDecimal(out, quantizer.axis);
  out += R"(,"scales":)";
  AppendReals(out, ScalesOf(graph, quantizer));
  out += R"(,"zero_points":)";
  if (quantizer.scheme == Qscheme::kPerChannelAffine) {
    AppendWholes(out, ZeroPointsOf(graph, quantizer));
  } else {
    AppendReals(out, FloatZeroPointsOf(graph, quantizer));
  }
  out.push_back('}');
}

}  // namespace weightsonly::output
