// Checkpoints with values of numpy: the handles, the canonical value, and tensors whose bytes lie in the pickle.
#include "checkpoint/checkpoint.h"
#include "output/canonical.h"
#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/checkpoint/legacy_builder.h"
#include "tests/host_order.h"
#include "value/ndarray.h"

namespace weightsonly::testing {
namespace {

std::string Encoded(std::string_view ascii) { return Call(Global("_codecs", "encode"), {Text(ascii), Text("latin1")}); }
std::string Dtype(std::string_view code, std::string_view order) {
  return Call(Global("numpy", "dtype"), {Text(code), "\x89", "\x88"}) +
         TupleOf({Number(3), Text(order), "N", "N", "N", Number(-1), Number(-1), Number(0)}) + "b";
}
std::string Array(const std::string& shape, const std::string& dtype, bool fortran, std::string_view ascii) {
  return Call(Global("numpy.core.multiarray", "_reconstruct"),
              {Global("numpy", "ndarray"), TupleOf({Number(0)}), Encoded("b")}) +
         TupleOf({Number(1), shape, dtype, fortran ? "\x88" : "\x89", Encoded(ascii)}) + "b";
}
std::string TensorOfArray(const std::string& array, std::string_view device) {
  return Call(Global("torch._utils", "_rebuild_device_tensor_from_numpy"),
              {array, Global("torch", "float32"), Text(device), "\x89"});
}
std::string Moved(const std::string& tensor) {
  return Call(Global("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"), {tensor, "N", Text("xla:0"), "\x89"});
}

Options WithNumpy() {
  Options options;
  options.numpy = "2.4";
  options.allowlist.AddNumpy("2.4");
  return options;
}

std::string TextOf(std::span<const std::byte> bytes) { return std::string(AsText(bytes)); }

std::string Canonical(const Checkpoint& checkpoint) {
  std::string text;
  CHECK(WriteCanonical(checkpoint, {}, [&](std::string_view piece) {
          text += piece;
          return true;
        }).has_value());
  return text;
}

}  // namespace

// NPY-006, NPY-012
TEST_CASE("an array is handed out with its dtype, shape, order and bytes") {
  const std::string shape = TupleOf({Number(2), Number(3)});
  const std::string scalar = Call(Global("numpy.core.multiarray", "scalar"), {Dtype("i2", ">"), Encoded("ab")});
  const std::string pickle =
      PickleOf(TupleOf({Array(shape, Dtype("i1", "|"), true, "abcdef"), scalar, Dtype("f4", ">")}));
  const Zip zip = BuildCheckpoint({.pickle = pickle});
  const auto checkpoint = Load(AsBytes(zip.bytes), WithNumpy());
  REQUIRE(checkpoint.has_value());
  CHECK(checkpoint->tensors().begin() == checkpoint->tensors().end());
  const Value root = checkpoint->root();
  const auto array = root.item(0).AsNdarray();
  REQUIRE(array.has_value());
  CHECK(array->dtype() == "|i1");
  CHECK(array->item_bytes() == 1);
  CHECK(std::ranges::equal(array->shape(), std::vector<std::int64_t>{2, 3}));
  CHECK(array->numel() == 6);
  CHECK(array->nbytes() == 6);
  CHECK(array->is_fortran());
  CHECK_FALSE(array->is_scalar());
  CHECK(TextOf(array->bytes()) == "abcdef");
  std::vector<std::byte> rows(6);
  CHECK(array->CopyTo(rows).has_value());
  CHECK(TextOf(rows) == "acebdf");  // by hand: the columns are ab, cd, ef
  CHECK(array->CopyTo(std::span(rows).first(5)).error().kind == RefusalKind::kOptionsInvalid);
  CHECK(array->value().Is(root.item(0)));
  const auto number = root.item(1).AsNdarray();
  REQUIRE(number.has_value());
  CHECK(number->is_scalar());
  CHECK(number->dtype() == "<i2");
  CHECK(number->numel() == 1);
  CHECK(TextOf(number->bytes()) == "ba");
  CHECK(root.item(2).name() == ">f4");
  CHECK_FALSE(root.item(2).AsNdarray().has_value());
  CHECK(
      Canonical(*checkpoint) ==
      R"({"root":{"t":"tuple","v":[{"t":"ndarray","dtype":"|i1","shape":[2,3],"order":"F","x":"616365626466"},)"
      R"({"t":"ndarray","dtype":"<i2","shape":[],"scalar":true,"x":"6261"},{"t":"npdtype","v":">f4"}]},"storages":[]})");
}

TEST_CASE("an array with a size of 0 has no elements, whatever its other sizes") {
  const auto numel = [](const std::string& shape, std::string_view ascii) {
    return Loaded(Checkpointed{.pickle = PickleOf(Array(shape, Dtype("i1", "|"), false, ascii))}, WithNumpy())
        ->root()
        .AsNdarray()
        ->numel();
  };
  CHECK(numel(TupleOf({Number(2), Number(0), Number(3)}), "") == 0);
  CHECK(numel(TupleOf({Number(0)}), "") == 0);
  CHECK(numel(")", "a") == 1);
  CHECK(numel(TupleOf({Number(2), Number(1), Number(3)}), "abcdef") == 6);
}

// DVT-004
TEST_CASE("the bytes of a tensor of a numpy array come from the pickle, those of others from their records") {
  const std::string array = Array(TupleOf({Number(2)}), Dtype("f4", "<"), false, "abcdefgh");
  const std::string pickle =
      PickleOf(TupleOf({TensorOfArray(array, "xla:0"), RowOf("0", 1), TensorOfArray(array, "meta")}));
  Options options = WithNumpy();
  for (const bool strict : {false, true}) {
    options.strict = strict;
    const Zip zip = BuildCheckpoint({.pickle = pickle, .storages = {{.key = "0", .bytes = "ijkl"}}});
    const auto checkpoint = Load(AsBytes(zip.bytes), options);
    REQUIRE(checkpoint.has_value());
    CHECK(checkpoint->Verify().has_value());
    const Tensor first = *checkpoint->root().item(0).AsTensor();
    CHECK(first.device() == "xla:0");
    CHECK(TextOf(*first.data()) == OnHost("abcdefgh", 4));
    CHECK(reinterpret_cast<std::uintptr_t>(first.data()->data()) % 8 == 0);
    CHECK(first.storage()->record() == "data.pkl");
    CHECK_FALSE(first.storage()->in_place());
    std::vector<std::byte> half(8);
    CHECK(first.CopyTo(half).has_value());
    CHECK(TextOf(half) == OnHost("abcdefgh", 4));
    const Tensor second = *checkpoint->root().item(1).AsTensor();
    CHECK(TextOf(*second.data()) == OnHost("ijkl", 4));
    CHECK(second.storage()->record() == "data/0");
    const Tensor third = *checkpoint->root().item(2).AsTensor();
    CHECK(third.is_meta());
    CHECK(third.data().error().kind == RefusalKind::kStorageMeta);
    const std::string text = Canonical(*checkpoint);
    CHECK(text.contains(R"({"device":"xla:0","nbytes":8,"x":"6162636465666768"})"));
    CHECK(text.contains(R"({"device":"cpu","nbytes":4,"x":"696a6b6c"})"));
  }
}

// DVT-004, CHK-021
TEST_CASE("a tensor of a numpy array has no place in the layout of the records") {
  Options options = WithNumpy();
  options.calculate_storage_offsets = true;
  const std::string array = Array(TupleOf({Number(2)}), Dtype("f4", "<"), false, "abcdefgh");
  const Zip zip = BuildCheckpoint(
      {.pickle = PickleOf(TensorOfArray(array, "xla:0")),
       .more = {{.name = ".format_version", .payload = "1"}, {.name = ".storage_alignment", .payload = "64"}}});
  CHECK(OutcomeOf(Load(AsBytes(zip.bytes), options)) == "accepted");
}

// DVT-004, CHK-044
TEST_CASE("in strict a tensor of a numpy array stands for no record") {
  Options strict = WithNumpy();
  strict.strict = true;
  constexpr int kRecords = 60;
  const std::string array = Array(TupleOf({Number(2)}), Dtype("f4", "<"), false, "abcdefgh");
  for (int unnamed = 0; unnamed < kRecords; ++unnamed) {
    Checkpointed from;
    std::string rows;
    for (int i = 0; i < kRecords; ++i) {
      from.storages.push_back({.key = std::to_string(i), .bytes = "ijkl"});
      if (i != unnamed) rows += RowOf(std::to_string(i), 1);
    }
    from.pickle = PickleOf(ListOf({TensorOfArray(array, "cpu"), rows}));
    const Zip zip = BuildCheckpoint(from);
    CHECK(OutcomeOf(Load(AsBytes(zip.bytes), strict)) ==
          At("container.zip.name", zip.central[static_cast<std::size_t>(unnamed) + 1]));
  }
}

// DVT-003, DVT-004: storages that no persistent id names stand between those that one names.
TEST_CASE("tensors of other devices in a legacy stream take no storage's place") {
  const auto storage = [](std::string_view key) {
    return TupleOf({Text("storage"), Global("torch", "FloatStorage"), Text(key), Text("cpu"), Number(1), "N"}) + "Q";
  };
  const auto row = [&](std::string_view key) {
    return TensorOf({.storage = storage(key), .size = {1}, .stride = {1}});
  };
  const std::string array = Array(TupleOf({Number(2)}), Dtype("f4", "<"), false, "abcdefgh");
  Stream stream;
  stream.object = TupleOf({Moved(row("5")), TensorOfArray(array, "cpu"), row("6")});
  stream.keys = ListOf({Text("5"), Text("6")});
  stream.payloads = {{.count = 1, .bytes = "ijkl"}, {.count = 1, .bytes = "mnop"}};
  const std::string bytes = BuildStream(stream);
  const auto checkpoint = Load(AsBytes(bytes), WithNumpy());
  REQUIRE(OutcomeOf(checkpoint) == "accepted");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"legacy/storage/5", "ijkl"}, {"data.pkl", "abcdefgh"}, {"legacy/storage/6", "mnop"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(i);
    const Tensor tensor = *checkpoint->root().item(i).AsTensor();
    CHECK(tensor.storage()->record() == expected[i].first);
    CHECK(TextOf(*tensor.data()) == OnHost(expected[i].second, 4));
  }
}

}  // namespace weightsonly::testing
