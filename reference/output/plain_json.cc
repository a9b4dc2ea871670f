// Floor 7. Values that hold no others. SPEC.md chapter 7.
#include "output/plain_json.h"

#include <bit>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "output/json.h"

namespace weightsonly::output {
namespace {

void AppendText(std::string& out, std::string_view tag, std::string_view text) {
  out += R"({"t":")";
  out += tag;
  if (tag == "str" && IsUtf8(text)) {
    out += R"(","v":)";
    AppendJsonString(out, text);
  } else {
    out += R"(","x":")";
    AppendHex(out, text);
    out.push_back('"');
  }
}

void AppendBits(std::string& out, double value) {
  out.push_back('"');
  AppendHex64(out, std::bit_cast<std::uint64_t>(value));
  out.push_back('"');
}

void AppendComplex(std::string& out, double real, double imaginary) {
  out += R"({"t":"complex","v":[)";
  AppendBits(out, real);
  out.push_back(',');
  AppendBits(out, imaginary);
  out.push_back(']');
}

}  // namespace

void AppendPlain(std::string& out, const Graph& graph, Ref ref) {
  const Node& node = graph[ref];
  switch (node.type) {
    case ValueType::kNone:
      out += R"({"t":"none")";
      break;
    case ValueType::kBool:
      out += node.small != 0 ? R"({"t":"bool","v":true)" : R"({"t":"bool","v":false)";
      break;
    case ValueType::kInt:
      out += R"({"t":"int","v":")";
      out += IntText(graph, ref);
      out.push_back('"');
      break;
    case ValueType::kFloat:
      out += R"({"t":"float","v":)";
      AppendBits(out, node.real);
      break;
    case ValueType::kComplex:
      AppendComplex(out, graph.complexes[node.at], graph.complexes[std::size_t{node.at} + 1]);
      break;
    case ValueType::kStr:
      AppendText(out, "str", graph.TextOf(node));
      break;
    case ValueType::kBytes:
      AppendText(out, "bytes", graph.TextOf(node));
      break;
    default:
      out += R"({"t":")";
      out += TypeTag(node.type);
      out += R"(","v":)";
      AppendJsonString(out, graph.names[node.at].text);
      break;
  }
}

}  // namespace weightsonly::output
