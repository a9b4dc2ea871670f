#include "tests/machine/show.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <span>
#include <string>

namespace weightsonly::machine {
namespace {

constexpr int kMaxDepth = 8;

std::string ShowFloat(double value) {
  char buffer[40];
  const double size = std::fabs(value);
  const bool plain = size < 1e16 && (size >= 1e-4 || size == 0);  // as repr does
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
  std::string text(buffer, end);
  return text.find_first_of(".enif") == std::string::npos ? text + ".0" : text;
}

std::string ShowHex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

class Writer {
 public:
  explicit Writer(const Graph& graph) : graph_(graph) {}

  std::string Write(Ref ref, int depth) {
    if (depth > kMaxDepth) return "…";
    std::string text = WriteValue(ref, depth);
    const Ref attributes = graph_.AttributesOf(ref);
    if (attributes != Graph::kNone) text += "@" + WriteValue(attributes, depth);
    return text;
  }

 private:
  std::string WriteItems(const Node& node, int depth) {
    std::string text;
    for (const Ref item : graph_.ItemsOf(node)) text += (text.empty() ? "" : ", ") + Write(item, depth + 1);
    return text;
  }

  std::string WritePairs(const Node& node, int depth) {
    std::string text;
    for (const Pair& pair : graph_.PairsOf(node)) {
      text += (text.empty() ? "" : ", ") + Write(pair.key, depth + 1) + ": " + Write(pair.value, depth + 1);
    }
    return "{" + text + "}";
  }

  static std::string WriteNumbers(std::span<const std::int64_t> numbers) {
    std::string text;
    for (const std::int64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return "[" + text + "]";
  }

  static std::string WriteWords(std::span<const std::uint64_t> words, bool real) {
    std::string text;
    for (const std::uint64_t word : words) {
      text += (text.empty() ? "" : ", ") +
              (real ? ShowFloat(std::bit_cast<double>(word)) : std::to_string(static_cast<std::int64_t>(word)));
    }
    return "[" + text + "]";
  }

  // "per_tensor_affine 0.5 3", "per_channel_affine 0 [0.5] [3]" of lists, "per_channel_affine 0 tensor tensor".
  std::string WriteQuantizer(const QuantizerRecord& quantizer) {
    std::string text(QschemeName(quantizer.scheme).substr(6));
    if (quantizer.scheme == Qscheme::kPerTensorAffine) {
      return text + " " + ShowFloat(quantizer.scale) + " " + std::to_string(quantizer.zero_point);
    }
    text += " " + std::to_string(quantizer.axis);
    if (quantizer.scales != Graph::kNone) {
      return text + " " + Write(quantizer.scales, 0) + " " + Write(quantizer.zero_points, 0);
    }
    const auto words = graph_.quantizer_numbers.view(quantizer.numbers_at, 2 * quantizer.channels);
    return text + " " + WriteWords(words.first(quantizer.channels), true) + " " +
           WriteWords(words.last(quantizer.channels), quantizer.scheme != Qscheme::kPerChannelAffine);
  }

  std::string WriteSparse(const Node& node) {
    const SparseRecord& record = graph_.sparse[node.at];
    std::string text = std::string(node.small != 0 ? "parameter of " : "") +
                       std::string(SparseLayoutName(record.layout).substr(6)) + "(" +
                       WriteNumbers(graph_.dims.view(record.dims_at, record.ndim)) + ", " + Write(record.indices, 0);
    if (record.plain != Graph::kNone) text += ", " + Write(record.plain, 0);
    text += ", " + Write(record.values, 0) + (record.coalesced ? ", coalesced" : "");
    return text + ((node.flags & kRequiresGrad) != 0 ? ", grad)" : ")");
  }

  // "ndarray(<f4, [2, 3], F, 0000…)", "ndarray(<f8, scalar, 0000…)": the bytes as the graph has them.
  std::string WriteNdarray(const NdarrayRecord& array) const {
    const std::string shape = array.scalar ? "scalar" : WriteNumbers(graph_.dims.view(array.dims_at, array.ndim));
    return "ndarray(" + std::string(graph_.names[graph_.numpy_dtypes[array.dtype].name].text) + ", " + shape +
           (array.column_major ? ", F, " : ", ") + ShowHex(graph_.TextOf(graph_[array.bytes])) + ")";
  }

  std::string WriteTensor(Ref ref) {
    const Node& node = graph_[ref];
    const TensorRecord& tensor = graph_.TensorOf(node);
    std::string text = std::string(DtypeName(tensor.dtype)) + ", " + WriteNumbers(graph_.ShapeOf(tensor)) + ", " +
                       WriteNumbers(graph_.StrideOf(tensor)) + ", offset " + std::to_string(tensor.offset) +
                       (tensor.storage == kNoStorage ? ", meta" : ", storage " + std::to_string(tensor.storage));
    const bool is_parameter = node.type == ValueType::kParameter;
    if (is_parameter ? (node.flags & kRequiresGrad) != 0 : tensor.requires_grad) text += ", grad";
    if ((node.flags & kQuantized) != 0) text += ", " + WriteQuantizer(graph_.QuantizerOf(ref));
    if (tensor.conj) text += ", conj";
    if (tensor.neg) text += ", neg";
    return (is_parameter ? "parameter(" : "tensor(") + text + ")";
  }

  // class(N), newobj(N, (…), state …, items […], pairs {…})
  std::string WriteObject(const Node& node, int depth) {
    const ObjectRecord& object = graph_.ObjectOf(node);
    constexpr std::string_view kMade[] = {"class", "newobj", "reduce"};
    std::string text = std::string(kMade[node.small]) + "(" + std::string(graph_.names[object.name].text);
    if (object.arguments != kNoPart) text += ", " + Write(object.arguments, depth + 1);
    if (object.state != kNoPart) text += ", state " + Write(object.state, depth + 1);
    if (object.items != kNoPart) text += ", items " + Write(object.items, depth + 1);
    if (object.pairs != kNoPart) text += ", pairs " + Write(object.pairs, depth + 1);
    return text + ")";
  }

  // N of tensor(…)[, device D][, state …]
  std::string WriteSubclass(const Node& node, int depth) {
    const SubclassRecord& record = graph_.SubclassOf(node);
    std::string text = std::string(graph_.names[record.name].text) + " of " + Write(record.data, depth + 1);
    if (record.device != kNoPart) text += ", device " + std::string(graph_.names[record.device].text);
    return record.state == kNoPart ? text : text + ", state " + Write(record.state, depth + 1);
  }

  std::string WriteValue(Ref ref, int depth) {
    const Node& node = graph_[ref];
    switch (node.type) {
      case ValueType::kNone:
        return "None";
      case ValueType::kBool:
        return node.small != 0 ? "True" : "False";
      case ValueType::kInt:
        return IntText(graph_, ref);
      case ValueType::kFloat:
        return ShowFloat(node.real);
      case ValueType::kComplex:
        return "complex(" + ShowFloat(graph_.complexes[node.at]) + ", " +
               ShowFloat(graph_.complexes[std::size_t{node.at} + 1]) + ")";
      case ValueType::kStr:
        return "'" + std::string(graph_.TextOf(node)) + "'";
      case ValueType::kBytes:
        return "bytes(" + ShowHex(graph_.TextOf(node)) + ")";
      case ValueType::kBytearray:
        return "bytearray(" + ShowHex(graph_.TextOf(node)) + ")";
      case ValueType::kTuple:
        return "(" + WriteItems(node, depth) + (node.count == 1 ? ",)" : ")");
      case ValueType::kList:
        return "[" + WriteItems(node, depth) + "]";
      case ValueType::kSize:
        return "Size(" + WriteItems(node, depth) + ")";
      case ValueType::kSet:
        return "set(" + WriteItems(node, depth) + ")";
      case ValueType::kDict:
        return WritePairs(node, depth);
      case ValueType::kOrderedDict:
        return "OrderedDict" + WritePairs(node, depth);
      case ValueType::kCounter:
        return "Counter" + WritePairs(node, depth);
      case ValueType::kDtype:
      case ValueType::kQscheme:
      case ValueType::kLayout:
      case ValueType::kGlobal:
        return std::string(graph_.names[node.at].text);
      case ValueType::kDevice:
        return "device(" + std::string(graph_.names[node.at].text) + ")";
      case ValueType::kTensor:
      case ValueType::kParameter:
        return WriteTensor(ref);
      case ValueType::kSparse:
        return WriteSparse(node);
      case ValueType::kStorage:
        return "storage(" + std::string(DtypeName(static_cast<Dtype>(node.small))) + ", " +
               std::to_string(graph_.storages[node.at].nbytes) + (graph_.storages[node.at].meta ? ", meta)" : ")");
      case ValueType::kNdarray:
        return WriteNdarray(graph_.ndarrays[node.at]);
      case ValueType::kNumpyDtype:
        return "npdtype(" + std::string(graph_.names[graph_.numpy_dtypes[node.at].name].text) + ")";
      case ValueType::kObject:
        return WriteObject(node, depth);
      case ValueType::kSubclass:
        return WriteSubclass(node, depth);
    }
    return "a type that does not exist";
  }

  const Graph& graph_;
};

}  // namespace

std::string Show(const Graph& graph, Ref ref) { return Writer(graph).Write(ref, 0); }

}  // namespace weightsonly::machine
