// Floor 8. From names in a pickle to the lines of Python that would allow them. SPEC.md chapter 8.
#include "tool/allow_lines.h"

#include <algorithm>
#include <array>
#include <set>

namespace weightsonly::tool {
namespace {

// Modules whose every function can run code, start programs, or touch files and the network.
constexpr auto kHarmfulModules = std::to_array<std::string_view>({
    "_io",       "_pickle",  "asyncio", "bdb",    "cProfile", "code",       "codeop",    "commands",   "ctypes",
    "dill",      "ftplib",   "gc",      "http",   "imaplib",  "imp",        "importlib", "io",         "joblib",
    "marshal",   "os",       "pdb",     "pickle", "pip",      "pkgutil",    "popen2",    "profile",    "pty",
    "pydoc",     "requests", "runpy",   "shutil", "signal",   "smtplib",    "socket",    "subprocess", "tempfile",
    "threading", "timeit",   "trace",   "types",  "urllib",   "webbrowser", "zipimport",
});

constexpr auto kHarmfulNames = std::to_array<std::string_view>({
    "builtins.__import__",   "builtins.apply",    "builtins.breakpoint", "builtins.compile",    "builtins.delattr",
    "builtins.eval",         "builtins.exec",     "builtins.execfile",   "builtins.getattr",    "builtins.globals",
    "builtins.input",        "builtins.locals",   "builtins.map",        "builtins.open",       "builtins.setattr",
    "builtins.vars",         "functools.partial", "functools.reduce",    "operator.attrgetter", "operator.itemgetter",
    "operator.methodcaller", "torch.hub.load",    "torch.jit.load",      "torch.load",
});

bool IsIdentifierStart(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// module.name of ASCII identifiers: at least one dot, no empty part.
bool IsPythonName(std::string_view path) {
  bool start = true;
  for (const char c : path) {
    const bool digit = c >= '0' && c <= '9';
    if (start ? !IsIdentifierStart(c) : !IsIdentifierStart(c) && !digit && c != '.') return false;
    start = c == '.';
  }
  return !start && path.find('.') != std::string_view::npos && path.size() <= 256;
}

std::string_view ModuleOf(std::string_view path) { return path.substr(0, path.rfind('.')); }

bool IsHarmful(std::string_view path) {
  const std::string_view package = path.substr(0, path.find('.'));
  return std::ranges::find(kHarmfulModules, package) != kHarmfulModules.end() ||
         std::ranges::find(kHarmfulNames, path) != kHarmfulNames.end();
}

}  // namespace

Remedy RemedyFor(const NamedGlobal& global) {
  if (global.standing == NamedGlobal::Standing::kBlocked) return Remedy::kNever;
  if (global.standing == NamedGlobal::Standing::kNotImported) return Remedy::kImport;
  if (!IsPythonName(global.path)) return Remedy::kNoName;
  return IsHarmful(global.path) ? Remedy::kHarmful : Remedy::kAllow;
}

std::vector<std::string> AllowLines(std::span<const NamedGlobal> globals) {
  std::set<std::string> imports;
  std::string allowed;
  for (const NamedGlobal& global : globals) {
    if (global.standing == NamedGlobal::Standing::kAllowed) continue;
    switch (RemedyFor(global)) {
      case Remedy::kImport:
        imports.insert("import torch.distributed.tensor");
        break;
      case Remedy::kAllow:
        imports.insert("import " + std::string(ModuleOf(global.path)));
        allowed.append(allowed.empty() ? "" : ", ").append(global.path);
        break;
      default:
        return {};
    }
  }
  if (imports.empty()) return {};
  imports.insert("import torch");
  std::vector<std::string> lines(imports.begin(), imports.end());
  if (!allowed.empty()) lines.push_back("with torch.serialization.safe_globals([" + allowed + "]):");
  return lines;
}

}  // namespace weightsonly::tool
