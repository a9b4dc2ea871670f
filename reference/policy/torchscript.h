// Floor 4. What the globals of a TorchScript pickle stand for, beside those that torch.load allows. SPEC.md chapter 6
// (TSC-003 to TSC-006). Only `ls --torchscript` and LoadTorchScript ask; a checkpoint never does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "value/dtype.h"

namespace weightsonly::policy {

enum class ScriptGlobal : std::uint8_t {
  kOther,    // none of these: the allowlist of torch.load answers
  kInert,    // becomes an inert object: a class of the archive's code, or a function whose arguments are all there is
  kFirst,    // torch.jit._pickle.build_intlist and its like: the value is the first argument
  kStorage,  // torch.UInt16Storage and its like, which Python does not have: the elements of a storage
};

struct ScriptAnswer {
  ScriptGlobal kind = ScriptGlobal::kOther;
  std::optional<Dtype> dtype = {};  // of a kStorage
};

// Any bytes are answered; nothing is thrown.
[[nodiscard]] ScriptAnswer LookUpScript(std::string_view module, std::string_view name);

// The element type of the storage class `path` ("torch.UInt16Storage"), if it is a kStorage.
[[nodiscard]] std::optional<Dtype> ScriptStorageDtype(std::string_view path);

}  // namespace weightsonly::policy
