// Floor 8. From names in a pickle to the lines of Python that would allow them. SPEC.md chapter 8.
#include "tool/allow_lines.h"

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace weightsonly::tool {
namespace {

// What stands in the brackets of safe_globals, and what has to be imported for it.
class Lines {
 public:
  void Import(std::string_view module) { imports_.insert("import " + std::string(module)); }
  // The name in these lines for the object `path`, which is imported. `from module import name`, because the module may
  // not be what its dotted name leads to: packages hide modules behind functions of the same name, or delete them.
  std::string Name(std::string_view path, std::size_t module_size) {
    const auto found = names_.find(path);
    if (found != names_.end()) return found->second;
    const std::string last(path.substr(module_size + 1));
    std::string name = last;
    for (int number = 2; !taken_.insert(name).second; ++number) name = last + "_" + std::to_string(number);
    std::string line = "from " + std::string(path.substr(0, module_size)) + " import " + last;
    if (name != last) line += " as " + name;
    imports_.insert(std::move(line));
    names_.emplace(path, name);
    return name;
  }
  void Allow(std::string expression) { allowed_.push_back(std::move(expression)); }

  [[nodiscard]] std::vector<std::string> Take() const;

 private:
  std::set<std::string> imports_;
  std::map<std::string, std::string, std::less<>> names_;                   // by path
  std::set<std::string> taken_ = {"checkpoint", "numpy", "path", "torch"};  // what the lines themselves say
  std::vector<std::string> allowed_;
};

std::vector<std::string> Lines::Take() const {
  constexpr std::size_t kLongestLine = 100;
  const std::string with = "with torch.serialization.safe_globals([";
  const std::string end = "]):";
  if (imports_.empty()) return {};
  std::set<std::string> imports = imports_;
  imports.insert("import torch");
  std::vector<std::string> lines(imports.begin(), imports.end());
  if (allowed_.empty()) return lines;
  std::string all = with + allowed_.front();
  for (std::size_t i = 1; i < allowed_.size() && all.size() <= kLongestLine; ++i) all += ", " + allowed_[i];
  if (all.size() + end.size() <= kLongestLine) {
    lines.push_back(all + end);
    return lines;
  }
  lines.push_back(with);
  for (const std::string& expression : allowed_) lines.push_back("    " + expression + ",");
  lines.push_back(end);
  return lines;
}

void AllowGlobal(Lines& lines, const NamedGlobal& global, const PythonTarget& target) {
  const PythonObject object = PythonObjectOf(global, target);
  const std::string name = lines.Name(object.path, object.module_size);
  lines.Allow(object.renamed ? "(" + name + ", \"" + global.path + "\")" : name);
}

void AllowBuilt(Lines& lines, const BuiltClass& built, const PythonTarget& target, std::set<std::string_view>& seen) {
  if (built.name.empty() || built.allowed || !seen.insert(built.name).second) return;
  if (built.maker == "numpy.dtype" && !target.dtype_classes_named) {
    // The argument is letters and digits, as the class is known (GLS-003).
    lines.Import("numpy");
    lines.Allow("type(numpy.dtype(\"" + built.argument + "\"))");
  } else {
    lines.Allow(lines.Name(built.name, built.name.rfind('.')));
  }
}

}  // namespace

Remedy RemedyFor(const NamedGlobal& global) {
  if (global.standing == NamedGlobal::Standing::kBlocked) return Remedy::kNever;
  if (global.standing == NamedGlobal::Standing::kNotImported) return Remedy::kImport;
  if (!IsPythonName(global.path, global.module_size)) return Remedy::kNoName;
  return IsHarmful(global.path) || IsHarmful(PythonObjectOf(global, {}).path) ? Remedy::kHarmful : Remedy::kAllow;
}

std::vector<std::string> AllowLines(const GlobalsReport& report, const PythonTarget& target) {
  if (!report.filled.empty() || !target.has_user_list) return {};
  Lines lines;
  std::set<std::string_view> seen;
  for (const NamedGlobal& global : report.named) {
    if (global.standing == NamedGlobal::Standing::kAllowed) continue;
    switch (RemedyFor(global)) {
      case Remedy::kImport:
        lines.Import(global.import);
        break;
      case Remedy::kAllow:
        AllowGlobal(lines, global, target);
        seen.insert(global.path);
        break;
      default:
        return {};
    }
  }
  for (const BuiltClass& built : report.built) AllowBuilt(lines, built, target, seen);
  return lines.Take();
}

std::string LoadLine(const std::vector<std::string>& allow_lines) {
  const bool inside = !allow_lines.empty() && allow_lines.back().ends_with(':');
  return std::string(inside ? 4 : 0, ' ') + "checkpoint = torch.load(path, weights_only=True)";
}

}  // namespace weightsonly::tool
