// Floor 8. `weightsonly explain`: refusal kinds, rules and cases of the conformance suite, at length. SPEC.md
// chapter 8.
#include <string>
#include <vector>

#include "base/refusal.h"
#include "base/text.h"
#include "output/torch_message.h"
#include "tool/commands.h"
#include "tool/explain_case.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/screen.h"
#include "tool/spec_rules.h"
#include "tool/suggest.h"
#include "tool/suite_case.h"

namespace weightsonly::tool {
namespace {

constexpr const char* kDefaultSuite = "conformance/suite.json";

// The kinds that a dotted name means: the one of that name, or all below it ("container.zip").
std::vector<RefusalKind> KindsUnder(std::string_view name) {
  std::vector<RefusalKind> kinds;
  for (int i = 0; i < kRefusalKindCount; ++i) {
    const auto kind = static_cast<RefusalKind>(i);
    const std::string_view candidate = KindName(kind);
    const bool below =
        candidate.starts_with(name) && (candidate.size() == name.size() || candidate[name.size()] == '.');
    if (below) kinds.push_back(kind);
  }
  return kinds;
}

class Explainer {
 public:
  explicit Explainer(const Context& context) : context_(context), rules_(RulesIn(kSpecText)) {}

  Exit Explain(const std::string& topic) {
    const std::vector<RefusalKind> kinds = topic.empty() ? std::vector<RefusalKind>() : KindsUnder(topic);
    for (const RefusalKind kind : kinds) ExplainKind(topic, kind);
    if (!kinds.empty()) return Exit::kAccepted;
    for (const Rule& rule : rules_) {
      if (rule.id != topic) continue;
      ExplainRule(topic, rule);
      return Exit::kAccepted;
    }
    return ExplainOther(topic);
  }

 private:
  // CLI-050, CLI-053. The suite is looked at only when nothing else has that name.
  Exit ExplainOther(const std::string& topic) {
    const std::string& given = context_.arguments.suite;
    const std::string suite = given.empty() ? kDefaultSuite : given;
    const auto search = FindSuiteCase(suite, topic);
    if (search && search->found) {
      ExplainCase(context_, topic, *search->found, rules_);
      return Exit::kAccepted;
    }
    if (!search && !given.empty()) {
      context_.err << "weightsonly: " << EscapeForTerminal(suite) << " is no conformance suite: " << search.error()
                   << "\n";
      return Exit::kUnread;
    }
    return Unknown(topic, search ? search->ids : std::vector<std::string>());
  }

  void ExplainKind(const std::string& topic, RefusalKind kind) {
    Stream& out = context_.out;
    if (context_.arguments.json) {
      JsonWriter json = BeginDocument(out, "explain", nullptr);
      json.Member("topic", topic).Member("what", "kind").Member("kind", KindName(kind));
      json.MemberBool("in_use", KindInUse(kind))
          .Member("sentence", KindSentence(kind))
          .Member("advice", KindAdvice(kind));
      json.Key("torch").BeginArray();
      for (const TorchText& text : TorchTemplates(kind)) {
        json.BeginObject().Member("exception", text.exception).Member("message", text.message).EndObject();
      }
      json.EndArray();
      json.EndObject();
      out << "\n";
      return;
    }
    const Style style(context_.arguments.color, out);
    out << style.bold << KindName(kind) << style.reset << "\n";
    AppendWrapped(out.buffer(), KindSentence(kind), 2, out.Columns());
    AppendWrapped(out.buffer(), KindAdvice(kind), 2, out.Columns());
    const std::vector<TorchText> texts = TorchTemplates(kind);
    if (!texts.empty()) out << "  torch 2.15.0 says, with words in braces for what depends on the file:\n\n";
    for (const TorchText& text : texts) {
      AppendTorchText(out.buffer(), text);
      out << "\n";
    }
    if (!KindInUse(kind)) out << "  (The name is reserved: this release never refuses with it.)\n";
  }

  void ExplainRule(const std::string& topic, const Rule& rule) {
    Stream& out = context_.out;
    if (context_.arguments.json) {
      JsonWriter json = BeginDocument(out, "explain", nullptr);
      json.Member("topic", topic).Member("what", "rule").Member("rule", rule.id);
      json.Member("chapter", rule.chapter).Member("text", rule.text).EndObject();
      out << "\n";
      return;
    }
    const Style style(context_.arguments.color, out);
    out << style.bold << rule.id << style.reset << ", SPEC.md, " << rule.chapter << "\n";
    AppendWrapped(out.buffer(), WordsOf(rule), 2, out.Columns());
  }

  Exit Unknown(const std::string& topic, const std::vector<std::string>& cases) {
    std::vector<std::string_view> candidates(cases.begin(), cases.end());
    for (int i = 0; i < kRefusalKindCount; ++i) candidates.push_back(KindName(static_cast<RefusalKind>(i)));
    for (const Rule& rule : rules_) candidates.push_back(rule.id);
    const std::string_view nearest = Nearest(topic, candidates);
    Stream& err = context_.err;
    err << "weightsonly: " << EscapeForTerminal(topic) << " is neither a refusal kind nor a rule of SPEC.md";
    if (!cases.empty()) err << ", nor a case of the conformance suite";
    if (!nearest.empty()) err << "; did you mean " << nearest << "?";
    if (cases.empty()) {
      err << "\nCases of the conformance suite are looked up in " << kDefaultSuite << ", or where --suite says.";
    }
    err << "\ntry: weightsonly tables kinds rules\n";
    return Exit::kUsage;
  }

  const Context& context_;
  std::vector<Rule> rules_;
};

}  // namespace

Exit RunExplain(const Context& context) {
  Explainer explainer(context);
  Exit worst = Exit::kAccepted;
  for (const std::string& topic : context.arguments.operands) worst = Worse(worst, explainer.Explain(topic));
  return worst;
}

}  // namespace weightsonly::tool
