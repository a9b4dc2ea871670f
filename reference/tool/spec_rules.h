// Floor 8. The rules of SPEC.md, which the tool carries with it. SPEC.md chapter 8.
#pragma once

#include <string_view>
#include <vector>

namespace weightsonly::tool {

// All of SPEC.md; made from it when the tool is built (cmake/embed_spec.cmake).
extern const std::string_view kSpecText;

struct Rule {
  std::string_view id;       // "ZIP-014"
  std::string_view chapter;  // "Chapter 1: container"
  std::string_view text;     // from the id to the next rule or heading, Markdown
};

// In the order of SPEC.md. Views of `spec`.
[[nodiscard]] std::vector<Rule> RulesIn(std::string_view spec);

// The text of a rule behind its id. Static as the text is.
[[nodiscard]] std::string_view WordsOf(const Rule& rule);

// True for three capitals, a dash and three digits.
[[nodiscard]] bool IsRuleId(std::string_view text);

// True for the rules that say where we differ from torch on purpose.
[[nodiscard]] inline bool IsDeviation(const Rule& rule) { return rule.id.starts_with("DEV-"); }

}  // namespace weightsonly::tool
