// The central directory. The second source of each verdict is torch 2.15.0, run on archives of the same layout (the
// evidence of ZIP-013 to ZIP-029 in SPEC.md), or the deviation that the row names.
#include "container/zip.h"
#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {
namespace {

using container::Archive;
using container::Entry;

constexpr const char* kDirectory = "container.zip.central-directory";
constexpr const char* kZip64 = "container.zip.zip64";
constexpr const char* kName = "container.zip.name";
constexpr std::uint32_t kOnes = 0xffffffff;

std::string Open(const Zip& zip) {
  return Outcome([&] { const Archive archive(AsBytes(zip.bytes)); });
}

struct Row {
  const char* name;
  Record second;     // the entry after "a/x", which nobody reads
  const char* kind;  // "" accepted; otherwise the second entry is guilty
};

void CheckRow(const Row& row) {
  const Zip zip = BuildZip({{.name = "a/x", .payload = "data"}, row.second});
  CHECK(Open(zip) == (*row.kind == '\0' ? "accepted" : At(row.kind, zip.central[1])));
}

std::string Long(std::size_t size, char c = 'n') { return std::string(size, c); }

}  // namespace

TEST_CASE("an entry that nobody reads is judged as far as torch judges it") {
  const std::string four = "1234";
  const Row rows[] = {
      {"plain", {.name = "a/y", .payload = four}, ""},
      {"a wrong signature", {.name = "a/y", .signature = 0x02014b51}, kDirectory},
      {"a name past the end", {.name = "a/y", .name_length = 9999}, kDirectory},
      {"an extra field past the end", {.name = "a/y", .extra_length = 9999}, kDirectory},
      {"a comment past the end", {.name = "a/y", .comment_length = 9999}, kDirectory},
      {"disk 1", {.name = "a/y", .disk = 1}, ""},
      {"disk 2", {.name = "a/y", .disk = 2}, kDirectory},
      {"disk 65535", {.name = "a/y", .disk = 0xffff}, kDirectory},
      {"stored with two sizes", {.name = "a/y", .payload = four, .size = 3}, kDirectory},
      {"stored with two sizes and a time", {.name = "a/y", .payload = four, .size = 3, .time = 1}, ""},
      {"a size and no bytes", {.name = "a/y", .method = 8, .stream = "", .size = 3}, kDirectory},
      {"bytes and no size", {.name = "a/y", .method = 8, .stream = "123"}, ""},
      {"outside the file", {.name = "a/y", .payload = four, .header_offset = 5000}, kDirectory},
      {"longer than the file", {.name = "a/y", .size = 5000, .compressed_size = 5000}, kDirectory},
      {"encrypted", {.name = "a/y", .flags = 1}, ""},
      {"patched", {.name = "a/y", .flags = 0x20}, ""},
      {"strongly encrypted", {.name = "a/y", .flags = 0x40}, ""},
      {"in an encrypted directory", {.name = "a/y", .flags = 0x2000}, "container.zip.encrypted"},
      {"method 12", {.name = "a/y", .payload = four, .method = 12}, ""},
      {"version 99 needed", {.name = "a/y", .version_needed = 99}, ""},
      {"a directory", {.name = "a/y/", .attributes = 0x10}, ""},
      {"a comment", {.name = "a/y", .comment = "hello"}, ""},
      {"a wrong local header", {.name = "a/y", .local_signature = 0}, ""},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("the zip64 field of an entry that nobody reads is judged as far as torch judges it") {
  const std::string other("FB\2\0ZZ", 6);
  const Row rows[] = {
      {"not needed, and nonsense", {.name = "a/y", .extra = "x"}, ""},
      {"all values", {.name = "a/y", .size = kOnes, .compressed_size = kOnes, .extra = Zip64Field({3, 3})}, ""},
      {"behind another field",
       {.name = "a/y", .size = kOnes, .compressed_size = kOnes, .extra = other + Zip64Field({3, 3})},
       ""},
      {"missing", {.name = "a/y", .size = kOnes, .compressed_size = kOnes}, ""},
      {"too short", {.name = "a/y", .size = kOnes, .compressed_size = kOnes, .extra = Zip64Field({3})}, ""},
      {"too short, read past its end",
       {.name = "a/y", .size = kOnes, .compressed_size = kOnes, .extra = Zip64Field({3}) + other + other},
       kDirectory},
      {"cut off", {.name = "a/y", .size = kOnes, .extra = std::string("\1\0\x20\0", 4)}, kZip64},
      {"a header cut off", {.name = "a/y", .size = kOnes, .extra = "FB"}, kZip64},
      {"the first of two counts",
       {.name = "a/y", .compressed_size = kOnes, .extra = Zip64Field({0}) + Zip64Field({1ULL << 60})},
       ""},
      {"a size of 2^62", {.name = "a/y", .compressed_size = kOnes, .extra = Zip64Field({1ULL << 62})}, kDirectory},
      {"DEV-104 an offset that wraps around",
       {.name = "a/y", .header_offset = kOnes, .extra = Zip64Field({~0ULL - 20})},
       kDirectory},
      {"a size of 2^32-1", {.name = "a/y", .compressed_size = kOnes, .extra = Zip64Field({kOnes})}, ""},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("a name is judged whether the entry is read or not") {
  const Row rows[] = {
      {"outside", {.name = "b/y"}, kName},
      {"outside by letter case", {.name = "A/y"}, kName},
      {"the folder without slash", {.name = "a"}, kName},
      {"empty", {.name = ""}, kName},
      {"a longer folder", {.name = "ab/y"}, kName},
      {"the folder itself", {.name = "a/"}, ""},
      {"DEV-105 a NUL", {.name = std::string("a/y\0z", 5)}, kName},
      {"UTF-8", {.name = "a/\xc3\xa4"}, ""},
      {"not UTF-8", {.name = "a/\xff"}, kName},
      {"a surrogate", {.name = "a/\xed\xa0\x80"}, kName},
      {"65535 bytes", {.name = "a/" + Long(65533)}, ""},
      {"a character that ends at byte 511", {.name = "a/" + Long(507) + "\xc3\xa4" + "\xff"}, ""},
      {"a character that byte 511 divides", {.name = "a/" + Long(508) + "\xc3\xa4"}, kName},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("the first entry names the archive") {
  const auto open = [](const std::string& first) { return Open(BuildZip({{.name = first}})); };
  CHECK(open("x") == At(kName, 31));
  CHECK(open("/x") == "accepted");
  CHECK(open("../x") == "accepted");
  CHECK(open("\xff\xfe/x") == "accepted");
  CHECK(open(Long(510, 'p') + "/x") == "accepted");
  CHECK(open(Long(511, 'p') + "/x") == At(kName, 30 + 513));
  CHECK(open(std::string("a\0b/x", 5)) == At(kName, 35));
  const Zip zip = BuildZip({{.name = "two/levels/x"}, {.name = "two/y"}});
  const Archive archive(AsBytes(zip.bytes));
  CHECK(archive.prefix() == "two");
  CHECK(archive.NameOf(archive.entries()[0]) == "levels/x");
  CHECK(archive.NameOf(archive.entries()[1]) == "y");
}

TEST_CASE("as many entries are read as the end record announces") {
  const std::vector<Record> three = {{.name = "a/1"}, {.name = "a/2"}, {.name = "b/3"}};
  Zip zip = BuildZip(three, {.entries = 2});
  const Archive archive(AsBytes(zip.bytes));
  CHECK(archive.entries().size() == 2);
  CHECK(archive.Find("3") == nullptr);
  zip = BuildZip({{.name = "a/1"}}, {.tail = std::string(30, 'x'), .entries = 2, .directory_size = 2 * 46});
  CHECK(Open(zip) == At(kDirectory, zip.end));
  zip = BuildZip({{.name = "a/1"}, {.name = "a/2"}}, {.directory_size = 2 * 46 + 3});
  CHECK(Open(zip) == At(kDirectory, zip.central[1]));
}

TEST_CASE("a refused name says what is wrong with it") {
  const auto detail = [](std::vector<Record> records) {
    const Zip zip = BuildZip(records);
    return RefusalOf([&] { const Archive archive(AsBytes(zip.bytes)); })->detail;
  };
  CHECK(detail({{.name = "x"}}) == "record name x: it lies in no folder");
  CHECK(detail({{.name = Long(511) + "/x"}}).ends_with(": its folder's name has more than 510 bytes"));
  CHECK(detail({{.name = std::string("a\0b/x", 5)}}) == "record name a\\x00b: it holds a NUL");
  CHECK(detail({{.name = "a/x"}, {.name = "b/x"}}) ==
        "record name b/x: it lies outside the folder of the first record, a");
  CHECK(detail({{.name = "a/\xff"}}).ends_with(": it is not UTF-8"));
}

TEST_CASE("the directory may stand behind the end record, and its last entry is not read past the end of the file") {
  const Zip plain = BuildZip({{.name = "a/1"}}, {.entries = 2, .directory_size = 49 + 45, .directory_offset = 33 + 22});
  std::string bytes = plain.bytes.substr(0, 33) + plain.bytes.substr(plain.end) + plain.bytes.substr(33, 49);
  bytes += bytes.substr(33 + 22, 45);
  CHECK(Open({.bytes = bytes, .local = {}, .payload = {}, .central = {}}) == At(kDirectory, 33 + 22 + 49));
  bytes[33 + 8] = bytes[33 + 10] = 1;
  CHECK(Open({.bytes = bytes, .local = {}, .payload = {}, .central = {}}) == "accepted");
}

TEST_CASE("offsets count from the first byte of the file, whatever stands in front of the archive") {
  const Zip zip = BuildZip({{.name = "a/x", .payload = "data"}});
  CHECK(Open({.bytes = "PK\3\4" + zip.bytes, .local = {}, .payload = {}, .central = {}}) ==
        At(kDirectory, zip.directory));
}

TEST_CASE("a record is found by its name in any letter case, and refused when two have it") {
  const Zip zip = BuildZip({{.name = "a/Data.PKL", .payload = "1"},
                            {.name = "a/twice"},
                            {.name = "a/\xc3\xa4"},
                            {.name = "a/Twice"},
                            {.name = "a/x"},
                            {.name = "a/twice"}});
  const Archive archive(AsBytes(zip.bytes));
  const Entry* found = archive.Find("data.pkl");
  REQUIRE(found != nullptr);
  CHECK(archive.NameOf(*found) == "Data.PKL");
  CHECK(archive.IndexOf(*found) == 0);
  CHECK(archive.DirectoryOffsetOf(*found) == zip.central[0]);
  CHECK(archive.Find("x") != nullptr);
  CHECK(archive.Find("\xc3\x84") == nullptr);  // only ASCII letters are folded
  CHECK(archive.Find("data.pk") == nullptr);
  CHECK(archive.Find("") == nullptr);
  CHECK(archive.Find(std::string_view("x\0y", 3)) == nullptr);
  const auto refused = Outcome([&] { static_cast<void>(archive.Find("TWICE")); });
  CHECK(refused == At("container.zip.duplicate-name", zip.central[3]));
  CHECK(archive.FindNear(4, "x") == &archive.entries()[4]);
  for (const std::size_t guess : {std::size_t{0}, std::size_t{5}, std::size_t{6}, SIZE_MAX}) {
    CHECK(archive.FindNear(guess, "x") == &archive.entries()[4]);
    CHECK(archive.FindNear(guess, "y") == nullptr);
  }
  for (const std::size_t guess : {1, 3, 4, 5}) {
    const auto near = Outcome([&] { static_cast<void>(archive.FindNear(guess, "twice")); });
    CHECK(near == At("container.zip.duplicate-name", zip.central[3]));
  }
  CHECK(archive.FindExactly("data.pkl") == nullptr);
  CHECK(archive.FindExactly("Data.PKL") == found);
  CHECK(archive.FindExactly("Twice") == &archive.entries()[3]);
  CHECK(archive.FindExactly("TWICE") == nullptr);
}

TEST_CASE("every one of many records is found") {
  std::vector<Record> records;
  for (int i = 0; i < 3000; ++i) records.push_back({.name = "a/Record/" + std::to_string(i), .payload = "x"});
  const Zip zip = BuildZip(records);
  const Archive archive(AsBytes(zip.bytes));
  for (int i = 0; i < 3000; ++i) {
    const Entry* found = archive.Find("rEcOrD/" + std::to_string(i));
    if (found == nullptr || archive.IndexOf(*found) != static_cast<std::size_t>(i)) FAIL("record " << i);
    if (archive.Locate(*found).offset != zip.payload[static_cast<std::size_t>(i)]) FAIL("payload " << i);
  }
  CHECK(archive.Find("Record/3000") == nullptr);
}

}  // namespace weightsonly::testing
