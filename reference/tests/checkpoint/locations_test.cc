// map_location and packages. The second source: what torch 2.15.0 did with the same mappings of {'a': …, 'b': …} on the
// cpu (a run of torch.load; where it only lacked the device, its label).
#include <stdexcept>

#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

// Three storages, of 4, 8 and 12 bytes, tagged cpu, cuda:1 and cpu.
Checkpointed Three() {
  const auto row = [](const std::string& key, int numel, const std::string& location) {
    return TensorOf({.storage = StorageAt(key, numel, "FloatStorage", location), .size = {numel}, .stride = {1}});
  };
  return {
      .pickle = PickleOf(ListOf({row("0", 1, "cpu"), row("1", 2, "cuda:1"), row("2", 3, "cpu"), row("0", 1, "mps")})),
      .storages = {{"0", std::string(4, 'a')}, {"1", std::string(8, 'b')}, {"2", std::string(12, 'c')}}};
}

Options Mapping(MapLocation map_location, std::vector<Package> packages = {}) {
  Options options;
  options.map_location = std::move(map_location);
  options.packages = std::move(packages);
  return options;
}

// "cpu cuda:1 cpu", or the refusal.
std::string Devices(const Options& options, const Checkpointed& from = Three()) {
  const Zip zip = BuildCheckpoint(from);
  const auto checkpoint = Load(AsBytes(zip.bytes), options);
  if (!checkpoint) return std::string(KindName(checkpoint.error().kind)) + ": " + checkpoint.error().detail;
  std::string out;
  for (std::size_t i = 0; i < checkpoint->storage_count(); ++i) {
    out += (i == 0 ? "" : " ") + std::string(checkpoint->storage(i).device());
  }
  return out;
}
std::string Devices(MapLocation map_location, std::vector<Package> packages = {}) {
  return Devices(Mapping(std::move(map_location), std::move(packages)));
}
std::string Unknown(const std::string& tag) { return "storage.location: no device of torch has the tag '" + tag + "'"; }

using Answer = std::optional<std::string>;
Package Taking(int priority, const std::string& prefix, const std::string& label) {
  return {.priority = priority, .tagger = {}, .deserializer = [=](const StorageTag&, std::string_view location) {
            return location.starts_with(prefix) ? Answer(label) : std::nullopt;
          }};
}

}  // namespace

TEST_CASE("without a mapping the labels are the file's") { CHECK(Devices(MapLocation{}) == "cpu cuda:1 cpu"); }

TEST_CASE("one location is that of every storage") {
  for (const char* location : {"cpu", "cuda", "cuda:0", "mps", "xpu:3", "hpu", "mtia:1", "privateuseone"}) {
    const std::string label = location;
    CHECK(Devices(label) == label + " " + label + " " + label);
  }
  for (const char* location : {"cpu:0", "CPU", "", "bogus", "cuda:01", "cuda:128"}) {
    CHECK(Devices(std::string(location)) == Unknown(location));
  }
}

TEST_CASE("a location that no storage asks for is not looked at") {
  CHECK(Devices(Mapping(std::string("bogus")), {.pickle = PickleOf("N")}) == "");
}

TEST_CASE("a table replaces the locations that it has") {
  CHECK(Devices(LocationTable{}) == "cpu cuda:1 cpu");
  CHECK(Devices(LocationTable{{"cuda:1", "cpu"}}) == "cpu cpu cpu");
  CHECK(Devices(LocationTable{{"cpu", "cuda:1"}, {"cuda:1", "cpu"}}) == "cuda:1 cpu cuda:1");
  CHECK(Devices(LocationTable{{"cuda", "cpu"}, {"cuda:0", "cpu"}}) == "cpu cuda:1 cpu");
  CHECK(Devices(LocationTable{{"cuda:1", "bogus"}}) == Unknown("bogus"));
}

TEST_CASE("a table can give a device to a location that torch does not know") {
  Checkpointed from = Three();
  from.pickle = PickleOf(TensorOf({.storage = StorageAt("0", 1, "FloatStorage", "npu:0"), .size = {1}, .stride = {1}}));
  CHECK(Devices(Options{}, from) == Unknown("npu:0"));
  CHECK(Devices(Mapping(LocationTable{{"npu:0", "cpu"}}), from) == "cpu");
  CHECK(Devices(Mapping(std::string("cpu")), from) == "cpu");
}

TEST_CASE("a function is asked once for each storage, in the order of their first mention") {
  std::string asked;
  const LocationFunction function = [&](const StorageTag& storage, std::string_view location) -> Answer {
    asked += std::string(storage.record) + " " + std::string(location) + " " + std::string(DtypeName(storage.dtype)) +
             " " + std::to_string(storage.nbytes) + "; ";
    return location == "cpu" && storage.nbytes > 4 ? Answer("xpu:0") : std::nullopt;
  };
  CHECK(Devices(function) == "cpu cuda:1 xpu:0");
  CHECK(asked == "data/0 cpu float32 4; data/1 cuda:1 float32 8; data/2 cpu float32 12; ");
}

TEST_CASE("what a function answers is a device of torch") {
  const auto always = [](const std::string& label) {
    return Devices(LocationFunction([label](const StorageTag&, std::string_view) { return Answer(label); }));
  };
  CHECK(always("vulkan") == "vulkan vulkan vulkan");
  for (const char* label : {"", "bogus", "cuda:-1", "cpu\n"}) {
    CHECK_THAT(always(label), Catch::StartsWith("options.invalid: map_location answered '"));
  }
}

TEST_CASE("beside packages a function may answer any text of UTF-8") {
  const auto always = [](const std::string& label) {
    return Devices(Mapping(LocationFunction([label](const StorageTag&, std::string_view) { return Answer(label); }),
                           {Taking(9, "none", "none")}));
  };
  CHECK(always("bogus") == "bogus bogus bogus");
  CHECK(always("\u20ac") == "\u20ac \u20ac \u20ac");
  for (const char* label : {"", "\xff"}) {
    CHECK_THAT(always(label), Catch::StartsWith("options.invalid: map_location answered '"));
  }
}

TEST_CASE("packages are asked in the order of their priorities, torch's own among them") {
  CHECK(Devices(MapLocation{}, {Taking(9, "c", "npu:0")}) == "npu:0 npu:0 npu:0");
  CHECK(Devices(MapLocation{}, {Taking(11, "c", "npu:0")}) == "cpu npu:0 cpu");
  CHECK(Devices(MapLocation{}, {Taking(27, "c", "npu:0")}) == "cpu cuda:1 cpu");
  CHECK(Devices(MapLocation{}, {Taking(13, "cuda", "second"), Taking(12, "cuda", "first")}) == "cpu first cpu");
  CHECK(Devices(MapLocation{}, {Taking(12, "cuda:2", "first"), Taking(13, "cuda", "second")}) == "cpu second cpu");
  CHECK(Devices(MapLocation{}, {Taking(-5, "cuda", "first")}) == "cpu first cpu");
}

TEST_CASE("packages are given the mapped location") {
  CHECK(Devices(std::string("npu:7"), {Taking(30, "npu", "npu:7")}) == "npu:7 npu:7 npu:7");
  CHECK(Devices(LocationTable{{"cuda:1", "npu"}}, {Taking(30, "npu", "NPU")}) == "cpu NPU cpu");
  CHECK(Devices(std::string("nobody"), {Taking(30, "npu", "npu")}) == Unknown("nobody"));
  const LocationFunction some = [](const StorageTag& storage, std::string_view) {
    return storage.nbytes == 4 ? Answer("my device") : std::nullopt;
  };
  CHECK(Devices(some, {Taking(1, "c", "npu")}) == "my device npu npu");
}

TEST_CASE("a package answers with a text of UTF-8 that is not empty") {
  for (const char* label : {"", "\xff"}) {
    CHECK_THAT(Devices(MapLocation{}, {Taking(1, "c", label)}),
               Catch::StartsWith("options.invalid: the deserializer of priority 1 answered '"));
  }
}

TEST_CASE("what a function of the caller throws ends the load") {
  const auto throwing = [](auto fault) {
    return LocationFunction([fault](const StorageTag&, std::string_view) -> Answer { throw fault; });
  };
  CHECK(Devices(throwing(std::runtime_error("no\nway"))) == "options.callback: map_location threw: no\\nway");
  CHECK(Devices(throwing(7)) == "options.callback: map_location threw");
  CHECK(Devices(throwing(Refusal{.kind = RefusalKind::kUnsupported, .record = {}, .offset = 0, .detail = "mine"})) ==
        "unsupported: mine");
  CHECK_THAT(Devices(throwing(std::bad_alloc())), Catch::StartsWith("host.memory"));
  CHECK(Devices(MapLocation{}, {{.priority = 3, .tagger = {}, .deserializer = throwing(std::runtime_error("x"))}}) ==
        "options.callback: the deserializer of priority 3 threw: x");
}

TEST_CASE("a storage's bytes are the same whatever its label") {
  const Loaded checkpoint(Three(), Mapping(std::string("cuda:7")));
  CHECK(AsText(*checkpoint->storage(1).data()) == std::string(8, 'b'));
  CHECK(checkpoint->root().item(2).AsTensor()->device() == "cuda:7");
}

TEST_CASE("a storage that is mapped to meta by a table or a function is read to its header, and has no bytes") {
  CHECK(Devices(LocationTable{{"cpu", "meta"}}) == "meta cuda:1 meta");
  Checkpointed from = Three();
  from.storages[0].bytes = "abc";
  CHECK_THAT(Devices(Mapping(LocationTable{{"cpu", "meta"}}), from), Catch::StartsWith("storage.size-mismatch"));
  const Loaded checkpoint(Three(), Mapping(LocationTable{{"cpu", "meta"}}));
  CHECK(checkpoint->storage(0).data().error().kind == RefusalKind::kStorageMeta);
  CHECK(AsText(*checkpoint->storage(1).data()) == std::string(8, 'b'));
}

TEST_CASE("the location meta for all storages reads neither headers nor sizes nor locations") {
  Checkpointed from = Three();
  from.pickle =
      PickleOf(TensorOf({.storage = StorageAt("0", 1000, "FloatStorage", "npu:0"), .size = {9}, .stride = {1}}));
  CHECK(Devices(Mapping(std::string("meta"), {Taking(1, "", "npu")}), from) == "meta");
  Zip zip = BuildCheckpoint(from);
  zip.bytes[zip.local[1]] = 'X';
  const auto checkpoint = Load(AsBytes(zip.bytes), Mapping(std::string("meta")));
  REQUIRE(checkpoint.has_value());
  CHECK(checkpoint->storage(0).nbytes() == 4000);
  // Nor contents: a CRC that strict would compare.
  Options strict = Mapping(std::string("meta"));
  strict.strict = true;
  from.storages.resize(1);  // the one that the pickle names
  Zip wrong = BuildCheckpoint(from);
  SetCrc(wrong, 1, 12345);
  const auto unread = Load(AsBytes(wrong.bytes), strict);
  REQUIRE(unread.has_value());
  CHECK(unread->Verify().has_value());
  from.pickle = PickleOf(StorageAt("7", 1));
  CHECK_THAT(Devices(Mapping(std::string("meta")), from), Catch::StartsWith("storage.missing"));
}

TEST_CASE("the device that a rebuild function names is mapped, but not by a function") {
  const auto moved = [](const std::string& device, const Options& options) {
    Checkpointed from = Three();
    from.pickle = PickleOf(Call(Global("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"),
                                {RowOf("0", 1), Global("torch", "float32"), device, "\x89"}));
    const Zip zip = BuildCheckpoint(from);
    const auto checkpoint = Load(AsBytes(zip.bytes), options);
    if (!checkpoint) return std::string(KindName(checkpoint.error().kind));
    return std::string(checkpoint->root().AsTensor()->device());
  };
  const std::string xla = Text("xla:1");
  CHECK(moved(xla, {}) == "xla:1");
  CHECK(moved(xla, Mapping(std::string("cpu"))) == "cpu");
  CHECK(moved(Text("bogus"), Mapping(std::string("cpu"))) == "cpu");
  CHECK(moved("N", Mapping(std::string("cpu"))) == "cpu");
  CHECK(moved(xla, Mapping(LocationTable{{"xla:1", "maia"}})) == "maia");
  CHECK(moved(xla, Mapping(LocationTable{{"xla", "maia"}})) == "xla:1");
  CHECK(moved(xla, Mapping(LocationTable{{"xla:1", "bogus"}})) == "tensor.device");
  CHECK(moved(Call(Global("torch", "device"), {xla}), Mapping(LocationTable{{"xla:1", "maia"}})) == "xla:1");
  CHECK(moved(xla, Mapping(MapLocation{}, {Taking(1, "x", "npu")})) == "xla:1");
  CHECK(moved(xla, Mapping(std::string("meta"))) == "meta");
  const LocationFunction none = [](const StorageTag&, std::string_view) { return Answer(); };
  CHECK(moved(xla, Mapping(none)) == "options.invalid");
  CHECK(moved(xla, Mapping(MapLocation{}, {Taking(11, "x", "y")})) == "xla:1");
}

TEST_CASE("a storage is tagged by the first package that has a tag for it") {
  const Loaded mps(Three(), Mapping(LocationTable{{"cpu", "mps:0"}}));
  CHECK(LocationTag(mps->storage(0)) == "mps");
  CHECK(LocationTag(mps->storage(1)) == "cuda:1");
  CHECK(LocationTag(Loaded(Three())->storage(0)) == "cpu");
  for (const std::string type : {"cpu", "meta", "mps"}) {  // beside packages a function may number these devices
    const LocationFunction numbered = [&](const StorageTag&, std::string_view) { return Answer(type + ":0"); };
    const Loaded checkpoint(Three(), Mapping(numbered, {Taking(1, "none", "none")}));
    CHECK(checkpoint->storage(0).device() == type + ":0");
    CHECK(LocationTag(checkpoint->storage(0)) == type);
  }
  const auto tagging = [](int priority, const std::string& device, const std::string& tag) {
    Package package = Taking(priority, "none", "none");
    package.tagger = [=](const Storage& storage) { return storage.device() == device ? Answer(tag) : std::nullopt; };
    return package;
  };
  CHECK(LocationTag(mps->storage(1), {tagging(1, "cuda:1", "mine")}) == "mine");
  CHECK(LocationTag(mps->storage(1), {tagging(21, "cuda:1", "mine")}).error().kind == RefusalKind::kOptionsInvalid);
  CHECK(LocationTag(mps->storage(1), {tagging(27, "cuda:1", "mine")}) == "cuda:1");
  CHECK(LocationTag(mps->storage(1), {tagging(1, "cuda:1", "")}) == "cuda:1");
  CHECK(LocationTag(mps->storage(1), {Taking(1, "c", "npu")}) == "cuda:1");
  const Loaded npu(Three(), Mapping(MapLocation{}, {Taking(1, "c", "npu:0")}));
  CHECK(LocationTag(npu->storage(0)).error().kind == RefusalKind::kStorageLocation);
  CHECK(LocationTag(npu->storage(0), {tagging(40, "npu:0", "npu")}) == "npu");
  Package throwing = Taking(1, "c", "npu");
  throwing.tagger = [](const Storage&) -> Answer { throw std::runtime_error("x"); };
  CHECK(LocationTag(npu->storage(0), {throwing}).error().kind == RefusalKind::kOptionsCallback);
}

}  // namespace weightsonly::testing
