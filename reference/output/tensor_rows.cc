// Floor 7. The rows of level 1: collected from the walk over paths, sorted, then written one after the other. SPEC.md
// chapter 7.
#include "output/tensor_rows.h"

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/boundary.h"
#include "base/checked.h"
#include "base/limits.h"
#include "base/text.h"
#include "checkpoint/walk.h"
#include "output/json.h"
#include "output/little_endian.h"
#include "value/graph.h"
#include "value/strided.h"
#include "value/subclass.h"

namespace weightsonly {
namespace {

// OUT-036. Text of all rows: 64 MiB + 16 times the file, which is more than a file needs that shows its bytes once.
constexpr std::uint64_t kTextBase = std::uint64_t{64} << 20;
constexpr std::uint64_t kTextPerFileByte = 16;
// OUT-036. Bytes that are digested: 4 times the limit of one tensor + 8 times the file.
constexpr std::uint64_t kDigestedLimits = 4;
constexpr std::uint64_t kDigestedPerFileByte = 8;
// What a row costs beside its path, shape and data.
constexpr std::uint64_t kRowText = 128;

struct Row {
  std::string path;  // JSON
  Ref tensor;        // a tensor, or a sparse one
};

// OUT-032, OUT-033, OUT-034. How the elements stand in a row.
enum class Data : std::uint8_t { kUnlisted, kNull, kOmitted, kHex, kDigest };

class Rows {
 public:
  explicit Rows(const std::shared_ptr<const Graph>& graph)
      : graph_(graph),
        most_(std::max(graph->limits().logical_bytes, SaturatingSum(0, 4, graph->file_bytes))),
        text_left_(SaturatingSum(kTextBase, kTextPerFileByte, graph->file_bytes)),
        digested_left_(SaturatingSum(SaturatingSum(0, kDigestedLimits, graph->limits().logical_bytes),
                                     kDigestedPerFileByte, graph->file_bytes)) {}

  // False when there are too many.
  bool Collect() {
    TensorWalk walk(graph_);
    for (; !walk.done(); walk.Next()) {
      if (!Take(walk)) return false;
    }
    return !walk.truncated();
  }

  void Write(const TextSink& sink) {
    std::ranges::sort(rows_, {}, &Row::path);
    std::string_view before = "[";
    for (auto first = rows_.begin(); first != rows_.end();) {
      const auto last = std::find_if(first, rows_.end(), [&](const Row& row) { return row.path != first->path; });
      for (const std::string& text : TextsOf({first, last})) {
        if (!sink(before) || !sink(text)) return;
        before = ",";
      }
      first = last;
    }
    sink(rows_.empty() ? "[]" : "]");
  }

 private:
  bool Take(const TensorWalk& walk) {
    const TensorEntry entry = walk.entry();
    const auto sparse = walk.sparse();
    const Ref tensor = sparse ? sparse->value().node() : entry.tensor.node();
    if (sparse && !IsFirstPart(tensor, entry.tensor.node())) return true;
    std::string path = PathOf(walk, entry.path.first(entry.path.size() - (sparse ? 1 : 0)));
    if (!Charge(tensor, path.size())) return false;
    rows_.push_back({std::move(path), tensor});
    return true;
  }

  // OUT-032. The parts of a sparse tensor come one after the other; the first stands for them all.
  [[nodiscard]] bool IsFirstPart(Ref sparse, Ref part) const {
    const SparseParts parts(graph_->sparse[(*graph_)[sparse].at]);
    return parts.all().front().tensor == part;
  }

  // OUT-031.
  static std::string PathOf(const TensorWalk& walk, std::span<const PathElement> path) {
    std::string out = "[";
    for (std::size_t step = 0; step < path.size(); ++step) {
      if (step != 0) out += ',';
      if (walk.IntoSet(step)) {
        out += R"({"in":"set"})";
      } else {
        AppendPathElement(out, path[step]);
      }
    }
    return out += ']';
  }

  // OUT-036.
  bool Charge(Ref ref, std::uint64_t path_bytes) {
    std::uint64_t text = kRowText + path_bytes + 24 * ShapeOf(ref).size();
    const Data data = DataOf(ref);
    const std::uint64_t bytes = data == Data::kHex || data == Data::kDigest ? Tensor(graph_, ref).nbytes() : 0;
    if (data == Data::kHex) text += 2 * bytes;
    if (data == Data::kDigest && digests_.try_emplace(ref).second) {
      if (bytes > digested_left_) return false;
      digested_left_ -= bytes;
    }
    if (text > text_left_) return false;
    text_left_ -= text;
    return true;
  }

  [[nodiscard]] bool IsSparse(Ref ref) const { return (*graph_)[ref].type == ValueType::kSparse; }

  [[nodiscard]] std::span<const std::int64_t> ShapeOf(Ref ref) const {
    return IsSparse(ref) ? SparseTensor(graph_, ref).shape() : Tensor(graph_, ref).shape();
  }

  [[nodiscard]] Data DataOf(Ref ref) const {
    if (IsSparse(ref) || ((*graph_)[ref].flags & kQuantized) != 0) return Data::kUnlisted;
    const Tensor tensor(graph_, ref);
    if (tensor.subclass()) return Data::kUnlisted;
    if (tensor.is_meta()) return Data::kNull;
    if (tensor.nbytes() > most_) return Data::kOmitted;
    return tensor.nbytes() <= kMaxInlineStorageBytes ? Data::kHex : Data::kDigest;
  }

  // OUT-035. Equal paths are only those through a set and those whose keys are written alike: their rows are sorted by
  // all of their text.
  std::vector<std::string> TextsOf(std::span<const Row> rows) {
    std::vector<std::string> texts;
    texts.reserve(rows.size());
    for (const Row& row : rows) texts.push_back(TextOf(row));
    std::ranges::sort(texts);
    return texts;
  }

  std::string TextOf(const Row& row) {
    const Dtype dtype =
        IsSparse(row.tensor) ? SparseTensor(graph_, row.tensor).dtype() : Tensor(graph_, row.tensor).dtype();
    std::string out = R"({"path":)" + row.path + R"(,"dtype":")";
    out.append(DtypeName(dtype)).append(R"(","shape":)");
    output::AppendJsonNumbers(out, ShapeOf(row.tensor));
    AppendData(out, row.tensor);
    return out += '}';
  }

  void AppendData(std::string& out, Ref ref) {
    switch (DataOf(ref)) {
      case Data::kUnlisted:
        return;
      case Data::kNull:
        out += R"(,"data":null)";
        return;
      case Data::kOmitted:
        out += R"(,"data_omitted":"limit.output")";
        return;
      case Data::kHex:
        out += R"(,"data":")";
        AppendElements(out, ref);
        break;
      case Data::kDigest:
        out.append(R"(,"sha256":")").append(DigestOf(ref));
    }
    out += '"';
  }

  void AppendElements(std::string& out, Ref ref) const {
    const TensorRecord& record = graph_->TensorOf((*graph_)[ref]);
    std::vector<std::byte> elements = ReadElements(*graph_, record);
    output::MakeLittleEndian(elements, InfoOf(record.dtype).swap_bytes);
    AppendHex(out, AsText(elements));
  }

  // Each tensor once, however many paths lead to it.
  const std::string& DigestOf(Ref ref) {
    std::string& digest = digests_.at(ref);
    if (!digest.empty()) return digest;
    auto made = LogicalSha256(Tensor(graph_, ref));
    if (!made) throw made.error();
    return digest = std::move(*made);
  }

  std::shared_ptr<const Graph> graph_;
  std::uint64_t most_;  // logical bytes of a tensor that are shown
  std::uint64_t text_left_;
  std::uint64_t digested_left_;
  std::vector<Row> rows_;
  std::unordered_map<Ref, std::string> digests_;  // empty until it is made
};

}  // namespace

std::expected<TensorRowsResult, Refusal> WriteTensorRows(const Checkpoint& checkpoint, const TextSink& sink) {
  return AtBoundary<TensorRowsResult>([&] {
    Rows rows(checkpoint.graph());
    if (!rows.Collect()) {
      sink("null");
      return TensorRowsResult{.truncated = true};
    }
    rows.Write(sink);
    return TensorRowsResult{};
  });
}

}  // namespace weightsonly
