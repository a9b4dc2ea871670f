// Floor 4. The tables of globals and the walk over them. SPEC.md chapter 4.
#include "policy/globals.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace weightsonly::policy {
namespace {

constexpr std::nullopt_t kNoDtype = std::nullopt;  // a word of the table's column `dtype`

// POL-001
constexpr auto kAllowlist = [] {
  using enum GlobalKind;
  using enum Dtype;
  return std::to_array<Global>({
#define WEIGHTSONLY_GLOBAL(path, kind, dtype, added, removed) \
  {path, kind, dtype, ReleaseOf(added).value(), ReleaseOf(removed)},
#include "policy/allowlist.def"
#undef WEIGHTSONLY_GLOBAL
  });
}();
static_assert(std::ranges::adjacent_find(kAllowlist, std::ranges::greater_equal{}, &Global::path) == kAllowlist.end(),
              "the rows are sorted and none is there twice");

struct Qualified {
  std::string_view module;
  std::string_view name;
};

struct Python2Pair {
  Qualified from;
  Qualified to;
};

struct Python2Module {
  std::string_view from;
  std::string_view to;
};

// POL-003
constexpr auto kPython2Pairs = std::to_array<Python2Pair>({
#define WEIGHTSONLY_PYTHON2_PAIR(module, name, new_module, new_name) {{module, name}, {new_module, new_name}},
#define WEIGHTSONLY_PYTHON2_MODULE(module, new_module)
#include "policy/python2_names.def"
#undef WEIGHTSONLY_PYTHON2_PAIR
#undef WEIGHTSONLY_PYTHON2_MODULE
});

constexpr auto kPython2Modules = std::to_array<Python2Module>({
#define WEIGHTSONLY_PYTHON2_PAIR(module, name, new_module, new_name)
#define WEIGHTSONLY_PYTHON2_MODULE(module, new_module) {module, new_module},
#include "policy/python2_names.def"
#undef WEIGHTSONLY_PYTHON2_PAIR
#undef WEIGHTSONLY_PYTHON2_MODULE
});

// POL-004
constexpr auto kBlockedModules = std::to_array<std::string_view>({"nt", "os", "posix", "sys"});

// POL-006: torch has a message of its own for these; nothing else makes them differ from a name that is not allowed.
constexpr std::string_view kTensorModule = "torch.distributed.tensor";
constexpr auto kMustBeImported = std::to_array<std::string_view>({
    "torch.distributed.device_mesh.DeviceMesh",
    "torch.distributed.tensor.DTensor",
    "torch.distributed.tensor._dtensor_spec.DTensorSpec",
    "torch.distributed.tensor._dtensor_spec.TensorMeta",
    "torch.distributed.tensor.placement_types.Partial",
    "torch.distributed.tensor.placement_types.Replicate",
    "torch.distributed.tensor.placement_types.Shard",
});
constexpr auto kNestedMustBeImported = std::to_array<std::string_view>({
    "torch._dynamo.decorators._DimRange",
    "torch.nested._internal.nested_tensor.NestedTensor",
    "torch.nested._internal.nested_tensor._rebuild_njt",
});

// POL-016: the classes of torch.distributed that are written in C++.
constexpr auto kMustBeBuilt = std::to_array<std::string_view>({
    "torch.distributed.tensor.placement_types.Partial",
    "torch.distributed.tensor.placement_types.Placement",
    "torch.distributed.tensor.placement_types.Replicate",
    "torch.distributed.tensor.placement_types.Shard",
    "torch.distributed.tensor.placement_types._MaskPartial",
    "torch.distributed.tensor.placement_types._StridedShard",
});

// POL-008: what a release knows beside its allowlist.
constexpr Release kFirstWithUserList = Release::k2_6;  // and with Python 2 names, blocked modules, imports to ask for
constexpr Release kFirstWithoutNested = Release::k2_15;

Qualified WithoutPython2Names(Qualified global) {
  for (const Python2Pair& pair : kPython2Pairs) {
    if (pair.from.name == global.name && pair.from.module == global.module) return pair.to;
  }
  for (const Python2Module& module : kPython2Modules) {
    if (module.from == global.module) return {module.to, global.name};
  }
  return global;
}

// POL-002: the key is the joined text, so `torch` + `storage.UntypedStorage` finds the same row as `torch.storage` +
// `UntypedStorage`. It is joined in a buffer as long as the longest row: what does not fit is in no row.
const Global* FindAllowed(Qualified global) {
  constexpr std::size_t kLongest =
      std::ranges::max(kAllowlist, {}, [](const Global& row) { return row.path.size(); }).path.size();
  const std::size_t size = global.module.size() + 1 + global.name.size();
  if (size > kLongest) return nullptr;
  std::array<char, kLongest> joined;
  char* end = std::ranges::copy(global.module, joined.data()).out;
  *end++ = '.';
  std::ranges::copy(global.name, end);
  const std::string_view path(joined.data(), size);
  const auto row = std::ranges::lower_bound(kAllowlist, path, {}, &Global::path);
  return row != kAllowlist.end() && row->path == path ? &*row : nullptr;
}

std::string Join(Qualified global) {
  std::string path;
  path.reserve(global.module.size() + 1 + global.name.size());
  return path.append(global.module).append(1, '.').append(global.name);
}

// The module that torch wants imported before it answers about `path`, or "".
std::string_view ImportFor(std::string_view path, Release release) {
  if (release < kFirstWithUserList) return {};
  if (std::ranges::find(kMustBeImported, path) != kMustBeImported.end()) return kTensorModule;
  if (release >= kFirstWithoutNested) return {};
  if (std::ranges::find(kNestedMustBeImported, path) == kNestedMustBeImported.end()) return {};
  return path.starts_with("torch.nested") ? "torch.nested" : "torch._dynamo";
}

// POL-010, POL-011. What the user's entry for `path` stands for: a global of the release's own list, or what it says.
std::optional<Answer> AnswerOfUser(std::string_view path, const Policy& policy) {
  if (policy.user == nullptr) return std::nullopt;
  const auto entry = policy.user->Get().find(path);
  if (entry == policy.user->Get().end()) return std::nullopt;
  const auto row = std::ranges::lower_bound(kAllowlist, std::string_view(entry->second), {}, &Global::path);
  if (row != kAllowlist.end() && row->path == entry->second && AllowedIn(*row, policy.release)) {
    return Answer{Standing::kAllowed, &*row, {}};
  }
  return Answer{Standing::kUserAllowed, nullptr, entry->second};
}

}  // namespace

std::span<const Global> DefaultAllowlist() { return kAllowlist; }

// The order of the questions is torch's (POL-005); what none of them settles is not allowed (POL-007). Names that torch
// allows only after an import or in some builds are in no table (DEV-401, DEV-402).
Answer LookUp(std::string_view module, std::string_view name, const Policy& policy) {
  const bool later = policy.release >= kFirstWithUserList;
  const Qualified global = later ? WithoutPython2Names({module, name}) : Qualified{module, name};
  if (later && std::ranges::find(kBlockedModules, global.module) != kBlockedModules.end()) {
    return {Standing::kBlocked, nullptr, Join(global)};
  }
  const Global* row = FindAllowed(global);
  if (row != nullptr && AllowedIn(*row, policy.release)) return {Standing::kAllowed, row, {}};
  std::string path = Join(global);
  if (std::optional<Answer> answer = AnswerOfUser(path, policy)) return *std::move(answer);
  const std::string_view import = ImportFor(path, policy.release);
  return {import.empty() ? Standing::kNotAllowed : Standing::kNotImported, nullptr, std::move(path), import};
}

bool UserAllows(const Policy& policy, std::string_view path) {
  if (policy.user == nullptr) return false;
  const Allowlist::Entries& entries = policy.user->Get();
  if (const auto entry = entries.find(path); entry != entries.end() && entry->second == path) return true;
  return std::ranges::any_of(entries, [&](const auto& entry) { return entry.second == path; });
}

bool HasUserList(Release release) { return release >= kFirstWithUserList; }

bool MustBeBuilt(std::string_view path) { return std::ranges::find(kMustBeBuilt, path) != kMustBeBuilt.end(); }

}  // namespace weightsonly::policy
