// Floor 4. Which globals exist: the allowlists of torch.load(weights_only=True), its module blocklist, its Python 2
// names, and the names that need an import, by release. SPEC.md chapter 4.
//
// This floor only answers what a name is. It never looks anything up outside its tables and knows nothing of the stack.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/allowlist.h"
#include "policy/numpy.h"
#include "policy/release.h"
#include "value/dtype.h"

namespace weightsonly::policy {

// What an allowed global stands for. The machine has one handler for each callable kind.
enum class GlobalKind : std::uint8_t {
  kOrderedDict,
  kCounter,
  kParameter,
  kGetLayout,
  kSize,
  kTensorBase,  // torch.Tensor
  kDevice,
  kCodecsEncode,
  kBytearray,
  kSet,
  kComplex,
  kRebuildParameter,
  kRebuildParameterWithState,
  kRebuildQtensor,
  kRebuildTensor,
  kRebuildTensorV2,
  kRebuildTensorV3,
  kRebuildSparseTensor,
  kRebuildMetaTensorNoStorage,
  kRebuildWrapperSubclass,
  kRebuildDeviceTensorFromNumpy,
  kRebuildDeviceTensorFromCpuTensor,
  kRebuildFromTypeV2,
  kDtype,           // torch.float32, … : `dtype` says which
  kTensorClass,     // torch.FloatTensor, torch.cuda.…, torch.sparse.…: `dtype` is its element type
  kStorageClass,    // torch.FloatStorage, torch.cuda.…: `dtype` is its element type; not callable in torch
  kTypedStorage,    // torch.storage.TypedStorage
  kUntypedStorage,  // torch.storage.UntypedStorage
  kQscheme,
  kUnreadable,  // a function of earlier releases that may be named, and whose results no value here stands for
};

// One row of the allowlist. Static storage; two globals are the same one exactly when their addresses are equal.
struct Global {
  // Module, dot, name ("torch._utils._rebuild_tensor_v2"); also how the canonical value writes it.
  std::string_view path;
  GlobalKind kind;
  std::optional<Dtype> dtype;      // for kDtype, kTensorClass, kStorageClass
  Release added;                   // the first release that allows it by default
  std::optional<Release> removed;  // the first one behind it that does not
};

[[nodiscard]] constexpr bool AllowedIn(const Global& global, Release release) {
  return global.added <= release && (!global.removed || release < *global.removed);
}

// Every row of every release, sorted by path.
std::span<const Global> DefaultAllowlist();

enum class Standing : std::uint8_t {
  kAllowed,      // `global` is set
  kUserAllowed,  // `path` is what the user's entry stands for: a class or function that nobody looks up
  kBlocked,      // module sys, os, posix or nt: refused whatever the allowlist says
  kNotImported,  // one of torch's names that need an import, which `import` names
  kNotAllowed,
};

struct Answer {
  Standing standing;
  const Global* global;  // null unless kAllowed
  std::string path;      // module.name after the Python 2 names were mapped; empty when kAllowed (see global->path)
  std::string_view import = {};  // the module to import when kNotImported
};

// Whose answers are wanted.
struct Policy {
  Release release = Release::k2_15;
  const Allowlist* user = nullptr;  // null: nothing is allowed beside torch's own list
  Numpy numpy = Numpy::kOff;        // whether, and by which release's rules, names of numpy give values of numpy
};

// What the release says to the two lines of a GLOBAL, in torch's order: Python 2 names (pairs, then modules),
// blocklist, its allowlist by the joined name, the user's, names that need an import, otherwise not allowed. Any bytes
// are answered; nothing is thrown.
Answer LookUp(std::string_view module, std::string_view name, const Policy& policy = {});

// NPY-004. Whether an entry of the user's stands for the object `path`, whatever name files say for it.
[[nodiscard]] bool UserAllows(const Policy& policy, std::string_view path);

// POL-008. Whether the release has a list of the user's (torch.serialization.add_safe_globals).
[[nodiscard]] bool HasUserList(Release release);

// POL-016. Whether NEWOBJ of the class `path` must be followed by BUILD.
[[nodiscard]] bool MustBeBuilt(std::string_view path);

}  // namespace weightsonly::policy
