// Floor 8. `weightsonly explain`: refusal kinds and rules, at length. SPEC.md chapter 8.
#include <algorithm>
#include <string>
#include <vector>

#include "base/refusal.h"
#include "base/text.h"
#include "output/torch_message.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/screen.h"
#include "tool/spec_rules.h"
#include "tool/suggest.h"

namespace weightsonly::tool {
namespace {

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
    return Unknown(topic);
  }

 private:
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
    constexpr std::size_t kIdWithStars = 11;
    const std::size_t start = rule.text.find("**") + kIdWithStars;
    AppendWrapped(out.buffer(), rule.text.substr(std::min(start, rule.text.size())), 2, out.Columns());
  }

  Exit Unknown(const std::string& topic) {
    std::vector<std::string_view> candidates;
    for (int i = 0; i < kRefusalKindCount; ++i) candidates.push_back(KindName(static_cast<RefusalKind>(i)));
    for (const Rule& rule : rules_) candidates.push_back(rule.id);
    const std::string_view nearest = Nearest(topic, candidates);
    Stream& err = context_.err;
    err << "weightsonly: " << EscapeForTerminal(topic) << " is neither a refusal kind nor a rule of SPEC.md";
    if (!nearest.empty()) err << "; did you mean " << nearest << "?";
    err << "\nThe topics are the refusal kinds and the rules. Cases of a conformance suite are none: this version "
           "carries no "
           "table of them.\ntry: weightsonly tables kinds rules\n";
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
