// Legacy streams: the five pickles, and what lies around them. Every verdict and value was torch 2.15.0's for the same
// stream from a path (SPEC.md chapter 6), but for those that name a deviation.
#include "checkpoint/legacy.h"

#include "base/limits.h"
#include "base/text.h"
#include "container/source.h"
#include "tests/checkpoint/folder.h"
#include "tests/checkpoint/legacy_builder.h"
#include "tests/host_order.h"
#include "value/graph.h"

namespace weightsonly::testing {
namespace {

std::string OutcomeOfStream(const Stream& stream, const Options& options = {}) {
  const std::string bytes = BuildStream(stream);
  return OutcomeOf(Load(AsBytes(bytes), options));
}

Options Strict() {
  Options options;
  options.strict = true;
  return options;
}

Options With(const std::string& encoding) {
  Options options;
  options.encoding = encoding;
  return options;
}

Stream Example() {
  return {.object = StreamRow(IdOf({}), 4),
          .keys = ListOf({Text("0")}),
          .payloads = {{.count = 4, .bytes = Floats({1, 2, 3, 4})}}};
}

std::string Replaced(std::string bytes, std::size_t at, char with) {
  bytes[at] = with;
  return bytes;
}

// The one str or bytes that the stream is: its type and hex.
std::string StringOf(const std::string& object, const Options& options) {
  const std::string bytes = BuildStream({.object = object});
  const auto checkpoint = Load(AsBytes(bytes), options);
  if (!checkpoint) return OutcomeOf(checkpoint);
  const Value root = checkpoint->root();
  std::string hex = root.type() == ValueType::kBytes ? "bytes " : "str ";
  AppendHex(hex, root.type() == ValueType::kBytes ? AsText(root.AsBytes()) : root.AsStr());
  return hex;
}

}  // namespace

TEST_CASE("a legacy stream is the same mapped, read and lent") {
  const TestFolder folder;
  const std::string bytes = BuildStream(Example());
  const std::string path = folder.Write("x.pt", bytes);
  Options read;
  read.mmap = false;
  for (const auto& checkpoint : {Load(path), Load(path, read), Load(AsBytes(bytes)), Load(AsBytes(bytes), Strict())}) {
    REQUIRE(OutcomeOf(checkpoint) == "accepted");
    const Storage storage = checkpoint->storage(0);
    CHECK(storage.record() == "legacy/storage/0");
    CHECK(storage.in_place() == kLittleHost);
    REQUIRE(storage.data().has_value());
    CHECK(AsText(*storage.data()) == OnHost(Floats({1, 2, 3, 4}), 4));
    const auto tensor = checkpoint->root().AsTensor();
    REQUIRE(tensor);
    std::string copy(16, '?');
    REQUIRE(tensor->CopyTo(std::as_writable_bytes(std::span(copy))).has_value());
    CHECK(copy == OnHost(Floats({1, 2, 3, 4}), 4));
    CHECK(checkpoint->Verify().has_value());
    CHECK(checkpoint->Materialize(2).has_value());
    CHECK(checkpoint->file_bytes() == bytes.size());
    CHECK(checkpoint->pickle_bytes() == bytes.size() - 8 - 16);
    CHECK(checkpoint->foreign_byte_order() == !kLittleHost);
  }
}

TEST_CASE("a storage knows the unit of its bytes, for hosts whose order is not the stream's") {
  for (const auto& [type, unit] : {std::pair{"FloatStorage", 4}, std::pair{"DoubleStorage", 8},
                                   std::pair{"ComplexDoubleStorage", 8}, std::pair{"ByteStorage", 1}}) {
    const std::string bytes = BuildStream({.object = IdOf({.type = Global("torch", type), .numel = Number(0)}),
                                           .keys = ListOf({Text("0")}),
                                           .payloads = {{.count = 0, .bytes = ""}}});
    Graph graph(Limits{});
    LoadLegacy(container::OpenSpan(AsBytes(bytes)), {}, graph);
    INFO(type);
    REQUIRE(graph.storages.size() == 1);
    CHECK(graph.storages[0].unit == unit);
  }
}

TEST_CASE("the first two pickles are the magic number and a number that equals 1001") {
  const std::string magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  const std::string protocol_1001 = std::string("M\xe9\x03", 3);
  struct Row {
    const char* name;
    std::string magic, protocol;
    const char* outcome;
  };
  const Row rows[] = {
      {"as torch writes them", Long(magic), protocol_1001, "accepted"},
      {"the magic number plus 1", Long(Replaced(magic, 0, '\x6d')), protocol_1001,
       "legacy/magic:container.legacy.magic@0"},
      {"the magic number, then None", Long(magic) + "N", protocol_1001, "legacy/magic:container.legacy.magic@0"},
      {"the magic number, then 1", Long(magic) + "K\1", protocol_1001, "legacy/magic:container.legacy.magic@0"},
      {"the magic number with a sign byte too many", Long(magic) + Long(magic + std::string(1, '\0')), protocol_1001,
       "accepted"},
      {"1001.0", Long(magic), Real(1001), "accepted"},
      {"1001+0j", Long(magic), Call(Global("builtins", "complex"), {Real(1001), Real(0)}), "accepted"},
      {"1002", Long(magic), Number(1002), "legacy/protocol:container.legacy.protocol@0"},
      {"True", Long(magic), "\x88", "legacy/protocol:container.legacy.protocol@0"},
      {"a list", Long(magic), "]", "legacy/protocol:container.legacy.protocol@0"},
      {"the magic number again", Long(magic), Long(magic), "legacy/protocol:container.legacy.protocol@0"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Stream stream = Example();
      stream.magic = row.magic;
      stream.protocol = row.protocol;
      CHECK(OutcomeOfStream(stream) == row.outcome);
    }
  }
}

TEST_CASE("the system information may be anything, and counts in strict only") {
  const std::string version = Text("protocol_version") + Number(1001);
  const std::string order = Text("little_endian") + "\x89";
  const std::string sizes = Text("type_sizes") + "}";
  struct Row {
    const char* name;
    std::string sys_info;
    bool strict;
  };
  const Row rows[] = {
      {"a number", Number(7), false},
      {"a big-endian writer", DictOf({version, order, sizes}), true},
      {"another protocol", DictOf({Text("protocol_version"), Number(7), order, sizes}), false},
      {"no byte order", DictOf({version, sizes}), false},
      {"a byte order that is a number", DictOf({version, Text("little_endian"), Number(1), sizes}), false},
      {"no sizes", DictOf({version, order}), false},
      {"sizes that are a number", DictOf({version, order, Text("type_sizes"), Number(4)}), false},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Stream stream = Example();
      stream.sys_info = row.sys_info;
      CHECK(OutcomeOfStream(stream) == "accepted");
      CHECK(OutcomeOfStream(stream, Strict()) ==
            (row.strict ? "accepted" : "legacy/sys_info:container.legacy.sys-info@0"));
    }
  }
}

TEST_CASE("each pickle has a stack and a memo of its own, and refusals name it") {
  struct Row {
    const char* name;
    Stream stream;
    const char* outcome;
  };
  const Row rows[] = {
      {"a memo entry of the object asked for in the keys",
       {.object = "]" + PutAt(0), .keys = GetAt(0)},
       "legacy/keys:pickle.memo-missing@2"},
      {"a mark of the object closed in the keys", {.object = "(N", .keys = "]e"}, "legacy/keys:pickle.mark-missing@3"},
      {"a value left by the object taken in the keys",
       {.object = "NN", .keys = "\x85"},
       "legacy/keys:pickle.stack-underflow@2"},
      {"a storage in the magic", {.magic = IdOf({})}, "legacy/magic:policy.persistent-id@56"},
      {"a storage in the keys", {.keys = ListOf({IdOf({})})}, "legacy/keys:policy.persistent-id@58"},
      {"a global that is not allowed in the system information",
       {.sys_info = Global("os", "mkdir")},
       "legacy/sys_info:policy.module-blocked@2"},
      {"an opcode that is not accepted in the protocol", {.protocol = "0"}, "legacy/protocol:pickle.opcode@2"},
      {"a key of a dict that is a list", {.object = DictOf({"]", "N"})}, "legacy/object:value.unhashable@6"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      // The magic stands in front whatever the row changes behind it.
      const std::string bytes = BuildStream(row.stream);
      const auto graph = std::make_shared<Graph>(Limits{});
      const auto refusal = RefusalOf([&] { LoadLegacy(container::OpenSpan(AsBytes(bytes)), {}, *graph); });
      REQUIRE(refusal);
      CHECK(refusal->record + ":" + At(KindName(refusal->kind), refusal->offset) == row.outcome);
    }
  }
}

TEST_CASE("keys are equal across the pickles") {
  for (const auto& [key, listed] : {std::pair{Number(1), std::string("\x88")},
                                    {TupleOf({Number(1), Text("a")}), TupleOf({Real(1), Text("a")})},
                                    {std::string("N"), std::string("N")}}) {
    Stream stream = Example();
    stream.object = StreamRow(IdOf({.key = key}), 4);
    stream.keys = ListOf({listed});
    CHECK(OutcomeOfStream(stream) == "accepted");
  }
  Stream other = Example();
  other.keys = ListOf({Number(0)});
  CHECK(OutcomeOfStream(other) == "legacy/keys:container.legacy.keys@0");
}

TEST_CASE("what is left on the stack counts in strict only, what follows the last storage never") {
  Stream left = Example();
  left.sys_info = Number(7) + left.sys_info;
  CHECK(OutcomeOfStream(left) == "accepted");
  CHECK(OutcomeOfStream(left, Strict()) ==
        "legacy/sys_info:pickle.trailing@" + std::to_string(PickleOf(left.sys_info).size() - 1));
  Stream tail = Example();
  tail.tail = "xxx";
  CHECK(OutcomeOfStream(tail) == "accepted");
  CHECK(OutcomeOfStream(tail, Strict()) == "accepted");
}

TEST_CASE("a stream that is cut is refused at every length") {
  const std::string whole = BuildStream(Example());
  REQUIRE(OutcomeOf(Load(AsBytes(whole))) == "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A buffer of exactly this size, so that a sanitizer sees a step too far.
    const std::vector<char> bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto checkpoint = Load(AsBytes({bytes.data(), bytes.size()}));
    if (checkpoint) FAIL("accepted with " << size << " bytes");
    const std::string_view kind = KindName(checkpoint.error().kind);
    if (size > 2 && kind != "container.truncated" && kind != "pickle.truncated") FAIL(kind << " at " << size);
  }
  SUCCEED();
}

TEST_CASE("the five pickles are found without being executed") {
  const std::string bytes = BuildStream({.object = Global("os", "mkdir")});
  const auto pickles = FindLegacyPickles(AsBytes(bytes));
  REQUIRE(pickles.size() == 5);
  std::uint64_t at = 0;
  for (const LegacyPickle& pickle : pickles) {
    CHECK(pickle.offset == at);
    CHECK(pickle.whole);
    at += pickle.size;
    CHECK(bytes[at - 1] == '.');
  }
  CHECK(at == bytes.size());
  CHECK(pickles[3].record == "legacy/object");

  const auto damaged = FindLegacyPickles(AsBytes(BuildStream({.object = "N0N"})));
  REQUIRE(damaged.size() == 4);
  CHECK_FALSE(damaged.back().whole);
  CHECK(damaged.back().size == 4);  // PROTO, NONE, and the byte that is not accepted
}

TEST_CASE("byte strings of Python 2 are decoded as the option says") {
  const std::string accented = std::string("U\2\xc3\xa9", 4);
  const std::string ascii = std::string("U\2ab", 4);
  struct Row {
    std::string encoding, of_accented, of_ascii;
  };
  const Row rows[] = {
      {"utf-8", "str c3a9", "str 6162"},
      {"utf8", "str c3a9", "str 6162"},
      {"ascii", "legacy/object:pickle.text@2", "str 6162"},
      {"latin1", "str c383c2a9", "str 6162"},
      {"iso8859-1", "str c383c2a9", "str 6162"},
      {"bytes", "bytes c3a9", "bytes 6162"},
      {"BYTES", "options.invalid@0", "options.invalid@0"},
      {"nope", "options.invalid@0", "options.invalid@0"},
      {"", "options.invalid@0", "options.invalid@0"},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION("encoding '" << row.encoding << "'") {
      CHECK(StringOf(accented, With(row.encoding)) == row.of_accented);
      CHECK(StringOf(ascii, With(row.encoding)) == row.of_ascii);
    }
  }
  CHECK(StringOf(std::string("U\1\xe9", 3), With("utf-8")) == "legacy/object:pickle.text@2");
  CHECK(StringOf(std::string("U\1\xe9", 3), With("latin1")) == "str c3a9");
}

TEST_CASE("the encoding holds for archives too") {
  const Loaded latin1({.pickle = PickleOf(std::string("U\1\xe9", 3))}, With("latin1"));
  CHECK(latin1->root().AsStr() == "\xc3\xa9");
  const Loaded bytes({.pickle = PickleOf(std::string("U\1\xe9", 3))}, With("bytes"));
  CHECK(AsText(bytes->root().AsBytes()) == "\xe9");
  const Zip zip = BuildCheckpoint({.pickle = PickleOf("N")});
  CHECK(OutcomeOf(Load(AsBytes(zip.bytes), With("cp1252"))) == "options.invalid@0");
}

// Run 2.15.0, encoding='latin1': b'a\xc3\xa9z', b'a\xe9z', bytearray(b'a\xc3\xa9z').
TEST_CASE("a byte string that was decoded can be encoded again") {
  const auto bytes_of = [](const std::string& function, const std::string& codec) {
    const std::string call = function + "U\3a\xe9z" + Text(codec) + "\x86R";
    const Loaded loaded({.pickle = PickleOf(call)}, With("latin1"));
    return std::string(AsText(loaded->root().AsBytes()));
  };
  CHECK(bytes_of(Global("_codecs", "encode"), "utf-8") == "a\xc3\xa9z");
  CHECK(bytes_of(Global("_codecs", "encode"), "latin1") == "a\xe9z");
  CHECK(bytes_of(Global("builtins", "bytearray"), "utf-8") == "a\xc3\xa9z");
}

TEST_CASE("tags, locations and keys of a storage may be byte strings") {
  const std::string tag = std::string("U\7storage", 9);
  const std::string cpu = std::string("U\3cpu", 5);
  Stream stream = Example();
  const std::string id =
      TupleOf({tag, Global("torch", "FloatStorage"), std::string("U\0010", 3), cpu, Number(4), "N"}) + "Q";
  stream.object = StreamRow(id, 4);
  stream.keys = ListOf({std::string("U\0010", 3)});
  for (const char* encoding : {"utf-8", "ascii", "latin1", "bytes"})
    CHECK(OutcomeOfStream(stream, With(encoding)) == "accepted");
}

// PID-002, LST-010
TEST_CASE("a location in bytes is ASCII, also where it does not count") {
  const auto outcome = [](char letter) {
    const std::string location = std::string("U\1") + letter;
    const std::string first = IdOf({.numel = Number(0)});
    const std::string bytes = BuildStream({.object = TupleOf({first, IdOf({.location = location, .numel = Number(0)})}),
                                           .keys = ListOf({Text("0")}),
                                           .payloads = {{.count = 0, .bytes = ""}}});
    return OutcomeOf(Load(AsBytes(bytes), With("bytes")));
  };
  CHECK(outcome('\x7f') == "accepted");
  CHECK(outcome('\x80').starts_with("legacy/object:pickle.text@"));
}

}  // namespace weightsonly::testing
