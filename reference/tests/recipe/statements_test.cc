// Statements and instructions: what each line makes, and what is wrong with those that make nothing.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/recipe/made.h"

namespace weightsonly::recipe {
namespace {

using namespace std::string_literals;

TEST_CASE("plain statements make their bytes") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"\n\n  \t\r\n# RAW 00\n", ""},
      {"RAW 00ff10", "\x00\xff\x10"s},
      {"RAW 00#RAW 01", "\0"s},
      {"\tRAW\r 61 \r\nRAW 62", "ab"},
      {"TEXT \"a # b\" # c", "a # b"},
      {R"(TEXT "\n\r\t\\\"\x00\xff")", "\n\r\t\\\"\0\xff"s},
      {R"(TEXT "\u{41}\u{e9}\u{20ac}\u{1f600}\u{d800}\u{0}")", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x80\0"s},
      {"TEXT \"\xc3\xa9\"", "\xc3\xa9"},
      {"TEXT \"\"", ""},
      {"U8 255\nU16 258\nU32 0x01020304\nU64 18446744073709551615",
       "\xff\x02\x01\x04\x03\x02\x01\xff\xff\xff\xff\xff\xff\xff\xff"},
      {"U8 -0\nU8 0000000000000000000000000000000000000000000007", "\0\7"s},
      {"REPEAT 3 RAW 6162", "ababab"},
      {"REPEAT 2 TEXT \"x\"\nREPEAT 0 RAW 00\nREPEAT 4294967296 TEXT \"\"", "xx"},
      {"REPEAT 2 PROTO 2", "\x80\x02\x80\x02"},
      {"REPEAT 2 U16 1", "\1\0\1\0"s},
  };
  for (const auto& [text, bytes] : rows) {
    CAPTURE(text);
    CHECK(Made(text) == bytes);
  }
}

TEST_CASE("instructions make their opcode and operand") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"MARK\nTUPLE\nSTOP", "(t."},
      {"PROTO 2", "\x80\x02"},
      {"BININT1 255\nBININT2 0xffff", "K\xffM\xff\xff"},
      {"BININT -1\nBININT 2147483647\nBININT -2147483648", "J\xff\xff\xff\xffJ\xff\xff\xff\x7fJ\0\0\0\x80"s},
      {"EXT4 -2", "\x84\xfe\xff\xff\xff"},
      {"BINPUT 1\nLONG_BINPUT 1\nBINGET 1\nLONG_BINGET 4294967295", "q\1r\1\0\0\0h\1j\xff\xff\xff\xff"s},
      {"FRAME 18446744073709551615", "\x95\xff\xff\xff\xff\xff\xff\xff\xff"},
      {"SHORT_BINSTRING \"ab\"\nBINUNICODE \"ab\"\nBINBYTES8 \"ab\"", "U\2abX\2\0\0\0ab\x8e\2\0\0\0\0\0\0\0ab"s},
      {"BINFLOAT 1.5\nBINFLOAT -0.0\nBINFLOAT 1e+300",
       "G\x3f\xf8\0\0\0\0\0\0G\x80\0\0\0\0\0\0\0G\x7e\x37\xe4\x3c\x88\x00\x75\x9c"s},
      {"BINFLOAT 5e-324\nBINFLOAT 0e9999", "G\0\0\0\0\0\0\0\1G\0\0\0\0\0\0\0\0"s},
      {"BINFLOAT inf\nBINFLOAT -inf\nBINFLOAT bits:7ff8000000000001",
       "G\x7f\xf0\0\0\0\0\0\0G\xff\xf0\0\0\0\0\0\0G\x7f\xf8\0\0\0\0\0\1"s},
      {"INT \"01\"\nGET \"\"\nUNICODE \"\\r#\"", "I01\ng\nV\r#\n"},
      {"GLOBAL \"os\" \"mkdir\"\nINST \"a\" \"\"", "cos\nmkdir\nia\n\n"},
      {"LONG1 0\nLONG1 -0\nLONG1 1\nLONG1 -1", "\x8a\0\x8a\0\x8a\1\1\x8a\1\xff"s},
      {"LONG1 127\nLONG1 128\nLONG1 255\nLONG1 256", "\x8a\1\x7f\x8a\2\x80\0\x8a\2\xff\0\x8a\2\0\1"s},
      {"LONG1 -128\nLONG1 -129\nLONG1 -256\nLONG1 -257", "\x8a\1\x80\x8a\2\x7f\xff\x8a\2\0\xff\x8a\2\xff\xfe"s},
      {"LONG1 0x100000000\nLONG4 4294967296", "\x8a\5\0\0\0\0\1\x8b\5\0\0\0\0\0\0\0\1"s},
      {"LONG1 bytes:\nLONG1 bytes:0100\nLONG4 bytes:ff", "\x8a\0\x8a\2\1\0\x8b\1\0\0\0\xff"s},
  };
  for (const auto& [text, bytes] : rows) {
    CAPTURE(text);
    CHECK(Made(text) == bytes);
  }
}

TEST_CASE("integers of 255 bytes are the largest") {
  const std::string largest = "0x7f" + std::string(508, 'f');
  CHECK(Made("LONG1 " + largest) == "\x8a\xff" + std::string(254, '\xff') + '\x7f');
  CHECK(Fault("LONG1 0x80" + std::string(508, '0')).ends_with("has more than 255 bytes"));
  CHECK(Fault("LONG4 1" + std::string(700, '0')).ends_with("has more than 255 bytes"));
  CHECK(Made("LONG1 " + std::string(3000, '0') + "1") == "\x8a\1\1");
  CHECK(Fault("LONG1 " + std::string(4096, '0') + "1").starts_with("1: an integer is expected, not 000"));
}

TEST_CASE("every fault names its line and what is wrong") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"\n#\nNOPE", "3: NOPE is no instruction and no part of an archive"},
      {"stop", "1: stop is no instruction and no part of an archive"},
      {"STOP\nTEXT \"a", "2: a string is not closed"},
      {"TEXT \"a\\\"", "1: a string is not closed"},
      {"TEXT a", "1: a string in quotes is expected, not a"},
      {"TEXT \"a\"\"b\"", "1: a string in quotes is expected, not \"a\"\"b\""},
      {"TEXT", "1: TEXT takes one word"},
      {"TEXT \"\\q\"", "1: unknown escape \\q"},
      {"TEXT \"\\x4\"", "1: unknown escape \\x"},
      {"TEXT \"\\xAB\"", "1: unknown escape \\x"},
      {"TEXT \"\\u{}\"", "1: unknown escape \\u"},
      {"TEXT \"\\u{1234567}\"", "1: unknown escape \\u"},
      {"TEXT \"\\u{110000}\"", "1: \\u{110000} is no code point"},
      {"RAW", "1: RAW takes one word"},
      {"RAW 0 0", "1: RAW takes one word"},
      {"RAW 0", "1: 0 holds no whole number of bytes in lower-case hex digits"},
      {"RAW 0G", "1: 0G holds no whole number of bytes in lower-case hex digits"},
      {"RAW FF", "1: FF holds no whole number of bytes in lower-case hex digits"},
      {"U8 256", "1: 256 is not in 0..255"},
      {"U8 -1", "1: -1 is not in 0..255"},
      {"U16 65536", "1: 65536 is not in 0..65535"},
      {"U32 4294967296", "1: 4294967296 is not in 0..4294967295"},
      {"U64 18446744073709551616", "1: 18446744073709551616 is not in 0..18446744073709551615"},
      {"U8 0x", "1: an integer is expected, not 0x"},
      {"U8 0xA", "1: an integer is expected, not 0xA"},
      {"U8 -", "1: an integer is expected, not -"},
      {"U8 -0x1", "1: an integer is expected, not -0x1"},
      {"U8 1_0", "1: an integer is expected, not 1_0"},
      {"REPEAT 2", "1: REPEAT takes a count and what is repeated"},
      {"REPEAT 4294967297 RAW 00", "1: 4294967297 is not in 0..4294967296"},
      {"REPEAT 2 REPEAT 2 RAW 00", "1: only bytes can be repeated, once"},
      {"REPEAT 2 RECORD \"x\"", "1: only bytes can be repeated, once"},
      {"PROTO", "1: PROTO takes 1 operand, not 0"},
      {"STOP 1", "1: STOP takes 0 operands, not 1"},
      {"GLOBAL \"os\"", "1: GLOBAL takes 2 operands, not 1"},
      {"BININT 2147483648", "1: 2147483648 is not in -2147483648..2147483647"},
      {"BININT -2147483649", "1: -2147483649 is not in -2147483648..2147483647"},
      {"BINFLOAT nan", "1: a number is expected, not nan"},
      {"BINFLOAT 1.", "1: a number is expected, not 1."},
      {"BINFLOAT .5", "1: a number is expected, not .5"},
      {"BINFLOAT 1e", "1: a number is expected, not 1e"},
      {"BINFLOAT 1e309", "1: 1e309 is out of the range of a double"},
      {"BINFLOAT 1e-400", "1: 1e-400 is out of the range of a double"},
      {"BINFLOAT bits:00", "1: bits: takes 16 hex digits"},
      {"GLOBAL \"a\\n\" \"b\"", "1: a line feed ends this operand: it can hold none"},
      {"SHORT_BINSTRING \"" + std::string(256, 'x') + "\"", "1: the operand is longer than its length can say"},
      {"LONG1 bytes:" + std::string(512, '0'), "1: the operand is longer than its length can say"},
      {"LONG1 bytes:0", "1: bytes:0 holds no whole number of bytes in lower-case hex digits"},
      {"RAW 00\n\xff", "2: the line is not UTF-8"},
      {"\xc2\xa0", "1: \xc2\xa0 is no instruction and no part of an archive"},
  };
  for (const auto& [text, fault] : rows) {
    CAPTURE(text);
    CHECK(Fault(text) == fault);
  }
}

TEST_CASE("a recipe makes no more bytes than its caller allows") {
  CHECK(Fault("RAW 0000\nRAW 0000", 4).empty());
  CHECK(Fault("RAW 0000\nRAW 0000", 3) == "2: the recipe makes more than 3 bytes");
  CHECK(Fault("REPEAT 4294967296 TEXT \"xxxxxxxxx\"") == "1: the recipe makes more than 268435456 bytes");
  CHECK(Fault("REPEAT 5 RAW 00", 4) == "1: the recipe makes more than 4 bytes");
  // The headers count, and a record that grows too large when it ends is the fault of its own line.
  CHECK(Fault("\nRECORD \"x\"\nRAW 00\nGAP", 31) == "2: the recipe makes more than 31 bytes");
  CHECK(Fault("\nRECORD \"x\"\nRAW 00\nGAP", 32).empty());
  CHECK(Fault("RECORD \"x\"\nDIRECTORY\nDIRECTORY", 31 + 47) == "3: the recipe makes more than 78 bytes");
  CHECK(Fault("RECORD \"x\" align=65536", 60000) == "1: the recipe makes more than 60000 bytes");
}

TEST_CASE("hostile lines cost no more than they are long") {
  const std::size_t size = std::size_t{1} << 20;
  CHECK(Fault("TEXT \"" + std::string(size, '\\')).ends_with("a string is not closed"));
  CHECK(Fault(std::string(size, '"') + "\"").starts_with("1: "));
  CHECK(Fault("U64 " + std::string(size, '9')).starts_with("1: an integer is expected, not 999"));
  CHECK(Fault("BINFLOAT " + std::string(size, '9')).starts_with("1: a number is expected, not 999"));
  CHECK(Fault("END " + std::string(size, 'a')).starts_with("1: END takes fields only"));
  CHECK(Fault("RAW " + std::string(size + 1, '0')).starts_with("1: 000"));
  std::string words;
  while (words.size() < size) words += "crc=1 ";
  CHECK(Fault("RECORD \"x\" " + words) == "1: crc is given twice");
  std::string lines;
  while (lines.size() < size) lines += "RECORD \"\" listed=0\nDIRECTORY\n";
  CHECK(Made(lines).size() > 30);
  CHECK(Fault(std::string(size, '\n') + "NOPE").starts_with(std::to_string(size + 1) + ": NOPE"));
}

}  // namespace
}  // namespace weightsonly::recipe
