// Names of globals, as bytes: what the tables of floor 4 answer is what a slow look through them gives.
//
// The first byte: three bits of the release, then whether the user's list has what the lines say, then two of numpy's
// release. Behind it four lines: module, name, and an entry of the user's list, the object and the name that files say
// for it; the last one ends where the input does. The first two also are texts of the environment.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "policy/allowlist.h"
#include "policy/environment.h"
#include "policy/globals.h"
#include "policy/numpy.h"
#include "policy/numpy_classes.h"
#include "policy/release.h"
#include "policy/torchscript.h"
#include "support/input.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

using policy::Answer;
using policy::Global;
using policy::Numpy;
using policy::Policy;
using policy::Release;
using policy::Standing;

struct Names {
  std::string module;
  std::string name;
  std::string object;
  std::string said;  // the name that files say for the object
};

std::string Path(const Names& names) { return names.module + "." + names.name; }

std::string TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string line(text.substr(0, end));
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

// POL-003, row by row.
Names WithoutPython2(Names names) {
#define WEIGHTSONLY_PYTHON2_PAIR(old_module, old_name, new_module, new_name) \
  if (names.module == (old_module) && names.name == (old_name)) return {new_module, new_name, {}, {}};
#define WEIGHTSONLY_PYTHON2_MODULE(old_module, new_module) \
  if (names.module == (old_module)) return {new_module, names.name, {}, {}};
#include "policy/python2_names.def"
#undef WEIGHTSONLY_PYTHON2_PAIR
#undef WEIGHTSONLY_PYTHON2_MODULE
  return names;
}

// The row of the allowlist of that release, or null.
const Global* RowOf(std::string_view path, Release release) {
  for (const Global& row : policy::DefaultAllowlist()) {
    if (row.path == path && policy::AllowedIn(row, release)) return &row;
  }
  return nullptr;
}

// POL-005, in torch's order. What needs an import is not told from what is not allowed.
Answer SlowLookUp(const Names& as_written, const Policy& policy) {
  const bool later = policy.release >= Release::k2_6;
  const Names names = later ? WithoutPython2(as_written) : as_written;
  const std::string path = Path(names);
  for (const char* blocked : {"sys", "os", "posix", "nt"}) {
    if (later && names.module == blocked) return {Standing::kBlocked, nullptr, path};
  }
  if (const Global* row = RowOf(path, policy.release)) return {Standing::kAllowed, row, {}};
  if (policy.user != nullptr) {
    for (const auto& [said, object] : policy.user->Get()) {
      if (said != path) continue;
      if (const Global* row = RowOf(object, policy.release)) return {Standing::kAllowed, row, {}};
      return {Standing::kUserAllowed, nullptr, object};
    }
  }
  return {Standing::kNotAllowed, nullptr, path};
}

void CheckAnswer(const Names& names, const Policy& policy) {
  const Answer answer = LookUp(names.module, names.name, policy);
  const Answer slow = SlowLookUp(names, policy);
  const bool not_imported = answer.standing == Standing::kNotImported;
  Require(not_imported ? slow.standing == Standing::kNotAllowed : slow.standing == answer.standing,
          "a name stands somewhere else than in the tables", Path(names));
  Require(answer.global == slow.global, "a name is another global than in the tables", Path(names));
  Require(answer.path == slow.path, "a name has another path than in the tables", answer.path);
  Require(not_imported != answer.import.empty(), "a name with an import that is not asked for", Path(names));
  if (not_imported) Require(policy.release >= Release::k2_6, "a release that asks for no import does", Path(names));
  const Answer again = LookUp(names.module, names.name, policy);
  Require(again.standing == answer.standing && again.global == answer.global && again.path == answer.path &&
              again.import == answer.import,
          "the same name gives two answers", Path(names));
}

void CheckUser(const Policy& policy, const std::string& path) {
  bool allowed = false;
  if (policy.user != nullptr) {
    for (const auto& entry : policy.user->Get()) allowed = allowed || entry.second == path;
  }
  Require(UserAllows(policy, path) == allowed, "the user's list allows something else", path);
}

// DEV-412
void CheckScope(Allowlist& list, const Names& names) {
  const Allowlist::Entries before = list.Get();
  {
    const auto paths = std::to_array<std::string>({Path(names), names.object});
    const auto scope = list.SafeGlobals(paths);
    for (const std::string& path : paths) {
      const auto entry = list.Get().find(path);
      Require(entry != list.Get().end() && entry->second == path, "a scope does not allow what it says", path);
    }
    list.Add(names.said, names.object);
  }
  Require(list.Get() == before, "a list is another one after a scope", Path(names));
}

// TSC-003 to TSC-006
void CheckScript(const Names& names) {
  using policy::ScriptGlobal;
  const policy::ScriptAnswer answer = policy::LookUpScript(names.module, names.name);
  const bool own = names.module == "__torch__" || names.module.starts_with("__torch__.");
  const bool sparse = names.module == "torch._utils" && names.name == "_rebuild_sparse_tensor";
  Require((answer.kind == ScriptGlobal::kInert) == (own || sparse), "an inert global of TorchScript", Path(names));
  Require((answer.kind == ScriptGlobal::kStorage) == answer.dtype.has_value(), "a storage without a dtype",
          Path(names));
  if (answer.kind == ScriptGlobal::kFirst) Require(names.module == "torch.jit._pickle", "a tag of types", Path(names));
  if (names.module != "torch" || names.name.find('.') != std::string::npos) return;
  Require(policy::ScriptStorageDtype(Path(names)) == answer.dtype, "a path and its parts have other dtypes",
          Path(names));
}

// NPY-003: the two tables of numpy's dtypes say the same where both say something.
void CheckNumpy(std::string_view code) {
  const auto dtype = policy::NumpyDtypeOf(code);
  const auto names = policy::NumpyClassOf("numpy.dtype", code);
  if (!dtype) return;
  Require(!code.empty() && code.front() == dtype->dtype->kind(), "a dtype of another kind", code);
  Require(dtype->item_bytes % dtype->dtype->bytes == 0 && dtype->item_bytes <= 0x7FFFFFFF,
          "an element that is no number of units", code);
  Require(names.has_value(), "a dtype of no class", code);
  Require(names->name == policy::NumpyClassOf(*dtype->dtype, Numpy::kTwo), "a dtype of two classes", code);
  Require(names->before_1_25 == policy::NumpyClassOf(*dtype->dtype, Numpy::kBrackets), "a dtype of two classes", code);
}

// ENV-003 to ENV-006
void CheckEnvironment(Release release, const Names& names, std::optional<bool> weights_only) {
  using policy::Loading;
  const policy::LoadRequest request{
      .release = release, .weights_only = weights_only, .force = names.module, .force_no = names.name};
  const Loading loading = LoadingOf(request);
  const bool force = IsTrueText(release, names.module);
  const bool both = force && IsTrueText(release, names.name);
  if (loading == Loading::kBothForced) Require(both, "an error of two variables of which one is not set");
  if (force && !both) Require(loading == Loading::kWeightsOnly, "a load without restriction in spite of the variable");
  Require(LoadingOf(request) == loading, "the same environment gives two answers");
}

void FuzzNames(Bytes bytes) {
  Input input(bytes);
  const unsigned settings = input.Byte();
  std::string_view text = AsText(input.Rest());
  Names names;
  for (std::string* line : {&names.module, &names.name, &names.object, &names.said}) *line = TakeLine(text);
  Allowlist list;
  static constexpr std::array kNumpyReleases = {"", "1.24", "1.26", "2.4"};
  const std::string_view numpy = kNumpyReleases.at(settings >> 4 & 3);
  if (!names.object.empty()) list.Add(names.object, names.said.empty() ? names.object : names.said);
  if ((settings & 0x40) != 0) list.AddNumpy(numpy);
  const Policy policy{.release = static_cast<Release>((settings & 7) % policy::kReleaseNames.size()),
                      .user = (settings & 8) != 0 ? &list : nullptr,
                      .numpy = policy::NumpyOf(numpy).value_or(Numpy::kOff)};
  CheckAnswer(names, policy);
  CheckUser(policy, names.object);
  CheckUser(policy, Path(names));
  CheckScope(list, names);
  CheckScript(names);
  CheckNumpy(names.name);
  const bool weights_only = (settings & 0x80) != 0;
  CheckEnvironment(policy.release, names, (settings & 0x40) != 0 ? std::optional(weights_only) : std::nullopt);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::FuzzNames(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
