// Floor 8. `weightsonly globals`: what the pickle names, read without executing it. SPEC.md chapter 8.
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "tool/allow_lines.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

using Standing = NamedGlobal::Standing;

std::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::kAllowed:
      return "allowed";
    case Standing::kBlocked:
      return "blocked";
    case Standing::kNotImported:
      return "not-imported";
    case Standing::kNotAllowed:
      break;
  }
  return "not-allowed";
}

RefusalKind KindOf(Standing standing) {
  if (standing == Standing::kBlocked) return RefusalKind::kPolicyModuleBlocked;
  if (standing == Standing::kNotImported) return RefusalKind::kPolicyNotImported;
  return RefusalKind::kPolicyGlobalNotAllowed;
}

// What `load` would say about the first global that is not allowed, unless another fault comes before it.
Refusal RefusalOf(const NamedGlobal& global) {
  return {KindOf(global.standing), std::string(global.record), global.offset,
          "'" + EscapeForTerminal(global.path) + "' is " + std::string(StandingName(global.standing))};
}

const NamedGlobal* FirstRefused(const std::vector<NamedGlobal>& globals) {
  const auto refused = [](const NamedGlobal& global) { return global.standing != Standing::kAllowed; };
  const auto found = std::ranges::find_if(globals, refused);
  return found == globals.end() ? nullptr : &*found;
}

void WriteDocument(Stream& out, const std::string& file, const std::vector<NamedGlobal>& globals) {
  JsonWriter json = BeginDocument(out, "globals", &file);
  if (const NamedGlobal* refused = FirstRefused(globals)) {
    WriteRefusal(json, RefusalOf(*refused));
  } else {
    json.Member("verdict", "accept").Member("checked", "globals");
  }
  json.Key("globals").BeginArray();
  for (const NamedGlobal& global : globals) {
    json.BeginObject().Member("name", global.path).Member("standing", StandingName(global.standing));
    json.Member("record", global.record).Member("offset", global.offset).EndObject();
  }
  json.EndArray().Key("allow").BeginArray();
  for (const std::string& line : AllowLines(globals)) json.Text(line);
  json.EndArray().EndObject();
  out << "\n";
}

// A remark after the name, for whatever cannot simply be allowed.
std::string_view RemarkOn(const NamedGlobal& global) {
  if (global.standing == Standing::kAllowed) return "";
  switch (RemedyFor(global)) {
    case Remedy::kNever:
      return "torch blocks its module, whatever is allowed";
    case Remedy::kHarmful:
      return "runs code or opens files: never allow it";
    case Remedy::kNoName:
      return "is no Python name";
    case Remedy::kImport:
      return "allowed after import torch.distributed.tensor";
    case Remedy::kAllow:
      break;
  }
  return "";
}

class Printer {
 public:
  explicit Printer(const Context& context) : out_(context.out), style_(context.arguments.color, context.out) {}

  void Print(const std::string& file, const std::vector<NamedGlobal>& globals) {
    const auto refused = static_cast<std::size_t>(std::ranges::count_if(
        globals, [](const NamedGlobal& global) { return global.standing != Standing::kAllowed; }));
    out_ << style_.bold << DisplayName(file) << style_.reset << ": names " << Count(globals.size(), "function");
    out_ << " or class" << (globals.size() == 1 ? "" : "es");
    out_ << (refused == 0 ? ", all allowed" : ", " + GroupedDigits(refused) + " not allowed") << "\n";
    for (const NamedGlobal& global : globals) Row(global);
    if (refused != 0) Advise(globals);
  }

 private:
  void Row(const NamedGlobal& global) {
    const bool allowed = global.standing == Standing::kAllowed;
    std::string& out = out_.buffer();
    out.append("  ").append(allowed ? style_.green : style_.red);
    AppendLeft(out, StandingName(global.standing), 12);
    out.append(style_.reset).append("  ").append(EscapeForTerminal(global.path));
    const std::string_view remark = RemarkOn(global);
    if (!remark.empty()) out.append("  (").append(remark).append(")");
    out_ << "\n";
  }

  void Paragraph(std::string_view text) {
    out_ << "\n";
    AppendWrapped(out_.buffer(), text, 0, out_.Columns());
  }

  void Advise(const std::vector<NamedGlobal>& globals) {
    const std::vector<std::string> lines = AllowLines(globals);
    if (lines.empty()) {
      Paragraph("Nothing can be allowed here that would make the file load safely. Do not load it in any other way.");
    } else {
      Paragraph("If you trust the author of the file and need exactly these names, allow them for this one load:");
      out_ << "\n";
      for (const std::string& line : lines) out_ << "    " << line << "\n";
      const bool inside = lines.back().ends_with(":");
      out_ << (inside ? "        " : "    ") << "checkpoint = torch.load(path, weights_only=True)\n";
      Paragraph(
          "torch then calls them with whatever arguments the file gives. Never allow a name that you do not know.");
    }
    Paragraph(
        "The better way, where the file is yours or its author can be asked: save plain tensors, which need no such "
        "name, in the "
        "program that owns these classes: torch.save(model.state_dict(), path).");
  }

  Stream& out_;
  Style style_;
};

}  // namespace

Exit RunGlobals(const Context& context, const std::string& file) {
  const Arguments& arguments = context.arguments;
  const auto globals = GlobalsIn(file, arguments.options);
  if (!globals) return ReportRefusal(arguments, "globals", file, globals.error(), context.out, context.err);
  if (!arguments.quiet && arguments.json) {
    WriteDocument(context.out, file, *globals);
  } else if (!arguments.quiet) {
    Printer(context).Print(file, *globals);
  }
  return FirstRefused(*globals) == nullptr ? Exit::kAccepted : Exit::kRefused;
}

}  // namespace weightsonly::tool
