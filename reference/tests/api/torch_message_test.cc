// What torch 2.15.0 says of the files of corpus/, and what TorchMessage makes of our refusals of them.
#include <weightsonly/weightsonly.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/api/corpus.h"

namespace weightsonly::testing {
namespace {

using Json = nlohmann::json;

// The families of messages; policy.environment has no file, and a test of its own.
const std::set<std::string> kFamilies = {"policy.global-not-allowed",
                                         "policy.module-blocked",
                                         "policy.not-imported",
                                         "policy.reduce",
                                         "policy.newobj",
                                         "policy.build",
                                         "policy.append-target",
                                         "policy.setitem-target",
                                         "container.torchscript",
                                         "container.tar",
                                         "container.byteorder",
                                         "storage.size-mismatch"};

// Files of these families whose text is not known, with the reason.
const std::map<std::string, std::string> kUnknown = {
    {"build-storage-typed-number.pt", "torch sets the attribute, and Python's update() fails"},
    {"zip-byteorder-not-utf8.pt", "a message of Python's decoder: the text of the record is none"},
};

}  // namespace

TEST_CASE("torch's texts come out byte for byte over the corpus") {
  std::map<std::string, int> compared;
  std::set<std::string> unknown;
  for (const auto& file : CorpusFiles()) {
    const Json torch = Json::parse(TorchSaid(file), nullptr, false);
    if (torch.is_discarded() || torch.at("verdict") != "reject") continue;
    const std::string kind = torch.at("kind");
    if (!kFamilies.contains(kind)) continue;
    CAPTURE(file.filename().string());
    const auto loaded = Load(file.string());
    REQUIRE_FALSE(loaded);
    const auto said = TorchMessage(loaded.error());
    if (!said) {
      unknown.insert(file.filename().string());
      continue;
    }
    CHECK(said->message == torch.at("message").get<std::string>());
    CHECK(said->exception == torch.at("exception").get<std::string>());
    ++compared[kind];
  }
  std::set<std::string> expected;
  for (const auto& [file, reason] : kUnknown) expected.insert(file);
  CHECK(unknown == expected);
  for (const std::string& kind : kFamilies) {
    CAPTURE(kind);
    CHECK(compared[kind] > 0);
  }
  int all = 0;
  for (const auto& [kind, count] : compared) all += count;
  CHECK(all >= 350);
}

TEST_CASE("torch's text for both variables is the one that it was seen to say") {
  const Json seen = Json::parse(ReadFile(WEIGHTSONLY_SOURCE_DIR "/corpus/environment/torch-2.15.0.json"));
  Options options;
  options.force_weights_only_load = "1";
  options.force_no_weights_only_load = "1";
  const auto loaded = Load("no file", options);
  REQUIRE_FALSE(loaded);
  const auto said = TorchMessage(loaded.error());
  REQUIRE(said);
  int found = 0;
  for (const Json& answer : seen.at("answers")) {
    if (answer.value("exception", "") != "RuntimeError") continue;
    CHECK(said->message == answer.at("message").get<std::string>());
    ++found;
  }
  CHECK(found == 1);
}

}  // namespace weightsonly::testing
