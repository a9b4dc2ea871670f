// Floor 8. Prints a case. SPEC.md chapter 8 (CLI-051).
#include "tool/explain_case.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/text.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

// A line that people copy, made harmless and still the same: backslashes are part of the strings of a recipe.
std::string HarmlessLine(std::string_view line) {
  std::string out;
  while (true) {
    const std::size_t size = std::min(line.find('\\'), line.size());
    out += EscapeForTerminal(line.substr(0, size), kWhole);
    if (size == line.size()) return out;
    out += '\\';
    line.remove_prefix(size + 1);
  }
}

const Rule* Find(std::span<const Rule> rules, std::string_view id) {
  const auto found = std::ranges::find(rules, id, &Rule::id);
  return found == rules.end() ? nullptr : &*found;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

class Printer {
 public:
  Printer(const Context& context, std::span<const Rule> rules)
      : out_(context.out), style_(context.arguments.color, context.out), rules_(rules) {}

  void Print(const SuiteCase& row) {
    out_ << style_.bold << EscapeForTerminal(row.id) << style_.reset << ", a case of the conformance suite";
    if (!row.area.empty()) out_ << ", area " << EscapeForTerminal(row.area);
    if (!row.since.empty()) out_ << ", since " << EscapeForTerminal(row.since);
    out_ << "\n";
    Paragraph(row.title);
    Member("why", row.why);
    Member("expected", ExpectationOf(row));
    Member("fault", row.fault);
    Member("flags", Joined(row.flags));
    Member("needs", Joined(row.needs));
    Member("deviation", row.deviation);
    for (const std::string& rule : row.rules) PrintRule(rule);
    Lines("recipe", row.recipe);
    Lines(row.torch.empty() ? "python" : "python, run with torch " + row.torch, row.python);
    if (row.command.empty()) {
      Paragraph("The file is not kept: assemble it from the recipe.");
    } else {
      out_ << "  try: " << HarmlessLine(row.command) << "\n";
    }
  }

 private:
  static std::string ExpectationOf(const SuiteCase& row) {
    std::string out = row.expect;
    if (!row.kind.empty()) out += ", refused with " + row.kind;
    if (!row.policy.empty()) out += "; the policy " + row.policy + " decides";
    if (!row.offset.empty()) out += "; at byte " + row.offset + (row.record.empty() ? "" : " of " + row.record);
    return out;
  }

  void Paragraph(std::string_view text) {
    AppendWrapped(out_.buffer(), EscapeForTerminal(text, kWhole), 2, out_.Columns());
  }

  void Member(std::string_view name, std::string_view text) {
    if (!text.empty()) Paragraph(std::string(name) + ": " + std::string(text));
  }

  void PrintRule(const std::string& id) {
    const Rule* rule = Find(rules_, id);
    out_ << "  " << style_.bold << EscapeForTerminal(id) << style_.reset << "\n";
    AppendWrapped(out_.buffer(), rule != nullptr ? WordsOf(*rule) : "This version's SPEC.md has no such rule.", 4,
                  out_.Columns());
  }

  // As they are, so that they can be copied.
  void Lines(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out_ << "  " << EscapeForTerminal(name) << ":\n";
    while (!text.empty()) {
      const std::size_t size = std::min(text.find('\n'), text.size());
      out_ << "    " << HarmlessLine(text.substr(0, size)) << "\n";
      text.remove_prefix(std::min(size + 1, text.size()));
    }
  }

  Stream& out_;
  Style style_;
  std::span<const Rule> rules_;
};

}  // namespace

void ExplainCase(const Context& context, const std::string& topic, const SuiteCase& row, std::span<const Rule> rules) {
  if (!context.arguments.json) return Printer(context, rules).Print(row);
  JsonWriter json = BeginDocument(context.out, "explain", nullptr);
  json.Member("topic", topic).Member("what", "case").Key("case").Raw(row.json);
  json.Key("rules").BeginArray();
  for (const std::string& id : row.rules) {
    const Rule* rule = Find(rules, id);
    json.BeginObject().Member("rule", id);
    if (rule != nullptr) json.Member("chapter", rule->chapter).Member("text", rule->text);
    json.EndObject();
  }
  json.EndArray().Key("command");
  if (row.command.empty()) {
    json.Null();
  } else {
    json.Text(row.command);
  }
  json.EndObject();
  context.out << "\n";
}

}  // namespace weightsonly::tool
