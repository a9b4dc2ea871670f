// Depth, storages, limits and sinks of the canonical writer. By hand from OUT-006 to OUT-008; the rows about depth were
// also loaded by torch 2.15.0 and written by fixtures-gen/canonical.py; digests are hashlib's.
#include "base/limits.h"
#include "tests/output/document.h"

namespace weightsonly::testing {
namespace {

std::string Lists(int levels) {
  std::string out;
  for (int i = 1; i < levels; ++i) out += "](";
  out += "]";
  for (int i = 1; i < levels; ++i) out += "e";
  return out;
}
std::string Times(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}
// The document of `value`, which may name the storage "0" of one float.
std::string Document(const std::string& value) {
  return DocumentOf(*Loaded(Checkpointed{.pickle = PickleOf(value), .storages = {{"0", "abcd"}}}));
}
// `value` inside of `levels` lists.
std::string Inside(int levels, const std::string& value) { return Times("](", levels) + value + Times("e", levels); }

std::string Pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}
std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}
Checkpointed ByteStorage(const std::string& bytes) {
  return {.pickle = PickleOf(StorageAt("0", static_cast<std::int32_t>(bytes.size()), "ByteStorage")),
          .storages = {{"0", bytes}}};
}
std::string StorageDocument(std::size_t size, const std::string& contents) {
  return R"({"root":{"t":"storage","dtype":"uint8","storage":0},"storages":[{"device":"cpu","nbytes":)" +
         std::to_string(size) + "," + contents + "}]}";
}

}  // namespace

TEST_CASE("500 levels are written down, 501 are not") {
  for (const int levels : {1, 2, 499, 500}) {
    CHECK(Document(Lists(levels)) ==
          R"({"root":)" + Times(R"({"t":"list","v":[)", levels) + Times("]}", levels) + R"(,"storages":[]})");
  }
  CHECK(Document(Lists(501)) == "null");
  CHECK(Document(Lists(100'000)) == "null");
}

TEST_CASE("every value counts as a level below what holds it") {
  CHECK(Document(Inside(499, "N")) != "null");
  CHECK(Document(Inside(500, "N")) == "null");
  CHECK(Document(Inside(498, "}(NNu")) != "null");
  CHECK(Document(Inside(499, "}(NNu")) == "null");
  CHECK(Document(Inside(498, SetOf({"N"}))) != "null");
  CHECK(Document(Inside(499, SetOf({"N"}))) == "null");
  CHECK(Document(Inside(499, RowOf("0", 1))) != "null");
  const std::string parameter =
      Call(Global("torch._utils", "_rebuild_parameter"), {RowOf("0", 1), "\x88", OrderedDict()});
  CHECK(Document(Inside(498, parameter)) != "null");
  CHECK(Document(Inside(499, parameter)) == "null");
  const std::string attributes = OrderedDict() + "}(" + Text("k") + "Nub";
  CHECK(Document(Inside(497, attributes)) != "null");
  CHECK(Document(Inside(498, attributes)) == "null");
  // A deep tuple that is shared counts where it is met first.
  std::string tuple = ")";
  for (int i = 0; i < 400; ++i) tuple += "\x85";
  CHECK(Document(ListOf({tuple + PutAt(0), Inside(200, GetAt(0))})) != "null");
  CHECK(Document(ListOf({Inside(200, tuple + PutAt(0)), GetAt(0)})) == "null");
}

TEST_CASE("the parts of a sparse tensor are a level below it, and two below a parameter of it") {
  const std::string indices = TensorOf({.storage = StorageAt("0", 1, "LongStorage"), .size = {1, 1}, .stride = {1, 1}});
  const std::string sparse = Call(Global("torch._utils", "_rebuild_sparse_tensor"),
                                  {Call(Global("torch.serialization", "_get_layout"), {Text("torch.sparse_coo")}),
                                   TupleOf({indices, RowOf("1", 1), TupleOf({Number(2)}), "\x88"})});
  const std::string parameter = Call(Global("torch._utils", "_rebuild_parameter"), {sparse, "\x88", OrderedDict()});
  const auto is_written = [](int levels, const std::string& value) {
    return DocumentOf(*Loaded(Checkpointed{.pickle = PickleOf(Inside(levels, value)),
                                           .storages = {{"0", std::string(8, '\0')}, {"1", "abcd"}}})) != "null";
  };
  CHECK(is_written(498, sparse));
  CHECK_FALSE(is_written(499, sparse));
  CHECK(is_written(497, parameter));
  CHECK_FALSE(is_written(498, parameter));
}

TEST_CASE("a set whose members nest deeply counts their levels") {
  std::string tuple = ")";
  for (int i = 0; i < 498; ++i) tuple += "\x85";
  CHECK(Document(SetOf({tuple})) != "null");
  CHECK(Document(SetOf({tuple + "\x85"})) == "null");
  CHECK(Document(SetOf({tuple + "\x85\x85\x85"})) == "null");
}

TEST_CASE("a storage of up to 4096 bytes is written in hex, a longer one as its digest") {
  CHECK(DocumentOf(*Loaded(ByteStorage(""))) == StorageDocument(0, R"("x":"")"));
  const std::string bytes = Pattern(4096);
  CHECK(DocumentOf(*Loaded(ByteStorage(bytes))) == StorageDocument(4096, R"("x":")" + Hex(bytes) + "\""));
  CHECK(DocumentOf(*Loaded(ByteStorage(Pattern(4097)))) ==
        StorageDocument(4097, R"("sha256":"675301e8092030088fa914a0aecc8934a3dd312ed9e9b9e65b4cb2b3d2415ad3")"));
  CHECK(DocumentOf(*Loaded(ByteStorage(Pattern(600'000)))) ==
        StorageDocument(600'000, R"("sha256":"56dd80c0cc6d6d9dbb1ca882a7d3f61bc2df3fe032c06ed44b0c31bc3d6d3a1f")"));
}

TEST_CASE("all bytes are written on demand, stored, deflated or of a foreign byte order") {
  const std::string bytes = Pattern(600'000);
  const std::string expected = StorageDocument(bytes.size(), R"("x":")" + Hex(bytes) + "\"");
  Checkpointed from = ByteStorage(bytes);
  CHECK(DocumentOf(*Loaded(from), {.all_bytes = true}) == expected);
  from.storages[0].deflated = true;
  CHECK(DocumentOf(*Loaded(from), {.all_bytes = true}) == expected);
  CHECK(DocumentOf(*Loaded(from)) ==
        StorageDocument(600'000, R"("sha256":"56dd80c0cc6d6d9dbb1ca882a7d3f61bc2df3fe032c06ed44b0c31bc3d6d3a1f")"));
  from = {
      .pickle = PickleOf(StorageAt("0", 2, "ShortStorage", "cuda:0")), .storages = {{"0", "abcd"}}, .byteorder = "big"};
  CHECK(
      DocumentOf(*Loaded(from)) ==
      R"({"root":{"t":"storage","dtype":"int16","storage":0},"storages":[{"device":"cuda:0","nbytes":4,"x":"62616463"}]})");
}

TEST_CASE("a text that would get too long is refused before the first piece") {
  // One str of 1 MB, 60 times in a list: at six bytes for each of its bytes more than 256 MiB + 64 times the pickle.
  const std::string text = Text(std::string(1'000'000, 'x')) + PutAt(0);
  CHECK(Document(ListOf({text, Times(GetAt(0), 59)})) == At("limit.output", 0));
  CHECK(Document(ListOf({text, Times(GetAt(0), 20)})).size() > 21'000'000);
  // The same in the tuples of a set, whose members are written down to be sorted.
  std::string members = TupleOf({text});
  for (int i = 0; i < 59; ++i) members += TupleOf({Number(i), GetAt(0)});
  CHECK(Document(SetOf({members})) == At("limit.output", 0));
}

TEST_CASE("a hostile DAG of lists is written in linear space") {
  std::string items = "]" + PutAt(0);
  for (std::uint32_t i = 1; i <= 40; ++i) items += "](" + GetAt(i - 1) + GetAt(i - 1) + "e" + PutAt(i);
  CHECK(Document(TupleOf({items})).size() < 5'000);
}

TEST_CASE("a document whose storage cannot be inflated is refused before the first piece") {
  Checkpointed from = ByteStorage(Pattern(100));
  from.storages[0].deflated = true;
  from.storages[0].stream = "\xff\xff";
  const Loaded checkpoint(from);
  CHECK(DocumentOf(*checkpoint) == At("container.zip.inflate", checkpoint.zip().local[1]));
}

TEST_CASE("a sink that returns false gets nothing more") {
  const auto calls = [](const Loaded& checkpoint, std::size_t most) {
    std::size_t count = 0;
    std::string written;
    const auto result = WriteCanonical(*checkpoint, {.all_bytes = true}, [&](std::string_view piece) {
      written += piece;
      return ++count < most;
    });
    CHECK(result.has_value());
    CHECK(DocumentOf(*checkpoint, {.all_bytes = true}).starts_with(written));
    return count;
  };
  const Loaded text(Checkpointed{.pickle = PickleOf(ListOf({Times(Text(std::string(50'000, 'x')), 10)}))});
  CHECK(calls(text, 1) == 1);
  CHECK(calls(text, 2) == 2);
  CHECK(calls(text, 1000) > 3);
  const Loaded storage(ByteStorage(Pattern(600'000)));
  CHECK(calls(storage, 1) == 1);
  CHECK(calls(storage, 3) == 3);
  const Loaded deep(Checkpointed{.pickle = PickleOf(Lists(501))});
  CHECK(calls(deep, 1) == 1);
}

}  // namespace weightsonly::testing
