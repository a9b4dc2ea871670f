// The end of a zip archive. The second source of each verdict is torch 2.15.0, run on archives of the same layout (the
// evidence of ZIP-001 to ZIP-012 in SPEC.md), or the deviation that the row names.
#include "container/zip.h"
#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {
namespace {

const std::vector<Record> kOne = {{.name = "a/x", .payload = "data"}};

std::string Open(const std::string& bytes) {
  return Outcome([&] { const container::Archive archive(AsBytes(bytes)); });
}

struct Row {
  const char* name;
  Layout layout;
  const char* kind;                      // "" accepted
  std::uint64_t Zip::* where = nullptr;  // what is guilty; null: the file as a whole
};

void CheckRow(const Row& row) {
  const Zip zip = BuildZip(kOne, row.layout);
  const std::string want = *row.kind == '\0' ? "accepted" : At(row.kind, row.where == nullptr ? 0 : zip.*row.where);
  CHECK(Open(zip.bytes) == want);
}

constexpr const char* kEocd = "container.zip.eocd";
constexpr const char* kZip64 = "container.zip.zip64";
constexpr const char* kAmbiguous = "container.zip.ambiguous";
constexpr const char* kDirectory = "container.zip.central-directory";
constexpr std::uint32_t kOnes = 0xffffffff;

}  // namespace

TEST_CASE("what one end record says is judged where it stands") {
  const Row rows[] = {
      {"plain", {}, ""},
      {"a comment", {.comment = "hello"}, ""},
      {"a comment longer than the file has", {.comment = "hi", .comment_length = 500}, ""},
      {"bytes after the archive", {.tail = "junk"}, ""},
      {"bytes between directory and end record", {.before_end = "junk"}, ""},
      {"bytes in front of the directory", {.before_directory = "junk"}, ""},
      {"bytes at the end of the directory", {.in_directory = "junk"}, ""},
      {"no records", {.entries = 0}, kEocd, &Zip::end},
      {"fewer entries on this disk", {.entries = 1, .disk_entries = 0}, kEocd, &Zip::end},
      {"disk 1 of a directory on disk 0", {.disk = 1}, kEocd, &Zip::end},
      {"disk 2 of 2", {.disk = 2, .directory_disk = 2}, kEocd, &Zip::end},
      {"disk 1 of 1 with entries on disk 0", {.disk = 1, .directory_disk = 1}, kDirectory, &Zip::directory},
      {"a directory too small for its entries", {.directory_size = 45}, kEocd, &Zip::end},
      {"a directory behind the end of the file", {.directory_offset = 5000}, kEocd, &Zip::end},
      {"a directory that reaches past the end of the file", {.directory_size = 5000}, kEocd, &Zip::end},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("an archive on disk 1 of 1 is read when its entries say so too") {
  std::vector<Record> records = kOne;
  records[0].disk = 1;
  CHECK(Open(BuildZip(records, {.disk = 1, .directory_disk = 1}).bytes) == "accepted");
}

TEST_CASE("what the zip64 end record says is judged where it stands") {
  const Row rows[] = {
      {"plain", {.zip64 = true}, ""},
      {"markers in the end record",
       {.zip64 = true, .entries = 0xffff, .directory_size = kOnes, .directory_offset = kOnes},
       ""},
      {"disks of the end record are not looked at", {.zip64 = true, .disk = 7, .directory_disk = 7}, ""},
      {"a longer record", {.zip64 = true, .record_size64 = 1000}, ""},
      {"a shorter record", {.zip64 = true, .record_size64 = 43}, kZip64, &Zip::end64},
      {"fewer entries on this disk", {.zip64 = true, .disk_entries64 = 0}, kZip64, &Zip::end64},
      {"disk 2", {.zip64 = true, .disk64 = 2, .directory_disk64 = 2}, kZip64, &Zip::end64},
      {"2^32 entries", {.zip64 = true, .entries = 0xffff, .entries64 = 1ULL << 32}, kZip64, &Zip::end64},
      {"2^63 entries, 46 times which is 0 in 64 bits",
       {.zip64 = true, .entries = 0xffff, .entries64 = 1ULL << 63},
       kZip64,
       &Zip::end64},
      {"2^32 entries on this disk", {.zip64 = true, .disk_entries64 = 1ULL << 32}, kZip64, &Zip::end64},
      {"2^32 bytes of directory",
       {.zip64 = true, .directory_size = kOnes, .directory_size64 = 1ULL << 32},
       kZip64,
       &Zip::end64},
      {"a directory that wraps around",
       {.zip64 = true, .directory_offset = kOnes, .directory_offset64 = ~0ULL - 10},
       kZip64,
       &Zip::end64},
      {"no disks", {.zip64 = true, .disks = 0}, kZip64, &Zip::locator},
      {"two disks", {.zip64 = true, .disks = 2}, kZip64, &Zip::locator},
      {"a locator that points outside the file", {.zip64 = true, .locator_offset = 1ULL << 40}, kZip64, &Zip::locator},
      {"a locator that is not in front of the end record", {.before_end = "x", .zip64 = true, .entries64 = 9}, ""},
      {"DEV-102 another number of entries", {.zip64 = true, .entries = 2}, kAmbiguous, &Zip::end64},
      {"DEV-102 another size", {.zip64 = true, .directory_size = 0}, kAmbiguous, &Zip::end64},
      {"DEV-102 another offset", {.zip64 = true, .directory_offset = 0}, kAmbiguous, &Zip::end64},
      {"DEV-103 a record passed over", {.zip64 = true, .locator_offset = 3}, kAmbiguous, &Zip::locator},
      {"a locator that points to something else",
       {.zip64 = true, .before_locator = "some bytes", .locator_offset = 3},
       ""},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("the last end record counts, unless only an earlier one ends with the file") {
  const Zip good = BuildZip(kOne);
  const std::string end = good.bytes.substr(good.end);
  const std::string empty_end = end.substr(0, 4) + std::string(18, '\0');
  SECTION("the same end record twice") { CHECK(Open(good.bytes + end) == "accepted"); }
  SECTION("an end record without records in the comment") {
    const Zip zip = BuildZip(kOne, {.comment = empty_end});
    CHECK(Open(zip.bytes) == At(kEocd, zip.end + 22));
  }
  SECTION("DEV-101: the comment holds an end record that does not end with the file") {
    const Zip zip = BuildZip(kOne, {.comment = end + "zz"});
    CHECK(Open(zip.bytes) == At(kAmbiguous, zip.end));
  }
  SECTION("one in a payload, where neither ends with the file") {
    CHECK(Open(BuildZip({{.name = "a/x", .payload = end}}, {.tail = "zz"}).bytes) == "accepted");
  }
  SECTION("a signature with fewer than 22 bytes is none") { CHECK(Open(good.bytes + end.substr(0, 21)) == "accepted"); }
}

TEST_CASE("the end record is looked for as far back as torch looks") {
  // Windows of 4,096 bytes, each 4,093 further back, while they lie inside the file and fewer than 65,557 bytes were
  // seen: 4,096 + 16 * 4,093 = 69,584 bytes, 22 of them the record.
  const auto with_tail = [](std::size_t front, std::size_t tail) {
    return Open(
        BuildZip({{.name = "a/x", .payload = std::string(front, 'y')}}, {.tail = std::string(tail, 'x')}).bytes);
  };
  CHECK(with_tail(200000, 69562) == "accepted");
  CHECK(with_tail(200000, 69563) == At(kEocd, 0));
  // One window covers a file up to 4,096 bytes; the next one must not start before the file.
  CHECK(with_tail(10, 4000) == "accepted");
  CHECK(with_tail(10, 4500) == At(kEocd, 0));
  CHECK(with_tail(5000, 4500) == "accepted");
  CHECK(with_tail(10, 60000) == At(kEocd, 0));
}

TEST_CASE("a file without end record is refused as a whole") {
  const Zip zip = BuildZip(kOne);
  CHECK(Open(zip.bytes.substr(0, zip.bytes.size() - 1)) == At(kEocd, 0));
  CHECK(Open("PK\3\4") == At(kEocd, 0));
  CHECK(Open(std::string("PK\5\6") + std::string(17, '\0')) == At(kEocd, 0));
  CHECK(Open(std::string("PK\5\6") + std::string(18, '\0')) == At(kEocd, 0));  // nothing in front: no zip64 locator
}

TEST_CASE("the archive tells where it ends") {
  const Zip zip = BuildZip(kOne, {.comment = "hello", .tail = "junk"});
  const container::Archive archive(AsBytes(zip.bytes));
  CHECK(archive.directory_offset() == zip.directory);
  CHECK(archive.directory_size() == 46 + 3);
  CHECK(archive.comment_size() == 5);
  CHECK(archive.end_offset() == zip.bytes.size() - 4);
  const Zip lying = BuildZip(kOne, {.comment = "hi", .comment_length = 500});
  const container::Archive cut(AsBytes(lying.bytes));
  CHECK(cut.comment_size() == 2);
  CHECK(cut.end_offset() == lying.bytes.size());
}

TEST_CASE("an archive cut at any byte is refused") {
  const Zip zip =
      BuildZip({{.name = "a/x", .payload = "data"}, {.name = "a/y", .payload = "more", .method = 8}}, {.zip64 = true});
  for (std::size_t size = 0; size < zip.bytes.size(); ++size) {
    INFO("cut after " << size);
    CHECK(Open(zip.bytes.substr(0, size)) == At(kEocd, 0));
  }
}

}  // namespace weightsonly::testing
