// Loading with options: every case of corpus/options, whose answers are those of torch 2.15.0 with the same options. A
// function of map_location gives storages there and labels here (DEV-603).
#include <weightsonly/weightsonly.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "tests/api/answer.h"
#include "tests/api/corpus.h"
#include "tests/host_order.h"

namespace weightsonly::testing {
namespace {

using Json = nlohmann::json;

// "same" gives the storage as it is, which torch has read to the cpu by then.
LocationFunction FunctionOf(const std::string& word) {
  return [word](const StorageTag&, std::string_view) -> std::optional<std::string> {
    if (word == "none") return std::nullopt;
    return word == "meta" ? "meta" : "cpu";
  };
}

MapLocation LocationOf(const Json& given) {
  if (given.is_null()) return {};
  if (given.is_string()) return given.get<std::string>();
  if (given.contains("device")) return given["device"].get<std::string>();
  if (given.contains("callback")) return FunctionOf(given["callback"]);
  LocationTable table;
  for (const auto& [from, to] : given.at("table").items()) table[from] = to.get<std::string>();
  return table;
}

// The packages of a case; `gives` is a word of FunctionOf, or "throws".
std::vector<Package> PackagesOf(const Json& given) {
  std::vector<Package> packages;
  for (const Json& one : given) {
    const std::string takes = one.at("takes"), gives = one.at("gives");
    const auto deserializer = [takes, gives](const StorageTag& tag,
                                             std::string_view location) -> std::optional<std::string> {
      if (!location.starts_with(takes)) return std::nullopt;
      if (gives == "throws") throw std::runtime_error("no such device");
      return FunctionOf(gives)(tag, location);
    };
    packages.push_back({.priority = one.at("priority"), .tagger = {}, .deserializer = deserializer});
  }
  return packages;
}

// Nothing for what C++ cannot even say. The native order is that of the host where torch was asked, a little-endian
// one.
std::optional<Options> OptionsOf(const Json& load) {
  Options options;
  options.mmap = load.value("mmap", false);
  options.calculate_storage_offsets = load.value("calculate_storage_offsets", false);
  const std::string order = load.value("default_load_endianness", "little");
  options.default_load_endianness = order == "big"                     ? Endianness::kBig
                                    : order == "native" && kLittleHost ? Endianness::kNative
                                                                       : Endianness::kLittle;
  options.encoding = load.value("encoding", options.encoding);
  options.packages = PackagesOf(load.value("packages", Json::array()));
  if (load.contains("map_location")) {
    if (load["map_location"].is_number()) return std::nullopt;
    options.map_location = LocationOf(load["map_location"]);
  }
  return options;
}

// The rule by which our answer differs from torch's.
const std::map<std::string, std::string> kDeviations = {{"location-meta-big-endian", "DEV-605"},
                                                        {"offsets-other-layout", "DEV-605"},
                                                        {"location-meta-past", "DEV-520"},
                                                        {"mmap-legacy", "DEV-604"},
                                                        {"mmap-short-record", "DEV-604"},
                                                        {"mmap-long-record", "DEV-604"},
                                                        {"mmap-zero", "DEV-604"},
                                                        {"mmap-deflated", "DEV-604"},
                                                        {"mmap-local-signature", "DEV-604"}};

bool Agree(const std::string& a, const std::string& b) { return a.starts_with(b) || b.starts_with(a); }

}  // namespace

TEST_CASE("with options too, verdict and value are torch's") {
  int equal = 0;
  std::set<std::string> used;
  for (const auto& entry : std::filesystem::directory_iterator(WEIGHTSONLY_SOURCE_DIR "/corpus/options")) {
    const std::string name = entry.path().stem().string();
    INFO(name);
    const std::string text = ReadFile(entry.path());
    const Json torch = Json::parse(text);
    const auto options = OptionsOf(torch["load"]);
    if (!options) {
      CHECK(torch["kind"] == "options.invalid");
      continue;
    }
    const Answer ours = AnswerOf(Load(WEIGHTSONLY_SOURCE_DIR "/corpus/" + torch["file"].get<std::string>(), *options));
    const auto verdict = torch["verdict"].get<std::string>();
    if (kDeviations.contains(name)) {
      used.insert(name);
      CHECK((ours.verdict != verdict || !text.starts_with(R"({"verdict":"accept","value":)" + ours.value)));
      continue;
    }
    if (torch.value("deviation_verdict", "") == ours.verdict) continue;
    INFO(ours.kind);
    CHECK(ours.verdict == verdict);
    if (ours.verdict == "accept") {
      CHECK(text.starts_with(R"({"verdict":"accept","value":)" + ours.value + ","));
    } else {
      CHECK(Agree(ours.kind, torch.value("kind", "?")));
    }
    ++equal;
  }
  CHECK(equal >= 160);
  CHECK(used.size() == kDeviations.size());
}

TEST_CASE("a device that torch lacks here is a label") {
  for (const char* name : {"cuda", "cuda-0", "cuda-99", "mps", "xpu", "device-cuda"}) {
    INFO(name);
    const Json torch =
        Json::parse(ReadFile(WEIGHTSONLY_SOURCE_DIR "/corpus/options/location-" + std::string(name) + ".json"));
    const auto checkpoint =
        Load(WEIGHTSONLY_SOURCE_DIR "/corpus/" + torch["file"].get<std::string>(), *OptionsOf(torch["load"]));
    REQUIRE(checkpoint.has_value());
    const Json where = torch["load"]["map_location"];
    CHECK(checkpoint->storage(0).device() == (where.is_string() ? where : where["device"]).get<std::string>());
  }
}

TEST_CASE("a function is told each storage by the name that its handle has") {
  std::vector<std::string> told;
  Options options;
  options.map_location = [&](const StorageTag& storage, std::string_view) -> std::optional<std::string> {
    told.emplace_back(storage.record);
    return std::nullopt;
  };
  const auto names = [](const Checkpoint& checkpoint) {
    std::vector<std::string> records;
    for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) records.push_back(checkpoint.storage(i).record());
    return records;
  };
  for (const char* file : {"forged/geometry-whole.pt", "forged/legacy-plain.pt", "forged/legacy-key-tuple.pt",
                           "forged/legacy-key-bytes.pt", "forged/legacy-key-int-negative.pt"}) {
    INFO(file);
    told.clear();
    const auto checkpoint = Load(WEIGHTSONLY_SOURCE_DIR "/corpus/" + std::string(file), options);
    REQUIRE(checkpoint.has_value());
    CHECK(told == names(*checkpoint));
  }
  CHECK(told == std::vector<std::string>{"legacy/storage/-1"});
  told.clear();
  const auto script = LoadTorchScript(WEIGHTSONLY_SOURCE_DIR "/corpus/torch-2.15.0/torchscript-frozen.pt", options);
  REQUIRE(script.has_value());
  auto expected = names(script->data);
  const auto constants = names(script->constants);
  CHECK_FALSE(constants.empty());
  expected.insert(expected.end(), constants.begin(), constants.end());
  CHECK(told == expected);
}

TEST_CASE("on the meta device no record is read") {
  const auto checkpoint = Load(WEIGHTSONLY_SOURCE_DIR "/corpus/torch-2.15.0/checkpoint-Adam.pt", [] {
    Options options;
    options.map_location = std::string("meta");
    return options;
  }());
  REQUIRE(checkpoint.has_value());
  int tensors = 0;
  for (const auto& [path, tensor] : checkpoint->tensors()) {
    CHECK(tensor.is_meta());
    CHECK(tensor.device() == "meta");
    CHECK(tensor.data().error().kind == RefusalKind::kStorageMeta);
    ++tensors;
  }
  CHECK(tensors == 16);
  REQUIRE(checkpoint->storage_count() == 16);
  CHECK(checkpoint->storage(0).nbytes() == 48);
  CHECK(checkpoint->storage(0).record() == "data/0");
  CHECK_FALSE(checkpoint->storage(0).in_place());
  std::vector<std::byte> out(48);
  CHECK(checkpoint->storage(0).CopyTo(out).error().kind == RefusalKind::kStorageMeta);
  CHECK(checkpoint->Verify().has_value());
  CHECK(checkpoint->Materialize().has_value());
}

}  // namespace weightsonly::testing
