// Local headers, payloads and deflate streams. The second source of each verdict is torch 2.15.0, run on archives of
// the same layout (the evidence of ZIP-021 and ZIP-030 to ZIP-038 in SPEC.md), or the deviation that the row names.
#include "container/zip.h"
#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {
namespace {

using container::Archive;
using container::Entry;
using container::Extent;

constexpr const char* kLocal = "container.zip.local-header";
constexpr const char* kOverlap = "container.zip.overlap";
constexpr const char* kZip64 = "container.zip.zip64";
constexpr const char* kInflate = "container.zip.inflate";
constexpr std::uint32_t kOnes = 0xffffffff;

// What reading the record "x" of the archive brings: its bytes in brackets, or the refusal.
std::string Read(const Zip& zip, std::string_view name = "x", std::uint64_t limit = 1 << 20) {
  std::string bytes;
  const std::string outcome = Outcome([&] {
    const Archive archive(AsBytes(zip.bytes));
    const Entry* entry = archive.Find(name);
    REQUIRE(entry != nullptr);
    bytes = AsText(archive.Read(*entry, limit));
  });
  return outcome == "accepted" ? "[" + bytes + "]" : outcome;
}

enum class Guilty { kNobody, kCentral, kLocalHeader };

struct Row {
  const char* name;
  Record record;     // "a/x", between two others
  const char* kind;  // "" read as "data"
  Guilty guilty = Guilty::kNobody;
};

void CheckRow(const Row& row) {
  const Zip zip = BuildZip({{.name = "a/before", .payload = "?"}, row.record, {.name = "a/after", .payload = "?"}});
  const std::uint64_t where = row.guilty == Guilty::kCentral ? zip.central[1] : zip.local[1];
  CHECK(Read(zip) == (*row.kind == '\0' ? "[data]" : At(row.kind, where)));
}

}  // namespace

TEST_CASE("a record that is read is judged by its directory entry") {
  const Row rows[] = {
      {"plain", {.name = "a/x", .payload = "data"}, ""},
      {"deflated", {.name = "a/x", .payload = "data", .method = 8}, ""},
      {"method 12", {.name = "a/x", .payload = "data", .method = 12}, "container.zip.method", Guilty::kCentral},
      {"encrypted", {.name = "a/x", .payload = "data", .flags = 1}, "container.zip.encrypted", Guilty::kCentral},
      {"patched", {.name = "a/x", .payload = "data", .flags = 0x20}, "container.zip.encrypted", Guilty::kCentral},
      {"strong", {.name = "a/x", .payload = "data", .flags = 0x40}, "container.zip.encrypted", Guilty::kCentral},
      {"other flags", {.name = "a/x", .payload = "data", .flags = 0x0816}, ""},
      {"version 99 needed", {.name = "a/x", .payload = "data", .version_needed = 99}, ""},
      {"DEV-108 marked as a directory",
       {.name = "a/x", .payload = "data", .attributes = 0x10},
       "container.zip.ambiguous",
       Guilty::kCentral},
      {"DEV-109 stored with two sizes",
       {.name = "a/x", .payload = "data", .size = 3, .time = 1},
       "container.zip.central-directory",
       Guilty::kCentral},
      {"zip64 sizes",
       {.name = "a/x",
        .payload = "data",
        .size = kOnes,
        .compressed_size = kOnes,
        .extra = Zip64Field({4, 4}),
        .local_extra = Zip64Field({4, 4})},
       ""},
      {"a zip64 field too short",
       {.name = "a/x", .payload = "data", .size = kOnes, .compressed_size = kOnes, .extra = Zip64Field({4})},
       kZip64,
       Guilty::kCentral},
      {"zip64 sizes missing",
       {.name = "a/x", .payload = "data", .size = kOnes, .compressed_size = kOnes},
       kZip64,
       Guilty::kCentral},
      {"one zip64 size missing", {.name = "a/x", .payload = "data", .size = kOnes}, kZip64, Guilty::kCentral},
      {"zip64 sizes missing, and the header beyond the end",
       {.name = "a/x", .payload = "data", .size = kOnes, .compressed_size = kOnes, .header_offset = 0x20000},
       kLocal,
       Guilty::kCentral},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("a record that is read is judged by its local header") {
  const Row rows[] = {
      {"a wrong signature",
       {.name = "a/x", .payload = "data", .local_signature = 0x04034b51},
       kLocal,
       Guilty::kLocalHeader},
      {"a longer extra field", {.name = "a/x", .payload = "data", .local_extra = "FB\1"}, ""},
      {"DEV-110 another name", {.name = "a/x", .payload = "data", .local_name = "a/y"}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 a longer name", {.name = "a/x", .payload = "data", .local_name = "a/xx"}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 the name in another case", {.name = "a/x", .local_name = "a/X"}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 another folder", {.name = "a/x", .local_name = "b/x"}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 another method", {.name = "a/x", .payload = "data", .local_method = 8}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 other flags", {.name = "a/x", .payload = "data", .local_flags = 8}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 other flags, and the sizes the same",
       {.name = "a/x", .payload = "data", .local_flags = 0x800},
       kLocal,
       Guilty::kLocalHeader},
      {"DEV-110 another size", {.name = "a/x", .payload = "data", .local_size = 5}, kLocal, Guilty::kLocalHeader},
      {"DEV-110 another compressed size",
       {.name = "a/x", .payload = "data", .local_compressed_size = 5},
       kLocal,
       Guilty::kLocalHeader},
      {"sizes that follow the payload", {.name = "a/x", .payload = "data", .flags = 8, .local_size = 5}, ""},
      {"zip64 in the local header only",
       {.name = "a/x",
        .payload = "data",
        .local_size = kOnes,
        .local_compressed_size = kOnes,
        .local_extra = Zip64Field({4, 4})},
       ""},
      {"DEV-110 another zip64 size in the local header",
       {.name = "a/x",
        .payload = "data",
        .local_size = kOnes,
        .local_compressed_size = kOnes,
        .local_extra = Zip64Field({4, 5})},
       kLocal,
       Guilty::kLocalHeader},
      {"zip64 in the directory only",
       {.name = "a/x", .payload = "data", .size = kOnes, .compressed_size = kOnes, .extra = Zip64Field({4, 4})},
       ""},
      {"DEV-110 a local size missing",
       {.name = "a/x", .payload = "data", .local_size = kOnes},
       kLocal,
       Guilty::kLocalHeader},
      {"an extra field past the end of the file",
       {.name = "a/x", .payload = "data", .local_extra_length = 60000},
       "container.truncated",
       Guilty::kCentral},
      {"DEV-106 an extra field up to the next local header",
       {.name = "a/x", .payload = "data", .local_extra_length = 1},
       kOverlap,
       Guilty::kLocalHeader},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) { CheckRow(row); }
  }
}

TEST_CASE("an extent tells where the payload lies") {
  const Zip zip = BuildZip({{.name = "a/x", .payload = std::string(100, 'd'), .method = 8, .local_extra = "FB\1"}});
  const Archive archive(AsBytes(zip.bytes));
  const Extent extent = archive.Locate(archive.entries()[0]);
  CHECK(extent.offset == zip.payload[0]);
  CHECK(extent.compressed_size == zip.directory - zip.payload[0]);
  CHECK(extent.size == 100);
  CHECK(extent.header_offset == 0);
  CHECK(extent.method == container::Method::kDeflated);
}

TEST_CASE("records that share bytes are refused when one of them is read") {
  SECTION("one local header for two entries, in either order of the directory") {
    const Record x = {.name = "a/x", .payload = "data"};
    const Record y = {.name = "a/x2", .payload = "data", .header_offset = 0, .local_name = "a/x"};
    CHECK(Read(BuildZip({x, y})) == At(kOverlap, 0));
    const Zip zip = BuildZip({{.name = "a/x2", .local_name = "a/x"}, {.name = "a/x", .header_offset = 0}});
    CHECK(Read(zip) == At(kOverlap, 0));
  }
  SECTION("a payload that reaches the directory") {
    CHECK(Read(BuildZip({{.name = "a/x", .payload = "data", .size = 5, .compressed_size = 5}})) == At(kOverlap, 0));
  }
  SECTION("a payload that reaches a local header that the directory names earlier") {
    // The directory lists the second record first: x ends where y starts, at byte 37.
    const Record y = {.name = "a/y", .payload = "0123456789", .header_offset = 37};
    const Record x = {.name = "a/x", .payload = "data", .header_offset = 0};
    const Zip straight = BuildZip({{.name = "a/x", .payload = "data"}, {.name = "a/y", .payload = "0123456789"}});
    Zip turned = BuildZip({y, x});
    turned.bytes = straight.bytes.substr(0, straight.directory) + turned.bytes.substr(turned.directory);
    CHECK(Read(turned) == "[data]");
    CHECK(Read(turned, "y") == "[0123456789]");
    Record longer = x;
    longer.size = longer.compressed_size = 5;
    Zip overlapping = BuildZip({y, longer});
    std::string front = straight.bytes.substr(0, straight.directory);
    front[18] = front[22] = 5;
    overlapping.bytes = front + overlapping.bytes.substr(overlapping.directory);
    CHECK(Read(overlapping) == At(kOverlap, 0));
    CHECK(Read(overlapping, "y") == "[0123456789]");
  }
  SECTION("a record in the comment of an entry of the directory") {
    const Zip inner = BuildZip({{.name = "a/x", .payload = "data"}});
    Zip zip = BuildZip({{.name = "a/y", .payload = "data", .comment = inner.bytes.substr(0, inner.directory)},
                        {.name = "a/x", .payload = "data"}});
    const std::uint64_t at = zip.central[1] - inner.directory;
    zip.bytes[zip.central[1] + 42] = static_cast<char>(at);
    CHECK(Read(zip) == At(kOverlap, at));
    CHECK(Read(zip, "y") == "[data]");
    // The same where the local headers are not in the order of the directory.
    Zip turned = BuildZip({{.name = "a/x", .payload = "data"},
                           {.name = "a/y", .payload = "data", .comment = inner.bytes.substr(0, inner.directory)}});
    turned.bytes[turned.central[0] + 42] = static_cast<char>(turned.end - inner.directory);
    CHECK(Read(turned) == At(kOverlap, turned.end - inner.directory));
    CHECK(Read(turned, "y") == "[data]");
  }
  SECTION("a record that begins in the end record") {
    // The length of the comment, which nobody checks, begins the signature.
    const Zip inner = BuildZip({{.name = "a/x", .payload = "data"}});
    const std::string local = inner.bytes.substr(0, inner.directory);
    Zip zip = BuildZip({{.name = "a/x", .payload = "data"}}, {.comment = local.substr(2)});
    zip.bytes.replace(zip.end + 20, 2, local.substr(0, 2));
    zip.bytes[zip.directory + 42] = static_cast<char>(zip.end + 20);
    CHECK(Read(zip) == At(kOverlap, zip.end + 20));
  }
  SECTION("a payload behind the directory that reaches the end record") {
    const Zip zip = BuildZip({{.name = "a/x", .payload = "data"}});
    const std::string local = zip.bytes.substr(0, zip.directory);
    const auto build = [&](std::uint32_t size) {
      Zip moved =
          BuildZip({{.name = "a/x", .payload = "data", .size = size, .compressed_size = size}}, {.before_end = local});
      const std::uint64_t at = moved.end - local.size();
      moved.bytes[moved.directory + 42] = static_cast<char>(at);
      moved.bytes[at + 18] = moved.bytes[at + 22] = static_cast<char>(size);
      return std::pair(moved, at);
    };
    CHECK(Read(build(4).first) == "[data]");
    CHECK(Read(build(5).first) == At(kOverlap, build(5).second));
  }
}

TEST_CASE("a local header outside the file is refused") {
  const Record record = {.name = "a/x", .size = kOnes, .compressed_size = kOnes, .header_offset = 5000};
  const Zip zip = BuildZip({record});
  CHECK(Read(zip) == At(kLocal, zip.central[0]));  // the guilty element is the entry: there is no header
}

TEST_CASE("a local header whose name or extra field would end behind the file is refused") {
  // The header stands at the end of the archive's comment, cut inside the name "a/x".
  const Record other = {.name = "a/y", .payload = "data"};
  const auto cut_after = [&](std::size_t bytes) {
    const std::string whole = BuildZip({{.name = "a/x"}}).bytes.substr(0, 33);
    const auto build = [&](std::uint32_t at) {
      return BuildZip({other, {.name = "a/x", .header_offset = at}}, {.comment = whole.substr(0, bytes)});
    };
    const Zip zip = build(static_cast<std::uint32_t>(build(0).bytes.size() - bytes));
    return Read(zip) == At(kLocal, zip.bytes.size() - bytes);
  };
  CHECK(cut_after(30));
  CHECK(cut_after(32));
  // Sizes of all ones ask for a zip64 field, and there is none up to the end of the file.
  Zip zip = BuildZip({{.name = "a/x", .payload = "data"}});
  for (const std::size_t at : {18, 19, 20, 21, 22, 23, 24, 25, 28, 29}) zip.bytes[zip.local[0] + at] = '\xff';
  CHECK(Read(zip) == At(kLocal, zip.local[0]));
}

TEST_CASE("no memory is asked for a size that deflate cannot make") {
  const Record record = {
      .name = "a/x", .payload = "data", .method = 8, .flags = 8, .size = kOnes, .extra = Zip64Field({1ULL << 62})};
  CHECK(Read(BuildZip({record}), "x", ~0ULL) == At(kInflate, 0));
}

TEST_CASE("the name of a directory is not read") {
  const Zip zip = BuildZip({{.name = "a/x/", .payload = "data"}});
  CHECK(Read(zip, "x/") == At("container.zip.name", zip.central[0]));
}

TEST_CASE("a record is read up to the limit") {
  const Zip stored = BuildZip({{.name = "a/x", .payload = "data"}});
  CHECK(Read(stored, "x", 4) == "[data]");
  CHECK(Read(stored, "x", 3) == At("limit.record-size", stored.central[0]));
  CHECK(Read(BuildZip({{.name = "a/x"}}), "x", 0) == "[]");
}

TEST_CASE("a deflate stream makes exactly what is announced") {
  struct Stream {
    const char* name;
    std::string bytes;
    std::uint32_t size;
    const char* want;  // "" refused
  };
  const std::string good = Deflate("0123456789");
  const Stream rows[] = {
      {"exactly", good, 10, "[0123456789]"},
      {"bytes after the end of the stream", good + "junk", 10, "[0123456789]"},
      {"no bytes from no stream", "", 0, "[]"},
      {"no bytes from an empty stream", Deflate(""), 0, "[]"},
      {"more than announced", good, 9, ""},
      {"more than nothing", good, 0, ""},
      {"fewer than announced", good, 11, ""},
      {"cut off", good.substr(0, good.size() - 1), 10, ""},
      {"block type 3", "\x07", 10, ""},
      {"a stored block whose lengths disagree",
       std::string("\x01\x04\x00\x00\x00"
                   "data",
                   9),
       4, ""},
      {"more than deflate can make", good, 1032 * 1032, ""},
  };
  for (const Stream& row : rows) {
    DYNAMIC_SECTION(row.name) {
      const Record record = {
          .name = "a/x", .payload = "", .method = 8, .stream = row.bytes, .size = row.size, .local_size = row.size};
      CHECK(Read(BuildZip({record}), "x", 1 << 30) == (*row.want == '\0' ? At(kInflate, 0) : row.want));
    }
  }
}

TEST_CASE("a payload inflated piece by piece is the same and judged the same") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i * i);
  const std::string good = Deflate(text);
  const auto run = [&](const std::string& stream, std::uint64_t size, std::size_t buffer_size) {
    std::string out;
    std::vector<std::byte> buffer(buffer_size);
    const std::string outcome = Outcome([&] {
      container::InflatePieces(AsBytes(stream), size, buffer, 5,
                               [&](std::span<std::byte> piece) { out += AsText(piece); });
    });
    CHECK(out.size() <= size);
    return outcome == "accepted" ? out : outcome;
  };
  for (const std::size_t buffer : {std::size_t{1}, std::size_t{1000}, text.size(), text.size() + 1}) {
    INFO("buffer of " << buffer);
    CHECK(run(good, text.size(), buffer) == text);
    CHECK(run(good, text.size() - 1, buffer) == At(kInflate, 5));
    CHECK(run(good, text.size() + 1, buffer) == At(kInflate, 5));
    CHECK(run(good.substr(0, good.size() - 1), text.size(), buffer) == At(kInflate, 5));
  }
  CHECK(run("", 0, 10).empty());
  CHECK(run("", 3, 10) == At(kInflate, 5));
  std::vector<std::byte> out(3);
  CHECK(Outcome([&] { container::Inflate({}, out, 5); }) == At(kInflate, 5));
}

TEST_CASE("the CRC-32 is that of the zip specification") {
  // The check value of CRC-32/ISO-HDLC in the catalogue of CRC algorithms.
  CHECK(container::Crc32(AsBytes("123456789")) == 0xcbf43926);
  CHECK(container::Crc32(AsBytes("456789"), container::Crc32(AsBytes("123"))) == 0xcbf43926);
  CHECK(container::Crc32({}) == 0);
}

TEST_CASE("an archive whose bytes are changed one by one is read or refused") {
  Zip zip =
      BuildZip({{.name = "a/x", .payload = "data", .method = 8}, {.name = "a/y", .payload = "more"}}, {.zip64 = true});
  int refused = 0;
  for (std::size_t at = 0; at < zip.bytes.size(); ++at) {
    for (const unsigned flip : {1U, 0x10U, 0x80U, 0xffU}) {
      Zip changed = zip;
      changed.bytes[at] = static_cast<char>(static_cast<unsigned char>(changed.bytes[at]) ^ flip);
      const auto refusal = RefusalOf([&] {
        const Archive archive(AsBytes(changed.bytes));
        for (const Entry& entry : archive.entries()) static_cast<void>(archive.Read(entry, 1 << 20));
      });
      if (refusal) ++refused;
      if (refusal && refusal->kind == RefusalKind::kInternal) FAIL("internal at " << at);
    }
  }
  CHECK(refused > 0);
}

}  // namespace weightsonly::testing
