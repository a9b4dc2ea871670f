// Floor 2. The disassembler: lines written by hand, and the way back from the text to the bytes.
#include "pickle/disassembler.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/instruction.h"
#include "tests/catch.h"

namespace weightsonly::pickle {
namespace {

using namespace std::string_literals;

std::string Text(std::string_view pickle, bool offsets = false) {
  std::string out;
  Disassemble(AsBytes(pickle), {.offsets = offsets}, out);
  return out;
}

TEST_CASE("an instruction is its name and its operand") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"\x80\x02", "PROTO 2\n"},
      {"(", "MARK\n"},
      {"N.", "NONE\nSTOP\n"},
      {"h\x07", "BINGET 7\n"},
      {"j\xff\xff\xff\xff", "LONG_BINGET 4294967295\n"},
      {"K\xff", "BININT1 255\n"},
      {"J\x00\x00\x00\x80"s, "BININT -2147483648\n"},
      {"ccollections\nOrderedDict\n", "GLOBAL \"collections\" \"OrderedDict\"\n"},
      {"c\n\n", "GLOBAL \"\" \"\"\n"},
      {"I42\n", "INT \"42\"\n"},
      {"i a\nb\n", "INST \" a\" \"b\"\n"},
      {"\x95\xff\xff\xff\xff\xff\xff\xff\xff", "FRAME 18446744073709551615\n"},
      {"\x84\xff\xff\xff\xff", "EXT4 -1\n"},
      {"", ""},
  };
  for (const auto& [pickle, text] : rows) CHECK(Text(pickle) == text);
}

TEST_CASE("a string is quoted, and what is not printable is escaped") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "\"\""},
      {"layers.0.weight", "\"layers.0.weight\""},
      {"a\"b\\c", R"("a\"b\\c")"},
      {"# no comment", "\"# no comment\""},
      {"a\nb\tc\rd\x00\x1b\x7f"s, R"("a\nb\tc\rd\x00\x1b\x7f")"},
      {"\u00e9\u4e16", "\"\u00e9\u4e16\""},
      {"\u202e\u0085", R"("\u{202e}\u{85}")"},
      {"\xed\xa0\x80", R"("\u{d800}")"},  // a lone surrogate
      {"\xff\xc3", R"("\xff\xc3")"},
      {"\xc0\x80", R"("\xc0\x80")"},  // an overlong NUL
  };
  for (const auto& [text, quoted] : rows) {
    CHECK(Text("U" + std::string(1, static_cast<char>(text.size())) + text) == "SHORT_BINSTRING " + quoted + "\n");
  }
}

TEST_CASE("a float is the shortest decimal that reads back, and a NaN its bits") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"\x3f\xb9\x99\x99\x99\x99\x99\x9a", "0.1"},
      {"\x80\x00\x00\x00\x00\x00\x00\x00"s, "-0"},
      {"\x7f\xf0\x00\x00\x00\x00\x00\x00"s, "inf"},
      {"\xff\xf0\x00\x00\x00\x00\x00\x00"s, "-inf"},
      {"\x00\x00\x00\x00\x00\x00\x00\x01"s, "5e-324"},
      {"\x7f\xf8\x00\x00\x00\x00\x00\x00"s, "bits:7ff8000000000000"},
      {"\xff\xf0\x00\x00\x00\x00\x00\x01"s, "bits:fff0000000000001"},
  };
  for (const auto& [bits, text] : rows) CHECK(Text("G" + bits) == "BINFLOAT " + text + "\n");
}

TEST_CASE("LONG1 is decimal when its bytes are the shortest ones and hex otherwise") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "0"},
      {"\x00"s, "bytes:00"},
      {"\x01", "1"},
      {"\x7f", "127"},
      {"\x80", "-128"},
      {"\xff", "-1"},
      {"\x80\x00"s, "128"},
      {"\x7f\x00"s, "bytes:7f00"},
      {"\x80\xff", "bytes:80ff"},
      {"\x7f\xff", "-129"},
      {"\x00\x00\x00\x00\x00\x00\x00\x00\x01"s, "18446744073709551616"},
      {"\x00\x00\x00\x00\x00\x00\x00\x80"s, "-9223372036854775808"},
  };
  for (const auto& [bytes, text] : rows) {
    CHECK(Text("\x8a" + std::string(1, static_cast<char>(bytes.size())) + bytes) == "LONG1 " + text + "\n");
  }
  CHECK(Text("\x8b\x00\x01\x00\x00"s + std::string(256, 'a')) == "LONG4 bytes:" + [] {
    std::string hex;
    for (int i = 0; i < 256; ++i) hex += "61";
    return hex;
  }() + "\n");
}

TEST_CASE("bytes that are no opcode stand in RAW lines of at most 32") {
  CHECK(Text("\xff\x01\x02.") == "RAW ff0102\nSTOP\n");
  CHECK(Text(std::string(33, '\xfe')) == "RAW " + [] {
    std::string hex;
    for (int i = 0; i < 32; ++i) hex += "fe";
    return hex;
  }() + "\nRAW fe\n");
}

TEST_CASE("an operand that is cut makes the rest RAW, with its opcode") {
  CHECK(Text("NX\x05\x00\x00\x00N."s) == "NONE\nRAW 58050000004e2e\n");
  CHECK(Text("cos\nmkdir") == "RAW 636f730a6d6b646972\n");
}

TEST_CASE("what follows STOP is shown too") { CHECK(Text("N.N.") == "NONE\nSTOP\nNONE\nSTOP\n"); }

TEST_CASE("offsets stand in a comment behind the instruction") {
  CHECK(Text("\x80\x02X\x01\x00\x00\x00#.\xff"s, true) ==
        "PROTO 2                                 # 0x0\n"
        "BINUNICODE \"#\"                          # 0x2\n"
        "STOP                                    # 0x8\n"
        "RAW ff                                  # 0x9\n");
  const std::string longer = Text("U\x40" + std::string(64, 'a'), true);
  CHECK(longer == "SHORT_BINSTRING \"" + std::string(64, 'a') + "\"  # 0x0\n");
}

// The way back: reads one line of the language that the header describes. Written apart from the disassembler, for
// these tests; it knows only lines that are right.
class Reader {
 public:
  explicit Reader(std::string_view line) : rest_(line) {}

  std::string Bytes() {
    const std::string_view name = Word();
    if (name == "RAW") return Unhex(Word());
    const OpcodeInfo* info = nullptr;
    for (const OpcodeInfo& row : kOpcodes) {
      if (row.name == name) info = &row;
    }
    if (info == nullptr) FAIL("no opcode is called " << name);
    std::string out(1, static_cast<char>(info->byte));
    switch (info->operand) {
      case Operand::kNone:
        return out;
      case Operand::kU8:
        return out + Little(Number(), 1);
      case Operand::kU16:
        return out + Little(Number(), 2);
      case Operand::kI32:
      case Operand::kU32:
        return out + Little(Number(), 4);
      case Operand::kU64:
        return out + Little(Number(), 8);
      case Operand::kF64:
        return out + Float();
      case Operand::kText1:
        return out + Counted(1, name.starts_with("LONG"));
      case Operand::kText4:
        return out + Counted(4, name.starts_with("LONG"));
      case Operand::kText8:
        return out + Counted(8, false);
      case Operand::kLine:
        return out + String() + "\n";
      case Operand::kTwoLines: {
        const std::string first = String();
        return out + first + "\n" + String() + "\n";
      }
    }
    return out;
  }

 private:
  std::string_view Word() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

  std::uint64_t Number() {
    const std::string_view word = Word();
    std::uint64_t value = 0;
    const bool negative = word.starts_with('-');
    std::from_chars(word.data() + (negative ? 1 : 0), word.data() + word.size(), value);
    return negative ? ~value + 1 : value;
  }

  static std::string Little(std::uint64_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  }

  static std::string Unhex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      unsigned byte = 0;
      std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
      out += static_cast<char>(byte);
    }
    return out;
  }

  std::string Float() {
    const std::string_view word = Word();
    if (word.starts_with("bits:")) return Unhex(word.substr(5));
    double value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value);
    std::string little = Little(std::bit_cast<std::uint64_t>(value), 8);
    return {little.rbegin(), little.rend()};
  }

  // Shortest two's complement: digit by digit into magnitude bytes, then the sign.
  static std::string Integer(std::string_view word) {
    const bool negative = word.starts_with('-');
    if (negative) word.remove_prefix(1);
    std::string bytes;
    for (const char digit : word) {
      unsigned carry = static_cast<unsigned>(digit - '0');
      for (char& byte : bytes) {
        carry += static_cast<unsigned char>(byte) * 10U;
        byte = static_cast<char>(carry);
        carry >>= 8;
      }
      if (carry != 0) bytes += static_cast<char>(carry);
    }
    if (bytes.empty()) return bytes;
    bytes += '\0';
    unsigned carry = 1;
    for (std::size_t i = 0; negative && i < bytes.size(); ++i) {
      carry += static_cast<unsigned char>(~bytes[i]);
      bytes[i] = static_cast<char>(carry);
      carry >>= 8;
    }
    const auto redundant = [&] {
      const auto high = [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; };
      const char last = bytes.back();
      return bytes.size() > 1 && (last == '\0' || last == '\xff') && high(last) == high(bytes[bytes.size() - 2]);
    };
    while (redundant()) bytes.pop_back();
    return bytes;
  }

  std::string Counted(int count_size, bool integer) {
    std::string text;
    if (!integer) {
      text = String();
    } else {
      const std::string_view word = Word();
      text = word.starts_with("bytes:") ? Unhex(word.substr(6)) : Integer(word);
    }
    return Little(text.size(), count_size) + text;
  }

  static std::string Utf8(std::uint32_t point) {
    const auto tail = [&](int shift) { return std::string(1, static_cast<char>(0x80 | ((point >> shift) & 0x3f))); };
    if (point < 0x80) return std::string(1, static_cast<char>(point));
    if (point < 0x800) return static_cast<char>(0xc0 | (point >> 6)) + tail(0);
    if (point < 0x10000) return static_cast<char>(0xe0 | (point >> 12)) + tail(6) + tail(0);
    return static_cast<char>(0xf0 | (point >> 18)) + tail(12) + tail(6) + tail(0);
  }

  std::string Escape() {
    const std::size_t size = rest_[0] == 'x' ? 3 : rest_[0] == 'u' ? rest_.find('}') + 1 : 1;
    const std::string_view escape = rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (escape[0] == 'x') return Unhex(escape.substr(1));
    if (escape[0] == 'u') {
      std::uint32_t point = 0;
      std::from_chars(escape.data() + 2, escape.data() + escape.size() - 1, point, 16);
      return Utf8(point);
    }
    const std::map<char, char> plain = {{'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'\\', '\\'}, {'"', '"'}};
    return std::string(1, plain.at(escape[0]));
  }

  std::string String() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    if (!rest_.starts_with('"')) FAIL("no string: " << rest_);
    rest_.remove_prefix(1);
    std::string out;
    while (!rest_.starts_with('"')) {
      const char c = rest_.at(0);
      rest_.remove_prefix(1);
      out += c == '\\' ? Escape() : std::string(1, c);
    }
    rest_.remove_prefix(1);
    return out;
  }

  std::string_view rest_;
};

std::string BackToBytes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += Reader(text.substr(0, end)).Bytes();
    text.remove_prefix(end + 1);
  }
  return out;
}

TEST_CASE("every two bytes that begin an instruction come back from the text") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string pickle = {
          static_cast<char>(first), static_cast<char>(second), '\0', '\0', '\0', '"', '\\', '\n', '\n', '.'};
      const bool same = BackToBytes(Text(pickle)) == pickle;
      if (!same) FAIL("bytes " << first << " " << second);
    }
  }
  SUCCEED();
}

TEST_CASE("random pickles come back from the text, with and without offsets") {
  std::mt19937_64 random(20150);
  for (int round = 0; round < 2000; ++round) {
    std::string pickle;
    for (int i = 0; i < 40; ++i) {
      const OpcodeInfo& info = kOpcodes[random() % kOpcodes.size()];
      pickle += static_cast<char>(info.byte);
      for (auto n = random() % 12; n > 0; --n) pickle += static_cast<char>(n > 6 ? random() % 8 : random());
      if (random() % 2 == 0) pickle += '\n';
    }
    const std::string text = Text(pickle);
    const std::string back = BackToBytes(text);
    CHECK(back == pickle);
    CHECK(BackToBytes(Text(pickle, true)) == pickle);
  }
}

}  // namespace
}  // namespace weightsonly::pickle
