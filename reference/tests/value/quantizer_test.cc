// Floor 3. The handle of a quantizer: its numbers out of tensors of each dtype, and tensors whose elements share bytes.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/host_order.h"
#include "tests/value/builder.h"
#include "value/quantizer.h"
#include "value/quantizer_numbers.h"
#include "value/value.h"

namespace weightsonly {
namespace {

using namespace std::string_literals;

// The bytes are little-endian.
struct Numbers {
  Dtype scales;
  std::string scale_bytes;
  Dtype points;
  std::string point_bytes;
};

// A tensor with a quantizer per channel over two scales and two zero points.
Tensor Quantized(const Numbers& numbers, Qscheme scheme, bool refuse = false) {
  Builder b;
  const Ref scales = b.Tensor(numbers.scales, {2}, {1}, 0, 1);
  const Ref points = b.Tensor(numbers.points, {2}, {1}, 0, 2);
  const Ref tensor = b.Tensor(Dtype::kQInt8, {2}, {1});
  QuantizerRecord record{};
  record.scheme = scheme;
  record.channels = 2;
  record.scales = scales;
  record.zero_points = points;
  b.graph.storages.resize(3, StorageRecord{});
  b.graph.quantizers.push_back(record);
  b.graph.SetQuantizer(tensor, 0);
  const auto of_host = [](const std::string& bytes, Dtype dtype) {
    return testing::OnHost(bytes, InfoOf(dtype).item_bytes);
  };
  auto source = std::make_unique<MemorySource>(std::vector<std::string>{
      "ab", of_host(numbers.scale_bytes, numbers.scales), of_host(numbers.point_bytes, numbers.points)});
  source->refuse = refuse;
  b.graph.source = std::move(source);
  return {std::make_shared<const Graph>(std::move(b.graph)), tensor};
}

Quantizer Of(const Numbers& numbers, Qscheme scheme) { return *Quantized(numbers, scheme).quantizer(); }

}  // namespace

TEST_CASE("scales are read out of float64, float32, float16 and bfloat16") {
  const std::string points(16, '\0');
  const auto scales = [&](Dtype dtype, const std::string& bytes) {
    return *Of({dtype, bytes, Dtype::kInt64, points}, Qscheme::kPerChannelAffine).scales();
  };
  CHECK(scales(Dtype::kFloat64, "\0\0\0\0\0\0\xe0\x3f\0\0\0\0\0\0\0\xc0"s) == std::vector<double>{0.5, -2});
  CHECK(scales(Dtype::kFloat32, "\0\0\0\x3f\0\0\0\xc0"s) == std::vector<double>{0.5, -2});
  CHECK(scales(Dtype::kFloat16, "\0\x38\0\xc0"s) == std::vector<double>{0.5, -2});
  CHECK(scales(Dtype::kBFloat16, "\0\x3f\0\xc0"s) == std::vector<double>{0.5, -2});
}

// IEEE 754-2008, binary16: the least and the largest subnormal number, the largest number, infinity and NaN.
TEST_CASE("float16 at its edges") {
  const auto scales = [&](const std::string& bytes) {
    return *Of({Dtype::kFloat16, bytes, Dtype::kInt64, std::string(16, '\0')}, Qscheme::kPerChannelAffine).scales();
  };
  CHECK(scales("\1\0\xff\x83"s) == std::vector<double>{0x1p-24, -1023 * 0x1p-24});
  CHECK(scales("\xff\x7b\0\x04"s) == std::vector<double>{65504, 0x1p-14});
  const auto special = scales("\0\xfc\1\x7c"s);
  CHECK(special[0] == -HUGE_VAL);
  CHECK(std::isnan(special[1]));
}

TEST_CASE("zero points are read out of bool and the integers up to int64") {
  const auto points = [&](Dtype dtype, const std::string& bytes) {
    return *Of({Dtype::kFloat32, std::string(8, '\0'), dtype, bytes}, Qscheme::kPerChannelAffine).zero_points();
  };
  using Wholes = std::vector<std::int64_t>;
  CHECK(points(Dtype::kInt64, "\1\0\0\0\0\0\0\x80\xff\xff\xff\xff\xff\xff\xff\xff"s) == Wholes{INT64_MIN + 1, -1});
  CHECK(points(Dtype::kInt32, "\1\0\0\x80\xff\xff\xff\xff"s) == Wholes{INT32_MIN + 1, -1});
  CHECK(points(Dtype::kInt16, "\1\x80\xff\xff"s) == Wholes{-32767, -1});
  CHECK(points(Dtype::kInt8, "\x80\xff") == Wholes{-128, -1});
  CHECK(points(Dtype::kUInt8, "\x80\xff") == Wholes{128, 255});
  CHECK(points(Dtype::kBool, "\0\2"s) == Wholes{0, 1});
}

// QTN-005: torch.tensor([0.1], dtype=torch.float64).to(torch.float32).item() and its like.
TEST_CASE("with float zero points both are rounded to float32") {
  const std::string tenth = "\x9a\x99\x99\x99\x99\x99\xb9\x3f";
  const Quantizer quantizer = Of({Dtype::kFloat64, tenth + "\0\0\0\0\0\0\xf0\x7e"s, Dtype::kFloat64, tenth + tenth},
                                 Qscheme::kPerChannelAffineFloatQparams);
  CHECK(*quantizer.scales() == std::vector<double>{0.10000000149011612, HUGE_VAL});
  CHECK(*quantizer.float_zero_points() == std::vector<double>{0.10000000149011612, 0.10000000149011612});
  CHECK(quantizer.zero_points()->empty());
}

TEST_CASE("numbers in a storage that cannot be read are refused, not thrown") {
  const Tensor tensor = Quantized({Dtype::kFloat32, "12345678", Dtype::kInt8, "ab"}, Qscheme::kPerChannelAffine, true);
  CHECK(tensor.quantizer()->scales().error().kind == RefusalKind::kZipInflate);
  CHECK(tensor.quantizer()->zero_points().error().kind == RefusalKind::kZipInflate);
  CHECK(tensor.quantizer()->float_zero_points()->empty());
}

// QTN-006
TEST_CASE("elements that share a byte are whole bytes together, and read only where they lie one after the other") {
  Builder b;
  const Ref row = b.Tensor(Dtype::kQUInt4x2, {5}, {1}, 1);
  const Ref column = b.Tensor(Dtype::kQUInt4x2, {3}, {2});
  const Ref quarter = b.Tensor(Dtype::kQUInt2x4, {9}, {1});
  b.graph.storages.push_back(StorageRecord{});
  b.graph.source = std::make_unique<MemorySource>(std::vector<std::string>{"abcd"});
  const auto graph = std::make_shared<const Graph>(std::move(b.graph));
  std::vector<std::byte> out(3);
  CHECK(Tensor(graph, row).nbytes() == 3);
  CHECK(AsText(*Tensor(graph, row).data()) == "bcd");
  REQUIRE(Tensor(graph, row).CopyTo(out));
  CHECK(AsText(out) == "bcd");
  CHECK(Tensor(graph, quarter).nbytes() == 3);
  CHECK(AsText(*Tensor(graph, quarter).data()) == "abc");
  CHECK(Tensor(graph, column).nbytes() == 2);
  CHECK(AsText(*Tensor(graph, column).data()) == "abc");
  CHECK(Tensor(graph, column).CopyTo(std::span(out).first(2)).error().kind == RefusalKind::kUnsupported);
}

// QTN-005
TEST_CASE("scales are real numbers, zero points whole ones") {
  using enum Dtype;
  for (const Dtype dtype : {kFloat64, kFloat32, kFloat16, kBFloat16}) {
    CHECK(CanBeScale(dtype));
    CHECK_FALSE(CanBeZeroPoint(dtype));
  }
  for (const Dtype dtype : {kInt64, kInt32, kInt16, kInt8, kUInt8, kBool}) {
    CHECK(CanBeZeroPoint(dtype));
    CHECK_FALSE(CanBeScale(dtype));
  }
  for (const Dtype dtype : {kComplex64, kUInt16, kUInt32, kUInt64, kQInt8, kFloat8E4M3Fn}) {
    CHECK_FALSE(CanBeScale(dtype));
    CHECK_FALSE(CanBeZeroPoint(dtype));
  }
}

TEST_CASE("a tensor without a quantizer has none") {
  Builder b;
  const Ref tensor = b.Tensor(Dtype::kInt8, {2}, {1});
  CHECK_FALSE(Tensor(std::make_shared<const Graph>(std::move(b.graph)), tensor).quantizer().has_value());
}

}  // namespace weightsonly
