// Floor 4. The globals of TorchScript pickles. SPEC.md chapter 6.
#include "policy/torchscript.h"

#include <algorithm>
#include <array>

namespace weightsonly::policy {
namespace {

constexpr std::string_view kStorageSuffix = "Storage";

// TSC-004. They give torch.jit.load the element type of a list or dict, which its items tell as well.
constexpr auto kTypeTags = std::to_array<std::string_view>(
    {"build_boollist", "build_doublelist", "build_intlist", "build_tensorlist", "restore_type_tag"});

bool EqualsLowered(std::string_view mixed, std::string_view lower) {
  return std::ranges::equal(mixed, lower, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

// TSC-006. The name of the C++ scalar type, which is the dtype's with some letters in upper case.
std::optional<Dtype> UntypedDtype(std::string_view name) {
  if (!name.ends_with(kStorageSuffix)) return std::nullopt;
  name.remove_suffix(kStorageSuffix.size());
  if (name == "ComplexHalf") return Dtype::kComplex32;
  for (std::size_t i = 0; i < kDtypes.size(); ++i) {
    if (!kDtypes[i].typed && EqualsLowered(name, kDtypes[i].name)) return static_cast<Dtype>(i);
  }
  return std::nullopt;
}

}  // namespace

ScriptAnswer LookUpScript(std::string_view module, std::string_view name) {
  // TSC-003. Classes and enums of the archive's own code.
  if (module == "__torch__" || module.starts_with("__torch__.")) return {.kind = ScriptGlobal::kInert};
  if (module == "torch.jit._pickle" && std::ranges::find(kTypeTags, name) != kTypeTags.end()) {
    return {.kind = ScriptGlobal::kFirst};
  }
  // TSC-005. Called with other arguments than torch.save gives to it.
  if (module == "torch._utils" && name == "_rebuild_sparse_tensor") return {.kind = ScriptGlobal::kInert};
  if (module != "torch") return {};
  if (const auto dtype = UntypedDtype(name)) return {.kind = ScriptGlobal::kStorage, .dtype = dtype};
  return {};
}

std::optional<Dtype> ScriptStorageDtype(std::string_view path) {
  constexpr std::string_view kModule = "torch.";
  if (!path.starts_with(kModule)) return std::nullopt;
  return UntypedDtype(path.substr(kModule.size()));
}

}  // namespace weightsonly::policy
