// weights_only and the two variables: every answer of corpus/environment, which is what each release of torch did. Its
// second file makes a folder when it is loaded without restriction, so that torch itself tells how it loaded.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "policy/environment.h"
#include "tests/api/corpus.h"

namespace weightsonly::testing {
namespace {

using Json = nlohmann::json;
using policy::Loading;

constexpr const char* kCalling = "torch-2.15.0/function-call.pt";
constexpr const char* kFolder = "weightsonly-marker";

const std::map<std::string, policy::Release> kReleases = {{"1.13.1", policy::Release::k1_13},
                                                          {"2.0.1", policy::Release::k2_0},
                                                          {"2.6.0", policy::Release::k2_6},
                                                          {"2.10.0", policy::Release::k2_10},
                                                          {"2.15.0", policy::Release::k2_15}};

Json Observed(const std::string& version) {
  return Json::parse(ReadFile(WEIGHTSONLY_SOURCE_DIR "/corpus/environment/torch-" + version + ".json"));
}

std::optional<std::string> TextOf(const Json& text) {
  return text.is_null() ? std::nullopt : std::optional<std::string>(text.get<std::string>());
}

// Calls `visit(options, number of torch's answer to the calling file, of that to the other file)` for each combination.
template <typename Visit>
void ForEachCombination(const Json& document, Visit visit) {
  const Json& texts = document.at("texts");
  for (std::size_t argument = 0; argument < 3; ++argument) {
    for (std::size_t force = 0; force < texts.size(); ++force) {
      for (std::size_t force_no = 0; force_no < texts.size(); ++force_no) {
        Options options;
        const Json& given = document.at("arguments").at(argument);
        if (!given.is_null()) options.weights_only = given.get<bool>();
        options.force_weights_only_load = TextOf(texts[force]);
        options.force_no_weights_only_load = TextOf(texts[force_no]);
        const auto answer = [&](const char* file) {
          const std::size_t number = document.at("observed").at(file).at(argument).at(force).at(force_no);
          return document.at("answers").at(number);
        };
        visit(options, answer(kCalling), answer("forged/geometry-whole.pt"));
      }
    }
  }
}

// What torch did, told by its answer to the calling file.
std::string TorchDid(const Json& answer) {
  if (answer.at("executed")) return "unrestricted";
  if (answer.at("verdict") == "accept") return "accepted without the call";
  return answer.at("exception") == "RuntimeError" ? "both" : "weights only";
}

std::string Word(Loading loading) {
  if (loading == Loading::kBothForced) return "both";
  return loading == Loading::kWeightsOnly ? "weights only" : "unrestricted";
}

std::string KindOf(const std::expected<Checkpoint, Refusal>& loaded) {
  return loaded ? "accept" : std::string(KindName(loaded.error().kind));
}

}  // namespace

TEST_CASE("every release loads as its answers to all combinations say") {
  for (const auto& [version, release] : kReleases) {
    CAPTURE(version);
    std::map<std::string, int> counts;
    const Json document = Observed(version);
    REQUIRE(document.at("torch") == version);
    ForEachCombination(document, [&](const Options& options, const Json& calling, const Json&) {
      policy::LoadRequest request;
      request.release = release;
      request.weights_only = options.weights_only;
      if (options.force_weights_only_load) request.force = *options.force_weights_only_load;
      if (options.force_no_weights_only_load) request.force_no = *options.force_no_weights_only_load;
      const std::string word = Word(policy::LoadingOf(request));
      if (word != TorchDid(calling)) {
        CAPTURE(options.force_weights_only_load.value_or("not set"));
        CAPTURE(options.force_no_weights_only_load.value_or("not set"));
        CHECK(word == TorchDid(calling));
      }
      ++counts[word];
    });
    CHECK(counts["weights only"] + counts["unrestricted"] + counts["both"] == 3 * 25 * 25);
    CHECK(counts["unrestricted"] > 0);
    CHECK((counts["both"] > 0) == (release >= policy::Release::k2_6));
  }
}

TEST_CASE("Load does what each release does, and refuses where that runs the file or stops") {
  std::filesystem::remove(kFolder);
  for (const auto& [version, release] : kReleases) {
    CAPTURE(version);
    int by_default = 0;
    ForEachCombination(Observed(version), [&](Options& options, const Json& calling, const Json& plain) {
      options.torch = policy::ReleaseName(release);
      const std::string ours = KindOf(Load(WEIGHTSONLY_SOURCE_DIR "/corpus/forged/geometry-whole.pt", options));
      const std::string call = KindOf(Load(WEIGHTSONLY_SOURCE_DIR "/corpus/torch-2.15.0/function-call.pt", options));
      const std::string did = TorchDid(calling);
      const bool safe_here = did == "unrestricted" && release < policy::Release::k2_6 && !options.weights_only;
      by_default += safe_here ? 1 : 0;  // DEV-660
      if (did == "weights only" || safe_here) {
        CHECK(ours == plain.at("verdict").get<std::string>());
        CHECK((call == "policy.module-blocked" || call == "policy.global-not-allowed"));
      } else {
        const std::string instead = did == "both" ? "policy.environment" : "policy.full-pickle";
        CHECK(ours == instead);
        CHECK(call == instead);
      }
    });
    CHECK((by_default > 0) == (release < policy::Release::k2_6));
  }
  CHECK_FALSE(std::filesystem::exists(kFolder));
}

TEST_CASE("the combination is refused before the file is looked at") {
  Options unrestricted;
  unrestricted.weights_only = false;
  CHECK(KindOf(Load("there is no such file", unrestricted)) == "policy.full-pickle");
  CHECK(KindOf(Load(std::span<const std::byte>(), unrestricted)) == "policy.full-pickle");
  Options both;
  both.force_weights_only_load = "1";
  both.force_no_weights_only_load = "1";
  CHECK(KindOf(Load("there is no such file", both)) == "policy.environment");
}

TEST_CASE("a refusal names the variable, shows its text escaped, and advises no load without restriction") {
  Options options;
  options.force_no_weights_only_load = "YES";
  const auto loaded = Load("x", options);
  REQUIRE_FALSE(loaded);
  CHECK(
      loaded.error().detail.starts_with("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD='YES' is set and weights_only is not given"));
  for (const RefusalKind kind : {RefusalKind::kPolicyFullPickle, RefusalKind::kPolicyEnvironment}) {
    CHECK(KindInUse(kind));
    CHECK(KindAdvice(kind).find("nset TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD") != std::string_view::npos);
    CHECK(KindAdvice(kind).find("weights_only=False") == std::string_view::npos);
  }
}

TEST_CASE("releases without a release in the observations read the variables as their neighbours do") {
  for (const std::string_view text : {"1", "Y", "yes", "TRUE"}) {
    CHECK(policy::IsTrueText(policy::Release::k2_13, text));
    CHECK_FALSE(policy::IsTrueText(policy::Release::k2_13, std::string(text) + " "));
  }
}

}  // namespace weightsonly::testing
