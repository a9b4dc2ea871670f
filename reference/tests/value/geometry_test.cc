// Floor 3. Shapes, strides and offsets over a storage: each row says what torch 2.15.0 says of it (TEN-001 to TEN-007).
#include "value/geometry.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace weightsonly {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kTwo62 = std::int64_t{1} << 62;

using Dims = std::vector<std::int64_t>;

// "numel N, N bytes", or the kind of the fault.
std::string Answer(const Dims& shape, const Dims& stride, std::int64_t offset, std::uint64_t item_bytes,
                   std::uint64_t storage_bytes) {
  Extent1D extent;
  GeometryFault fault;
  if (!CheckGeometry(shape, stride, offset, item_bytes, storage_bytes, extent, fault)) {
    CHECK_FALSE(fault.detail.empty());
    return std::string(KindName(fault.kind));
  }
  return "numel " + std::to_string(extent.numel) + ", " + std::to_string(extent.bytes) + " bytes";
}

struct Row {
  const char* name;
  Dims shape;
  Dims stride;
  std::int64_t offset;
  std::uint64_t item_bytes;
  std::uint64_t storage_bytes;
  const char* answer;
};

TEST_CASE("a geometry is possible exactly when every element lies inside the storage") {
  const std::vector<Row> rows = {
      {"whole", {2, 2}, {2, 1}, 0, 4, 16, "numel 4, 16 bytes"},
      {"one byte short", {2, 2}, {2, 1}, 0, 4, 15, "tensor.out-of-bounds"},
      {"last element", {1}, {1}, 3, 4, 16, "numel 1, 16 bytes"},
      {"past the last", {1}, {1}, 4, 4, 16, "tensor.out-of-bounds"},
      {"scalar", {}, {}, 3, 4, 16, "numel 1, 16 bytes"},
      {"scalar past", {}, {}, 4, 4, 16, "tensor.out-of-bounds"},
      {"scalar of an empty storage", {}, {}, 0, 1, 0, "tensor.out-of-bounds"},
      {"stride 0", {5}, {0}, 0, 4, 4, "numel 5, 4 bytes"},
      {"2^63 - 1 times one element", {kMost}, {0}, 0, 4, 4, "numel 9223372036854775807, 4 bytes"},
      {"overlap", {2, 2}, {1, 1}, 0, 4, 12, "numel 4, 12 bytes"},
      {"gap that fits", {2}, {3}, 0, 4, 16, "numel 2, 16 bytes"},
      {"gap past", {2}, {4}, 0, 4, 16, "tensor.out-of-bounds"},
      {"stride of a size 1 does not count", {1, 2}, {kMost, 1}, 0, 4, 16, "numel 2, 8 bytes"},
      {"16 bytes each", {2}, {1}, 0, 16, 32, "numel 2, 32 bytes"},
      {"16 bytes each, short", {2}, {1}, 0, 16, 31, "tensor.out-of-bounds"},
      {"2^64 elements up to the last", {2, 2, 2}, {kMost, kMost, 1}, 0, 1, 16, "tensor.overflow"},
      // TEN-001
      {"offset -1", {1}, {1}, -1, 4, 16, "tensor.out-of-bounds"},
      {"offset -1 of nothing", {0}, {1}, -1, 4, 16, "tensor.out-of-bounds"},
      {"offset -1 counts before a size", {-1}, {1}, -1, 4, 16, "tensor.out-of-bounds"},
      // TEN-003
      {"2^62 twice", {kTwo62, 2}, {0, 0}, 0, 1, 16, "tensor.overflow"},
      {"2^62 four times wraps to 0", {kTwo62, 4}, {0, 0}, 0, 1, 16, "tensor.overflow"},
      {"(2^62, 8, 0)", {kTwo62, 8, 0}, {0, 0, 0}, 0, 1, 16, "tensor.overflow"},
      {"(2^62, 2, 0)", {kTwo62, 2, 0}, {0, 0, 0}, 0, 1, 16, "numel 0, 0 bytes"},
      {"(0, 2^62, 8)", {0, kTwo62, 8}, {0, 0, 0}, 0, 1, 16, "numel 0, 0 bytes"},
      // TEN-004
      {"nothing, offset 2^63 - 1", {0, 3}, {3, 1}, kMost, 4, 0, "numel 0, 0 bytes"},
      {"nothing, stride -5", {0}, {-5}, 0, 4, 0, "numel 0, 0 bytes"},
      // DEV-508
      {"size -1", {-1}, {1}, 0, 4, 16, "tensor.shape"},
      {"sizes 0, -1", {0, -1}, {1, 1}, 0, 4, 16, "tensor.shape"},
      {"sizes -1, -1", {-1, -1}, {1, 1}, 0, 4, 16, "tensor.shape"},
      // TEN-005
      {"stride -1", {2}, {-1}, 3, 4, 16, "tensor.stride"},
      {"stride -1 of a size 1", {1}, {-1}, 3, 4, 16, "numel 1, 16 bytes"},
      // TEN-006: positions and bytes are exact
      {"stride 2^63 - 1", {2}, {kMost}, 0, 1, 16, "tensor.overflow"},
      {"stride 2^62, 4 bytes each", {2}, {kTwo62}, 0, 4, 16, "tensor.overflow"},
      {"stride 2^62 - 1, 1 byte each", {2}, {kTwo62 - 1}, 0, 1, 16, "tensor.out-of-bounds"},
      {"(2^62, 1) by stride 2^62 overflows 64 bits", {kTwo62}, {kTwo62}, 0, 1, 16, "tensor.overflow"},
      {"two strides that add up to 2^64", {3, 3}, {kMost, 1}, 2, 1, 16, "tensor.overflow"},
      {"offset 2^63 - 1", {1}, {1}, kMost, 4, 16, "tensor.overflow"},
      {"offset 2^63 - 1 of bytes", {1}, {1}, kMost, 1, 16, "tensor.overflow"},
      {"offset 2^63 - 2 of bytes", {1}, {1}, kMost - 1, 1, 16, "tensor.out-of-bounds"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(Answer(row.shape, row.stride, row.offset, row.item_bytes, row.storage_bytes) == row.answer);
  }
}

TEST_CASE("strides are taken as given, negative ones replaced by the row-major ones") {
  struct StrideRow {
    Dims shape;
    Dims stride;
    bool contiguous;
    bool fits;
    Dims normal;
  };
  const std::vector<StrideRow> rows = {
      {{}, {}, true, true, {}},
      {{2, 3, 4}, {0, 0, 0}, true, true, {12, 4, 1}},
      {{2, 0, 4}, {0, 0, 0}, true, true, {4, 4, 1}},  // torch.empty(2, 0, 4).stride()
      {{2, 3}, {7, 9}, false, true, {7, 9}},
      {{1, 2}, {-5, 1}, false, true, {2, 1}},
      {{5}, {-1}, false, true, {1}},
      {{2, 1}, {3, -7}, false, true, {3, 1}},
      {{1, 1, 3}, {-1, -1, 5}, false, true, {15, 15, 5}},
      {{0, kMost, 3}, {0, 0, 0}, true, false, {}},
      {{0, kMost, 1}, {-1, 2, 1}, false, false, {}},
      {{0, kMost, 1}, {-1, 1, 1}, false, true, {kMost, 1, 1}},
  };
  for (const StrideRow& row : rows) {
    Dims stride = row.stride;
    INFO("shape of " << row.shape.size() << ", first stride " << (stride.empty() ? 0 : stride[0]));
    CHECK(NormaliseStride(row.shape, stride, row.contiguous) == row.fits);
    if (row.fits) CHECK(stride == row.normal);
  }
}

// What Tensor.is_contiguous() of torch says.
TEST_CASE("row-major is what is_contiguous says, sizes of one and of nothing do not count") {
  struct ContiguousRow {
    Dims shape;
    Dims stride;
    bool row_major;
  };
  const std::vector<ContiguousRow> rows = {
      {{}, {}, true},
      {{3}, {1}, true},
      {{3}, {2}, false},
      {{3}, {0}, false},
      {{2, 3}, {3, 1}, true},
      {{2, 3}, {1, 2}, false},
      {{2, 3}, {4, 1}, false},
      {{1, 3}, {99, 1}, true},
      {{3, 1}, {1, 99}, true},
      {{1, 1}, {7, 9}, true},
      {{0, 3}, {7, 9}, true},
      {{2, 1, 3}, {3, 0, 1}, true},
      {{2, 2, 2}, {4, 2, 1}, true},
      {{2, 2, 2}, {2, 4, 1}, false},
  };
  for (const ContiguousRow& row : rows) {
    std::uint64_t numel = 1;
    for (const std::int64_t size : row.shape) numel *= static_cast<std::uint64_t>(size);
    INFO("shape of " << row.shape.size() << ", numel " << numel);
    CHECK(IsRowMajor(row.shape, row.stride, numel) == row.row_major);
  }
}

}  // namespace
}  // namespace weightsonly
