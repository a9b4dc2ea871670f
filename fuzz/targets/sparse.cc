// Fuzz target: CheckSparseTensors (value/sparse.h), against the rules of its indices (SPR-005 to SPR-008, DEV-552,
// DEV-555) as one would write them down: element by element, in signed numbers, without any of its shortcuts. Both give
// the same verdict about the same tensor.
//
// Input: see fuzz/seed_makers/sparse.py.
#include "value/sparse.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "support/exact.h"
#include "support/refusals.h"
#include "support/sparse_input.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// What the first fault is, and of which sparse tensor.
struct Verdict {
  RefusalKind kind;
  std::uint64_t offset;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};
using Fault = std::optional<RefusalKind>;

constexpr RefusalKind kInvariant = RefusalKind::kTensorSparseInvariant;

// base + factor * bytes, at most 2^64 - 1.
std::uint64_t Budget(std::uint64_t base, std::uint64_t factor, std::uint64_t bytes) {
  const Exact sum = Product(factor, bytes) + Exact{0, base};
  return sum.high == 0 ? sum.low : std::numeric_limits<std::uint64_t>::max();
}

class SlowCheck {
 public:
  explicit SlowCheck(const SparseGraph& made)
      : graph_(*made.graph),
        source_(*made.source),
        steps_(Budget(graph_.limits().steps_base, graph_.limits().steps_per_byte, graph_.file_bytes)),
        inflated_(Budget(graph_.limits().inflated_base, graph_.limits().inflated_factor, graph_.file_bytes)) {}

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

  std::optional<Verdict> Run() {
    for (const SparseRecord& record : graph_.sparse) {
      const Fault fault = record.layout == SparseLayout::kCoo ? CooFault(record) : CompressedFault(record);
      if (!fault) continue;
      const bool of_storage = *fault == RefusalKind::kZipInflate;  // its own refusal, which knows no record
      return Verdict{.kind = *fault, .offset = of_storage ? 0 : record.offset};
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] const TensorRecord& TensorAt(Ref ref) const { return graph_.TensorOf(graph_[ref]); }

  // The elements of a tensor by their indices.
  class View {
   public:
    View(const SlowCheck& check, const TensorRecord& tensor)
        : shape(check.graph_.ShapeOf(tensor)),
          stride_(check.graph_.StrideOf(tensor)),
          width_(ItemBytes(tensor.dtype)),
          first_(tensor.numel == 0 ? nullptr
                                   : check.source_.Data(tensor.storage)->data() +
                                         static_cast<std::size_t>(tensor.offset) * ItemBytes(tensor.dtype)) {}

    [[nodiscard]] std::int64_t At(std::span<const std::int64_t> indices) const {
      std::int64_t place = 0;
      for (std::size_t i = 0; i < indices.size(); ++i) place += indices[i] * stride_[i];
      const std::byte* at = first_ + static_cast<std::size_t>(place) * width_;
      if (width_ == sizeof(std::int64_t)) return Number<std::int64_t>(at);
      return Number<std::int32_t>(at);
    }

    std::span<const std::int64_t> shape;

   private:
    template <typename Integer>
    static std::int64_t Number(const std::byte* at) {
      Integer number = 0;
      std::memcpy(&number, at, sizeof number);
      return number;
    }

    std::span<const std::int64_t> stride_;
    std::size_t width_;
    const std::byte* first_;
  };

  // Why the elements of a tensor may not be read, if so; each costs a step.
  Fault ReadFault(const TensorRecord& tensor) {
    if (tensor.numel > steps_) return RefusalKind::kLimitSteps;
    steps_ -= tensor.numel;
    if (tensor.numel == 0) return std::nullopt;
    const StorageRecord& storage = graph_.storages[tensor.storage];
    if (storage.deflated && storage.nbytes > inflated_) return RefusalKind::kLimitMemory;
    if (source_.damaged(tensor.storage)) return RefusalKind::kZipInflate;
    return std::nullopt;
  }

  // SPR-006, DEV-552
  Fault CooFault(const SparseRecord& record) {
    const TensorRecord& indices = TensorAt(record.indices);
    const std::int64_t dimensions = graph_.ShapeOf(indices)[0];
    const std::int64_t elements = graph_.ShapeOf(indices)[1];
    if (dimensions == 0 && record.coalesced && elements > 1) return kInvariant;
    if (const Fault fault = ReadFault(indices)) return fault;
    if (indices.numel == 0) return std::nullopt;
    const View view(*this, indices);
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> place;
    for (std::int64_t element = 0; element < elements; ++element) {
      place.clear();
      for (std::int64_t i = 0; i < dimensions; ++i) {
        place.push_back(view.At(std::array{i, element}));
        if (place.back() < 0 || place.back() >= graph_.dims[record.dims_at + static_cast<std::size_t>(i)]) {
          return kInvariant;
        }
      }
      if (record.coalesced && element > 0 && !(before < place)) return kInvariant;
      before.swap(place);
    }
    return std::nullopt;
  }

  // SPR-007, SPR-008, for each batch.
  Fault CompressedFault(const SparseRecord& record) {
    const TensorRecord& counts = TensorAt(record.indices);
    const TensorRecord& plain = TensorAt(record.plain);
    if (const Fault fault = ReadFault(counts)) return fault;
    if (const Fault fault = ReadFault(plain)) return fault;
    const View counts_view(*this, counts);
    const View plain_view(*this, plain);
    const auto shape = counts_view.shape;
    std::int64_t batches = 1;
    for (const std::int64_t size : shape.first(shape.size() - 1)) batches *= size;
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      std::vector<std::int64_t> indices(shape.size(), 0);
      std::int64_t rest = batch;
      for (std::size_t i = shape.size() - 1; i-- > 0;) {
        indices[i] = rest % shape[i];
        rest /= shape[i];
      }
      if (!BatchIsRight(counts_view, plain_view, indices, record.plain_size)) return kInvariant;
    }
    return std::nullopt;
  }

  // `indices`: of the batch; its last item is ours.
  [[nodiscard]] static bool BatchIsRight(const View& counts, const View& plain, std::span<std::int64_t> indices,
                                         std::uint64_t size) {
    const std::int64_t rows = counts.shape.back() - 1;
    const std::int64_t elements = plain.shape.back();
    const auto at = [&](const View& view, std::int64_t index) {
      indices.back() = index;
      return view.At(indices);
    };
    if (at(counts, 0) != 0 || at(counts, rows) != elements) return false;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t from = at(counts, row);
      const std::int64_t to = at(counts, row + 1);
      if (to < from || static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) > size) {
        return false;
      }
    }
    for (std::int64_t i = 0; i < elements; ++i) {
      const std::int64_t index = at(plain, i);
      if (index < 0 || static_cast<std::uint64_t>(index) >= size) return false;
    }
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t i = at(counts, row) + 1; i < at(counts, row + 1); ++i) {
        if (at(plain, i) <= at(plain, i - 1)) return false;
      }
    }
    return true;
  }

  const Graph& graph_;
  const IndexSource& source_;
  std::uint64_t steps_;
  std::uint64_t inflated_;
};

// Tensors of more elements than may be read are refused by their number alone; the harness walks over few.
bool IsSmall(const Graph& graph, std::uint64_t steps) {
  return std::ranges::all_of(graph.tensors, [&](const TensorRecord& tensor) {
    return tensor.numel <= 2 * kMostNumbers || tensor.numel > steps;
  });
}

void Check(Bytes bytes) {
  const SparseGraph made = TakeSparseGraph(bytes);
  SlowCheck slow(made);
  if (!IsSmall(*made.graph, slow.steps())) return;
  std::optional<Verdict> found;
  try {
    CheckSparseTensors(*made.graph);
  } catch (const Refusal& refusal) {
    CheckRefusal(refusal);
    found = {.kind = refusal.kind, .offset = refusal.offset};
  }
  const std::optional<Verdict> right = slow.Run();
  if (found == right) return;
  const auto name = [](const std::optional<Verdict>& verdict) {
    return verdict ? std::string(KindName(verdict->kind)) + " at " + std::to_string(verdict->offset) : "accepted";
  };
  Fail("the verdict about sparse tensors is not that of the rules", name(found) + ", by the rules " + name(right));
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
