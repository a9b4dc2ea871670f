// Floor 2. The opcode table against what torch and Python's pickletools say of each byte (opcodes-2.15.0.txt), and the
// decoder at the edges of every kind of operand.
#include "pickle/decoder.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.h"

namespace weightsonly::pickle {
namespace {

using namespace std::string_literals;

// A copy that ends where its memory ends, so that a sanitizer sees a read behind it.
std::vector<std::byte> Exact(std::string_view text) {
  const Bytes bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

// One line of the dump of fixtures-gen/dump_opcodes.py.
struct Row {
  unsigned byte;
  bool accepted;
  std::string name;
  std::string argument;
};

std::vector<Row> Dump() {
  std::ifstream file(WEIGHTSONLY_SOURCE_DIR "/reference/tests/pickle/opcodes-2.15.0.txt");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    Row row;
    std::string verdict;
    fields >> std::hex >> row.byte >> verdict >> row.name >> row.argument;
    row.accepted = verdict == "accepted";
    rows.push_back(row);
  }
  return rows;
}

// pickletools' kinds of operand and ours. Ours are fewer: it also says what the bytes mean.
const std::map<std::string, Operand> kKinds = {
    {"none", Operand::kNone},
    {"uint1", Operand::kU8},
    {"uint2", Operand::kU16},
    {"int4", Operand::kI32},
    {"uint4", Operand::kU32},
    {"uint8", Operand::kU64},
    {"float8", Operand::kF64},
    {"string1", Operand::kText1},
    {"bytes1", Operand::kText1},
    {"unicodestring1", Operand::kText1},
    {"long1", Operand::kText1},
    {"string4", Operand::kText4},
    {"bytes4", Operand::kText4},
    {"unicodestring4", Operand::kText4},
    {"long4", Operand::kText4},
    {"bytes8", Operand::kText8},
    {"unicodestring8", Operand::kText8},
    {"bytearray8", Operand::kText8},
    {"decimalnl_short", Operand::kLine},
    {"decimalnl_long", Operand::kLine},
    {"floatnl", Operand::kLine},
    {"stringnl", Operand::kLine},
    {"stringnl_noescape", Operand::kLine},
    {"unicodestringnl", Operand::kLine},
    {"stringnl_noescape_pair", Operand::kTwoLines},
};

// The shortest operand of each kind that has every part.
std::string SmallOperand(Operand operand) {
  switch (operand) {
    case Operand::kNone:
      return "";
    case Operand::kU8:
      return "\x07";
    case Operand::kU16:
      return "\x07\x01"s;
    case Operand::kI32:
    case Operand::kU32:
      return "\x07\x01\x00\x00"s;
    case Operand::kU64:
      return "\x07\x01\x00\x00\x00\x00\x00\x00"s;
    case Operand::kF64:
      return "\x3f\xf8\x00\x00\x00\x00\x00\x00"s;
    case Operand::kText1:
      return "\x02"
             "ab";
    case Operand::kText4:
      return "\x02\x00\x00\x00"
             "ab"s;
    case Operand::kText8:
      return "\x02\x00\x00\x00\x00\x00\x00\x00"
             "ab"s;
    case Operand::kLine:
      return "ab\n";
    case Operand::kTwoLines:
      return "ab\ncde\n";
  }
  return "";
}

TEST_CASE("each byte is what torch 2.15.0 and pickletools say") {
  const std::vector<Row> rows = Dump();
  REQUIRE(rows.size() == 256);
  int opcodes = 0;
  int accepted = 0;
  for (const Row& row : rows) {
    INFO(row.name << " " << row.byte);
    const OpcodeInfo* info = OpcodeOf(static_cast<std::uint8_t>(row.byte));
    if (row.name == "-") {
      CHECK(info == nullptr);
      CHECK_FALSE(row.accepted);
      continue;
    }
    REQUIRE(info != nullptr);
    CHECK(info->name == row.name);
    CHECK(info->byte == row.byte);
    CHECK(info->operand == kKinds.at(row.argument));
    CHECK(info->accepted == row.accepted);
    ++opcodes;
    accepted += row.accepted ? 1 : 0;
  }
  CHECK(opcodes == 68);
  CHECK(accepted == 34);
}

TEST_CASE("an instruction ends behind its operand and what follows is not looked at") {
  for (const OpcodeInfo& info : kOpcodes) {
    INFO(info.name);
    const std::string instruction_text = static_cast<char>(info.byte) + SmallOperand(info.operand);
    const auto pickle = Exact("N" + instruction_text + "\xff");
    Instruction instruction;
    REQUIRE(Decode(pickle, 1, instruction) == DecodeStatus::kOk);
    CHECK(instruction.offset == 1);
    CHECK(instruction.end == 1 + instruction_text.size());
    CHECK(instruction.info == &info);
  }
}

TEST_CASE("an instruction cut at any byte is truncated") {
  for (const OpcodeInfo& info : kOpcodes) {
    const std::string whole = static_cast<char>(info.byte) + SmallOperand(info.operand);
    Instruction instruction;
    CHECK(Decode(Exact(whole), 0, instruction) == DecodeStatus::kOk);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      INFO(info.name << " cut to " << size);
      CHECK(Decode(Exact(whole.substr(0, size)), 0, instruction) == DecodeStatus::kTruncated);
    }
  }
}

TEST_CASE("the end of the pickle is no instruction") {
  Instruction instruction;
  CHECK(Decode({}, 0, instruction) == DecodeStatus::kEnd);
  CHECK(Decode(Exact("N"), 1, instruction) == DecodeStatus::kEnd);
  CHECK(Decode(Exact("N"), ~std::uint64_t{0}, instruction) == DecodeStatus::kEnd);
}

TEST_CASE("a byte that no protocol has is unknown, whatever follows") {
  int unknown = 0;
  for (int byte = 0; byte < 256; ++byte) {
    Instruction instruction;
    const auto pickle = Exact(static_cast<char>(byte) + "\n\n\n\n\n\n\n\n\n\n"s);
    if (Decode(pickle, 0, instruction) == DecodeStatus::kUnknownOpcode) ++unknown;
  }
  CHECK(unknown == 256 - 68);
}

struct NumberRow {
  const char* fact;
  std::string pickle;
  std::int64_t integer;
};

TEST_CASE("numbers are little-endian, and signed only in BININT and EXT4") {
  const std::vector<NumberRow> rows = {
      {"BININT1 0", "K\x00"s, 0},
      {"BININT1 255", "K\xff", 255},
      {"PROTO 255", "\x80\xff", 255},
      {"BINGET 128", "h\x80", 128},
      {"BINPUT 255", "q\xff", 255},
      {"BININT2 256", "M\x00\x01"s, 256},
      {"BININT2 65535", "M\xff\xff", 65535},
      {"BININT 1", "J\x01\x00\x00\x00"s, 1},
      {"BININT 2^31-1", "J\xff\xff\xff\x7f", 2147483647},
      {"BININT -2^31", "J\x00\x00\x00\x80"s, -2147483648LL},
      {"BININT -1", "J\xff\xff\xff\xff", -1},
      {"EXT4 -2", "\x84\xfe\xff\xff\xff", -2},
      {"LONG_BINGET 2^32-1", "j\xff\xff\xff\xff", 4294967295LL},
      {"LONG_BINPUT 2^31", "r\x00\x00\x00\x80"s, 2147483648LL},
      {"FRAME 2^32", "\x95\x00\x00\x00\x00\x01\x00\x00\x00"s, 4294967296LL},
  };
  for (const NumberRow& row : rows) {
    INFO(row.fact);
    Instruction instruction;
    REQUIRE(Decode(Exact(row.pickle), 0, instruction) == DecodeStatus::kOk);
    CHECK(instruction.integer == row.integer);
  }
}

TEST_CASE("BINFLOAT is big-endian and keeps every bit") {
  const std::vector<std::pair<std::string, std::uint64_t>> rows = {
      {"G\x3f\xf8\x00\x00\x00\x00\x00\x00"s, 0x3ff8000000000000},
      {"G\x80\x00\x00\x00\x00\x00\x00\x00"s, 0x8000000000000000},
      {"G\x7f\xf0\x00\x00\x00\x00\x00\x01"s, 0x7ff0000000000001},  // a signalling NaN
      {"G\x01\x02\x03\x04\x05\x06\x07\x08", 0x0102030405060708},
  };
  for (const auto& [pickle, bits] : rows) {
    Instruction instruction;
    REQUIRE(Decode(Exact(pickle), 0, instruction) == DecodeStatus::kOk);
    CHECK(instruction.bits == bits);
  }
}

struct TextRow {
  const char* fact;
  std::string pickle;
  std::string text;
};

TEST_CASE("a counted text has exactly its bytes, whatever they are") {
  const std::vector<TextRow> rows = {
      {"an empty SHORT_BINSTRING", "U\x00"s, ""},
      {"255 bytes of SHORT_BINSTRING", "U\xff" + std::string(255, '\xfe'), std::string(255, '\xfe')},
      {"an empty LONG1", "\x8a\x00"s, ""},
      {"a LONG1 of one byte", "\x8a\x01\xff", "\xff"},
      {"an empty BINUNICODE", "X\x00\x00\x00\x00"s, ""},
      {"a BINUNICODE with a line feed and a NUL", "X\x03\x00\x00\x00\n\x00\xff"s, "\n\x00\xff"s},
      {"a BINUNICODE of 256 bytes", "X\x00\x01\x00\x00"s + std::string(256, 'a'), std::string(256, 'a')},
      {"a BINBYTES8 of three bytes", "\x8e\x03\x00\x00\x00\x00\x00\x00\x00xyz"s, "xyz"},
  };
  for (const TextRow& row : rows) {
    INFO(row.fact);
    Instruction instruction;
    const auto pickle = Exact(row.pickle);
    REQUIRE(Decode(pickle, 0, instruction) == DecodeStatus::kOk);
    CHECK(instruction.text == row.text);
    CHECK(instruction.end == pickle.size());
  }
}

TEST_CASE("a count larger than what is left is truncated, up to the largest count") {
  for (const std::string& pickle :
       {"U\x01"s, "\x8a\xff"s + std::string(254, 'a'), "X\x01\x00\x00\x00"s, "X\xff\xff\xff\xff-"s,
        "X\x00\x00\x00\x80-"s, "\x8e\xff\xff\xff\xff\xff\xff\xff\xff-"s, "\x8e\xf8\xff\xff\xff\xff\xff\xff\xff-"s,
        "\x8d\x00\x00\x00\x00\x00\x00\x00\x80-"s}) {
    Instruction instruction;
    CHECK(Decode(Exact(pickle), 0, instruction) == DecodeStatus::kTruncated);
  }
}

TEST_CASE("GLOBAL has two lines that a line feed ends; every other byte belongs to them") {
  struct Lines {
    std::string pickle;
    std::string module;
    std::string name;
  };
  const std::vector<Lines> rows = {
      {"ccollections\nOrderedDict\n", "collections", "OrderedDict"},
      {"c\n\n", "", ""},
      {"cos\r\nmkdir\r\n", "os\r", "mkdir\r"},
      {"c a \n\x00\xff\n"s, " a ", "\x00\xff"s},
      {"ca b\nc.d\n.", "a b", "c.d"},
  };
  for (const Lines& row : rows) {
    const auto pickle = Exact(row.pickle);
    Instruction instruction;
    REQUIRE(Decode(pickle, 0, instruction) == DecodeStatus::kOk);
    CHECK(instruction.text == row.module);
    CHECK(instruction.second_line == row.name);
  }
  Instruction instruction;
  CHECK(Decode(Exact("c"), 0, instruction) == DecodeStatus::kTruncated);
  CHECK(Decode(Exact("ca\nb"), 0, instruction) == DecodeStatus::kTruncated);
  CHECK(Decode(Exact("ca\rb\r"), 0, instruction) == DecodeStatus::kTruncated);
}

}  // namespace
}  // namespace weightsonly::pickle
