// Where torch's writer puts storages. PayloadOffset is compared with what
// torch._C.PyTorchFileReader.get_record_offset_no_read of torch 2.15.0 said; files that torch wrote are compared in
// tests/api.
#include "checkpoint/offsets.h"
#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

// Rows of 4, 8, … bytes in data/0, data/1, …, laid out as torch does with this alignment.
struct LaidOut {
  std::string alignment = "64";
  std::optional<std::string> format_version = "1";
  std::uint64_t padding_unit = 64;
  int rows = 3;
  std::string first_key = "0", second_key = "1";
  std::string again = {};  // when not empty: a key that names the second record once more, at the end
};

std::string KeyOf(const LaidOut& from, int row) {
  if (row == 0) return from.first_key;
  return row == 1 ? from.second_key : std::to_string(row);
}

Zip Write(const LaidOut& from) {
  std::string items;
  for (int i = 0; i < from.rows; ++i) items += RowOf(KeyOf(from, i), i + 1);
  if (!from.again.empty()) items += RowOf(from.again, 2);
  std::vector<Record> records = {{.name = "a/data.pkl", .payload = PickleOf(ListOf({items}))},
                                 {.name = "a/byteorder", .payload = "little"},
                                 {.name = "a/version", .payload = "3\n"},
                                 {.name = "a/.storage_alignment", .payload = from.alignment}};
  if (from.format_version) records.push_back({.name = "a/.format_version", .payload = *from.format_version});
  for (int i = 0; i < from.rows; ++i) {
    const std::string payload(static_cast<std::size_t>(4 * (i + 1)), '\0');
    // A data descriptor of 16 bytes follows each payload.
    records.push_back({.name = "a/data/" + KeyOf(from, i),
                       .payload = payload,
                       .flags = 8,
                       .stream = payload + std::string(16, 'D'),
                       .compressed_size = static_cast<std::uint32_t>(payload.size())});
    // Padding as an extra field of the local header, known once the archive in front of it is.
    const Zip so_far = BuildZip(records);
    const std::uint64_t start = so_far.local.back() + 30 + records.back().name.size() + 4;
    const std::uint64_t padding = (from.padding_unit - start % from.padding_unit) % from.padding_unit;
    std::string extra = "FB";
    Put(extra, padding, 2);
    records.back().local_extra = extra + std::string(padding, 'Z');
  }
  return BuildZip(records);
}

std::string Open(const Zip& zip, bool calculate = true) {
  Options options;
  options.calculate_storage_offsets = calculate;
  return OutcomeOf(Load(AsBytes(zip.bytes), options));
}

}  // namespace

TEST_CASE("a payload begins where torch computes it") {
  constexpr std::uint64_t kName = 14;  // "archive/data/0"
  CHECK(PayloadOffset(0, kName, 16, 64) == 64);
  CHECK(PayloadOffset(1, kName, 16, 64) == 64);
  CHECK(PayloadOffset(100, kName + 1, 16, 1) == 149);
  CHECK(PayloadOffset(100, kName, 4294967295, 64) == 192);
  CHECK(PayloadOffset(100, kName, 4294967296, 64) == 192);
  CHECK(PayloadOffset(4294967295, kName, 16, 64) == 4294967360);
  CHECK(PayloadOffset(4294967294, kName, 16, 1) == 4294967342);
  CHECK(PayloadOffset(4294967295, kName, 16, 1) == 4294967355);
  CHECK(PayloadOffset(100, kName, 4294967294, 1) == 148);
  CHECK(PayloadOffset(100, kName, 4294967295, 1) == 168);
  CHECK(PayloadOffset(8589934592, kName, 8589934592, 64) == 8589934720);
  CHECK(PayloadOffset(8589934592, kName, 8589934592, 1) == 8589934668);
  CHECK(PayloadOffset(100, kName, 16, 4096) == 4096);
  CHECK(PayloadOffset(100, kName, 16, 100000) == 100000);
  CHECK(PayloadOffset(100, kName, 16, 48) == 192);
}

TEST_CASE("an archive that is laid out by the rule is accepted") {
  CHECK(Open(Write({})) == "accepted");
  CHECK(Open(Write({.rows = 0})) == "accepted");
  CHECK(Open(Write({.rows = 1})) == "accepted");
  CHECK(Open(Write({.alignment = " +1_6\n", .padding_unit = 16})) == "accepted");
  CHECK(Open(Write({.alignment = "4096", .padding_unit = 4096})) == "accepted");
}

// DEV-605
TEST_CASE("the place of a record that two keys name is computed once") {
  CHECK(Open(Write({.second_key = "b", .again = "B"})) == "accepted");
  CHECK(Open(Write({.padding_unit = 32, .second_key = "b", .again = "B"})) != "accepted");
}

TEST_CASE("a storage that lies elsewhere is refused at its local header, and only when that is asked for") {
  const Zip zip = Write({.padding_unit = 32});
  REQUIRE(zip.local.size() == 8);
  const std::string answer = Open(zip);
  const bool second = answer == At("storage.offset", zip.local[6]);
  const bool third = answer == At("storage.offset", zip.local[7]);
  CHECK((second || third));
  CHECK(Open(zip, false) == "accepted");
}

TEST_CASE("the first storage lies anywhere, and is data/0") {
  CHECK(Open(Write({.padding_unit = 4, .rows = 1})) == "accepted");
  const Zip zip = Write({.rows = 1, .first_key = "7"});
  CHECK(Open(zip) == At("storage.offset", zip.local[5]));
  CHECK(Open(zip, false) == "accepted");
}

TEST_CASE("an archive of an older format has no rule to follow") {
  for (const auto& version : std::vector<std::optional<std::string>>{std::nullopt, "", "0", "0.9"}) {
    CHECK(Open(Write({.format_version = version, .padding_unit = 32})) == "accepted");
  }
  for (const char* version : {"1", "1.0", "2", "x"}) {
    CHECK_THAT(Open(Write({.format_version = version, .padding_unit = 32})), Catch::StartsWith("storage.offset"));
  }
}

TEST_CASE("nothing can be aligned to zero bytes, fewer, or more than a file has") {
  for (const char* alignment : {"0", "-64", "9223372036854775808", "1000000000000000000000"}) {
    const Zip zip = Write({.alignment = alignment});
    CHECK_THAT(Open(zip), Catch::StartsWith("container.record-text"));
    CHECK(Open(zip, false) == "accepted");
  }
}

}  // namespace weightsonly::testing
