// Floor 3. Reading elements in row-major order, and what conj and neg do to them.
#include "value/strided.h"

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/value/builder.h"

namespace weightsonly {
namespace {

using Dims = std::vector<std::int64_t>;

// Element i of a storage is `item_bytes` bytes that hold i in the first one and its complement in the others.
std::vector<std::byte> Elements(std::size_t count, std::size_t item_bytes) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < item_bytes; ++k) bytes.push_back(static_cast<std::byte>(k == 0 ? i : 255 - i));
  }
  return bytes;
}

struct Row {
  const char* name;
  Dims shape;
  Dims stride;
  std::size_t first;
  std::vector<std::size_t> order;  // which elements of the storage, as torch's flatten() gives them
};

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {"scalar", {}, {}, 5, {5}},
      {"one", {1}, {99}, 5, {5}},
      {"contiguous", {2, 3}, {3, 1}, 0, {0, 1, 2, 3, 4, 5}},
      {"transposed", {3, 2}, {1, 3}, 0, {0, 3, 1, 4, 2, 5}},
      {"every second", {3}, {2}, 1, {1, 3, 5}},
      {"a column", {3, 1}, {2, 1}, 1, {1, 3, 5}},
      {"expanded", {2, 3}, {0, 1}, 2, {2, 3, 4, 2, 3, 4}},
      {"expanded inside", {2, 3}, {1, 0}, 2, {2, 2, 2, 3, 3, 3}},
      {"all of one", {2, 2}, {0, 0}, 7, {7, 7, 7, 7}},
      {"overlapping windows", {3, 3}, {1, 1}, 0, {0, 1, 2, 1, 2, 3, 2, 3, 4}},
      {"three dimensions", {2, 2, 2}, {1, 4, 2}, 0, {0, 2, 4, 6, 1, 3, 5, 7}},
      {"a size of one in the middle, huge stride", {2, 1, 2}, {2, std::int64_t{1} << 62, 1}, 0, {0, 1, 2, 3}},
      {"a size of one in front", {1, 3}, {std::int64_t{1} << 62, 3}, 0, {0, 3, 6}},
      {"a size of one last", {3, 1}, {3, std::int64_t{1} << 62}, 0, {0, 3, 6}},
  };
  return rows;
}

TEST_CASE("elements come in row-major order for every item size, whole and in pieces") {
  for (const std::size_t item_bytes : {1U, 2U, 4U, 8U, 16U}) {
    const auto storage = Elements(10, item_bytes);
    for (const Row& row : Rows()) {
      std::vector<std::byte> expected;
      for (const std::size_t element : row.order) {
        const auto* from = storage.data() + element * item_bytes;
        expected.insert(expected.end(), from, from + item_bytes);
      }
      for (std::size_t piece = 1; piece <= row.order.size(); ++piece) {
        INFO(row.name << ", " << item_bytes << " bytes, pieces of " << piece);
        std::vector<std::byte> out(expected.size());
        StridedReader reader(row.shape, row.stride, item_bytes, storage.data() + row.first * item_bytes);
        for (std::size_t at = 0; at < row.order.size(); at += piece) {
          const std::size_t count = std::min(piece, row.order.size() - at);
          reader.Read(std::span(out).subspan(at * item_bytes, count * item_bytes));
        }
        CHECK(out == expected);
      }
    }
  }
}

TEST_CASE("the reached bytes end behind the last element") {
  for (const Row& row : Rows()) {
    INFO(row.name);
    Builder b;
    const Ref tensor = b.Tensor(Dtype::kFloat32, row.shape, row.stride, static_cast<std::int64_t>(row.first));
    std::size_t last = 0;
    for (const std::size_t element : row.order) last = std::max(last, element);
    CHECK(ReachedBytes(b.graph, b.graph.TensorOf(b.graph[tensor])) == (last - row.first + 1) * 4);
  }
  Builder b;
  const Ref empty = b.Tensor(Dtype::kFloat32, {2, 0}, {1, 1});
  CHECK(ReachedBytes(b.graph, b.graph.TensorOf(b.graph[empty])) == 0);
}

template <typename T>
std::vector<T> Resolved(Dtype dtype, std::vector<T> values, bool conj, bool neg) {
  TensorRecord record{};
  record.dtype = dtype;
  record.conj = conj;
  record.neg = neg;
  ResolveLazyBits(record, std::as_writable_bytes(std::span(values)));
  return values;
}

using U8 = std::vector<std::uint8_t>;
using U16 = std::vector<std::uint16_t>;
using U32 = std::vector<std::uint32_t>;
using U64 = std::vector<std::uint64_t>;

// VAL-009. Two's complement for integers, the sign bit for floats (also of zero and NaN), both parts of a complex
// number.
TEST_CASE("neg negates elements of every category") {
  const auto f64 = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  const auto f32 = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  CHECK(Resolved(Dtype::kFloat64, U64{f64(1.5), f64(-0.0), f64(NAN)}, false, true) ==
        U64{f64(-1.5), f64(0.0), f64(NAN) ^ (std::uint64_t{1} << 63)});
  CHECK(Resolved(Dtype::kFloat32, U32{f32(1.5F), f32(-2)}, false, true) == U32{f32(-1.5F), f32(2)});
  CHECK(Resolved(Dtype::kFloat16, U16{0x3c00, 0x8000}, false, true) == U16{0xbc00, 0});
  CHECK(Resolved(Dtype::kBFloat16, U16{0x3f80}, false, true) == U16{0xbf80});
  CHECK(Resolved(Dtype::kFloat8E5M2, U8{0x3c, 0x80}, false, true) == U8{0xbc, 0});
  CHECK(Resolved(Dtype::kInt64, U64{1, 0, ~std::uint64_t{0}, std::uint64_t{1} << 63}, false, true) ==
        U64{~std::uint64_t{0}, 0, 1, std::uint64_t{1} << 63});
  CHECK(Resolved(Dtype::kInt32, U32{1, 0x80000000}, false, true) == U32{0xffffffff, 0x80000000});
  CHECK(Resolved(Dtype::kInt16, U16{1, 0x8000}, false, true) == U16{0xffff, 0x8000});
  CHECK(Resolved(Dtype::kInt8, U8{1, 0, 0x80}, false, true) == U8{0xff, 0, 0x80});
  CHECK(Resolved(Dtype::kUInt8, U8{1, 255}, false, true) == U8{255, 1});
  CHECK(Resolved(Dtype::kBool, U8{0, 1}, false, true) == U8{0, 1});
  CHECK(Resolved(Dtype::kComplex64, U32{f32(1), f32(-2), f32(3), f32(4)}, false, true) ==
        U32{f32(-1), f32(2), f32(-3), f32(-4)});
}

TEST_CASE("conj changes the sign of the imaginary part, and neg then that of both") {
  const auto f64 = [](double value) { return std::bit_cast<std::uint64_t>(value); };
  const auto f32 = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  CHECK(Resolved(Dtype::kComplex128, U64{f64(1), f64(2), f64(3), f64(-0.0)}, true, false) ==
        U64{f64(1), f64(-2), f64(3), f64(0.0)});
  CHECK(Resolved(Dtype::kComplex64, U32{f32(1), f32(2)}, true, false) == U32{f32(1), f32(-2)});
  CHECK(Resolved(Dtype::kComplex32, U16{0x3c00, 0x3c00, 0, 0}, true, false) == U16{0x3c00, 0xbc00, 0, 0x8000});
  CHECK(Resolved(Dtype::kComplex64, U32{f32(1), f32(2)}, true, true) == U32{f32(-1), f32(2)});
  CHECK(Resolved(Dtype::kComplex64, U32{f32(1), f32(2)}, false, false) == U32{f32(1), f32(2)});
}

}  // namespace
}  // namespace weightsonly
