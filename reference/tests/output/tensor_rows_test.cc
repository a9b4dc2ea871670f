// The rows of level 1, by hand from OUT-030 to OUT-036; digests are hashlib's.
#include "output/tensor_rows.h"

#include <string>

#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

// The rows, without what the sink refuses: it takes `most` pieces.
std::string RowsOf(const Checkpoint& checkpoint, std::size_t most = 1000) {
  std::string out;
  std::size_t count = 0;
  const auto written = WriteTensorRows(checkpoint, [&](std::string_view piece) {
    if (count++ == most) return false;
    CHECK(count <= most);
    out += piece;
    return true;
  });
  if (!written) return OutcomeOf(written);
  CHECK(written->truncated == (out == "null"));
  return out;
}
std::string RowsOf(const std::string& value, std::size_t size, const Options& options = {}) {
  return RowsOf(*Loaded({.pickle = PickleOf(value), .storages = {{"0", std::string(size, 'a')}}}, options));
}

std::string Bytes(std::int32_t stored, std::int32_t size, std::int32_t stride = 1) {
  return TensorOf({.storage = StorageAt("0", stored, "ByteStorage"), .size = {size}, .stride = {stride}});
}
std::string Row(const std::string& path, const std::string& shape, const std::string& data) {
  return R"({"path":)" + path + R"(,"dtype":"uint8","shape":)" + shape + "," + data + "}";
}
const std::string kDigest = R"("sha256":"4e369b5618643c3abddd027b650bfa54810be3b418028a7c9d82299a59d008e8")";

}  // namespace

TEST_CASE("rows are sorted by their path") {
  CHECK(RowsOf(std::string("N"), 2) == "[]");
  CHECK(RowsOf(DictOf({Text("b"), Bytes(2, 2), Text("a"), Bytes(2, 1)}), 2) ==
        "[" + Row(R"(["a"])", "[1]", R"("data":"61")") + "," + Row(R"(["b"])", "[2]", R"("data":"6161")") + "]");
}

TEST_CASE("a sink that refuses a piece gets nothing more") {
  const Loaded two({.pickle = PickleOf(ListOf({Bytes(2, 2), Bytes(2, 1)})), .storages = {{"0", "aa"}}});
  const std::string all = RowsOf(*two);
  const std::string first = Row("[0]", "[2]", R"("data":"6161")");
  CHECK(RowsOf(*two, 0) == "");
  CHECK(RowsOf(*two, 1) == "[");
  CHECK(RowsOf(*two, 2) == "[" + first);
  CHECK(RowsOf(*two, 3) == "[" + first + ",");
  CHECK(all.starts_with("[" + first + ","));
}

TEST_CASE("more than 4096 bytes are a digest, the same one under every path") {
  CHECK(RowsOf(Bytes(4096, 4096), 4096).find(R"("data":"6161)") != std::string::npos);
  const std::string twice = Bytes(4097, 4097) + PutAt(1) + GetAt(1) + "\x86";
  CHECK(RowsOf(twice, 4097) == "[" + Row("[0]", "[4097]", kDigest) + "," + Row("[1]", "[4097]", kDigest) + "]");
}

// Each of the tensors shows one byte nearly four times as often as the file has bytes: two of them are within eight
// times the file, three are not.
TEST_CASE("where too much would be digested there are no rows") {
  Options options;
  options.limits.logical_bytes = 0;
  const auto rows = [&](int count) {
    std::string pickle = "](";
    for (int i = 0; i < count; ++i) pickle += Bytes(5000, 20'000, 0);
    return RowsOf(pickle + "e", 5000, options);
  };
  CHECK(rows(2).starts_with(R"([{"path":[0],"dtype":"uint8","shape":[20000],"sha256":")"));
  CHECK(rows(3) == "null");
}

TEST_CASE("rows whose storage cannot be inflated are refused") {
  const Zip zip = BuildCheckpoint(
      {.pickle = PickleOf(Bytes(5000, 5000)), .storages = {{"0", std::string(5000, 'a'), true, "\xff\xff"}}});
  const Loaded checkpoint(zip);
  CHECK(RowsOf(*checkpoint) == At("container.zip.inflate", zip.local[1]));
}

}  // namespace weightsonly::testing
