// Storages and views of storages in legacy streams. Every verdict and value was torch 2.15.0's for the same stream from
// a path (SPEC.md chapter 6), but for those that name a deviation.
#include <array>
#include <cstring>

#include "tests/checkpoint/legacy_builder.h"

namespace weightsonly::testing {
namespace {

// The elements of a tensor of float32 or int32, row-major, and the bytes of its storage: "1 2 of 8".
std::string ShownTensor(const Tensor& tensor) {
  std::string bytes(tensor.nbytes(), '?');
  REQUIRE(tensor.CopyTo(std::as_writable_bytes(std::span(bytes))).has_value());
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, &bytes[at], sizeof word);
    const double value = tensor.dtype() == Dtype::kFloat32 ? std::bit_cast<float>(word) : word;
    out += std::to_string(static_cast<std::int64_t>(value)) + " ";
  }
  return out + "of " + std::to_string(tensor.storage()->nbytes());
}

// Each tensor in turn, or the refusal.
std::string Shown(const Stream& stream) {
  const std::string bytes = BuildStream(stream);
  const auto checkpoint = Load(AsBytes(bytes));
  if (!checkpoint) return OutcomeOf(checkpoint);
  std::string out;
  for (const auto& [path, tensor] : checkpoint->tensors()) out += (out.empty() ? "" : ", ") + ShownTensor(tensor);
  return out;
}

// A list of rows over these storages; one storage '0' of the floats 1 to 4.
std::string RowsOf(const std::vector<std::pair<StreamId, std::int32_t>>& rows) {
  std::string list = "](";
  for (const auto& [id, numel] : rows) list += StreamRow(IdOf(id), numel);
  return Shown(
      {.object = list + "e", .keys = ListOf({Text("0")}), .payloads = {{.count = 4, .bytes = Floats({1, 2, 3, 4})}}});
}

// The kind of the refusal of one storage with nothing else wrong, or "accepted"; no keys.
std::string KindOfId(const StreamId& id) {
  const std::string bytes = BuildStream({.object = IdOf(id)});
  const auto checkpoint = Load(AsBytes(bytes));
  if (checkpoint) return "accepted";
  return checkpoint.error().record + ":" + std::string(KindName(checkpoint.error().kind));
}

const std::string kView = ViewTo(Text("v"), 1, 2);

}  // namespace

TEST_CASE("a refused key is named, cut and escaped") {
  const auto detail = [](const std::string& key) {
    const std::string bytes = BuildStream({.keys = ListOf({key})});
    return Load(AsBytes(bytes)).error().detail;
  };
  CHECK(detail(Text("a\x1b")) == "the key 'a\\x1b' names no storage");
  CHECK(detail(Number(-7)) == "the key -7 names no storage");
  CHECK(detail("N") == "the key that is no str names no storage");
}

TEST_CASE("a view is a storage of its own over a part of the bytes") {
  CHECK(RowsOf({{{}, 4}, {{.view = kView}, 2}}) == "1 2 3 4 of 16, 2 3 of 8");
  CHECK(RowsOf({{{.view = ViewTo(Text("v"), 0, 4)}, 4}}) == "1 2 3 4 of 16");
  CHECK(RowsOf({{{.view = ViewTo(Text("v"), 2, 9)}, 2}}) == "3 4 of 8");  // cut at the end
  CHECK(RowsOf({{{.view = ViewTo(Text("v"), 2, 9)}, 9}}).starts_with("legacy/object:tensor.out-of-bounds"));
  CHECK(RowsOf({{{.view = ViewTo(Text("v"), 4, 0)}, 0}}) == "of 0");
  CHECK(RowsOf({{{.view = ViewTo(Text("v"), 7, 1)}, 0}}) == "of 0");
  const std::string far = Long(std::string(8, '\0') + "\x40");  // 2^70
  CHECK(RowsOf({{{.view = TupleOf({Text("v"), far, Number(1)})}, 0}}) == "of 0");
  CHECK(RowsOf({{{.view = TupleOf({Text("v"), Number(1), far})}, 0}}) == "of 12");
  const std::string wide = Long(std::string(7, '\0') + "\x40");  // 2^62 elements of 4 bytes
  CHECK(RowsOf({{{.view = TupleOf({Text("v"), Number(1), wide})}, 0}}) == "of 12");
  CHECK(RowsOf({{{.view = ListOf({Text("v"), Number(1), Number(2)})}, 2}}) == "2 3 of 8");
  CHECK(RowsOf({{{.view = TupleOf({Text("v"), "\x88", Number(2)})}, 2}}) == "2 3 of 8");
}

TEST_CASE("keys of storages and of views are one set of names") {
  CHECK(RowsOf({{{.view = ViewTo(Text("0"), 1, 2)}, 4}}) == "1 2 3 4 of 16");
  CHECK(RowsOf({{{.view = kView}, 2}, {{.key = Text("v"), .numel = Number(2)}, 2}}) == "2 3 of 8, 2 3 of 8");
  CHECK(RowsOf({{{.view = kView}, 2}, {{.key = Text("v"), .numel = Number(2), .view = ViewTo(Text("w"), 1, 1)}, 1}}) ==
        "2 3 of 8, 3 of 4");
  const std::string ints = Global("torch", "IntStorage");
  CHECK(RowsOf({{{.view = kView}, 2}, {{.type = ints, .view = ViewTo(Text("v"), 0, 1)}, 1}}) == "2 3 of 8, 2 of 8");
  CHECK(RowsOf({{{.view = TupleOf({"]", Number(0), Number(1)})}, 1}}).starts_with("legacy/object:value.unhashable"));
}

TEST_CASE("view metadata is None or three parts with two ints of 0 or more") {
  const auto kind = [](const std::string& view) { return KindOfId({.view = view}); };
  CHECK(kind("\x89") == "legacy/object:policy.persistent-id");
  CHECK(kind(TupleOf({Text("v"), Number(1)})) == "legacy/object:policy.persistent-id");
  CHECK(kind(TupleOf({Text("v"), Number(1), Number(1), Number(1)})) == "legacy/object:policy.persistent-id");
  CHECK(kind(TupleOf({Text("v"), Real(1), Number(1)})) == "legacy/object:value.type");
  CHECK(kind(TupleOf({Text("v"), Number(1), "N"})) == "legacy/object:value.type");
  CHECK(kind(ViewTo(Text("v"), -1, 1)) == "legacy/object:storage.size-mismatch");  // DEV-622
  CHECK(kind(ViewTo(Text("v"), 1, -1)) == "legacy/object:storage.size-mismatch");
  CHECK(kind(TupleOf({Text("v"), Long(std::string(8, '\0') + "\x80"), Number(1)})) ==
        "legacy/object:storage.size-mismatch");
}

TEST_CASE("a later mention of a key gives the same bytes when they are as many") {
  const std::string ints = Global("torch", "IntStorage");
  const std::string shorts = Global("torch", "ShortStorage");
  CHECK(RowsOf({{{}, 4}, {{.type = ints}, 4}}) == "1 2 3 4 of 16, 1065353216 1073741824 1077936128 1082130432 of 16");
  CHECK(RowsOf({{{}, 4}, {{.type = ints, .view = kView}, 2}}) == "1 2 3 4 of 16, 1073741824 1077936128 of 8");
  CHECK(RowsOf({{{}, 4}, {{.numel = Number(1)}, 4}}) == "1 2 3 4 of 16, 1 2 3 4 of 16");
  CHECK(RowsOf({{{}, 4}, {{.location = Text("bogus")}, 4}}) == "1 2 3 4 of 16, 1 2 3 4 of 16");
  CHECK(RowsOf({{{}, 4}, {{.location = std::string("U\1\xc3", 3)}, 4}}).starts_with("legacy/object:pickle.text"));
  CHECK(RowsOf({{{}, 4}, {{.type = shorts}, 0}}).starts_with("legacy/object:storage.size-mismatch"));  // DEV-627
}

TEST_CASE("a location of ASCII bytes is decoded, other bytes are refused also where it does not count") {
  const std::string bytes = Call(Global("_codecs", "encode"), {Text("\xc3\xa9"), Text("latin1")});
  CHECK(RowsOf({{{}, 4}, {{.location = bytes}, 4}}).starts_with("legacy/object:pickle.text"));
}

TEST_CASE("the parts of a persistent id in a stream") {
  CHECK(KindOfId({.numel = Number(0)}) == "accepted");
  CHECK(KindOfId({.numel = Number(4)}) == "legacy/keys:container.legacy.keys");  // nothing else is wrong with it
  CHECK(KindOfId({.location = Text("meta")}) == "accepted");
  CHECK(KindOfId({.more = "N"}) == "legacy/object:policy.persistent-id");
  CHECK(KindOfId({.view = ""}) == "legacy/object:policy.persistent-id");
  CHECK(KindOfId({.type = Global("torch.storage", "UntypedStorage")}) == "legacy/object:storage.type");
  CHECK(KindOfId({.type = Text("FloatStorage")}) == "legacy/object:storage.type");
  CHECK(KindOfId({.type = Global("torch", "FloatTensor"), .numel = Number(0)}) == "accepted");
  CHECK(KindOfId({.key = "]"}) == "legacy/object:value.unhashable");
  CHECK(KindOfId({.location = Text("bogus")}) == "legacy/object:storage.location");
  CHECK(KindOfId({.location = "N"}) == "legacy/object:storage.location");
  CHECK(KindOfId({.numel = Number(-4)}) == "legacy/object:storage.size-mismatch");
  CHECK(KindOfId({.numel = Long(std::string(7, '\0') + "\x40")}) == "legacy/object:storage.size-mismatch");  // 2^62
  CHECK(KindOfId({.numel = Long(std::string(8, '\0') + "\x40")}) == "legacy/object:storage.size-mismatch");
  CHECK(KindOfId({.numel = "N"}) == "legacy/object:value.type");
  CHECK(Shown({.object = StreamRow(IdOf({.numel = "\x88"}), 1),
               .keys = ListOf({Text("0")}),
               .payloads = {{.count = 1, .bytes = Floats({5})}}}) == "5 of 4");
  const std::string module = TupleOf({Text("module"), Global("torch", "FloatStorage"), Text("f"), Text("s")}) + "Q";
  CHECK(Shown({.object = module}).starts_with("legacy/object:policy.persistent-id"));
}

TEST_CASE("the keys name each storage that has bytes, once") {
  struct Row {
    const char* name;
    std::string keys;
    const char* outcome;
  };
  const std::vector<Payload> twice(2, {.count = 4, .bytes = Floats({1, 2, 3, 4})});
  const Row rows[] = {
      {"a tuple", TupleOf({Text("0")}), "1 2 3 4 of 16, 2 3 of 8"},
      {"an unknown key", ListOf({Text("0"), Text("1")}), "legacy/keys:container.legacy.keys@0"},
      {"no keys", "]", "legacy/keys:container.legacy.keys@0"},                                       // DEV-621
      {"a key twice", ListOf({Text("0"), Text("0")}), "legacy/keys:container.legacy.keys@0"},        // DEV-623
      {"the key of a view", ListOf({Text("0"), Text("v")}), "legacy/keys:container.legacy.keys@0"},  // DEV-624
      {"a dict", DictOf({Text("0"), "N"}), "legacy/keys:container.legacy.keys@0"},                   // DEV-628
      {"a text", Text("0"), "legacy/keys:container.legacy.keys@0"},                                  // DEV-628
      {"None", "N", "legacy/keys:value.type@0"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      const std::string object = ListOf({StreamRow(IdOf({}), 4), StreamRow(IdOf({.view = kView}), 2)});
      CHECK(Shown({.object = object, .keys = row.keys, .payloads = twice}) == row.outcome);
    }
  }
  const std::string unhashable = Shown({.object = StreamRow(IdOf({}), 4), .keys = ListOf({"]"}), .payloads = twice});
  CHECK(unhashable.starts_with("legacy/keys:value.unhashable"));
}

TEST_CASE("payloads follow the order of the keys, not that of the mentions") {
  const std::string object = ListOf({StreamRow(IdOf({.key = Text("b"), .numel = Number(1)}), 1),
                                     StreamRow(IdOf({.key = Text("a"), .numel = Number(2)}), 2)});
  CHECK(Shown({.object = object,
               .keys = ListOf({Text("a"), Text("b")}),
               .payloads = {{.count = 2, .bytes = Floats({1, 2})}, {.count = 1, .bytes = Floats({3})}}}) ==
        "3 of 4, 1 2 of 8");
}

// LST-015, DEV-602: the file is little-endian, and the storage's bytes get their unit from the tensor.
TEST_CASE("a tensor of _v3 over single bytes has the numbers that the file has") {
  const std::string bytes = IdOf({.type = Global("torch", "ByteStorage"), .numel = Number(4)});
  const std::string stream = BuildStream(
      {.object = Call(Global("torch._utils", "_rebuild_tensor_v3"),
                      {bytes, Number(0), Ints({2}), Ints({1}), "\x89", OrderedDict(), Global("torch", "uint16")}),
       .keys = ListOf({Text("0")}),
       .payloads = {{.count = 4, .bytes = "\x02\x01\x04\x03"}}});
  const auto checkpoint = Load(AsBytes(stream));
  REQUIRE(OutcomeOf(checkpoint) == "accepted");
  std::array<std::uint16_t, 2> numbers{};
  REQUIRE(checkpoint->root().AsTensor()->CopyTo(std::as_writable_bytes(std::span(numbers))).has_value());
  CHECK(numbers == std::array<std::uint16_t, 2>{0x0102, 0x0304});
}

TEST_CASE("the count is the storage's, and its elements are all there") {
  Stream stream = {.object = StreamRow(IdOf({}), 4), .keys = ListOf({Text("0")})};
  const std::size_t end = BuildStream(stream).size();
  const std::string four = Floats({1, 2, 3, 4});
  struct Row {
    const char* name;
    std::vector<Payload> payloads;
    std::string outcome;
  };
  const Row rows[] = {
      {"as torch writes it", {{4, four}}, "1 2 3 4 of 16"},
      {"one more", {{5, four + four}}, At("container.legacy.storage-size", end)},
      {"one less", {{3, four}}, At("container.legacy.storage-size", end)},
      {"as bytes", {{16, four}}, At("container.legacy.storage-size", end)},
      {"negative", {{~std::uint64_t{3}, four}}, At("container.legacy.storage-size", end)},
      {"2^62 + 4", {{(std::uint64_t{1} << 62) + 4, four}}, At("container.legacy.storage-size", end)},  // DEV-626
      {"one byte missing", {{4, four.substr(1)}}, At("container.truncated", end + 8)},
      {"no elements", {{4, ""}}, At("container.truncated", end + 8)},
      {"no count", {}, At("container.truncated", end)},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      stream.payloads = row.payloads;
      CHECK(Shown(stream) == row.outcome);
    }
  }
  // DEV-625: torch makes the storage larger, and takes the larger count.
  stream.object = StreamRow(IdOf({.numel = Number(2)}), 4);
  stream.payloads = {{4, four}};
  CHECK(Shown(stream).starts_with("legacy/object:tensor.out-of-bounds"));
  // A storage of 2^60 elements is refused where it is named.
  stream.object = IdOf({.numel = Long(std::string(7, '\0') + "\x10")});
  stream.payloads = {{std::uint64_t{1} << 60, four}};
  CHECK(Shown(stream).starts_with("legacy/object:storage.size-mismatch"));
}

}  // namespace weightsonly::testing
