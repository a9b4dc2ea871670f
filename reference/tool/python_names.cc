// Floor 8. Names that have changed, names that harm. SPEC.md chapter 8 (CLI-014, CLI-031).
#include "tool/python_names.h"

#include <algorithm>
#include <array>

namespace weightsonly::tool {
namespace {

struct Renamed {
  std::string_view from;
  std::string_view to;
};

// CLI-031. pickle writes the modules on the right as those on the left in protocol 2, which torch.save uses (CPython's
// _compat_pickle), and torch does not translate them back (POL-003). Modules of user interfaces are left out.
constexpr auto kWrittenAsPython2 = std::to_array<Renamed>({
    {"BaseHTTPServer", "http.server"},
    {"ConfigParser", "configparser"},
    {"Cookie", "http.cookies"},
    {"HTMLParser", "html.parser"},
    {"SocketServer", "socketserver"},
    {"_winreg", "winreg"},
    {"cPickle", "pickle"},
    {"commands", "subprocess"},
    {"cookielib", "http.cookiejar"},
    {"exceptions", "builtins"},
    {"htmlentitydefs", "html.entities"},
    {"httplib", "http.client"},
    {"thread", "_thread"},
    {"urllib2", "urllib.request"},
    {"urlparse", "urllib.parse"},
    {"xmlrpclib", "xmlrpc.client"},
});

// CLI-031. Objects that have come to call themselves otherwise than files say, and two that have no name at all.
constexpr auto kCalledOtherwise = std::to_array<std::string_view>({
    "builtins.Ellipsis",
    "builtins.NotImplemented",
    "numpy.ma",
    "numpy.recarray",
    "numpy.record",
});

// Packages and modules whose functions can run code, start programs, or touch files and the network.
constexpr auto kHarmfulModules = std::to_array<std::string_view>({
    "IPython",
    "_aix_support",
    "_ctypes",
    "_io",
    "_osx_support",
    "_pickle",
    "_posixsubprocess",
    "_pyrepl",
    "_thread",
    "_winapi",
    "aiohttp",
    "asyncio",
    "bdb",
    "cProfile",
    "cffi",
    "cloudpickle",
    "code",
    "codeop",
    "concurrent",
    "ctypes",
    "dbm",
    "dill",
    "distutils",
    "doctest",
    "ensurepip",
    "fileinput",
    "ftplib",
    "gc",
    "http",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "io",
    "joblib",
    "lib2to3",
    "linecache",
    "logging",
    "marshal",
    "mmap",
    "multiprocessing",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "os",
    "pandas.io",
    "pdb",
    "pickle",
    "pip",
    "pipes",
    "pkgutil",
    "popen2",
    "profile",
    "pty",
    "pydoc",
    "requests",
    "runpy",
    "setuptools",
    "shelve",
    "shutil",
    "signal",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "subprocess",
    "tarfile",
    "tempfile",
    "test",
    "threading",
    "timeit",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed.rpc",
    "torch.fx",
    "torch.hub",
    "torch.jit",
    "torch.multiprocessing",
    "torch.package",
    "torch.serialization",
    "torch.utils._config_module",
    "torch.utils.bottleneck",
    "torch.utils.collect_env",
    "torch.utils.cpp_extension",
    "torch.utils.data.datapipes",
    "torch.utils.model_zoo",
    "trace",
    "urllib.request",
    "venv",
    "webbrowser",
    "winreg",
    "xmlrpc",
    "zipfile",
    "zipimport",
});

constexpr auto kHarmfulNames = std::to_array<std::string_view>({
    "_operator.attrgetter",
    "_operator.itemgetter",
    "_operator.methodcaller",
    "builtins.__import__",
    "builtins.apply",
    "builtins.breakpoint",
    "builtins.compile",
    "builtins.delattr",
    "builtins.eval",
    "builtins.exec",
    "builtins.execfile",
    "builtins.getattr",
    "builtins.globals",
    "builtins.input",
    "builtins.locals",
    "builtins.map",
    "builtins.open",
    "builtins.setattr",
    "builtins.vars",
    "functools.partial",
    "functools.reduce",
    "numpy.fromfile",
    "numpy.genfromtxt",
    "numpy.load",
    "numpy.loadtxt",
    "numpy.memmap",
    "numpy.save",
    "numpy.savez",
    "operator.attrgetter",
    "operator.itemgetter",
    "operator.methodcaller",
    "pandas.eval",
    "pandas.read_pickle",
    "torch.load",
    "torch.save",
    "torch.storage._load_from_bytes",
    "types.CodeType",
    "types.FunctionType",
    "types.LambdaType",
    "types.MethodType",
    "types.new_class",
    "uuid._get_command_stdout",
});

// No attribute can be called so.
constexpr auto kKeywords = std::to_array<std::string_view>({
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
});

constexpr std::size_t kLongestName = 256;

bool IsIdentifier(std::string_view text) {
  const auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !letter(text.front())) return false;
  const auto inside = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return std::ranges::all_of(text, inside) && std::ranges::find(kKeywords, text) == kKeywords.end();
}

// `path` is `prefix` or something inside of it.
bool IsIn(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.');
}

// Puts `to` in the place of the beginning `from`.
void Rename(PythonObject& object, std::string_view from, std::string_view to) {
  object.path.replace(0, from.size(), to);
  object.module_size = object.module_size - from.size() + to.size();
  object.renamed = true;
}

}  // namespace

PythonObject PythonObjectOf(const NamedGlobal& global, const PythonTarget& target) {
  PythonObject object = {.path = global.path, .module_size = global.module_size, .renamed = false};
  const std::string_view module = std::string_view(global.path).substr(0, global.module_size);
  const auto old = std::ranges::find(kWrittenAsPython2, module, &Renamed::from);
  if (old != kWrittenAsPython2.end()) {
    Rename(object, old->from, old->to);
  } else if (IsIn(module, "numpy.core") && target.numpy_core_is_private) {
    Rename(object, "numpy.core", "numpy._core");
  } else if (IsIn(module, "numpy._core") && !target.numpy_core_is_private) {
    Rename(object, "numpy._core", "numpy.core");
  } else {
    object.renamed =
        std::ranges::any_of(kCalledOtherwise, [&](std::string_view moved) { return IsIn(global.path, moved); });
  }
  return object;
}

bool IsPythonName(std::string_view path, std::size_t module_size) {
  if (path.size() > kLongestName || module_size >= path.size()) return false;
  std::string_view module = path.substr(0, module_size);
  for (std::size_t dot = module.find('.'); dot != std::string_view::npos; dot = module.find('.')) {
    if (!IsIdentifier(module.substr(0, dot))) return false;
    module.remove_prefix(dot + 1);
  }
  return IsIdentifier(module) && IsIdentifier(path.substr(module_size + 1));
}

bool IsHarmful(std::string_view path) {
  return std::ranges::any_of(kHarmfulModules, [path](std::string_view module) { return IsIn(path, module); }) ||
         std::ranges::find(kHarmfulNames, path) != kHarmfulNames.end();
}

}  // namespace weightsonly::tool
