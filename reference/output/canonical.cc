// Floor 7. The public writers. SPEC.md chapter 7.
#include "output/canonical.h"

#include <algorithm>
#include <vector>

#include "base/boundary.h"
#include "base/text.h"
#include "output/document.h"
#include "output/json.h"
#include "output/little_endian.h"
#include "output/sha256.h"
#include "value/graph.h"
#include "value/strided.h"

namespace weightsonly {
namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

// OUT-008. The longest canonical text (storages apart): a shared text is written once for each place that it stands at.
constexpr std::uint64_t kTextBase = std::uint64_t{256} << 20;
constexpr std::uint64_t kTextPerPickleByte = 64;
// OUT-009. A key that is no str and no int is written down on a path up to this length.
constexpr std::uint64_t kKeyText = std::uint64_t{64} << 10;
// The bound that the survey of such a key puts to its length is no more than this many times as long.
constexpr std::uint64_t kSurveyedPerText = 16;
constexpr std::int64_t kMostExact = (std::int64_t{1} << 53) - 1;

// The digest of a tensor whose elements are not simply the storage's bytes, piece by piece.
void DigestElements(const Graph& graph, const Tensor& tensor, const TensorRecord& record, output::Sha256& digest) {
  if (ElementsPerByte(record.dtype) != 1 && !tensor.is_contiguous()) throw RefusalOfPacked(record.dtype);
  const auto bytes = tensor.data();
  if (!bytes) throw bytes.error();
  StridedReader reader(graph.ShapeOf(record), graph.StrideOf(record), ItemBytes(record.dtype), bytes->data());
  std::vector<std::byte> buffer(std::min<std::uint64_t>(kPiece, tensor.nbytes()));
  for (std::uint64_t left = tensor.nbytes(); left != 0;) {
    const auto piece = std::span(buffer).first(std::min<std::uint64_t>(left, buffer.size()));
    reader.Read(piece);
    ResolveLazyBits(record, piece);
    output::MakeLittleEndian(piece, InfoOf(record.dtype).swap_bytes);
    digest.Update(piece);
    left -= piece.size();
  }
}

std::string Digest(const Tensor& tensor) {
  const Value value = tensor.value();
  const Graph& graph = *value.graph();
  const TensorRecord& record = graph.TensorOf(graph[tensor.node()]);
  output::Sha256 digest;
  if (graph.IsMeta(record)) throw RefusalOfMeta();
  if (record.numel == 0) return digest.Finish();
  const std::uint64_t storage_bytes = graph.storages[record.storage].nbytes;
  const std::uint64_t most = std::max(graph.limits().logical_bytes, 4 * std::max(graph.file_bytes, storage_bytes));
  if (tensor.nbytes() > most) {
    Refuse(RefusalKind::kLimitOutput, {}, 0,
           "the tensor has " + std::to_string(tensor.nbytes()) + " bytes written out, the limit is " +
               std::to_string(most) + " (Limits::logical_bytes)");
  }
  const bool whole_storage = tensor.nbytes() == storage_bytes && tensor.is_contiguous() && !record.conj && !record.neg;
  if (!whole_storage) {
    DigestElements(graph, tensor, record, digest);
    return digest.Finish();
  }
  output::ReadLittleEndian(graph, record.storage, InfoOf(record.dtype).swap_bytes,
                           [&](std::span<const std::byte> piece) { digest.Update(piece); });
  return digest.Finish();
}

// OUT-009. A string of digits would be what a str key of these digits is.
void AppendIntKey(std::string& out, std::int64_t number) {
  const bool exact = number >= -kMostExact && number <= kMostExact;
  if (!exact) out += R"({"t":"int","v":")";
  AppendDecimal(out, number);
  if (!exact) out += "\"}";
}

void AppendOtherKey(std::string& out, const Value& key) {
  std::uint64_t text_left = kSurveyedPerText * kKeyText;
  std::string text;
  const auto written = AtBoundary<void>([&] { output::AppendValue(text, *key.graph(), key.node(), text_left); });
  out += written && text.size() <= kKeyText ? std::string_view(text) : R"({"omitted":"limit.output"})";
}

}  // namespace

std::expected<CanonicalResult, Refusal> WriteCanonical(const Checkpoint& checkpoint, const CanonicalOptions& options,
                                                       const TextSink& sink) {
  return AtBoundary<CanonicalResult>([&] {
    if (const auto verified = checkpoint.Verify(); !verified) throw verified.error();
    const Graph& graph = *checkpoint.graph();
    std::uint64_t text_left = kTextBase + kTextPerPickleByte * graph.pickle.size();
    return output::WriteDocument(graph, graph.root, options, text_left, sink);
  });
}

std::expected<std::string, Refusal> LogicalSha256(const Tensor& tensor) {
  return AtBoundary<std::string>([&] { return Digest(tensor); });
}

void AppendPathElement(std::string& out, const PathElement& element) {
  if (const auto* text = std::get_if<std::string_view>(&element)) {
    AppendJsonText(out, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&element)) {
    AppendIntKey(out, *number);
  } else if (const auto* attribute = std::get_if<AttributeName>(&element)) {
    out += R"({"attr":)";
    AppendJsonText(out, attribute->name);
    out.push_back('}');
  } else {
    AppendOtherKey(out, std::get<Value>(element));
  }
}

}  // namespace weightsonly
