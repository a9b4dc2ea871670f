// The records beside data.pkl. What a version says is asked of C's strtoull itself; what an alignment says was asked of
// CPython's int(); the rest is torch 2.15.0's answer to the files zip-version-*, zip-byteorder-* and so on of the
// corpus.
#include <zlib.h>

#include <cerrno>
#include <cstdlib>

#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

constexpr std::uint16_t kEncrypted = 1;

std::string Open(const Zip& zip, const Options& options = {}) { return OutcomeOf(Load(AsBytes(zip.bytes), options)); }

Checkpointed None() { return {.pickle = PickleOf("N")}; }
// The same with one more record.
Checkpointed With(const std::string& name, const std::string& payload) {
  Checkpointed from = None();
  from.more.push_back({.name = name, .payload = payload});
  return from;
}

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

bool VersionByStrtoull(const std::string& text) {
  errno = 0;
  const unsigned long long value = std::strtoull(text.c_str(), nullptr, 10);
  return errno == 0 && value >= 1 && value <= 10;
}

}  // namespace

TEST_CASE("a version is read as strtoull reads it, from 1 to 10") {
  int accepted = 0;
  for (const std::string& text : std::vector<std::string>{"1",
                                                          "10",
                                                          "11",
                                                          "0",
                                                          "3\n",
                                                          " 3",
                                                          "\n\t\v\f\r 3",
                                                          "+3",
                                                          "-3",
                                                          "- 3",
                                                          "+ 3",
                                                          "+-3",
                                                          "3x",
                                                          "3.9",
                                                          "0x3",
                                                          "0003",
                                                          "",
                                                          " ",
                                                          "+",
                                                          "three",
                                                          "1 0",
                                                          "1_0",
                                                          "\xa0"
                                                          "3",
                                                          std::string("3\0", 2),
                                                          std::string("\0003", 2),
                                                          "18446744073709551615",
                                                          "18446744073709551616",
                                                          "18446744073709551617",
                                                          "-18446744073709551606",
                                                          "-18446744073709551605",
                                                          "-18446744073709551615",
                                                          "-18446744073709551616",
                                                          "-18446744073709551617",
                                                          Repeat("9", 30)}) {
    Checkpointed from = None();
    from.version = text;
    const Zip zip = BuildCheckpoint(from);
    INFO(text);
    const bool right = VersionByStrtoull(text);
    CHECK(Open(zip) == (right ? "accepted" : At("container.version", zip.payload.back())));
    accepted += right ? 1 : 0;
  }
  CHECK(accepted == 14);
}

TEST_CASE("an archive needs a version, and .data/version counts first") {
  Checkpointed from = None();
  from.version.reset();
  CHECK(Open(BuildCheckpoint(from)) == At("container.record-missing", 0));
  from.more = {{.name = ".data/version", .payload = "6"}};
  CHECK(Open(BuildCheckpoint(from)) == "accepted");
  from.version = "99";
  CHECK(Open(BuildCheckpoint(from)) == "accepted");
  from.version = "3";
  from.more = {{.name = ".data/version", .payload = "99"}};
  const Zip zip = BuildCheckpoint(from);
  CHECK(Open(zip) == At("container.version", zip.payload.back()));
}

TEST_CASE("a version is named in the refusal with its control characters made harmless") {
  Checkpointed from = None();
  from.version = "\x1b[31m";
  const auto refused = Load(AsBytes(BuildCheckpoint(from).bytes));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().detail.find('\x1b') == std::string::npos);
  CHECK(refused.error().detail.find("[31m") != std::string::npos);
}

TEST_CASE("the byte order is little or big and nothing else") {
  for (const char* text : {"little", "big"}) {
    Checkpointed from = None();
    from.byteorder = text;
    CHECK(Open(BuildCheckpoint(from)) == "accepted");
  }
  for (const char* text : {"", "Little", "BIG", "little\n", " big", "native", "\xff"}) {
    Checkpointed from = None();
    from.byteorder = text;
    const Zip zip = BuildCheckpoint(from);
    INFO(text);
    CHECK(Open(zip) == At("container.byteorder", zip.payload[1]));
  }
}

TEST_CASE("without a byte order record the caller's default counts, and only then") {
  Checkpointed from = {.pickle = PickleOf(RowOf("0", 1)), .storages = {{"0", "abcd"}}, .byteorder = {}};
  const auto loaded = [&](Endianness endianness) {
    Options options;
    options.default_load_endianness = endianness;
    const Loaded checkpoint(from, options);
    return std::pair(checkpoint->foreign_byte_order(), std::string(AsText(*checkpoint->storage(0).data())));
  };
  constexpr bool kLittleHost = std::endian::native == std::endian::little;
  CHECK(loaded(Endianness::kNative) == std::pair(false, std::string("abcd")));
  CHECK(loaded(Endianness::kLittle) == std::pair(!kLittleHost, std::string(kLittleHost ? "abcd" : "dcba")));
  CHECK(loaded(Endianness::kBig) == std::pair(kLittleHost, std::string(kLittleHost ? "dcba" : "abcd")));
  from.byteorder = "little";
  CHECK(loaded(Endianness::kBig) == std::pair(!kLittleHost, std::string(kLittleHost ? "abcd" : "dcba")));
}

TEST_CASE("an alignment is what Python's int() takes") {
  for (const std::string& text :
       std::vector<std::string>{"64", " 64\n", "\t\v\f\r 64", "-1", "+5", "0", "1_0", Repeat("1", 4300),
                                "-" + Repeat("0", 4300), Repeat("1_", 4299) + "1"}) {
    INFO(text.substr(0, 20));
    CHECK(Open(BuildCheckpoint(With(".storage_alignment", text))) == "accepted");
  }
  for (const std::string& text : std::vector<std::string>{"",
                                                          " ",
                                                          "+",
                                                          "- 1",
                                                          "+-1",
                                                          "1__0",
                                                          "_1",
                                                          "1_",
                                                          "-_1",
                                                          "0x40",
                                                          "64 bytes",
                                                          "6 4",
                                                          std::string("64\0", 3),
                                                          "\x1c"
                                                          "64",
                                                          "\x85"
                                                          "64",
                                                          "6.4",
                                                          "x",
                                                          "\xd9\xa3",
                                                          Repeat("1", 4301),
                                                          Repeat("0", 4301),
                                                          Repeat("1_", 4300) + "1"}) {
    const Zip zip = BuildCheckpoint(With(".storage_alignment", text));
    INFO(text.substr(0, 20));
    CHECK(Open(zip) == At("container.record-text", zip.payload.back()));
  }
}

TEST_CASE("a serialization id is any UTF-8, a format version any bytes") {
  for (const char* text : {"", "0636457737946401051300000015913208165180", "d\xc3\xa9", "\n"}) {
    CHECK(Open(BuildCheckpoint(With(".data/serialization_id", text))) == "accepted");
  }
  for (const char* text : {"\xff", "ab\xc3", "\xed\xa0\x80"}) {
    const Zip zip = BuildCheckpoint(With(".data/serialization_id", text));
    CHECK(Open(zip) == At("container.record-text", zip.payload.back()));
  }
  CHECK(Open(BuildCheckpoint(With(".format_version", "\xff one"))) == "accepted");
}

TEST_CASE("a small record that cannot be read is refused, each of them") {
  for (const char* name :
       {".data/version", "version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"}) {
    Checkpointed from = {.pickle = PickleOf("N"), .byteorder = {}, .version = {}};
    if (std::string_view(name) != "version") from.version = "3";
    from.more = {{.name = name, .payload = "3", .flags = kEncrypted}};
    const Zip zip = BuildCheckpoint(from);
    INFO(name);
    CHECK(Open(zip) == At("container.zip.encrypted", zip.central.back()));
  }
  const Zip large = BuildCheckpoint(With(".format_version", std::string((1 << 20) + 1, ' ')));
  CHECK(Open(large) == At("limit.record-size", large.central.back()));
  CHECK(Open(BuildCheckpoint(With(".format_version", std::string(1 << 20, ' ')))) == "accepted");
}

// CHK-014
TEST_CASE("in strict the CRC of data.pkl and of every small record counts, where 0 means that none was computed") {
  Options strict;
  strict.strict = true;
  Checkpointed from = None();
  from.more = {{.name = ".format_version", .payload = "1"},
               {.name = ".storage_alignment", .payload = "64"},
               {.name = ".data/serialization_id", .payload = "5"}};
  const std::vector<std::string> payloads = {from.pickle, *from.byteorder, *from.version, "1", "64", "5"};
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const auto right = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(payloads[i].data()), static_cast<uInt>(payloads[i].size())));
    Zip zip = BuildCheckpoint(from);
    INFO("record " << i);
    SetCrc(zip, i, right);
    CHECK(Open(zip, strict) == "accepted");
    SetCrc(zip, i, right ^ 0x10000);
    CHECK(Open(zip, strict) == At("container.zip.crc", zip.local[i]));
    CHECK(Open(zip) == "accepted");
  }
}

TEST_CASE("the small records are judged in torch's order, before the pickle") {
  Checkpointed from = {.pickle = "?",
                       .byteorder = "middle",
                       .version = "99",
                       .more = {{.name = "constants.pkl"},
                                {.name = ".format_version", .flags = kEncrypted},
                                {.name = ".storage_alignment", .payload = "x"},
                                {.name = ".data/serialization_id", .payload = "\xff"}}};
  const Zip all = BuildCheckpoint(from);
  CHECK(Open(all) == At("container.torchscript", all.central[3]));
  from.more[0].name = "Constants.pkl";
  const Zip version = BuildCheckpoint(from);
  CHECK(Open(version) == At("container.version", version.payload[2]));
  from.version = "3";
  const Zip byteorder = BuildCheckpoint(from);
  CHECK(Open(byteorder) == At("container.byteorder", byteorder.payload[1]));
  from.byteorder = "little";
  const Zip format = BuildCheckpoint(from);
  CHECK(Open(format) == At("container.zip.encrypted", format.central[4]));
  from.more[1].flags = 0;
  const Zip alignment = BuildCheckpoint(from);
  CHECK(Open(alignment) == At("container.record-text", alignment.payload[5]));
  from.more[2].payload = "64";
  const Zip id = BuildCheckpoint(from);
  CHECK(Open(id) == At("container.record-text", id.payload[6]));
  from.more[3].payload = "";
  CHECK(Open(BuildCheckpoint(from)) == "data.pkl:pickle.opcode@0");
}

TEST_CASE("data.pkl must be there, and not larger than the limit of what it is inflated to") {
  CHECK(Open(BuildZip({{.name = "a/version", .payload = "3"}, {.name = "a/other"}})) ==
        At("container.record-missing", 0));
  const std::string pickle = PickleOf(Text(std::string(100'000, ' ')));
  const Zip zip =
      BuildZip({{.name = "a/data.pkl", .payload = pickle, .method = 8}, {.name = "a/version", .payload = "3"}});
  const std::uint64_t packed = Deflate(pickle).size();
  const auto open = [&](std::uint64_t base, std::uint64_t factor) {
    Options options;
    options.limits.inflated_base = base;
    options.limits.inflated_factor = factor;
    return Open(zip, options);
  };
  const std::string refused = At("limit.record-size", zip.central[0]);
  CHECK(open(pickle.size(), 0) == "accepted");
  CHECK(open(pickle.size() - 1, 0) == refused);
  CHECK(open(pickle.size() - 2 * packed, 2) == "accepted");
  CHECK(open(pickle.size() - 2 * packed - 1, 2) == refused);
  CHECK(open(0, UINT64_MAX) == "accepted");
  CHECK(open(UINT64_MAX, 1) == "accepted");
}

}  // namespace weightsonly::testing
