// Floor 8. `weightsonly globals`: what the pickle names, read without executing it. SPEC.md chapter 8.
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "policy/globals.h"
#include "policy/numpy.h"
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

// A class that BUILD asks for, told as a load would.
Refusal RefusalOf(const BuiltClass& built) {
  return {RefusalKind::kPolicyBuild, std::string(built.record), built.offset,
          "sets the state of a " + built.name + ", which is not-allowed"};
}

bool IsRefused(const NamedGlobal& global) { return global.standing != Standing::kAllowed; }

// A class that is known, and not allowed.
bool IsMissing(const BuiltClass& built) { return !built.name.empty() && !built.allowed; }

// What keeps the file from being loaded, as far as names do.
std::optional<Refusal> FirstRefusal(const GlobalsReport& report) {
  const auto global = std::ranges::find_if(report.named, IsRefused);
  if (global != report.named.end()) return RefusalOf(*global);
  const auto built = std::ranges::find_if(report.built, IsMissing);
  if (built != report.built.end()) return RefusalOf(*built);
  return std::nullopt;
}

std::string_view RemedyName(Remedy remedy) {
  switch (remedy) {
    case Remedy::kAllow:
      return "allow";
    case Remedy::kImport:
      return "import";
    case Remedy::kNoName:
      return "no-name";
    case Remedy::kHarmful:
      return "harmful";
    case Remedy::kNever:
      break;
  }
  return "never";
}

void WriteNamed(JsonWriter& json, const NamedGlobal& global) {
  json.BeginObject().Member("name", global.path).Member("standing", StandingName(global.standing));
  json.Member("record", global.record).Member("offset", global.offset);
  if (global.by_user) json.MemberBool("by_user", true);
  if (IsRefused(global)) json.Member("remedy", RemedyName(RemedyFor(global)));
  json.EndObject();
}

void WriteBuilt(JsonWriter& json, const BuiltClass& built) {
  json.BeginObject();
  if (built.name.empty()) {
    json.Key("name").Null().Key("name_before_numpy_1_25").Null();
  } else {
    json.Member("name", built.name).Member("name_before_numpy_1_25", built.name_before_numpy_1_25);
  }
  json.Member("maker", built.maker).Member("argument", built.argument);
  json.Member("record", built.record).Member("offset", built.offset);
  json.MemberBool("allowed", built.allowed).EndObject();
}

void WriteLines(JsonWriter& json, std::string_view key, const std::vector<std::string>& lines) {
  json.Key(key).BeginArray();
  for (const std::string& line : lines) json.Text(line);
  json.EndArray();
}

void WriteDocument(Stream& out, const std::string& file, const GlobalsReport& report, const PythonTarget& target) {
  JsonWriter json = BeginDocument(out, "globals", &file);
  if (const auto refusal = FirstRefusal(report)) {
    WriteRefusal(json, *refusal);
  } else {
    json.Member("verdict", "accept").Member("checked", "globals");
  }
  json.Key("globals").BeginArray();
  for (const NamedGlobal& global : report.named) WriteNamed(json, global);
  json.EndArray().Key("built").BeginArray();
  for (const BuiltClass& built : report.built) WriteBuilt(json, built);
  json.EndArray().Key("filled").BeginArray();
  for (const FilledClass& filled : report.filled) {
    json.BeginObject().Member("name", filled.name).Member("record", filled.record);
    json.Member("offset", filled.offset).EndObject();
  }
  json.EndArray();
  std::vector<std::string> lines = AllowLines(report, target);
  WriteLines(json, "allow", lines);
  if (!lines.empty()) lines.push_back(LoadLine(lines));
  WriteLines(json, "python", lines);
  json.EndObject();
  out << "\n";
}

// A remark after the name.
std::string RemarkOn(const NamedGlobal& global) {
  if (!IsRefused(global)) return global.by_user ? "by --allow" : "";
  switch (RemedyFor(global)) {
    case Remedy::kNever:
      return "torch blocks its module, whatever is allowed";
    case Remedy::kHarmful:
      return "runs code or opens files: never allow it";
    case Remedy::kNoName:
      return "is no Python name";
    case Remedy::kImport:
      return "allowed after import " + std::string(global.import);
    case Remedy::kAllow:
      break;
  }
  return global.path.starts_with("__main__.") ? "of the script that saved the file" : "";
}

// One line of a group: a name that can be shown, and why it stands there.
struct Row {
  std::string name;
  std::string remark;
};

// CLI-032. The groups, each with its count; names of one width, remarks behind them.
class Printer {
 public:
  Printer(const Context& context, const PythonTarget& target)
      : out_(context.out), style_(context.arguments.color, context.out), target_(target) {}

  void Print(const std::string& file, const GlobalsReport& report) {
    const auto refused = static_cast<std::size_t>(std::ranges::count_if(report.named, IsRefused));
    out_ << style_.bold << DisplayName(file) << style_.reset << ": names " << Count(report.named.size(), "function")
         << " or class" << (report.named.size() == 1 ? "" : "es");
    out_ << (refused == 0 ? ", all allowed" : ", " + GroupedDigits(refused) + " not allowed") << "\n";
    Group("allowed", style_.green, RowsOf(report, {Standing::kAllowed}));
    Group("not allowed", style_.red, RowsOf(report, {Standing::kNotAllowed, Standing::kNotImported}));
    const bool missing = std::ranges::any_of(report.built, IsMissing);
    Group("not named, but asked for", missing ? style_.red : style_.yellow, RowsOf(report.built));
    Group("filled with items, which torch refuses even for classes that are allowed", style_.red,
          RowsOf(report.filled));
    Group("blocked", style_.red, RowsOf(report, {Standing::kBlocked}));
    if (FirstRefusal(report)) Advise(report);
  }

 private:
  static std::vector<Row> RowsOf(const GlobalsReport& report, std::initializer_list<Standing> standings) {
    std::vector<Row> rows;
    for (const NamedGlobal& global : report.named) {
      if (std::ranges::find(standings, global.standing) == standings.end()) continue;
      rows.push_back({EscapeForTerminal(global.path), RemarkOn(global)});
    }
    return rows;
  }

  static std::string Argument(const BuiltClass& built) {
    return built.argument.empty() ? "" : "(\"" + EscapeForTerminal(built.argument) + "\")";
  }

  static std::vector<Row> RowsOf(const std::vector<FilledClass>& all) {
    std::vector<Row> rows;
    for (const FilledClass& filled : all) rows.push_back({EscapeForTerminal(filled.name), "is no list and no dict"});
    return rows;
  }

  [[nodiscard]] std::vector<Row> RowsOf(const std::vector<BuiltClass>& all) const {
    std::vector<Row> rows;
    for (const BuiltClass& built : all) {
      const std::string maker = EscapeForTerminal(built.maker);
      if (built.name.empty()) {
        rows.push_back({"the class of what " + maker + " gives", "unless allowed above; only running it would tell"});
      } else {
        rows.push_back(
            {target_.dtype_classes_named ? built.name : built.name_before_numpy_1_25,
             "the class of what " + maker + Argument(built) + " gives" + (built.allowed ? ", by --allow" : "")});
      }
    }
    return rows;
  }

  void Group(std::string_view title, std::string_view color, const std::vector<Row>& rows) {
    if (rows.empty()) return;
    out_ << "  " << color << title << style_.reset << " (" << GroupedDigits(rows.size()) << ")\n";
    std::size_t width = 0;
    for (const Row& row : rows) width = std::max(width, std::min(Width(row.name), kWidestName));
    for (const Row& row : rows) {
      std::string& out = out_.buffer();
      out += "    ";
      if (row.remark.empty()) {
        out += row.name;
      } else {
        AppendLeft(out, row.name, width);
        out.append("  ").append(style_.dim).append(row.remark).append(style_.reset);
      }
      out_ << "\n";
    }
  }

  void Paragraph(std::string_view text) {
    out_ << "\n";
    AppendWrapped(out_.buffer(), text, 0, out_.Columns());
  }

  [[nodiscard]] std::string_view WhyNoLines(const GlobalsReport& report) const {
    if (!target_.has_user_list) return "That release of torch allows nothing beside its own list.";
    if (!report.filled.empty()) {
      return "Allowing these names would not be enough: torch refuses the file all the same.";
    }
    return "Nothing can be allowed here that would make the file load safely. Do not load it in any other way.";
  }

  void Advise(const GlobalsReport& report) {
    const std::vector<std::string> lines = AllowLines(report, target_);
    if (lines.empty()) {
      Paragraph(WhyNoLines(report));
    } else {
      Paragraph("If you trust the author of the file and need exactly these names, allow them for this one load:");
      out_ << "\n";
      for (const std::string& line : lines) out_ << "    " << line << "\n";
      out_ << "    " << LoadLine(lines) << "\n";
      if (std::ranges::any_of(report.built, [](const BuiltClass& built) { return built.name.empty(); })) {
        Paragraph("torch may then name one more class, which only running the file would tell.");
      }
      Paragraph(
          "torch then calls them with whatever arguments the file gives. Never allow a name that you do not know.");
    }
    Paragraph(
        "The better way, where the file is yours or its author can be asked: save plain tensors, which need no such "
        "name, in the program that owns these classes: torch.save(model.state_dict(), path).");
  }

  static constexpr std::size_t kWidestName = 48;

  Stream& out_;
  Style style_;
  PythonTarget target_;
};

// CLI-031. Without --numpy the newest release is meant. One that is none was refused before.
PythonTarget TargetOf(const Options& options) {
  const auto release = policy::ReleaseOf(options.torch);
  const policy::Numpy numpy = policy::NumpyOf(options.numpy).value_or(policy::Numpy::kOff);
  return {.numpy_core_is_private = numpy == policy::Numpy::kOff || numpy == policy::Numpy::kTwo,
          .dtype_classes_named = numpy != policy::Numpy::kBrackets,
          .has_user_list = !release || policy::HasUserList(*release)};
}

}  // namespace

Exit RunGlobals(const Context& context, const std::string& file) {
  const Arguments& arguments = context.arguments;
  const auto report = ExamineGlobals(file, arguments.options);
  if (!report) return ReportRefusal(arguments, "globals", file, report.error(), context.out, context.err);
  const PythonTarget target = TargetOf(arguments.options);
  if (!arguments.quiet && arguments.json) {
    WriteDocument(context.out, file, *report, target);
  } else if (!arguments.quiet) {
    Printer(context, target).Print(file, *report);
  }
  return FirstRefusal(*report) ? Exit::kRefused : Exit::kAccepted;
}

}  // namespace weightsonly::tool
