// Floor 8. One row of the conformance suite, as suite.json has it. SPEC.md chapter 8 (CLI-050, CLI-052);
// conformance/FORMAT.md, section 2.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightsonly::tool {

// Texts are the suite's, empty where the row has none: escape them before printing.
struct SuiteCase {
  std::string id, title, why, area, since, expect, policy, kind, fault, record, deviation, recipe, python, torch;
  std::string offset;               // its digits
  std::vector<std::string> rules;   // ids
  std::vector<std::string> flags;   // keys of notes.json
  std::vector<std::string> needs;   // capabilities
  std::optional<std::string> file;  // where it lies, as seen from here; nothing when only the recipe is kept
  std::string command;              // what to type to see the verdict of this loader; empty without a file
  std::string json;                 // the row
};

struct SuiteSearch {
  std::optional<SuiteCase> found;
  std::vector<std::string> ids;  // of all cases
};

// Looks the case `id` up in the suite at `path`. The error is what is wrong with that suite.
[[nodiscard]] std::expected<SuiteSearch, std::string> FindSuiteCase(const std::string& path, std::string_view id);

}  // namespace weightsonly::tool
