// Floor 6. Impossible options. SPEC.md chapter 6 (CHK-022).
#include "checkpoint/check_options.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/limits.h"
#include "base/refusal.h"
#include "base/text.h"
#include "checkpoint/encoding.h"
#include "checkpoint/location_map.h"

namespace weightsonly {
namespace {

// Format of ours: a value is told by 32 bits, and one of them is none.
constexpr std::uint64_t kMostNodes = 0xFFFFFFFE;

[[noreturn]] void RefuseOption(std::string detail) { Refuse(RefusalKind::kOptionsInvalid, {}, 0, std::move(detail)); }

}  // namespace

// CHK-025
void CheckPackages(const std::vector<Package>& packages) {
  std::set<int> taken;
  for (const BuiltinPackage& builtin : kBuiltinPackages) taken.insert(builtin.priority);
  for (const Package& package : packages) {
    const std::string name = "packages: the one of priority " + std::to_string(package.priority);
    if (!package.deserializer) RefuseOption(name + " has no deserializer");
    if (!taken.insert(package.priority).second) RefuseOption(name + " is not the only one, torch's own included");
  }
}

namespace {

// POL-008, POL-010. Entries that could never match are mistakes of whoever wrote them.
void CheckAllowlist(const Options& options) {
  const auto release = policy::ReleaseOf(options.torch);
  if (!release) {
    std::string known;
    for (const std::string_view name : policy::kReleaseNames) known.append(known.empty() ? "" : ", ").append(name);
    RefuseOption("torch: " + EscapeForTerminal(options.torch) + " is none of " + known);
  }
  const Allowlist::Entries& entries = options.allowlist.Get();
  if (!entries.empty() && !policy::HasUserList(*release)) {
    RefuseOption("allowlist: torch " + options.torch + " has no list of the user's");
  }
  for (const auto& [as, path] : entries) {
    for (const std::string& name : {as, path}) {
      const std::size_t dot = name.find('.');
      if (dot == std::string::npos || name.size() > kMaxGlobalLineBytes) {
        RefuseOption("allowlist: `" + EscapeForTerminal(name.substr(0, 100)) + "` is no module.name");
      }
    }
  }
}

// NPY-001
void CheckNumpy(const std::string& numpy) {
  if (policy::NumpyOf(numpy)) return;
  RefuseOption("numpy: " + EscapeForTerminal(numpy.substr(0, 100)) +
               " is no release from 1.20 on, as 1.24 and 2.4 are");
}

}  // namespace

void CheckOptions(const Options& options) {
  switch (options.default_load_endianness) {
    case Endianness::kLittle:
    case Endianness::kBig:
    case Endianness::kNative:
      break;
    default:
      RefuseOption("default_load_endianness is none of kLittle, kBig and kNative");
  }
  if (options.mmap_shared && !options.mmap) RefuseOption("mmap_shared asks how to map a file, and mmap is false");
  const auto* function = std::get_if<LocationFunction>(&options.map_location);
  if (function != nullptr && !*function) RefuseOption("map_location is an empty function");
  CheckPackages(options.packages);
  static_cast<void>(EncodingOf(options));
  CheckAllowlist(options);
  CheckNumpy(options.numpy);
  if (options.limits.nodes > kMostNodes) {
    RefuseOption("limits.nodes is more than " + std::to_string(kMostNodes) +
                 ", which is what values are numbered with");
  }
}

policy::Policy PolicyOf(const Options& options) {
  return {.release = policy::ReleaseOf(options.torch).value_or(policy::Release::k2_15),
          .user = options.allowlist.Get().empty() ? nullptr : &options.allowlist,
          .numpy = policy::NumpyOf(options.numpy).value_or(policy::Numpy::kOff)};
}

container::Mapping MappingOf(const Options& options) {
  if (!options.mmap) return container::Mapping::kNone;
  return options.mmap_shared ? container::Mapping::kShared : container::Mapping::kPrivate;
}

}  // namespace weightsonly
