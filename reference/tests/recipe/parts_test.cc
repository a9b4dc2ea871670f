// The parts of an archive and their fields. What is expected is written as the zip specification (APPNOTE) lays it out.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "container/zip.h"
#include "tests/catch.h"
#include "tests/recipe/made.h"

namespace weightsonly::recipe {
namespace {

using namespace std::string_literals;

constexpr std::uint32_t kCrcOfA = 0xe8b7be43;  // of "a"

std::string Little(std::uint64_t value, int width) {
  std::string out;
  for (int i = 0; i < width; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
  return out;
}

// A local header of version, time and date 0.
std::string Local(std::uint64_t flags, std::uint64_t method, std::uint64_t crc, std::uint64_t compressed,
                  std::uint64_t size, const std::string& name, const std::string& extra = "") {
  return "PK\3\4" + Little(0, 2) + Little(flags, 2) + Little(method, 2) + Little(0, 4) + Little(crc, 4) +
         Little(compressed, 4) + Little(size, 4) + Little(name.size(), 2) + Little(extra.size(), 2) + name + extra;
}

std::string Central(std::uint64_t flags, std::uint64_t method, std::uint64_t crc, std::uint64_t compressed,
                    std::uint64_t size, std::uint64_t offset, const std::string& name, const std::string& extra = "") {
  return "PK\1\2" + Little(0, 4) + Little(flags, 2) + Little(method, 2) + Little(0, 4) + Little(crc, 4) +
         Little(compressed, 4) + Little(size, 4) + Little(name.size(), 2) + Little(extra.size(), 2) + Little(0, 10) +
         Little(offset, 4) + name + extra;
}

std::string End(std::uint64_t count, std::uint64_t size, std::uint64_t offset) {
  return "PK\5\6" + Little(0, 4) + Little(count, 2) + Little(count, 2) + Little(size, 4) + Little(offset, 4) +
         Little(0, 2);
}

TEST_CASE("an archive of one record") {
  CHECK(Made("RECORD \"n\"\nTEXT \"a\"\nDIRECTORY\nEND") ==
        Local(0x800, 0, kCrcOfA, 1, 1, "n") + "a" + Central(0x800, 0, kCrcOfA, 1, 1, 0, "n") + End(1, 47, 32));
  CHECK(Made("END") == End(0, 0, 0));
  CHECK(Made("RAW 00\nEND") == "\0"s + End(0, 0, 1));
}

TEST_CASE("a data descriptor takes the numbers out of the local header") {
  const std::string local = Local(0x808, 0, 0, 0, 0, "n") + "a";
  const std::string narrow = Little(kCrcOfA, 4) + Little(1, 4) + Little(1, 4);
  CHECK(Made("RECORD \"n\"\nTEXT \"a\"\nDESCRIPTOR") == local + "PK\7\10" + narrow);
  CHECK(Made("RECORD \"n\"\nTEXT \"a\"\nDESCRIPTOR signed") == local + "PK\7\10" + narrow);
  CHECK(Made("RECORD \"n\"\nTEXT \"a\"\nDESCRIPTOR plain") == local + narrow);
  CHECK(Made("RECORD \"n\"\nTEXT \"a\"\nDESCRIPTOR wide") ==
        local + "PK\7\10" + Little(kCrcOfA, 4) + Little(1, 8) + Little(1, 8));
  CHECK(Made("RECORD \"n\"\nTEXT \"a\"\nDESCRIPTOR signature=1 crc=2 compressed=3 size=4") ==
        local + Little(1, 4) + Little(2, 4) + Little(3, 4) + Little(4, 4));
  CHECK(Made("RECORD \"n\" crc=7 central.size=9\nTEXT \"a\"\nDESCRIPTOR\nTEXT \"b\"\nDIRECTORY") ==
        Local(0x808, 0, 7, 0, 0, "n") + "aPK\7\10" + Little(7, 4) + Little(1, 4) + Little(1, 4) + "b" +
            Central(0x808, 0, 7, 1, 9, 0, "n"));
}

// Where a field stands, by its prefix: offsets in the local and in the central header of the record "n".
TEST_CASE("every field of a record changes its place in either header") {
  struct Row {
    const char* name;
    int width;
    int local, central;  // -1: not there
  };
  constexpr Row kRows[] = {{"signature", 4, 0, 0},        {"version_made", 2, -1, 4},
                           {"version", 2, 4, 6},          {"flags", 2, 6, 8},
                           {"method", 2, 8, 10},          {"time", 2, 10, 12},
                           {"date", 2, 12, 14},           {"crc", 4, 14, 16},
                           {"compressed", 4, 18, 20},     {"size", 4, 22, 24},
                           {"name_length", 2, 26, 28},    {"extra_length", 2, 28, 30},
                           {"comment_length", 2, -1, 32}, {"disk", 2, -1, 34},
                           {"internal", 2, -1, 36},       {"external", 4, -1, 38},
                           {"offset", 4, -1, 42}};
  const std::string plain = Made("RECORD \"n\"\nTEXT \"a\"\nDIRECTORY");
  constexpr int kCentralAt = 32;
  for (const Row& row : kRows) {
    const std::string name = row.name;
    CAPTURE(name);
    const std::string value = row.width == 2 ? "=0x1234" : "=0x12345678";
    const std::string bytes = row.width == 2 ? "\x34\x12" : "\x78\x56\x34\x12";
    const auto with = [&](const std::string& prefix) {
      return Assemble("RECORD \"n\" " + prefix + name + value + "\nTEXT \"a\"\nDIRECTORY");
    };
    std::string local = plain;
    if (row.local >= 0) local.replace(row.local, row.width, bytes);
    std::string central = plain;
    central.replace(kCentralAt + row.central, row.width, bytes);
    std::string both = local;
    both.replace(kCentralAt + row.central, row.width, bytes);
    CHECK(with("central.").value() == central);
    CHECK((with("local.") ? *with("local.") : "") == (row.local >= 0 ? local : ""));
    const bool is_shared = row.local >= 0 && name != "signature";
    CHECK((with("") ? *with("") : "") == (is_shared ? both : ""));
    CHECK(Made("RECORD \"n\" listed=0\nTEXT \"a\"\nENTRY 0 " + name + value) == central);
    CHECK(Fault("RECORD \"n\"\nENTRY 0 central." + name + value) ==
          "2: local. and central. belong to the fields of a record");
    const std::string wide = row.width == 2 ? "=65536" : "=4294967296";
    CHECK(Fault("RECORD \"n\"\nENTRY 0 " + name + wide)
              .ends_with(" does not fit into " + std::to_string(row.width) + " bytes"));
  }
}

TEST_CASE("texts of headers") {
  CHECK(Made("RECORD \"n\" local.name=\"l\" central.name=\"cc\"\nDIRECTORY") ==
        Local(0x800, 0, 0, 0, 0, "l") + Central(0x800, 0, 0, 0, 0, 0, "cc"));
  CHECK(Made("RECORD \"n\" name=\"m\"\nDIRECTORY") ==
        Local(0x800, 0, 0, 0, 0, "m") + Central(0x800, 0, 0, 0, 0, 0, "m"));
  CHECK(Made("RECORD \"n\" extra=bytes:0102 central.extra=\"\"\nDIRECTORY") ==
        Local(0x800, 0, 0, 0, 0, "n", "\1\2") + Central(0x800, 0, 0, 0, 0, 0, "n"));
  std::string commented = Central(0x800, 0, 0, 0, 0, 0, "n") + "c";
  commented[32] = 1;
  CHECK(Made("RECORD \"n\" central.comment=\"c\"\nDIRECTORY") == Local(0x800, 0, 0, 0, 0, "n") + commented);
  CHECK(Fault("RECORD \"n\" comment=\"c\"") == "1: there is no field comment here");
}

TEST_CASE("a payload is aligned with the padding of torch") {
  const std::string made = Made("RAW 00\nRECORD \"n\" align=64\nTEXT \"a\"\nRECORD \"m\" align=4");
  CHECK(made == "\0"s + Local(0x800, 0, kCrcOfA, 1, 1, "n", "FB" + Little(28, 2) + std::string(28, 'Z')) + "a" +
                    Local(0x800, 0, 0, 0, 0, "m", "FB" + Little(0, 2)));
  CHECK(made.find('a') == 64);
  CHECK(Made("RECORD \"n\" align=64 extra=\"\"") == Local(0x800, 0, 0, 0, 0, "n"));
  CHECK(Made("RECORD \"n\" align=64 local.extra=\"\"") == Local(0x800, 0, 0, 0, 0, "n"));
  CHECK(Made("RECORD \"n\" align=0") == Local(0x800, 0, 0, 0, 0, "n"));
}

TEST_CASE("zip64 moves the true numbers into an extra field") {
  const std::string local =
      Local(0x800, 0, kCrcOfA, 0xffffffff, 0xffffffff, "n", Little(1, 2) + Little(16, 2) + Little(1, 8) + Little(1, 8));
  const std::string central = Central(0x800, 0, kCrcOfA, 0xffffffff, 0xffffffff, 0xffffffff, "n",
                                      Little(1, 2) + Little(24, 2) + Little(1, 8) + Little(1, 8) + Little(0, 8));
  CHECK(Made("RECORD \"n\" zip64=1\nTEXT \"a\"\nDIRECTORY") == local + "a" + central);
  CHECK(Made("RECORD \"n\" local.zip64=1\nTEXT \"a\"\nDIRECTORY") ==
        local + "a" + Central(0x800, 0, kCrcOfA, 1, 1, 0, "n"));
  CHECK(Made("RECORD \"n\" zip64=1 local.zip64=0\nTEXT \"a\"\nDIRECTORY") ==
        Local(0x800, 0, kCrcOfA, 1, 1, "n") + "a" + central);
  CHECK(Made("RECORD \"n\" central.zip64=1\nTEXT \"a\"\nENTRY 0 zip64=0") ==
        Local(0x800, 0, kCrcOfA, 1, 1, "n") + "a" + Central(0x800, 0, kCrcOfA, 1, 1, 0, "n"));
  CHECK(Made("RECORD \"n\" zip64=1 size=4294967296 extra=\"\"\nTEXT \"a\"\nGAP") ==
        Local(0x800, 0, kCrcOfA, 0xffffffff, 0xffffffff, "n") + "a");
  CHECK(Made("RECORD \"n\" local.zip64=1 local.size=4294967296\nTEXT \"a\"") ==
        Local(0x800, 0, kCrcOfA, 0xffffffff, 0xffffffff, "n",
              Little(1, 2) + Little(16, 2) + Little(1ULL << 32, 8) + Little(1, 8)) +
            "a");
}

TEST_CASE("deflate without a choice inflates to the content") {
  const std::string stored = "\1\1\0\xfe\xff"s + "a";
  const std::string fixed = "\x4b\x04\0"s;  // RFC 1951, 3.2.6: 1 01, 10010001, 0000000
  CHECK(Made("RECORD \"n\" deflate=stored\nTEXT \"a\"") == Local(0x800, 8, kCrcOfA, 6, 1, "n") + stored);
  CHECK(Made("RECORD \"n\" deflate=fixed\nTEXT \"a\"") == Local(0x800, 8, kCrcOfA, 3, 1, "n") + fixed);
  for (const std::string& form : {"stored"s, "fixed"s}) {
    for (const std::uint64_t size : {0, 1, 143, 65534, 65535, 65536, 200000}) {
      CAPTURE(form, size);
      std::string text = "RECORD \"n\" deflate=" + form + "\nREPEAT " + std::to_string(size / 256) + " RAW ";
      for (int byte = 0; byte < 256; ++byte)
        text += "0123456789abcdef"[byte / 16], text += "0123456789abcdef"[byte % 16];
      text += "\nREPEAT " + std::to_string(size % 256) + " RAW ff\n";
      const std::string payload = Made(text).substr(31);
      std::vector<std::byte> content(size);
      container::Inflate(AsBytes(payload), content, 0);
      for (std::uint64_t i = 0; i < size; ++i) {
        const auto expected = static_cast<std::uint8_t>(i < size / 256 * 256 ? i % 256 : 255);
        if (std::to_integer<std::uint8_t>(content[i]) != expected) FAIL(i);
      }
    }
  }
}

TEST_CASE("directories by hand") {
  const std::string records = Local(0x800, 0, 0, 0, 0, "a") + Local(0x800, 0, 0, 0, 0, "b");
  const std::string a = Central(0x800, 0, 0, 0, 0, 0, "a");
  const std::string b = Central(0x800, 0, 0, 0, 0, 31, "b");
  const std::string text = "RECORD \"a\" listed=0\nRECORD \"b\"\n";
  CHECK(Made(text + "DIRECTORY\nEND") == records + b + End(1, 47, 62));
  CHECK(Made(text + "ENTRY 1\nENTRY 0\nEND") == records + b + a + End(2, 94, 62));
  CHECK(Made(text + "ENTRY 0\nTEXT \"x\"\nENTRY 0\nEND") == records + a + "x" + a + End(2, 95, 62));
  CHECK(Made("RECORD \"a\"\nTEXT \"x\"\nGAP\nTEXT \"y\"\nEND")
            .starts_with(Local(0x800, 0, 0x8cdc1683, 1, 1, "a") + "xyPK\5\6"));
  CHECK(Fault(text + "ENTRY 2") == "3: there is no record 2 before this line");
  CHECK(Fault("ENTRY 0") == "1: there is no record 0 before this line");
}

TEST_CASE("end records have what is right unless a field says otherwise") {
  const std::string record = "RECORD \"n\"\nDIRECTORY\n";
  const std::string front = Made(record);
  const std::string end64 = "PK\6\6" + Little(44, 8) + Little(0x31e, 2) + Little(45, 2) + Little(0, 8) + Little(1, 8) +
                            Little(1, 8) + Little(47, 8) + Little(31, 8);
  CHECK(Made(record + "END64\nLOCATOR") ==
        front + end64 + "PK\6\7" + Little(0, 4) + Little(front.size(), 8) + Little(1, 4));
  CHECK(Made("END64 signature=1 length=2 version_made=3 version=4 disk=5 disk_start=6 count=7 total=8 directory_size=9 "
             "directory_offset=10") == Little(1, 4) + Little(2, 8) + Little(3, 2) + Little(4, 2) + Little(5, 4) +
                                           Little(6, 4) + Little(7, 8) + Little(8, 8) + Little(9, 8) + Little(10, 8));
  CHECK(Made("LOCATOR") == "PK\6\7" + Little(0, 12) + Little(1, 4));
  CHECK(Made("LOCATOR signature=1 disk=2 end64_offset=3 disks=4") ==
        Little(1, 4) + Little(2, 4) + Little(3, 8) + Little(4, 4));
  CHECK(Made("END signature=1 disk=2 disk_start=3 count=4 total=5 directory_size=6 directory_offset=7 comment=\"c\" "
             "comment_length=9") == Little(1, 4) + Little(2, 2) + Little(3, 2) + Little(4, 2) + Little(5, 2) +
                                        Little(6, 4) + Little(7, 4) + Little(9, 2) + "c");
  CHECK(Made("END comment=\"cd\"") == End(0, 0, 0).substr(0, 20) + Little(2, 2) + "cd");
}

TEST_CASE("a short recipe makes its archive") {
  const auto whole = [](const std::string& middle) {
    return Made("RECORD \"archive/data.pkl\"\nSTOP\n" + middle + "DIRECTORY\nEND");
  };
  const std::string order = "RECORD \"archive/byteorder\"\nTEXT \"little\"\n";
  const std::string version = "RECORD \"archive/version\"\nTEXT \"3\\n\"\n";
  CHECK(Made("CHECKPOINT\nSTOP") == whole(order + version));
  CHECK(Made("CHECKPOINT\nSTOP\nSTORAGE \"0\" method=8\nRAW 00\nRECORD \"x\"") ==
        whole(order + "RECORD \"archive/data/0\" method=8\nRAW 00\nRECORD \"x\"\n" + version));
  CHECK(Made("CHECKPOINT byteorder=none version=none\nSTOP") == whole(""));
  CHECK(Made("# first\nCHECKPOINT byteorder=\"big\" version=bytes:34 \nSTOP\nGAP\nRAW 00") ==
        whole("RECORD \"archive/byteorder\"\nTEXT \"big\"\nGAP\nRAW 00\nRECORD \"archive/version\"\nTEXT \"4\"\n"));
  CHECK(Made("CHECKPOINT\nSTOP\nDESCRIPTOR") == whole("DESCRIPTOR\n" + order + version));
  CHECK(Made("CHECKPOINT folder=\"f\" byteorder=none version=none") == Made("RECORD \"f/data.pkl\"\nDIRECTORY\nEND"));
}

TEST_CASE("what cannot stand in an archive names its line") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"STOP\nCHECKPOINT", "2: CHECKPOINT is the first line"},
      {"TEXT \"\"\nCHECKPOINT", "2: CHECKPOINT is the first line"},
      {"CHECKPOINT\nCHECKPOINT", "2: CHECKPOINT is the first line"},
      {"CHECKPOINT \"x\"", "1: CHECKPOINT takes fields only"},
      {"CHECKPOINT byteorder=little", "1: CHECKPOINT takes folder, byteorder and version, each a string, or none"},
      {"CHECKPOINT version=3", "1: CHECKPOINT takes folder, byteorder and version, each a string, or none"},
      {"CHECKPOINT crc=3", "1: CHECKPOINT takes folder, byteorder and version, each a string, or none"},
      {"CHECKPOINT folder=none", "1: an archive has a folder"},
      {"CHECKPOINT\nEND",
       "2: CHECKPOINT makes the directory and the end itself: start with RECORD to make them by hand"},
      {"STORAGE \"0\"", "1: STORAGE goes with CHECKPOINT: use RECORD"},
      {"RECORD", "1: RECORD takes one word, then fields"},
      {"RECORD \"a\" \"b\"", "1: RECORD takes one word, then fields"},
      {"RECORD a", "1: a string in quotes is expected, not a"},
      {"RECORD crc=1 \"a\"", "1: RECORD takes one word, then fields"},
      {"RECORD \"a\" crc=1 \"b\"", "1: NAME=VALUE is expected, not \"b\""},
      {"RECORD \"a\" crc=", "1: NAME=VALUE is expected, not crc="},
      {"RECORD \"a\" nix=1", "1: there is no field nix"},
      {"RECORD \"a\" central.nix=1", "1: there is no field central.nix"},
      {"RECORD \"a\" count=1", "1: there is no field count here"},
      {"RECORD \"a\" disk=1", "1: there is no field disk here"},
      {"RECORD \"a\" local.align=1", "1: there is no field align here"},
      {"RECORD \"a\" crc=1 local.crc=1 crc=1", "1: crc is given twice"},
      {"RECORD \"a\" crc=\"1\"", "1: crc cannot be that kind of value"},
      {"RECORD \"a\" crc=one", "1: crc cannot be that kind of value"},
      {"RECORD \"a\" crc=-1", "1: -1 is not in 0..18446744073709551615"},
      {"RECORD \"a\" name=1", "1: name cannot be that kind of value"},
      {"RECORD \"a\" extra=bytes:1", "1: bytes:1 holds no whole number of bytes in lower-case hex digits"},
      {"RECORD \"a\" align=65537", "1: align cannot be that"},
      {"RECORD \"a\" listed=2", "1: listed cannot be that"},
      {"RECORD \"a\" zip64=2", "1: zip64 cannot be that"},
      {"RECORD \"a\" zip64=yes", "1: zip64 cannot be that kind of value"},
      {"RECORD \"a\" deflate=best", "1: deflate cannot be that"},
      {"RECORD \"a\" deflate=1", "1: deflate cannot be that kind of value"},
      {"RECORD \"a\" method=65536", "1: method=65536 does not fit into 2 bytes"},
      {"\nRECORD \"a\" size=4294967296\nRAW 00\nGAP", "2: size=4294967296 does not fit into 4 bytes"},
      {"\nRECORD \"" + std::string(65536, 'a') + "\"\nRAW 00\n", "2: name_length=65536 does not fit into 2 bytes"},
      {"DESCRIPTOR", "1: DESCRIPTOR signed, plain or wide stands behind the content of a record"},
      {"RECORD \"a\"\nGAP\nDESCRIPTOR", "3: DESCRIPTOR signed, plain or wide stands behind the content of a record"},
      {"RECORD \"a\"\nDESCRIPTOR tall", "2: DESCRIPTOR signed, plain or wide stands behind the content of a record"},
      {"RECORD \"a\"\nDESCRIPTOR plain wide", "2: DESCRIPTOR takes at most one word, then fields"},
      {"RECORD \"a\"\nDESCRIPTOR plain signature=1", "2: there is no field signature here"},
      {"RECORD \"a\"\nDESCRIPTOR size=4294967296", "1: size=4294967296 does not fit into 4 bytes"},
      {"RECORD \"a\"\nDESCRIPTOR local.size=1", "2: local. and central. belong to the fields of a record"},
      {"GAP 1", "1: GAP takes nothing"},
      {"GAP crc=1", "1: GAP takes no fields"},
      {"DIRECTORY crc=1", "1: DIRECTORY takes no fields"},
      {"RECORD \"a\"\nENTRY", "2: ENTRY takes one word, then fields"},
      {"RECORD \"a\"\nENTRY x", "2: an integer is expected, not x"},
      {"RECORD \"a\"\nENTRY 0 deflate=fixed", "2: there is no field deflate here"},
      {"END64 version=65536", "1: version=65536 does not fit into 2 bytes"},
      {"END64 comment=\"c\"", "1: there is no field comment here"},
      {"LOCATOR offset=1", "1: there is no field offset here"},
      {"END count=65536", "1: count=65536 does not fit into 2 bytes"},
      {"END local.count=1", "1: local. and central. belong to the fields of a record"},
  };
  for (const auto& [text, fault] : rows) {
    CAPTURE(text);
    CHECK(Fault(text) == fault);
  }
}

}  // namespace
}  // namespace weightsonly::recipe
