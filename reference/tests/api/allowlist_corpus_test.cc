// What the user allows: every row of corpus/allow. The verdict is that of the torch release which the row names, with
// the same allowlist; the value is written by fixtures-gen/inert.py, a reader of its own over the standard library's
// pickle.
#include <weightsonly/weightsonly.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/api/allow_rows.h"
#include "tests/checkpoint/folder.h"

namespace weightsonly::testing {
namespace {

bool Agree(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && ((a + ".").starts_with(b + ".") || (b + ".").starts_with(a + "."));
}

// What is wrong with our answer, or nothing. Values are compared as JSON documents.
std::string Difference(const Json& row, const Answer& ours) {
  const std::string verdict = row["verdict"];
  if (ours.verdict != verdict) {
    if (row.value("deviation_verdict", "") != ours.verdict)
      return ours.verdict + " " + ours.kind + ", torch " + verdict;
    if (ours.verdict == "reject") {
      const std::string kind = row.value("deviation_kind", ours.kind);
      return Agree(kind, ours.kind) ? "" : "refused " + ours.kind + ", expected " + kind;
    }
    if (!row.contains("deviation_value")) return "";
    return Json::parse(ours.value) == row["deviation_value"] ? "" : "another value: " + ours.value;
  }
  if (verdict == "reject") {
    const std::string kind = row.value("kind", "");
    return Agree(kind, ours.kind) ? "" : "refused " + ours.kind + ", expected " + kind;
  }
  if (row["value"].is_null()) return "accepted, though the value is only torch's";
  return Json::parse(ours.value) == row["value"] ? "" : "another value: " + ours.value;
}

}  // namespace

TEST_CASE("with an allowlist, the verdict is torch's and the value what the file says") {
  std::map<std::string, int> rows;
  for (const auto& [table, row] : AllowRows()) {
    INFO(table << ": " << row.value("file", "") << ": " << row["row"].get<std::string>());
    const std::string verdict = row["verdict"];
    REQUIRE((verdict == "accept" || verdict == "reject"));
    const Answer ours = AnswerTo(row, OptionsOf(row["load"]));
    CHECK(Difference(row, ours) == "");
    ++rows[table.substr(0, table.find('-')) + " " + verdict];
  }
  CHECK(rows["obj accept"] >= 150);
  CHECK(rows["obj reject"] >= 100);
  CHECK(rows["hostile accept"] >= 100);
  CHECK(rows["hostile reject"] >= 140);
  CHECK(rows["np accept"] >= 150);
  CHECK(rows["np reject"] >= 100);
}

// The working directory is one of the test's own meanwhile.
class WorkingFolder {
 public:
  WorkingFolder() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(std::filesystem::path(folder_.Write("marker", "")).parent_path());
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  ~WorkingFolder() { std::filesystem::current_path(before_); }

  // Whether nothing but the file that says that this is the right folder is there.
  [[nodiscard]] static bool Untouched() {
    const auto entries = std::filesystem::directory_iterator(".");
    return std::filesystem::exists("marker") && std::distance(begin(entries), end(entries)) == 1;
  }

 private:
  TestFolder folder_;
  std::filesystem::path before_;
};

TEST_CASE("nothing that a file names is run, whatever the options") {
  const WorkingFolder working;
  int loads = 0, accepted = 0;
  for (const auto& [table, row] : AllowRows()) {
    if (!row.contains("pickle")) continue;
    INFO(row["row"].get<std::string>());
    for (const char* release : {"1.13", "2.0", "2.6", "2.10", "2.13", "2.15"}) {
      for (const bool strict : {false, true}) {
        Json load = row["load"];
        load["torch"] = release;
        Options options = OptionsOf(load);
        options.strict = strict;
        const Answer ours = AnswerTo(row, options);
        accepted += ours.verdict == "accept" ? 1 : 0;
        // Only `builtins.set` is on torch's own list; nothing else is accepted unasked.
        if (!load.contains("allow") && ours.verdict == "accept") {
          CHECK(ours.value == R"({"root":{"t":"class","v":"builtins.set"},"storages":[]})");
        }
        ++loads;
      }
    }
    CHECK(WorkingFolder::Untouched());
  }
  CHECK(loads >= 3500);
  CHECK(accepted >= 1000);
}

}  // namespace weightsonly::testing
