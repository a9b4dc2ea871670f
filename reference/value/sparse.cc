// Floor 3. The invariants of sparse tensors. SPEC.md chapter 5 (SPR-005 to SPR-008).
#include "value/sparse.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/checked.h"

namespace weightsonly {
namespace {

// Elements of one piece of columns: what is known of them, and they themselves, stay in the cache.
constexpr std::size_t kPiece = 1024;

template <typename Index>
Index At(const std::byte* first, std::size_t index) {
  Index value;
  std::memcpy(&value, first + index * sizeof(Index), sizeof value);
  return value;
}

// Comparisons as the sign of a number that wraps. Compilers make vectors of these; of comparisons of 64-bit numbers
// they do not, for the plain x86-64 has no such instruction (2.7 ns for each index of ci/bench's sparse file then).
template <typename Number>  // unsigned
constexpr int kSignAt = std::numeric_limits<Number>::digits - 1;

// The highest index of [0, size), of the width of an index: no index is higher than that width allows. -1: there is
// none.
template <typename Number>
Number LastOf(std::uint64_t size) {
  return static_cast<Number>(std::min(size, std::uint64_t{1} << kSignAt<Number>)) - 1;
}

// The sign is set unless 0 <= index <= last.
template <typename Number>
Number Outside(Number index, Number last) {
  return index | (last - index);
}

// The indices that one call brought together, and what may be said against them.
class Checker {
 public:
  explicit Checker(const Graph& graph)
      : graph_(graph),
        steps_left_(SaturatingSum(graph.limits().steps_base, graph.limits().steps_per_byte, graph.file_bytes)),
        inflated_most_(SaturatingSum(graph.limits().inflated_base, graph.limits().inflated_factor, graph.file_bytes)) {}

  void Check(const SparseRecord& record) {
    offset_ = record.offset;
    if (record.layout == SparseLayout::kCoo) return CheckCoo(record);
    if (graph_.TensorOf(graph_[record.indices]).dtype == Dtype::kInt32) {
      CheckBatches<std::int32_t>(record);
    } else {
      CheckBatches<std::int64_t>(record);
    }
  }

 private:
  [[noreturn]] void Refuse(RefusalKind kind, std::string what) const {
    weightsonly::Refuse(kind, "data.pkl", offset_, std::move(what));
  }
  [[noreturn]] void RefuseInvariant(std::string what) const {
    Refuse(RefusalKind::kTensorSparseInvariant, std::move(what));
  }

  // DEV-611
  [[noreturn]] void RefuseSteps() const {
    const Limits& limits = graph_.limits();
    Refuse(RefusalKind::kLimitSteps,
           "sparse tensors have more than " + std::to_string(limits.steps_base) + " + " +
               std::to_string(limits.steps_per_byte) +
               " indices for each byte of the file (Limits::steps_base, Limits::steps_per_byte)");
  }
  [[noreturn]] void RefuseInflated(std::uint64_t bytes) const {
    Refuse(RefusalKind::kLimitMemory, "deflated sparse indices have " + std::to_string(bytes) +
                                          " bytes, more than the " + std::to_string(inflated_most_) +
                                          " allowed (Limits::inflated_base, Limits::inflated_factor)");
  }

  // The first element of a tensor of indices; null when it has none.
  const std::byte* Read(const TensorRecord& tensor) {
    if (tensor.numel > steps_left_) RefuseSteps();
    steps_left_ -= tensor.numel;
    if (tensor.numel == 0) return nullptr;
    const StorageRecord& storage = graph_.storages[tensor.storage];
    if (storage.deflated && storage.nbytes > inflated_most_) RefuseInflated(storage.nbytes);
    const auto bytes = graph_.source->Data(tensor.storage);
    if (!bytes) throw bytes.error();
    return bytes->data() + static_cast<std::uint64_t>(tensor.offset) * ItemBytes(tensor.dtype);
  }

  // SPR-005, SPR-006. Indices of shape (sparse dimensions, elements), in any strides.
  void CheckCoo(const SparseRecord& record) {
    const TensorRecord& indices = graph_.TensorOf(graph_[record.indices]);
    const auto shape = graph_.ShapeOf(indices);
    const auto elements = static_cast<std::size_t>(shape[1]);
    if (shape[0] == 0 && record.coalesced && elements > 1) {  // DEV-552
      RefuseInvariant("several elements without sparse dimensions claim to be coalesced");
    }
    const std::byte* first = Read(indices);
    if (first == nullptr) return;
    const auto size = graph_.dims.view(record.dims_at, record.ndim);
    const auto stride = graph_.StrideOf(indices);
    const auto step = static_cast<std::size_t>(elements == 1 ? 1 : stride[1]);
    std::vector<CooRow> rows;
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      const auto skip = static_cast<std::size_t>(i) * static_cast<std::size_t>(stride[0]) * sizeof(std::int64_t);
      rows.push_back({.first = first + skip, .size = static_cast<std::uint64_t>(size[static_cast<std::size_t>(i)])});
    }
    CheckRows(rows, elements, step, record.coalesced);
  }

  // The indices of one sparse dimension, and the size of that dimension.
  struct CooRow {
    const std::byte* first;
    std::uint64_t size;
    std::uint64_t outside = 0;
  };

  // Every index is inside its dimension. With `coalesced`, each element comes behind the one before it, the first
  // dimension counting most: what a dimension leaves equal, the next one decides. One pass, piece by piece.
  void CheckRows(std::span<CooRow> rows, std::size_t elements, std::size_t step, bool coalesced) const {
    Order order;
    for (std::size_t from = 0; from < elements; from += kPiece) {
      const std::size_t count = std::min(kPiece, elements - from);
      for (CooRow& row : rows) {
        const auto last = LastOf<std::uint64_t>(row.size);
        std::uint64_t outside = 0;
        for (std::size_t i = from; i < from + count; ++i)
          outside |= Outside(At<std::uint64_t>(row.first, i * step), last);
        row.outside |= outside;
      }
      if (coalesced) CompareNeighbours(rows, std::max<std::size_t>(from, 1), from + count, step, order);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].outside >> kSignAt<std::uint64_t> != 0) {
        RefuseInvariant("an index of dimension " + std::to_string(i) + " is not in [0, " +
                        std::to_string(rows[i].size) + ")");
      }
    }
    if (order.falls >> kSignAt<std::uint64_t> != 0) {
      RefuseInvariant("the indices claim to be coalesced and are not in order");
    }
    if (order.repeats != 0) RefuseInvariant("the indices claim to be coalesced and repeat");
  }

  struct Order {
    std::uint64_t falls = 0;    // the sign: an element comes before its predecessor
    std::uint64_t repeats = 0;  // not 0: an element is its predecessor
    std::array<std::uint64_t, kPiece> equal{};
  };

  // Elements [from, to), at most kPiece, with the ones before them. Says nothing when an index is outside its
  // dimension.
  static void CompareNeighbours(std::span<const CooRow> rows, std::size_t from, std::size_t to, std::size_t step,
                                Order& order) {
    const auto equal = std::span(order.equal).first(to - from);  // all ones: equal in the dimensions so far
    std::ranges::fill(equal, ~std::uint64_t{0});
    for (const CooRow& row : rows) {
      const std::byte* before = row.first + (from - 1) * step * sizeof(std::uint64_t);
      std::uint64_t falls = 0;
      for (std::size_t i = 0; i < equal.size(); ++i) {
        const std::uint64_t rise = At<std::uint64_t>(before, (i + 1) * step) - At<std::uint64_t>(before, i * step);
        falls |= equal[i] & rise;
        equal[i] &= ((rise | (0 - rise)) >> kSignAt<std::uint64_t>)-1;
      }
      order.falls |= falls;
    }
    for (const std::uint64_t same : equal) order.repeats |= same;
  }

  // SPR-007, SPR-008. Every batch, like an odometer.
  template <typename Index>
  void CheckBatches(const SparseRecord& record) {
    const TensorRecord& counts = graph_.TensorOf(graph_[record.indices]);
    const TensorRecord& plain = graph_.TensorOf(graph_[record.plain]);
    const std::byte* count = Read(counts);
    const std::byte* index = Read(plain);
    if (count == nullptr) return;  // no batches: each has at least one count
    struct Digit {
      std::size_t size, count_step, index_step, at;
    };
    std::vector<Digit> digits;
    const std::size_t batches = counts.ndim - 1;
    for (std::size_t i = 0; i < batches; ++i) {
      const auto size = static_cast<std::size_t>(graph_.ShapeOf(counts)[i]);
      if (size == 1) continue;
      digits.push_back({.size = size,
                        .count_step = static_cast<std::size_t>(graph_.StrideOf(counts)[i]) * sizeof(Index),
                        .index_step = static_cast<std::size_t>(graph_.StrideOf(plain)[i]) * sizeof(Index),
                        .at = 0});
    }
    const auto rows = static_cast<std::size_t>(graph_.ShapeOf(counts)[batches] - 1);
    const auto elements = static_cast<std::size_t>(graph_.ShapeOf(plain)[batches]);
    for (;;) {
      CheckBatch<Index>(count, rows, index, elements, record.plain_size);
      std::size_t digit = digits.size();
      for (; digit != 0; --digit) {
        Digit& moved = digits[digit - 1];
        count += moved.count_step;
        index += index == nullptr ? 0 : moved.index_step;
        if (++moved.at < moved.size) break;
        count -= moved.count_step * moved.size;
        index -= index == nullptr ? 0 : moved.index_step * moved.size;
        moved.at = 0;
      }
      if (digit == 0) return;
    }
  }

  template <typename Index>
  void CheckBatch(const std::byte* counts, std::size_t rows, const std::byte* indices, std::size_t elements,
                  std::uint64_t size) const {
    if (At<Index>(counts, 0) != 0) RefuseInvariant("the first count is not 0");
    if (static_cast<std::uint64_t>(At<Index>(counts, rows)) != elements) {
      RefuseInvariant("the last count is not the number of elements");
    }
    using Number = std::make_unsigned_t<Index>;
    const auto most = static_cast<Number>(std::min(size, (std::uint64_t{1} << kSignAt<Number>)-1));
    Number wrong = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const auto to = At<Number>(counts, i + 1);
      const Number rise = to - At<Number>(counts, i);
      wrong |= to | Outside<Number>(rise, most);
    }
    if (wrong >> kSignAt<Number> != 0) RefuseInvariant("the counts decrease, or a row has more elements than places");
    if (elements == 0) return;
    const auto last = LastOf<Number>(size);
    Number outside = Outside(At<Number>(indices, 0), last);
    std::size_t falls = 0;
    for (std::size_t i = 1; i < elements; ++i) {
      const auto index = At<Number>(indices, i);
      outside |= Outside(index, last);
      falls += (index - At<Number>(indices, i - 1) - 1) >> kSignAt<Number>;
    }
    if (outside >> kSignAt<Number> != 0) RefuseInvariant("an index is not in [0, " + std::to_string(size) + ")");
    // An index may fall where a row begins, and nowhere else. The counts are in order, so each of these places is
    // looked at once.
    for (std::size_t i = 1; i < rows; ++i) {
      const auto start = static_cast<std::size_t>(At<Index>(counts, i));
      if (start == 0 || start == elements || start == static_cast<std::size_t>(At<Index>(counts, i - 1))) continue;
      falls -= At<Index>(indices, start) <= At<Index>(indices, start - 1) ? 1 : 0;
    }
    if (falls != 0) RefuseInvariant("the indices of a row are not in order, or repeat");
  }

  const Graph& graph_;
  std::uint64_t offset_ = 0;
  std::uint64_t steps_left_;
  std::uint64_t inflated_most_;
};

}  // namespace

void CheckSparseTensors(const Graph& graph) {
  Checker checker(graph);
  for (const SparseRecord& record : graph.sparse) checker.Check(record);
}

}  // namespace weightsonly
