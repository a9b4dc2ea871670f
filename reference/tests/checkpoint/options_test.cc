// Options that are impossible, alone or together: refused before the file is looked at.
#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

// Of a path that cannot be opened and of bytes that are no checkpoint: the options come first in both.
std::string Fault(const Options& options) {
  const auto by_path = Load("no such file", options);
  const auto by_bytes = Load(AsBytes("text"), options);
  REQUIRE_FALSE(by_path.has_value());
  REQUIRE_FALSE(by_bytes.has_value());
  if (by_path.error().kind != RefusalKind::kOptionsInvalid) {
    CHECK(by_path.error().kind == RefusalKind::kIoOpen);
    CHECK(by_bytes.error().kind != RefusalKind::kOptionsInvalid);
    return "none";
  }
  CHECK(by_path.error().detail == by_bytes.error().detail);
  CHECK(OutcomeOf(GlobalsIn("no such file", options)) == At("options.invalid", 0));
  return by_path.error().detail;
}

template <typename Change>
std::string With(Change change) {
  Options options;
  change(options);
  return Fault(options);
}

Package Of(int priority) {
  return {.priority = priority, .tagger = {}, .deserializer = [](const StorageTag&, std::string_view) {
            return std::optional<std::string>();
          }};
}

}  // namespace

TEST_CASE("options that go together are not refused") {
  CHECK(Fault({}) == "none");
  CHECK(With([](Options& options) { options.mmap = false; }) == "none");
  CHECK(With([](Options& options) { options.mmap_shared = true; }) == "none");
  CHECK(With([](Options& options) { options.packages = {Of(0), Of(11), Of(27), Of(-1)}; }) == "none");
  CHECK(With([](Options& options) { options.map_location = std::string("bogus"); }) == "none");
  CHECK(With([](Options& options) { options.limits.nodes = 0xFFFFFFFE; }) == "none");
  CHECK(With([](Options& options) { options.allowlist.Add("training.Config").Add("os.mkdir"); }) == "none");
  CHECK(With([](Options& options) { options.torch = "1.13"; }) == "none");
}

// NPY-001
TEST_CASE("a release of numpy that is none is refused") {
  for (const char* release : {"", "1.20", "1.24", "2.4"}) {
    CHECK(With([&](Options& options) { options.numpy = release; }) == "none");
  }
  CHECK(With([](Options& options) { options.numpy = "1.24.4"; }) ==
        "numpy: 1.24.4 is no release from 1.20 on, as 1.24 and 2.4 are");
  CHECK(With([](Options& options) { options.numpy = "\x1b"; }) ==
        "numpy: \\x1b is no release from 1.20 on, as 1.24 and 2.4 are");
}

TEST_CASE("an allowlist whose entries can match nothing is refused") {
  CHECK(With([](Options& options) { options.allowlist.Add("training"); }) == "allowlist: `training` is no module.name");
  CHECK(With([](Options& options) { options.allowlist.Add("a.b", "\x1b"); }) == "allowlist: `\\x1b` is no module.name");
  CHECK(With([](Options& options) { options.allowlist.Add(std::string(kMaxGlobalLineBytes, 'a') + ".b"); }) ==
        "allowlist: `" + std::string(100, 'a') + "` is no module.name");
  for (const char* release : {"1.13", "2.0"}) {
    CHECK(With([&](Options& options) {
            options.torch = release;
            options.allowlist.Add("a.b");
          }) == "allowlist: torch " + std::string(release) + " has no list of the user's");
  }
}

TEST_CASE("a release whose answers are not known is refused") {
  for (const char* release : {"", "2", "2.15.0", "2.7", "1.12", " 2.15", "main"}) {
    CHECK(With([&](Options& options) { options.torch = release; }) ==
          "torch: " + std::string(release) + " is none of 1.13, 2.0, 2.6, 2.10, 2.13, 2.15");
  }
}

TEST_CASE("an impossible option is named, with what is wrong with it") {
  CHECK(With([](Options& options) { options.default_load_endianness = static_cast<Endianness>(3); }) ==
        "default_load_endianness is none of kLittle, kBig and kNative");
  CHECK(With([](Options& options) {
          options.mmap = false;
          options.mmap_shared = true;
        }) == "mmap_shared asks how to map a file, and mmap is false");
  CHECK(With([](Options& options) { options.map_location = LocationFunction(); }) ==
        "map_location is an empty function");
  CHECK(With([](Options& options) { options.packages = {Of(5), {.priority = 6, .tagger = {}, .deserializer = {}}}; }) ==
        "packages: the one of priority 6 has no deserializer");
  for (const int priority : {10, 20, 21, 22, 23, 24, 25, 26}) {
    CHECK(With([&](Options& options) { options.packages = {Of(priority)}; }) ==
          "packages: the one of priority " + std::to_string(priority) + " is not the only one, torch's own included");
  }
  CHECK(With([](Options& options) { options.packages = {Of(1), Of(2), Of(1)}; }) ==
        "packages: the one of priority 1 is not the only one, torch's own included");
  CHECK(With([](Options& options) { options.limits.nodes = 0xFFFFFFFF; }) ==
        "limits.nodes is more than 4294967294, which is what values are numbered with");
}

}  // namespace weightsonly::testing
