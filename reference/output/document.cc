// Floor 7. The canonical document, written without recursion. SPEC.md chapter 7.
#include "output/document.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "output/json.h"
#include "output/little_endian.h"
#include "output/ndarray_json.h"
#include "output/plain_json.h"
#include "output/quantizer_json.h"
#include "output/sha256.h"
#include "output/survey.h"

namespace weightsonly::output {
namespace {

constexpr std::size_t kPieceText = std::size_t{64} << 10;

// By Object::Made.
constexpr std::array<std::string_view, 3> kMadeTags = {"class", "newobj", "reduce"};

class Writer {
 public:
  Writer(const Graph& graph, const CanonicalOptions& options, const Survey& survey, const TextSink& sink)
      : graph_(graph), options_(options), survey_(survey), sink_(sink) {}

  void WriteValue(Ref root) {
    Open(root);
    while (!frames_.empty() && !stopped_) Advance();
    Flush();
  }

  void Write(Ref root) {
    out_ += R"({"root":)";
    WriteValue(root);
    out_ += R"(,"storages":[)";
    for (std::size_t i = 0; i < storage_order_.size() && !stopped_; ++i) {
      if (i != 0) out_.push_back(',');
      WriteStorage(storage_order_[i]);
    }
    out_ += "]}";
    Flush();
  }

 private:
  enum class Shape : std::uint8_t { kItems, kPairs, kParts, kState };
  // A container that is being written: its next item, or the next of its keys and values.
  struct Frame {
    Ref ref;
    Shape shape;
    std::uint32_t next = 0;
    std::uint32_t count = 0;  // items, or keys and values together
    Ref attributes = Graph::kNone;
    bool part = false;  // the items or pairs of an inert object: brackets, no braces
  };

  void Flush() {
    if (!stopped_ && !out_.empty()) stopped_ = !sink_(out_);
    out_.clear();
  }

  // Writes a value that holds no other, or the beginning of a container, which Advance() goes on with.
  void Open(Ref ref) {
    if (out_.size() > kPieceText) Flush();
    const Node& node = graph_[ref];
    if (CarriesId(node) && survey_.references.at(ref) > 1) {
      const auto [place, first] = ids_.try_emplace(ref, static_cast<std::uint32_t>(ids_.size()));
      if (!first) {
        out_ += R"({"t":"ref","id":)";
        AppendDecimal(out_, std::uint64_t{place->second});
        out_.push_back('}');
        return;
      }
    }
    switch (node.type) {
      case ValueType::kTuple:
      case ValueType::kList:
      case ValueType::kSize:
      case ValueType::kSet:
        return OpenContainer(ref, Shape::kItems, node.count);
      case ValueType::kDict:
      case ValueType::kOrderedDict:
      case ValueType::kCounter:
        return OpenContainer(ref, Shape::kPairs, node.count * 2);
      case ValueType::kTensor:
        return WriteTensor(ref, false);
      case ValueType::kParameter:
        return WriteParameter(ref);
      case ValueType::kObject:
        return OpenObject(ref);
      case ValueType::kSparse:
        return WriteSparse(ref);
      case ValueType::kSubclass:
        return OpenSubclass(ref);
      default:
        return WritePlain(ref);
    }
  }

  // {"t":"list","id":0 — the id only where the survey says so.
  void Begin(Ref ref, std::string_view tag) {
    out_ += R"({"t":")";
    out_ += tag;
    out_.push_back('"');
    const auto id = ids_.find(ref);
    if (id == ids_.end()) return;
    out_ += R"(,"id":)";
    AppendDecimal(out_, std::uint64_t{id->second});
  }

  void OpenContainer(Ref ref, Shape shape, std::uint32_t count) {
    Begin(ref, TypeTag(graph_[ref].type));
    out_ += R"(,"v":[)";
    frames_.push_back({.ref = ref, .shape = shape, .next = 0, .count = count, .attributes = AttributesOf(graph_, ref)});
  }

  void Advance() {
    Frame& frame = frames_.back();
    if (frame.next == frame.count) return Close();
    const std::uint32_t index = frame.next++;
    if (frame.shape == Shape::kParts) return OpenPart(graph_.ObjectOf(graph_[frame.ref]), index);
    if (frame.shape == Shape::kState) {
      out_ += R"(,"state":)";
      return Open(graph_.SubclassOf(graph_[frame.ref]).state);
    }
    if (frame.shape == Shape::kItems) {
      if (index != 0) out_.push_back(',');
      return Open(ItemsOf(frame.ref)[index]);
    }
    const Pair& pair = graph_.PairsOf(graph_[frame.ref])[index / 2];
    out_ += index == 0 ? "[" : index % 2 == 0 ? "],[" : ",";
    Open(index % 2 == 0 ? pair.key : pair.value);
  }

  void Close() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    if (frame.shape == Shape::kPairs && frame.count != 0) out_.push_back(']');
    if (frame.shape == Shape::kItems || frame.shape == Shape::kPairs) out_.push_back(']');
    if (frame.part) return;
    if (frame.attributes == Graph::kNone) {
      CloseBraces(1);
      return;
    }
    OpenAttributes(frame.ref, frame.attributes, 1);
  }

  // {"t":"object","class":…,"via":…, then the parts that it has (INE-007).
  void OpenObject(Ref ref) {
    const Node& node = graph_[ref];
    Begin(ref, "object");
    out_ += R"(,"class":)";
    AppendJsonText(out_, graph_.names[graph_.ObjectOf(node).name].text);
    out_ += R"(,"via":")";
    out_ += kMadeTags[node.small];
    out_.push_back('"');
    frames_.push_back({.ref = ref, .shape = Shape::kParts, .next = 0, .count = 4});
  }

  void OpenPart(const ObjectRecord& object, std::uint32_t index) {
    if (index == 0 && object.arguments != kNoPart) {
      out_ += R"(,"args":)";
      Open(object.arguments);
    } else if (index == 1 && object.state != kNoPart) {
      out_ += R"(,"state":)";
      Open(object.state);
    } else if (index == 2 && object.items != kNoPart) {
      out_ += R"(,"items":[)";
      frames_.push_back(
          {.ref = object.items, .shape = Shape::kItems, .count = graph_[object.items].count, .part = true});
    } else if (index == 3 && object.pairs != kNoPart) {
      out_ += R"(,"pairs":[)";
      frames_.push_back(
          {.ref = object.pairs, .shape = Shape::kPairs, .count = graph_[object.pairs].count * 2, .part = true});
    }
  }

  // Ends one value, and those that were only waiting for it as their attributes.
  void CloseBraces(int count) {
    for (; count > 0; --count) out_.push_back('}');
    while (!waiting_.empty() && waiting_.back().depth == frames_.size()) {
      WriteQuantizer(waiting_.back().owner);
      for (int i = 0; i < waiting_.back().braces; ++i) out_.push_back('}');
      waiting_.pop_back();
    }
  }

  // ,"attrs":{…} of `owner`, which still needs its quantizer, if it has one, and `braces` closing braces. Attributes
  // are a dict to which only their owner refers.
  void OpenAttributes(Ref owner, Ref attributes, int braces) {
    out_ += R"(,"attrs":)";
    waiting_.push_back({.depth = frames_.size(), .braces = braces, .owner = owner});
    OpenContainer(attributes, Shape::kPairs, graph_[attributes].count * 2);
  }

  [[nodiscard]] std::span<const Ref> ItemsOf(Ref ref) const {
    if (graph_[ref].type != ValueType::kSet) return graph_.ItemsOf(graph_[ref]);
    return survey_.set_order.at(ref);
  }

  std::uint32_t StorageNumber(std::uint32_t storage) {
    const auto [place, first] =
        storage_numbers_.try_emplace(storage, static_cast<std::uint32_t>(storage_order_.size()));
    if (first) storage_order_.push_back(storage);
    return place->second;
  }

  void WriteTensor(Ref ref, bool inside_parameter) {
    const TensorRecord& tensor = graph_.TensorOf(graph_[ref]);
    if (inside_parameter) {
      out_ += R"({"t":"tensor")";
    } else {
      Begin(ref, TypeTag(ValueType::kTensor));
    }
    out_ += R"(,"dtype":")";
    out_ += DtypeName(tensor.dtype);
    out_ += R"(","shape":)";
    AppendJsonNumbers(out_, graph_.ShapeOf(tensor));
    out_ += R"(,"stride":)";
    AppendJsonNumbers(out_, graph_.StrideOf(tensor));
    out_ += R"(,"offset":)";
    AppendJsonNumber(out_, tensor.offset);
    if (graph_.IsMeta(tensor)) {
      out_ += R"(,"device":)";
      AppendJsonString(out_, graph_.DeviceWithoutStorage(graph_[ref]));
    } else {
      out_ += R"(,"storage":)";
      AppendDecimal(out_, std::uint64_t{StorageNumber(tensor.storage)});
    }
    out_ += tensor.requires_grad ? R"(,"requires_grad":true)" : R"(,"requires_grad":false)";
    if (tensor.conj) out_ += R"(,"conj":true)";
    if (tensor.neg) out_ += R"(,"neg":true)";
    const Ref attributes = inside_parameter ? Graph::kNone : AttributesOf(graph_, ref);
    if (attributes != Graph::kNone) return OpenAttributes(ref, attributes, 1);
    if ((graph_[ref].flags & kQuantized) != 0) AppendQuantizer(out_, graph_, graph_.QuantizerOf(ref));
    if (!inside_parameter) return CloseBraces(1);
    out_.push_back('}');
  }

  // ,"q":{…} of a quantized tensor (OUT-020); nothing for any other value.
  void WriteQuantizer(Ref ref) {
    const Node& node = graph_[ref];
    if ((node.flags & kQuantized) == 0 || node.type != ValueType::kTensor) return;
    AppendQuantizer(out_, graph_, graph_.QuantizerOf(ref));
  }

  void WriteParameter(Ref ref) {
    Begin(ref, TypeTag(ValueType::kParameter));
    out_ += R"(,"data":)";
    WriteTensor(ref, true);
    out_ += (graph_[ref].flags & kRequiresGrad) != 0 ? R"(,"requires_grad":true)" : R"(,"requires_grad":false)";
    const Ref attributes = AttributesOf(graph_, ref);
    if (attributes != Graph::kNone) return OpenAttributes(ref, attributes, 1);
    CloseBraces(1);
  }

  // SUB-006. The data are written like those of a parameter. There is a state, or attributes, or neither.
  void OpenSubclass(Ref ref) {
    const SubclassRecord& record = graph_.SubclassOf(graph_[ref]);
    Begin(ref, TypeTag(ValueType::kSubclass));
    out_ += R"(,"class":)";
    AppendJsonText(out_, graph_.names[record.name].text);
    out_ += R"(,"data":)";
    WriteTensor(record.data, true);
    if (record.state != kNoPart) return frames_.push_back({.ref = ref, .shape = Shape::kState, .next = 0, .count = 1});
    const Ref attributes = AttributesOf(graph_, ref);
    if (attributes != Graph::kNone) return OpenAttributes(ref, attributes, 1);
    CloseBraces(1);
  }

  // OUT-021. Parts are written like the data of a parameter: they are nobody else's objects.
  void WriteSparseParts(Ref ref) {
    const SparseRecord& record = graph_.sparse[graph_[ref].at];
    out_ += R"(,"layout":")";
    out_ += SparseLayoutName(record.layout);
    out_ += R"(","dtype":")";
    out_ += DtypeName(graph_.TensorOf(graph_[record.values]).dtype);
    out_ += R"(","shape":)";
    AppendJsonNumbers(out_, graph_.dims.view(record.dims_at, record.ndim));
    const SparseParts parts(record);
    for (const SparsePart& part : parts.all()) {
      out_.append(",\"").append(part.name).append("\":");
      WriteTensor(part.tensor, true);
    }
    if (record.layout != SparseLayout::kCoo) return;
    out_ += record.coalesced ? R"(,"coalesced":true)" : R"(,"coalesced":false)";
  }

  void WriteSparse(Ref ref) {
    const bool parameter = graph_[ref].small != 0;
    Begin(ref, parameter ? "parameter" : "sparse");
    if (parameter) out_ += R"(,"data":{"t":"sparse")";
    WriteSparseParts(ref);
    const bool requires_grad = (graph_[ref].flags & kRequiresGrad) != 0;
    if (parameter) out_ += requires_grad ? R"(},"requires_grad":true)" : R"(},"requires_grad":false)";
    const Ref attributes = AttributesOf(graph_, ref);
    if (attributes != Graph::kNone) return OpenAttributes(ref, attributes, 1);
    CloseBraces(1);
  }

  void WriteBytearray(Ref ref) {
    Begin(ref, TypeTag(ValueType::kBytearray));
    out_ += R"(,"x":")";
    AppendHex(out_, graph_.TextOf(graph_[ref]));
    out_.push_back('"');
  }

  void WriteStorageValue(const Node& node) {
    out_ += R"({"t":"storage","dtype":")";
    out_ += DtypeName(static_cast<Dtype>(node.small));
    out_ += R"(","storage":)";
    AppendDecimal(out_, std::uint64_t{StorageNumber(node.at)});
  }

  // Everything that holds no other value; the closing brace is common to all.
  void WritePlain(Ref ref) {
    const Node& node = graph_[ref];
    if (node.type == ValueType::kBytearray) {
      WriteBytearray(ref);
    } else if (node.type == ValueType::kStorage) {
      WriteStorageValue(node);
    } else if (node.type == ValueType::kNdarray) {
      AppendNdarray(out_, graph_, graph_.ndarrays[node.at]);
    } else if (node.type == ValueType::kNumpyDtype) {
      AppendNumpyDtype(out_, graph_, graph_.numpy_dtypes[node.at]);
    } else {
      AppendPlain(out_, graph_, ref);
    }
    CloseBraces(1);
  }

  // OUT-007. Up to 4 KiB in hex, more as the digest.
  void WriteStorage(std::uint32_t storage) {
    const StorageRecord& record = graph_.storages[storage];
    out_ += R"({"device":)";
    AppendJsonString(out_, graph_.names[record.device].text);
    out_ += R"(,"nbytes":)";
    AppendJsonNumber(out_, record.nbytes);
    if (record.meta) {
      out_.push_back('}');
      return;
    }
    const bool in_full = options_.all_bytes || record.nbytes <= kMaxInlineStorageBytes;
    out_ += in_full ? R"(,"x":")" : R"(,"sha256":")";
    Sha256 digest;
    ReadLittleEndian(graph_, storage, record.unit, [&](std::span<const std::byte> piece) {
      if (!in_full) return digest.Update(piece);
      for (; !piece.empty() && !stopped_; piece = piece.subspan(std::min(piece.size(), kPieceText))) {
        AppendHex(out_, AsText(piece.first(std::min(piece.size(), kPieceText))));
        Flush();
      }
    });
    if (!in_full) out_ += digest.Finish();
    out_ += "\"}";
  }

  struct Waiting {
    std::size_t depth;  // frames_ below the attributes
    int braces;
    Ref owner;
  };

  const Graph& graph_;
  const CanonicalOptions& options_;
  const Survey& survey_;
  const TextSink& sink_;
  std::string out_;
  bool stopped_ = false;
  std::vector<Frame> frames_;
  std::vector<Waiting> waiting_;
  std::unordered_map<Ref, std::uint32_t> ids_;  // of the shared values that were written
  std::unordered_map<std::uint32_t, std::uint32_t> storage_numbers_;
  std::vector<std::uint32_t> storage_order_;
};

}  // namespace

CanonicalResult WriteDocument(const Graph& graph, Ref root, const CanonicalOptions& options, std::uint64_t& text_left,
                              const TextSink& sink) {
  const Survey survey = SurveyValue(graph, root, text_left);
  if (survey.too_deep) {
    sink("null");
    return {.omitted_for_depth = true};
  }
  Writer(graph, options, survey, sink).Write(root);
  return {};
}

void AppendValue(std::string& out, const Graph& graph, Ref ref, std::uint64_t& text_left) {
  const Survey survey = SurveyValue(graph, ref, text_left);
  if (survey.too_deep) {
    out += "null";
    return;
  }
  const CanonicalOptions options;
  const TextSink append = [&](std::string_view piece) {
    out += piece;
    return true;
  };
  Writer(graph, options, survey, append).WriteValue(ref);
}

}  // namespace weightsonly::output
