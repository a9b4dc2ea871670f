// Floor 8. Finding the rules in SPEC.md. SPEC.md chapter 8.
#include "tool/spec_rules.h"

#include <algorithm>
#include <cstddef>

namespace weightsonly::tool {
namespace {

constexpr std::size_t kIdSize = 7;

std::string_view TrimmedEnd(std::string_view text) { return text.substr(0, text.find_last_not_of(" \n") + 1); }

// The id of a line that defines a rule, `**ZIP-014** …` with or without a bullet before it, or "".
std::string_view IdDefinedBy(std::string_view line) {
  const std::size_t start = line.find_first_not_of(' ');
  if (start == std::string_view::npos) return {};
  line.remove_prefix(start);
  if (line.starts_with("- ") || line.starts_with("* ")) line.remove_prefix(2);
  if (line.size() < kIdSize + 4 || !line.starts_with("**") || line.substr(2 + kIdSize, 2) != "**") return {};
  const std::string_view id = line.substr(2, kIdSize);
  return IsRuleId(id) ? id : std::string_view();
}

}  // namespace

bool IsRuleId(std::string_view text) {
  if (text.size() != kIdSize || text[3] != '-') return false;
  for (std::size_t i = 0; i < kIdSize; ++i) {
    const bool letter = text[i] >= 'A' && text[i] <= 'Z';
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (i < 3 ? !letter : i > 3 && !digit) return false;
  }
  return true;
}

std::string_view WordsOf(const Rule& rule) {
  const std::size_t behind = rule.text.find("**") + kIdSize + 4;
  return rule.text.substr(std::min(behind, rule.text.size()));
}

// A rule's text ends where the next one, or a heading, begins.
std::vector<Rule> RulesIn(std::string_view spec) {
  std::vector<Rule> rules;
  std::string_view chapter;
  bool inside = false;
  for (std::size_t at = 0; at < spec.size();) {
    const std::size_t feed = spec.find('\n', at);
    const std::size_t end = feed == std::string_view::npos ? spec.size() : feed + 1;
    const std::string_view line = spec.substr(at, end - at);
    const std::string_view id = IdDefinedBy(line);
    if (line.starts_with("#")) {
      inside = false;
      if (line.starts_with("## ")) chapter = TrimmedEnd(line.substr(3));
    } else if (!id.empty()) {
      inside = true;
      rules.push_back({id, chapter, line});
    } else if (inside) {
      Rule& rule = rules.back();
      rule.text = spec.substr(static_cast<std::size_t>(rule.text.data() - spec.data()), rule.text.size() + line.size());
    }
    at = end;
  }
  for (Rule& rule : rules) rule.text = TrimmedEnd(rule.text);
  return rules;
}

}  // namespace weightsonly::tool
