// Bytes of storages: in place, inflated, swapped, in parts, verified. The second source: the bytes that the test put
// into the archive, and for the byte order torch's answers to the files big-endian-* of the corpus.
#include "checkpoint/archive_source.h"

#include <zlib.h>

#include <array>
#include <thread>

#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

constexpr const char* kForeign = std::endian::native == std::endian::little ? "big" : "little";
constexpr const char* kNative = std::endian::native == std::endian::little ? "little" : "big";

// More than one piece of the source's (256 KiB), and not a whole number of them.
std::string LongBytes(std::size_t size = 600'000) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}

std::string Reversed(const std::string& bytes, std::size_t unit) {
  std::string out = bytes;
  for (std::size_t at = 0; at + unit <= out.size(); at += unit) {
    for (std::size_t i = 0; i < unit; ++i) out[at + i] = bytes[at + unit - 1 - i];
  }
  return out;
}

std::string DataOf(const Checkpoint& checkpoint, std::size_t index = 0) {
  const auto data = checkpoint.storage(index).data();
  return data ? std::string(AsText(*data)) : OutcomeOf(data);
}

std::string PartOf(const Checkpoint& checkpoint, std::uint64_t offset, std::size_t size) {
  std::string out(size, '?');
  const auto read = checkpoint.graph()->source->Read(0, offset, std::as_writable_bytes(std::span(out)));
  return read ? out : OutcomeOf(read);
}

std::string PiecesOf(const Checkpoint& checkpoint) {
  std::string out;
  const auto read = checkpoint.graph()->source->ReadPieces(0, [&](Bytes piece) { out += AsText(piece); });
  return read ? out : OutcomeOf(read);
}

Checkpointed OneStorage(const std::string& bytes, const char* byteorder = kNative, const char* type = "ByteStorage",
                        std::size_t item = 1) {
  return {.pickle = PickleOf(StorageAt("0", static_cast<std::int32_t>(bytes.size() / item), type)),
          .storages = {{"0", bytes}},
          .byteorder = byteorder};
}

std::uint32_t CrcOf(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace

TEST_CASE("a stored record in the host's order is used where it lies") {
  const Loaded checkpoint(OneStorage("0123456789"));
  const Storage storage = checkpoint->storage(0);
  CHECK(checkpoint->storage_count() == 1);
  CHECK(storage.in_place());
  CHECK(storage.record() == "data/0");
  CHECK(storage.nbytes() == 10);
  CHECK(storage.device() == "cpu");
  CHECK(storage.data()->data() == AsBytes(checkpoint.zip().bytes).data() + checkpoint.zip().payload[1]);
  CHECK(DataOf(*checkpoint) == "0123456789");
  CHECK(PartOf(*checkpoint, 3, 4) == "3456");
  CHECK(PiecesOf(*checkpoint) == "0123456789");
}

TEST_CASE("the bytes of a record that went to the meta device are not read") {
  Options options;
  options.map_location = std::string("meta");
  const Loaded checkpoint(OneStorage("0123456789"), options);
  const std::string refused = OutcomeOf(std::expected<void, Refusal>(std::unexpected(RefusalOfMeta())));
  CHECK(refused == At("storage.meta", 0));
  CHECK(DataOf(*checkpoint) == refused);
  CHECK(PartOf(*checkpoint, 3, 4) == refused);
  CHECK(PiecesOf(*checkpoint) == refused);
  CHECK(OutcomeOf(checkpoint->graph()->source->Data(0)) == refused);
}

// Four places in the file that differ in one byte: one of them is where a float may lie.
TEST_CASE("elements are handed out in place only where they are aligned") {
  int aligned = 0;
  for (std::size_t before = 0; before < 4; ++before) {
    const Loaded checkpoint(Checkpointed{
        .pickle = PickleOf(RowOf("0", 1)),
        .storages = {{"before", std::string(before, 'x')}, {"0", std::string(4, '\0')}},
        .byteorder = kNative,
    });
    const auto floats = checkpoint->root().AsTensor()->As<float>();
    const auto place = reinterpret_cast<std::uintptr_t>(checkpoint->storage(0).data()->data());
    CHECK(floats.has_value() == (place % 4 == 0));
    aligned += floats.has_value() ? 1 : 0;
  }
  CHECK(aligned == 1);
}

TEST_CASE("a deflated record is inflated once, when first asked for") {
  const std::string bytes = LongBytes();
  Checkpointed from = OneStorage(bytes);
  from.storages[0].deflated = true;
  const Loaded checkpoint(from);
  CHECK_FALSE(checkpoint->storage(0).in_place());
  CHECK(PiecesOf(*checkpoint) == bytes);
  CHECK(PartOf(*checkpoint, 0, bytes.size()) == bytes);
  CHECK(PartOf(*checkpoint, 300'001, 9) == bytes.substr(300'001, 9));
  CHECK(DataOf(*checkpoint) == bytes);
  CHECK(checkpoint->storage(0).data()->data() == checkpoint->storage(0).data()->data());
}

TEST_CASE("a foreign byte order changes the bytes in units of the dtype") {
  struct Row {
    const char* type;
    std::size_t item, unit;
  };
  // The units are those of torch's byteswap: the halves of a complex number apart, single bytes never.
  const Row rows[] = {{"DoubleStorage", 8, 8}, {"LongStorage", 8, 8},         {"FloatStorage", 4, 4},
                      {"IntStorage", 4, 4},    {"HalfStorage", 2, 2},         {"BFloat16Storage", 2, 2},
                      {"ShortStorage", 2, 2},  {"ByteStorage", 1, 1},         {"CharStorage", 1, 1},
                      {"BoolStorage", 1, 1},   {"ComplexFloatStorage", 8, 4}, {"ComplexDoubleStorage", 16, 8}};
  const std::string bytes = LongBytes(600'000 - 600'000 % 16);
  for (const Row& row : rows) {
    for (const bool deflated : {false, true}) {
      Checkpointed from = OneStorage(bytes, kForeign, row.type, row.item);
      from.storages[0].deflated = deflated;
      const Loaded checkpoint(from);
      const std::string expected = Reversed(bytes, row.unit);
      INFO(row.type << (deflated ? " deflated" : " stored"));
      CHECK(checkpoint->foreign_byte_order());
      CHECK(checkpoint->storage(0).in_place() == (!deflated && row.unit == 1));
      CHECK(PiecesOf(*checkpoint) == expected);
      CHECK(PartOf(*checkpoint, 262'144, 48) == expected.substr(262'144, 48));
      CHECK(PartOf(*checkpoint, 3, 5) == expected.substr(3, 5));
      CHECK(PartOf(*checkpoint, 3, 16) == expected.substr(3, 16));
      CHECK(PartOf(*checkpoint, 16, 5) == expected.substr(16, 5));
      CHECK(PartOf(*checkpoint, 0, bytes.size()) == expected);
      CHECK(DataOf(*checkpoint) == expected);
    }
  }
}

TEST_CASE("SwapBytes leaves a rest that is shorter than its unit") {
  std::string bytes = "abcdefghijk";
  const auto swapped = [&](std::uint8_t unit) {
    std::string out = bytes;
    SwapBytes(std::as_writable_bytes(std::span(out)), unit);
    return out;
  };
  CHECK(swapped(1) == "abcdefghijk");
  CHECK(swapped(2) == "badcfehgjik");
  CHECK(swapped(4) == "dcbahgfeijk");
  CHECK(swapped(8) == "hgfedcbaijk");
}

TEST_CASE("the dtype that names a storage first decides its byte order") {
  const std::string pickle = PickleOf(
      ListOf({StorageAt("0", 2, "FloatStorage"), StorageAt("0", 2, "FloatStorage"), StorageAt("1", 2, "LongStorage")}));
  const Loaded checkpoint(Checkpointed{
      .pickle = pickle, .storages = {{"0", "abcdefgh"}, {"1", "0123456789ABCDEF"}}, .byteorder = kForeign});
  CHECK(checkpoint->storage_count() == 2);
  CHECK(DataOf(*checkpoint, 0) == "dcbahgfe");
  CHECK(DataOf(*checkpoint, 1) == "76543210FEDCBA98");
}

TEST_CASE("an empty storage of a foreign byte order is in place") {
  const Loaded checkpoint(OneStorage("", kForeign, "FloatStorage"));
  CHECK(checkpoint->storage(0).in_place());
  CHECK(DataOf(*checkpoint).empty());
  CHECK(PiecesOf(*checkpoint).empty());
  CHECK(checkpoint->Materialize(1).has_value());
}

TEST_CASE("many threads that ask at once get the same bytes") {
  const std::string bytes = LongBytes();
  Checkpointed from = OneStorage(bytes);
  from.storages[0].deflated = true;
  const Loaded checkpoint(from);
  std::array<const std::byte*, 8> seen = {};
  {
    std::vector<std::jthread> threads;
    for (auto& place : seen) threads.emplace_back([&] { place = checkpoint->storage(0).data()->data(); });
  }
  for (const std::byte* place : seen) CHECK(place == seen[0]);
  CHECK(DataOf(*checkpoint) == bytes);
}

TEST_CASE("a storage that the pickle names must be a record of that size") {
  const auto open = [](const Checkpointed& from) { return OutcomeOf(Load(AsBytes(BuildCheckpoint(from).bytes))); };
  Checkpointed from = {.pickle = PickleOf(StorageAt("0", 2)), .storages = {{"0", "01234567"}}};
  const std::string at = "@" + std::to_string(from.pickle.size() - 2);
  CHECK(open(from) == "accepted");
  from.storages[0].bytes = "012345678";
  CHECK(open(from) == "data.pkl:storage.size-mismatch" + at);
  from.storages[0].bytes = "0123456";
  CHECK(open(from) == "data.pkl:storage.size-mismatch" + at);
  from.storages[0].key = "1";
  CHECK(open(from) == "data.pkl:storage.missing" + at);
  from = {.pickle = PickleOf(StorageAt(std::string_view("0\0x", 3), 2)), .storages = {{"0", "01234567"}}};
  CHECK(open(from) == "data.pkl:container.zip.name@" + std::to_string(from.pickle.size() - 2));
}

TEST_CASE("a deflate stream that is not the storage's bytes is refused by everything that reads it") {
  const std::string bytes = LongBytes();
  const std::string packed = Deflate(bytes);
  const std::string streams[] = {std::string("\xff\xff\xff\xff"), packed.substr(0, packed.size() / 2),
                                 Deflate(bytes + "x"), Deflate(bytes.substr(1))};
  for (const std::string& stream : streams) {
    for (const char* order : {kNative, kForeign}) {
      Checkpointed from = OneStorage(bytes, order, "IntStorage", 4);
      from.storages[0].deflated = true;
      from.storages[0].stream = stream;
      const Loaded checkpoint(from);
      const std::string refused = At("container.zip.inflate", checkpoint.zip().local[1]);
      CHECK(OutcomeOf(checkpoint->Verify()) == refused);
      CHECK(DataOf(*checkpoint) == refused);
      CHECK(DataOf(*checkpoint) == refused);
      CHECK(PiecesOf(*checkpoint) == refused);
      CHECK(PartOf(*checkpoint, 0, bytes.size()) == refused);
      CHECK(PartOf(*checkpoint, 4, 4) == refused);
    }
  }
}

TEST_CASE("a CRC counts in strict only, and 0 means that none was computed") {
  const std::string bytes = LongBytes();
  Options strict;
  strict.strict = true;
  const auto verify = [&](std::uint32_t crc, const Options& options) {
    Zip zip = BuildCheckpoint(OneStorage(bytes));
    SetCrc(zip, 1, crc);
    const std::uint64_t header = zip.local[1];
    const Loaded checkpoint(std::move(zip), options);
    const std::string outcome = OutcomeOf(checkpoint->Verify());
    return outcome == At("container.zip.crc", header) ? "wrong" : outcome;
  };
  CHECK(verify(CrcOf(bytes), strict) == "accepted");
  CHECK(verify(CrcOf(bytes) ^ 1, strict) == "wrong");
  CHECK(verify(CrcOf(bytes) ^ 0x80000000, strict) == "wrong");
  CHECK(verify(0, strict) == "accepted");
  CHECK(verify(CrcOf(bytes) ^ 1, {}) == "accepted");
}

}  // namespace weightsonly::testing
