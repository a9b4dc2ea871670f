// Strict: archives as torch.save writes them, and each thing that it does not write (CHK-043 to CHK-046). Files that
// torch wrote are loaded in tests/api.
#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

Options Strict() {
  Options options;
  options.strict = true;
  return options;
}

// Two storages, and the records of the newest releases.
Checkpointed AsWritten() {
  return {.pickle = PickleOf(ListOf({RowOf("0", 1), RowOf("1", 2)})),
          .storages = {{.key = "0", .bytes = "abcd"}, {.key = "1", .bytes = "efghijkl"}},
          .more = {{.name = ".format_version", .payload = "1"},
                   {.name = ".storage_alignment", .payload = "64"},
                   {.name = ".data/serialization_id", .payload = "5"}}};
}
// The index of a record of BuildCheckpoint(AsWritten()).
enum : std::uint8_t { kPickle, kFirst, kSecond, kByteorder, kVersion, kFormat, kAlignment, kId, kMore };

std::vector<Record> RecordsOf(const Checkpointed& from) {
  std::vector<Record> records = {{.name = "a/data.pkl", .payload = from.pickle}};
  for (const StoragePayload& storage : from.storages) {
    records.push_back({.name = "a/data/" + storage.key, .payload = storage.bytes});
  }
  records.push_back({.name = "a/byteorder", .payload = *from.byteorder});
  records.push_back({.name = "a/version", .payload = *from.version});
  for (const Record& record : from.more) {
    records.push_back(record);
    records.back().name = "a/" + record.name;
  }
  return records;
}

std::string Open(const Zip& zip, const Options& options = Strict()) {
  return OutcomeOf(Load(AsBytes(zip.bytes), options));
}
// In strict, of a file that the default accepts.
std::string OpenBoth(const Zip& zip) {
  CHECK(Open(zip, {}) == "accepted");
  return Open(zip);
}
std::string DetailOf(const Zip& zip) {
  const auto loaded = Load(AsBytes(zip.bytes), Strict());
  return loaded ? "accepted" : loaded.error().detail;
}

}  // namespace

TEST_CASE("strict accepts all records that torch.save writes, in any order, and fewer of them") {
  CHECK(OpenBoth(BuildCheckpoint(AsWritten())) == "accepted");
  std::vector<Record> records = RecordsOf(AsWritten());
  std::swap(records[kPickle], records[kId]);
  std::swap(records[kFirst], records[kVersion]);
  CHECK(OpenBoth(BuildZip(records)) == "accepted");
  CHECK(OpenBoth(BuildZip(records, {.zip64 = true})) == "accepted");
  CHECK(OpenBoth(BuildCheckpoint({.pickle = PickleOf("N"), .byteorder = std::nullopt})) == "accepted");
}

// CHK-043
TEST_CASE("strict refuses what follows the end record, where it begins") {
  const std::vector<Record> records = RecordsOf(AsWritten());
  const Zip comment = BuildZip(records, {.comment = "made by hand"});
  CHECK(OpenBoth(comment) == At("container.zip.eocd", comment.end + 22));
  CHECK(DetailOf(comment) == "the archive has a comment of 12 bytes; torch.save writes none");
  const Zip behind = BuildZip(records, {.tail = "\n"});
  CHECK(OpenBoth(behind) == At("container.zip.eocd", behind.end + 22));
  CHECK(DetailOf(behind) == "1 bytes follow the archive; torch.save writes none");
  const Zip both = BuildZip(records, {.comment = "mine", .tail = std::string(9, '\0')});
  CHECK(OpenBoth(both) == At("container.zip.eocd", both.end + 22));
  CHECK(DetailOf(both) == "the archive has a comment of 4 bytes; torch.save writes none");
}

// CHK-044
TEST_CASE("strict refuses a record that torch.save does not write, at its directory entry") {
  for (const char* name : {"config.json", "", "data/", "data/2", "data/00", "data.pkl.sig", ".data/version", "\x1b"}) {
    INFO(name);
    Checkpointed from = AsWritten();
    from.more.push_back({.name = name, .payload = "3"});
    from.more.push_back({.name = "another"});
    const Zip zip = BuildCheckpoint(from);
    CHECK(OpenBoth(zip) == At("container.zip.name", zip.central[kMore]));
  }
  Checkpointed from = AsWritten();
  from.more.push_back({.name = "a\n\x1b"});
  CHECK(DetailOf(BuildCheckpoint(from)) ==
        "record 'a\\n\\x1b' is no storage that the pickle names and no other record that torch.save writes");
  std::vector<Record> records = RecordsOf(AsWritten());
  records.insert(records.begin(), {.name = "a/first", .payload = "3"});
  const Zip in_front = BuildZip(records);
  CHECK(OpenBoth(in_front) == At("container.zip.name", in_front.central[0]));
}

TEST_CASE("strict refuses a storage that the pickle does not name, and finds records whatever the letter case") {
  Checkpointed from = AsWritten();
  from.pickle = PickleOf(RowOf("1", 2));
  const Zip unnamed = BuildCheckpoint(from);
  CHECK(OpenBoth(unnamed) == At("container.zip.name", unnamed.central[kFirst]));
  std::vector<Record> records = RecordsOf(AsWritten());
  records[kFirst].name = "a/Data/0";
  records[kByteorder].name = "a/ByteOrder";
  CHECK(OpenBoth(BuildZip(records)) == "accepted");
}

TEST_CASE("strict knows the storages by their records on the device meta too, and for two keys of one record") {
  Options meta = Strict();
  meta.map_location = std::string("meta");
  CHECK(Open(BuildCheckpoint(AsWritten()), meta) == "accepted");
  Checkpointed from = AsWritten();
  from.pickle = PickleOf(RowOf("1", 2));
  const Zip unnamed = BuildCheckpoint(from);
  CHECK(Open(unnamed, meta) == At("container.zip.name", unnamed.central[kFirst]));
  from.storages = {{.key = "b", .bytes = "abcd"}};
  from.pickle = PickleOf(ListOf({RowOf("b", 1), RowOf("B", 1)}));
  CHECK(OpenBoth(BuildCheckpoint(from)) == "accepted");
}

// CHK-045
TEST_CASE("strict refuses a compressed record, whichever it is, at its directory entry") {
  const std::vector<Record> records = RecordsOf(AsWritten());
  for (std::size_t i = 0; i < records.size(); ++i) {
    INFO(records[i].name);
    std::vector<Record> deflated = records;
    deflated[i].method = 8;
    const Zip zip = BuildZip(deflated);
    CHECK(OpenBoth(zip) == At("container.zip.method", zip.central[i]));
    CHECK(DetailOf(zip) == "record '" + records[i].name.substr(2) + "' is compressed; torch.save compresses none");
  }
}

// CHK-046
TEST_CASE("strict refuses a comment of an entry, at the entry") {
  const std::vector<Record> records = RecordsOf(AsWritten());
  for (std::size_t i = 0; i < records.size(); ++i) {
    INFO(records[i].name);
    std::vector<Record> noted = records;
    noted[i].comment = "c";
    const Zip zip = BuildZip(noted);
    CHECK(OpenBoth(zip) == At("container.zip.central-directory", zip.central[i]));
    CHECK(DetailOf(zip) == "record '" + records[i].name.substr(2) + "' has a comment; torch.save writes none");
  }
}

TEST_CASE("strict names the first fault of the archive, and those of the contents before it") {
  std::vector<Record> records = RecordsOf(AsWritten());
  records[kSecond].method = 8;
  records.push_back({.name = "a/more"});
  const Zip method = BuildZip(records);
  CHECK(OpenBoth(method) == At("container.zip.method", method.central[kSecond]));
  records[kPickle].payload += "N";
  const Zip trailing = BuildZip(records, {.tail = "x"});
  CHECK(OpenBoth(trailing) == "data.pkl:" + At("pickle.trailing", records[kPickle].payload.size() - 1));
}

}  // namespace weightsonly::testing
