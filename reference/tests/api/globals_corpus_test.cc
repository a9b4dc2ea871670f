// GlobalsIn against torch.serialization.get_unsafe_globals_in_checkpoint of torch 2.15.0, over every file of corpus/:
// the same names, and a refusal of the true kind wherever torch raises (corpus/globals-2.15.0.json).
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/api/corpus.h"
#include "weightsonly.h"

namespace weightsonly::testing {
namespace {

using Json = nlohmann::json;

struct ErrorPair {
  std::string exception;
  std::string message;  // a part of it; empty: any
  std::string kinds;    // ours: the kind, or all below it
};

// GLS-001. What torch raises and what we call it. Several words for one of torch's: our kinds are finer.
const std::vector<ErrorPair>& Errors() {
  static const std::vector<ErrorPair> errors = {
      {"EOFError", "", "pickle.truncated"},                                  // no STOP, an operand cut short
      {"IndexError", "index out of range", "pickle.truncated"},              // no length byte, no version byte
      {"error", "unpack requires a buffer of 4 bytes", "pickle.truncated"},  // struct.error: a length cut short
      {"UnpicklingError", "Unsupported operand ", "pickle.opcode"},
      {"UnicodeDecodeError", "", "pickle.text"},  // a name that is not UTF-8
      {"ValueError", "but got a torchscript checkpoint", "container.torchscript"},
      {"ValueError", "Expected input to be a checkpoint returned by torch.save", "container"},
      {"IndexError", "stoull", "container.version"},
      {"RuntimeError", "Couldn't parse the version", "container.version"},
      {"RuntimeError", "Attempted to read a PyTorch file with version", "container.version"},
      {"RuntimeError", "hasRecord(\"version\") to be true", "container.record-missing"},
      {"RuntimeError", "failed locating file data.pkl", "container.record-missing"},
      {"RuntimeError", "failed reading file data.pkl", "container.zip.local-header"},
      {"RuntimeError", "failed reading zip archive", "container.zip"},
      {"RuntimeError", "failed retrieving file meta-data for data.pkl", "container.zip"},
      {"RuntimeError", "file in archive is not in a subdirectory", "container.zip.name"},
  };
  return errors;
}

// Files that we answer otherwise on purpose, with the rule.
const std::map<std::string, std::string>& Deviations() {
  static const std::map<std::string, std::string> deviations = {
      {"forged/global-mesh-layout.pt", "DEV-401"},   {"forged/zip-duplicate-case-pickle.pt", "DEV-680"},
      {"forged/zip-duplicate-pickle.pt", "DEV-680"}, {"forged/zip-duplicate-version.pt", "DEV-680"},
      {"forged/zip-nul-in-name.pt", "DEV-680"},
  };
  return deviations;
}

std::filesystem::path Corpus() { return std::filesystem::path(WEIGHTSONLY_SOURCE_DIR) / "corpus"; }

// PROTO: the file is pickles one after the other, a stream or what pretends to be one, and no archive.
bool IsStream(const std::string& file) { return ReadFile(Corpus() / file).starts_with('\x80'); }

// The names that are not allowed, sorted; or "kind".
Json OursOf(const std::string& file) {
  const auto found = GlobalsIn((Corpus() / file).string());
  if (!found) return std::string(KindName(found.error().kind));
  std::set<std::string> names;
  for (const NamedGlobal& global : *found) {
    if (global.standing != NamedGlobal::Standing::kAllowed) names.insert(global.path);
  }
  return names;
}

bool Below(const std::string& kind, const std::string& prefix) {
  return kind == prefix || kind.starts_with(prefix + ".");
}

// "" when the two agree; otherwise what is wrong.
std::string Judge(const Json& torch, const std::string& file) {
  const Json ours = OursOf(file);
  if (torch.contains("names")) return ours == torch["names"] ? "" : "ours " + ours.dump();
  // LST-021: torch takes no streams.
  if (IsStream(file)) return torch["exception"] == "ValueError" ? "" : "torch reads a stream";
  if (!ours.is_string()) return "torch raises, ours " + ours.dump();
  for (const ErrorPair& pair : Errors()) {
    if (pair.exception != torch["exception"].get<std::string>()) continue;
    if (torch["message"].get<std::string>().find(pair.message) == std::string::npos) continue;
    return Below(ours, pair.kinds) ? "" : "ours " + ours.dump() + " for " + torch.dump();
  }
  return "no row for " + torch.dump();
}

}  // namespace

TEST_CASE("what is not allowed in a file of the corpus is what torch lists, and errors correspond") {
  const Json document = Json::parse(ReadFile(Corpus() / "globals-2.15.0.json"));
  std::set<std::string> seen;
  std::size_t names = 0, errors = 0;
  for (Json answer : document["answers"]) {
    const Json files = answer["files"];
    answer.erase("files");
    for (const std::string file : files) {
      CAPTURE(file);
      CHECK(seen.insert(file).second);
      (answer.contains("names") ? names : errors) += 1;
      const std::string wrong = Judge(answer, file);
      if (Deviations().contains(file)) {
        CHECK(wrong != "");
      } else {
        CHECK(wrong == "");
      }
    }
  }
  CHECK(names > 2600);
  CHECK(errors > 340);
  std::set<std::string> all;
  for (const auto& file : CorpusFiles()) all.insert(std::filesystem::relative(file, Corpus()).generic_string());
  CHECK(seen == all);
}

}  // namespace weightsonly::testing
