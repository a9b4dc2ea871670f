// Floor 3. The invariants of sparse tensors, one fault at a time. The second source is torch 2.15.0, which was asked
// for each of them (torch._utils._validate_loaded_sparse_tensors).
#include "value/sparse.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/value/builder.h"
#include "value/sparse_tensor.h"

namespace weightsonly {
namespace {

using Longs = std::vector<std::int64_t>;

template <typename Number = std::int64_t>
std::string BytesOf(const Longs& numbers) {
  std::string bytes;
  for (const std::int64_t number : numbers) {
    const auto value = static_cast<Number>(number);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

// One sparse tensor over storage 0 (indices or counts) and storage 1 (plain indices).
struct Case {
  Limits limits;
  SparseRecord record{};
  Longs first, second;  // what the storages hold
  Longs first_shape, first_stride;
  Longs second_shape, second_stride;
  Longs shape;
  Dtype dtype = Dtype::kInt64;
  std::uint64_t file_bytes = 0;
  bool deflated = false;

  std::string Outcome() const {
    Builder b("", limits);
    const bool narrow = dtype == Dtype::kInt32;
    std::vector<std::string> storages = {narrow ? BytesOf<std::int32_t>(first) : BytesOf(first),
                                         narrow ? BytesOf<std::int32_t>(second) : BytesOf(second)};
    for (const std::string& bytes : storages) {
      StorageRecord storage{};
      storage.nbytes = bytes.size();
      storage.deflated = deflated;
      b.graph.storages.push_back(storage);
    }
    SparseRecord made = record;
    made.offset = 5;
    made.indices = b.Tensor(dtype, first_shape, first_stride);
    if (!second_shape.empty()) made.plain = b.Tensor(dtype, second_shape, second_stride, 0, 1);
    made.dims_at = static_cast<std::uint32_t>(b.graph.dims.size());
    made.ndim = static_cast<std::uint32_t>(shape.size());
    for (const std::int64_t size : shape) b.graph.dims.push_back(size);
    b.graph.sparse.push_back(made);
    b.graph.file_bytes = file_bytes;
    b.graph.source = std::make_unique<MemorySource>(std::move(storages));
    try {
      CheckSparseTensors(b.graph);
    } catch (const Refusal& refusal) {
      return std::string(KindName(refusal.kind)) + " at " + std::to_string(refusal.offset) + ": " + refusal.detail;
    }
    return "";
  }
};

// Rows of indices, (dimensions, elements).
Case Coo(const std::vector<Longs>& rows, const Longs& shape, bool coalesced) {
  Case made;
  made.record.layout = SparseLayout::kCoo;
  made.record.coalesced = coalesced;
  for (const Longs& row : rows) made.first.insert(made.first.end(), row.begin(), row.end());
  const auto elements = static_cast<std::int64_t>(rows.empty() ? 0 : rows[0].size());
  made.first_shape = {static_cast<std::int64_t>(rows.size()), elements};
  made.first_stride = {elements, 1};
  made.shape = shape;
  return made;
}

// `size`: the length of a row.
Case Csr(const Longs& counts, const Longs& plain, std::uint64_t size, Dtype dtype = Dtype::kInt64) {
  Case made;
  made.record.layout = SparseLayout::kCsr;
  made.record.plain_size = size;
  made.first = counts;
  made.second = plain;
  made.first_shape = {static_cast<std::int64_t>(counts.size())};
  made.second_shape = {static_cast<std::int64_t>(plain.size())};
  made.first_stride = made.second_stride = {1};
  made.dtype = dtype;
  return made;
}

void CheckRefused(const Case& made, const std::string& why) {
  const std::string outcome = made.Outcome();
  CHECK(outcome.starts_with("tensor.sparse-invariant at 5: "));
  CHECK(outcome.find(why) != std::string::npos);
}

}  // namespace

// SPR-006
TEST_CASE("indices of sparse_coo lie inside of the size") {
  CHECK(Coo({{0, 0, 1}, {0, 2, 1}}, {2, 3}, true).Outcome().empty());
  CHECK(Coo({{1, 0, 0}, {1, 2, 2}}, {2, 3}, false).Outcome().empty());
  CHECK(Coo({{INT64_MAX - 1}}, {INT64_MAX}, true).Outcome().empty());
  CHECK(Coo({{}, {}}, {0, 3}, true).Outcome().empty());
  CheckRefused(Coo({{0, 0, 2}, {0, 2, 1}}, {2, 3}, false), "dimension 0 is not in [0, 2)");
  CheckRefused(Coo({{0, 0, 1}, {0, 3, 1}}, {2, 3}, false), "dimension 1 is not in [0, 3)");
  CheckRefused(Coo({{0, -1, 1}, {0, 2, 1}}, {2, 3}, false), "dimension 0");
  CheckRefused(Coo({{0, 0, 1}, {0, 2, INT64_MIN}}, {2, 3}, false), "dimension 1");
  CheckRefused(Coo({{0}, {0}}, {2, 0}, false), "dimension 1 is not in [0, 0)");
}

// SPR-006
TEST_CASE("a claim to be coalesced is checked over all dimensions and all elements") {
  CHECK(Coo({{0, 0, 1, 1}, {1, 2, 0, 2}}, {2, 3}, true).Outcome().empty());
  CheckRefused(Coo({{1, 0}, {0, 1}}, {2, 3}, true), "not in order");
  CheckRefused(Coo({{0, 0, 1}, {2, 0, 1}}, {2, 3}, true), "not in order");
  CheckRefused(Coo({{0, 0, 1}, {2, 2, 1}}, {2, 3}, true), "repeat");
  CheckRefused(Coo({{0, 1, 1}, {2, 1, 1}}, {2, 3}, true), "repeat");
  Longs many;
  for (std::int64_t i = 0; i < 10000; ++i) many.push_back(i);
  CHECK(Coo({many}, {10000}, true).Outcome().empty());
  for (const std::size_t at : {std::size_t{1023}, std::size_t{1024}, std::size_t{1025}, std::size_t{9999}}) {
    Longs bad = many;
    bad[at] = bad[at - 1];
    CheckRefused(Coo({bad}, {10000}, true), "repeat");
    bad[at] = 0;
    CheckRefused(Coo({bad}, {10000}, true), "not in order");
    CHECK(Coo({bad}, {10000}, false).Outcome().empty());
  }
}

TEST_CASE("indices of sparse_coo may be any strided view") {
  Case made = Coo({{0, 0, 1}, {0, 2, 1}}, {2, 3}, true);
  made.first = {0, 0, 0, 2, 1, 1};
  made.first_stride = {1, 2};
  CHECK(made.Outcome().empty());
  made.first = {0, 0, 0, 3, 1, 1};
  CheckRefused(made, "dimension 1");
  made.first = {1, 2};
  made.first_stride = {1, 0};
  made.record.coalesced = false;
  CHECK(made.Outcome().empty());
}

// DEV-552
TEST_CASE("several elements without sparse dimensions are not coalesced") {
  Case made = Coo({}, {1}, true);
  made.first_shape = {0, 2};
  made.first_stride = {2, 1};
  CheckRefused(made, "without sparse dimensions");
  made.record.coalesced = false;
  CHECK(made.Outcome().empty());
}

// SPR-007, SPR-008
TEST_CASE("counts and indices of a compressed layout") {
  for (const Dtype dtype : {Dtype::kInt64, Dtype::kInt32}) {
    const auto csr = [&](const Longs& counts, const Longs& plain, std::uint64_t size) {
      return Csr(counts, plain, size, dtype);
    };
    CHECK(csr({0, 2, 3, 4}, {0, 2, 1, 0}, 3).Outcome().empty());
    CHECK(csr({0, 0, 0, 2, 2}, {0, 2}, 3).Outcome().empty());
    CHECK(csr({0, 3}, {0, 1, 2}, 3).Outcome().empty());
    CHECK(csr({0, 0}, {}, 3).Outcome().empty());
    CHECK(csr({0}, {}, 3).Outcome().empty());
    CheckRefused(csr({1, 2, 3, 4}, {0, 2, 1, 0}, 3), "first count");
    CheckRefused(csr({0, 2, 3, 3}, {0, 2, 1, 0}, 3), "last count");
    CheckRefused(csr({0, 2, 3, 5}, {0, 2, 1, 0}, 3), "last count");
    CheckRefused(csr({0, 3, 2, 4}, {0, 2, 1, 0}, 3), "counts decrease");
    CheckRefused(csr({0, -1, 3, 4}, {0, 2, 1, 0}, 3), "counts decrease");
    CheckRefused(csr({0, 4, 4, 4}, {0, 1, 2, 2}, 3), "more elements than places");
    CheckRefused(csr({0, INT32_MAX, 3, 4}, {0, 2, 1, 0}, 3), "more elements than places");
    CheckRefused(csr({0, 2, 3, 4}, {0, 3, 1, 0}, 3), "not in [0, 3)");
    CheckRefused(csr({0, 2, 3, 4}, {3, 2, 1, 0}, 3), "not in [0, 3)");
    CheckRefused(csr({0, 2, 3, 4}, {0, 2, 1, 3}, 3), "not in [0, 3)");
    CheckRefused(csr({0, 2, 3, 4}, {-1, 2, 1, 0}, 3), "not in [0, 3)");
    CheckRefused(csr({0, 2, 3, 4}, {2, 0, 1, 0}, 3), "not in order");
    CheckRefused(csr({0, 2, 3, 4}, {2, 2, 1, 0}, 3), "not in order");
    CheckRefused(csr({0, 1, 1, 4}, {2, 0, 2, 1}, 3), "not in order");
  }
  // Sizes that do not fit an index, and the largest that do.
  for (const std::uint64_t size : {std::uint64_t{INT32_MAX} + 1, std::uint64_t{1} << 40, std::uint64_t{INT64_MAX}}) {
    CHECK(Csr({0, 2, 2, 3}, {0, INT32_MAX, 5}, size, Dtype::kInt32).Outcome().empty());
    CheckRefused(Csr({0, 2, 2, 3}, {-1, INT32_MAX, 5}, size, Dtype::kInt32), "not in [0,");
    CheckRefused(Csr({0, 2, 1, 3}, {0, INT32_MAX, 5}, size, Dtype::kInt32), "counts decrease");
  }
  CHECK(Csr({0, 2}, {0, INT64_MAX - 1}, INT64_MAX).Outcome().empty());
  CheckRefused(Csr({0, 2}, {0, INT64_MAX}, INT64_MAX), "not in [0,");
  CHECK(Csr({0, 2}, {0, INT32_MAX - 1}, INT32_MAX, Dtype::kInt32).Outcome().empty());
  CheckRefused(Csr({0, 2}, {0, INT32_MAX}, INT32_MAX, Dtype::kInt32), "not in [0,");
  CheckRefused(Csr({1}, {}, 3), "first count");  // DEV-555
  CheckRefused(Csr({0, INT64_MIN, 0}, {}, 3), "counts decrease");
  CheckRefused(Csr({0, INT64_MAX, 1}, {0}, 3), "counts decrease");
  // Each count is above the one before it by no more than a row has places, modulo 2^64.
  CheckRefused(Csr({0, std::int64_t{1} << 62, INT64_MIN + 1, 0}, {}, INT64_MAX), "counts decrease");
  CheckRefused(Csr({0, 1 << 30, INT32_MIN + 1, 0}, {}, INT32_MAX, Dtype::kInt32), "counts decrease");
}

TEST_CASE("every batch is checked, also where batches share their counts") {
  Case made = Csr({0, 2, 3, 0, 1, 3}, {0, 2, 1, 2, 0, 1}, 3);
  made.first_shape = {1, 2, 3};
  made.first_stride = {9, 3, 1};
  made.second_shape = {1, 2, 3};
  made.second_stride = {9, 3, 1};
  CHECK(made.Outcome().empty());
  made.second = {0, 2, 1, 2, 1, 0};
  CheckRefused(made, "not in order");
  made.second = {0, 2, 1, 0, 2, 1};
  made.first = {0, 2, 3};
  made.first_stride = {9, 0, 1};
  CHECK(made.Outcome().empty());
  made.second = {0, 2, 1, 2, 0, 1};
  CheckRefused(made, "not in order");
  // Batches of counts without an index, and no batch at all.
  made = Csr({0, 0, 0, 0}, {}, 3);
  made.first_shape = {2, 2};
  made.first_stride = {2, 1};
  made.second_shape = {2, 0};
  made.second_stride = {1, 1};
  CHECK(made.Outcome().empty());
  made.first = {0, 0, 1, 0};
  CheckRefused(made, "first count");
  made.first = {};
  made.first_shape = {0, 2};
  made.second_shape = {0, 1};
  CHECK(made.Outcome().empty());
}

TEST_CASE("work is bounded by the file, and so are deflated indices") {
  Case made = Coo({{1}, {1}}, {2, 3}, false);
  made.first_shape = {2, 1 << 10};
  made.first_stride = {0, 0};
  made.limits.steps_base = 1 << 10;
  made.limits.steps_per_byte = 8;
  made.file_bytes = 127;
  CHECK(made.Outcome().starts_with("limit.steps at 5"));
  made.file_bytes = 128;
  CHECK(made.Outcome().empty());
  made.deflated = true;
  made.limits.inflated_base = 3;
  made.limits.inflated_factor = 0;
  CHECK(made.Outcome().starts_with("limit.memory at 5"));
  made.limits.inflated_base = 16;
  CHECK(made.Outcome().empty());
}

}  // namespace weightsonly
