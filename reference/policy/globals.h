// Floor 4. Which globals exist: the allowlist of torch.load(weights_only=True) 2.15.0, its module blocklist, its Python
// 2 names, and the names that need an import. SPEC.md chapter 4.
//
// This floor only answers what a name is. It never looks anything up outside its tables and knows nothing of the stack.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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
};

// One row of the allowlist. Static storage; two globals are the same one exactly when their addresses are equal.
struct Global {
  // Module, dot, name ("torch._utils._rebuild_tensor_v2"); also how the canonical value writes it.
  std::string_view path;
  GlobalKind kind;
  std::optional<Dtype> dtype;  // for kDtype, kTensorClass, kStorageClass
  std::string_view added;      // first of the releases 1.13, 2.0, 2.6, 2.10, 2.13, 2.15 that allows it by default
};

// Every row, sorted by path. Rows that torch removed before 2.15 are not in it.
std::span<const Global> DefaultAllowlist();

enum class Standing : std::uint8_t {
  kAllowed,      // `global` is set
  kBlocked,      // module sys, os, posix or nt: refused whatever the allowlist says
  kNotImported,  // one of torch's seven names that need `import torch.distributed.tensor`
  kNotAllowed,
};

struct Answer {
  Standing standing;
  const Global* global;  // null unless kAllowed
  std::string path;      // module.name after the Python 2 names were mapped; empty when kAllowed (see global->path)
};

// What torch 2.15.0 says to the two lines of a GLOBAL, in torch's order: Python 2 names (pairs, then modules),
// blocklist, allowlist by the joined name, names that need an import, otherwise not allowed. Any bytes are answered;
// nothing is thrown.
Answer LookUp(std::string_view module, std::string_view name);

}  // namespace weightsonly::policy
