// Fuzz target sparse: graphs out of an input.
#include "support/sparse_input.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "support/exact.h"
#include "support/integers.h"

namespace weightsonly::fuzz {
namespace {

using Dims = std::vector<std::int64_t>;

// Numbers of elements below the first, modulo the second; above, up to what is allowed.
constexpr std::uint64_t kLarge = 0xF000;
constexpr std::uint64_t kSmall = 48;

// Indices or counts: where their elements lie, of one dtype.
struct Part {
  Dims shape;
  Dims stride;
  std::int64_t offset = 0;
  Dtype dtype = Dtype::kInt64;
};

std::uint64_t NumbersIn(const Dims& shape) {
  Exact product{0, 1};
  for (const std::int64_t size : shape) product = Product(product.low, static_cast<std::uint64_t>(size));
  return product.low;
}

// Elements of the storage up to the last one that the part reaches; none for an empty part.
std::uint64_t Reach(const Part& part) {
  if (NumbersIn(part.shape) == 0) return 0;
  auto last = static_cast<std::uint64_t>(part.offset);
  for (std::size_t i = 0; i < part.shape.size(); ++i) {
    if (part.shape[i] > 1) last += static_cast<std::uint64_t>((part.shape[i] - 1) * part.stride[i]);
  }
  return last + 1;
}

class Builder {
 public:
  explicit Builder(Bytes bytes) : input_(bytes) {}

  SparseGraph Take() {
    TakeLimits();
    const unsigned count = 1 + input_.Below(4);
    const std::uint8_t damaged = input_.Byte();
    if (damaged < 8) source_->Damage(damaged);
    for (unsigned i = 0; i < count; ++i) TakeRecord(i);
    const IndexSource* source = source_.get();
    graph_->source = std::move(source_);
    return {.graph = std::move(graph_), .source = source};
  }

 private:
  // Some inputs have budgets as small as their tensors.
  void TakeLimits() {
    Limits limits;
    limits.steps_base = std::uint64_t{1} << 16;
    limits.steps_per_byte = 0;
    std::uint64_t file_bytes = 0;
    if (input_.Flag()) {
      limits.steps_base = input_.Number(2);
      limits.steps_per_byte = input_.Byte();
      limits.inflated_base = input_.Number(2);
      limits.inflated_factor = input_.Byte();
      file_bytes = static_cast<std::uint64_t>(TakeInteger(input_));
    }
    graph_ = std::make_unique<Graph>(limits);
    graph_->file_bytes = file_bytes;
  }

  // A number of elements, in most inputs a small one. With `huge` nearly any, all of them at one place of the storage.
  std::int64_t Count(bool huge, std::uint64_t most) {
    if (!huge) {
      const std::uint64_t number = input_.Number(2);
      return static_cast<std::int64_t>(number < kLarge ? number % kSmall : (number - kLarge) % (most + 1));
    }
    return TakeInteger(input_) & (std::numeric_limits<std::int64_t>::max() >> 6);
  }

  void TakeRecord(std::uint64_t offset) {
    SparseRecord record{};
    record.offset = offset;
    record.layout = static_cast<SparseLayout>(input_.Below(5));
    if (record.layout == SparseLayout::kCoo) {
      TakeCoo(record);
    } else {
      TakeCompressed(record);
    }
    graph_->sparse.push_back(record);
  }

  // The size of the dimensions stands in front of their indices.
  void TakeCoo(SparseRecord& record) {
    const std::uint8_t flags = input_.Byte();
    record.coalesced = (flags & 1) != 0;
    const auto rows = static_cast<std::int64_t>((flags >> 1) % 4);
    const bool huge = (flags & 8) != 0;
    record.dims_at = static_cast<std::uint32_t>(graph_->dims.size());
    record.ndim = static_cast<std::uint32_t>(rows + (flags >> 7));
    for (std::uint32_t i = 0; i < record.ndim; ++i) {
      graph_->dims.push_back(TakeInteger(input_) & std::numeric_limits<std::int64_t>::max());
    }
    const std::int64_t elements =
        Count(huge, kMostNumbers / std::max<std::uint64_t>(static_cast<std::uint64_t>(rows), 1));
    Part indices{.shape = {rows, elements}, .stride = {elements, 1}};
    if (((flags >> 4) & 1) != 0) indices.stride = {1, rows};
    if (((flags >> 5) & 1) != 0) {
      indices.stride = {input_.Below(4), input_.Below(4)};
      indices.offset = input_.Below(4);
    }
    if (huge) indices.stride = {0, 0};
    record.indices = AddPart(indices, ((flags >> 6) & 1) != 0);
  }

  void TakeCompressed(SparseRecord& record) {
    const std::uint8_t flags = input_.Byte();
    const bool huge = (flags & 8) != 0;
    const bool deflated = (flags & 64) != 0;
    Part counts{.shape = {}, .stride = {}, .dtype = (flags & 1) != 0 ? Dtype::kInt32 : Dtype::kInt64};
    Part plain{.shape = {}, .stride = {}, .dtype = counts.dtype};
    record.plain_size = static_cast<std::uint64_t>(TakeInteger(input_)) >> 1;
    std::uint64_t batches = 1;
    for (unsigned i = 0; i < (flags >> 1 & 3); ++i) {
      counts.shape.push_back(input_.Below(4));
      batches *= std::max<std::uint64_t>(static_cast<std::uint64_t>(counts.shape.back()), 1);
    }
    plain.shape = counts.shape;
    counts.shape.push_back(1 + Count(false, kMostNumbers / batches));
    plain.shape.push_back(Count(huge, kMostNumbers / batches));
    SetStrides(counts, ((flags >> 4) & 1) != 0);
    SetStrides(plain, ((flags >> 5) & 1) != 0);
    if (huge) {  // more than anybody reads: no storage has that many
      plain.shape.back() |= 1 << 20;
      plain.stride.back() = 0;
    }
    record.indices = AddPart(counts, deflated);
    record.plain = AddPart(plain, deflated);
  }

  // Elements lie one after the other in a batch; the batches row-major, or anywhere.
  void SetStrides(Part& part, bool anywhere) {
    std::int64_t step = 1;
    part.stride.assign(part.shape.size(), 1);
    for (std::size_t i = part.shape.size() - 1; i-- > 0;) {
      step *= std::max<std::int64_t>(std::min<std::int64_t>(part.shape[i + 1], kMostNumbers), 1);
      part.stride[i] = anywhere ? input_.Below(64) : step;
    }
    if (anywhere) part.offset = input_.Below(4);
  }

  Ref AddPart(Part& part, bool deflated) {
    TensorRecord record{};
    record.offset = part.offset;
    record.numel = NumbersIn(part.shape);
    record.storage = static_cast<std::uint32_t>(graph_->storages.size());
    record.dims_at = static_cast<std::uint32_t>(graph_->dims.size());
    record.ndim = static_cast<std::uint32_t>(part.shape.size());
    record.dtype = part.dtype;
    for (const std::int64_t size : part.shape) graph_->dims.push_back(size);
    for (const std::int64_t step : part.stride) graph_->dims.push_back(step);
    StorageRecord storage{};
    storage.nbytes = Fill(Reach(part), ItemBytes(part.dtype));
    storage.deflated = deflated;
    graph_->storages.push_back(storage);
    Node node(ValueType::kTensor);
    node.at = static_cast<std::uint32_t>(graph_->tensors.size());
    graph_->tensors.push_back(record);
    return graph_->Add(node, 0);
  }

  // A storage of `count` numbers: a few steps, which repeat for ever and which each number is above the one before it
  // (or, in an input that says so, is itself), then a few numbers that are put in their places. Returns its bytes.
  std::size_t Fill(std::uint64_t count, std::uint64_t width) {
    const std::uint8_t flags = input_.Byte();
    std::array<std::int64_t, 32> steps{};
    const std::size_t known = flags & 31;
    for (std::size_t i = 0; i < known; ++i) steps[i] = TakeInteger(input_);
    std::vector<std::int64_t> numbers(count);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count && known != 0; ++i) {
      const auto step = static_cast<std::uint64_t>(steps[i % known]);
      sum = (flags & 32) != 0 ? step : sum + step;
      numbers[i] = static_cast<std::int64_t>(sum);
    }
    for (unsigned left = flags >> 6; left != 0; --left) {
      const std::size_t at = input_.Number(2);
      const std::int64_t number = TakeInteger(input_);
      if (count != 0) numbers[at % count] = number;
    }
    const std::size_t size = count * width;
    auto bytes = std::make_unique<std::byte[]>(size);
    for (std::size_t i = 0; i < count; ++i) {
      const auto narrow = static_cast<std::int32_t>(numbers[i]);
      std::memcpy(&bytes[i * width], width == 4 ? static_cast<const void*>(&narrow) : &numbers[i], width);
    }
    source_->Add(std::move(bytes), size);
    return size;
  }

  Input input_;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<IndexSource> source_ = std::make_unique<IndexSource>();
};

}  // namespace

std::expected<std::span<const std::byte>, Refusal> IndexSource::Data(std::uint32_t index) const {
  if (damaged(index)) return std::unexpected(Refusal{RefusalKind::kZipInflate, {}, 0, "damaged"});
  return std::span<const std::byte>(storages_[index].bytes.get(), storages_[index].size);
}

std::expected<void, Refusal> IndexSource::Read(std::uint32_t index, std::uint64_t offset,
                                               std::span<std::byte> out) const {
  std::memcpy(out.data(), storages_[index].bytes.get() + offset, out.size());
  return {};
}

std::expected<void, Refusal> IndexSource::ReadPieces(std::uint32_t index, const PieceSink& sink) const {
  sink(std::span<const std::byte>(storages_[index].bytes.get(), storages_[index].size));
  return {};
}

SparseGraph TakeSparseGraph(Bytes input) { return Builder(input).Take(); }

}  // namespace weightsonly::fuzz
