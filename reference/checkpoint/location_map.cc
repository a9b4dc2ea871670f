// Floor 6. map_location and the packages. SPEC.md chapter 6.
#include "checkpoint/location_map.h"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <utility>
#include <variant>

#include "base/boundary.h"
#include "base/refusal.h"
#include "base/text.h"
#include "checkpoint/check_options.h"
#include "machine/device.h"

namespace weightsonly {
namespace {

// Runs a function of the caller. What it throws ends the load: a Refusal as it is, anything else as options.callback
// (CHK-026).
template <typename Call>
auto Ask(std::string_view whose, std::uint64_t offset, Call&& call) {
  try {
    return call();
  } catch (const Refusal&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    Refuse(RefusalKind::kOptionsCallback, "data.pkl", offset,
           std::string(whose) + " threw: " + EscapeForTerminal(error.what()));
  } catch (...) {
    Refuse(RefusalKind::kOptionsCallback, "data.pkl", offset, std::string(whose) + " threw");
  }
}

[[noreturn]] void RefuseAnswer(std::string_view whose, std::string_view answer, std::uint64_t offset) {
  Refuse(RefusalKind::kOptionsInvalid, "data.pkl", offset,
         std::string(whose) + " answered '" + EscapeForTerminal(answer) + "', which is no device");
}

std::string_view TypeOf(std::string_view device) { return device.substr(0, device.find(':')); }

std::vector<const Package*> ByPriority(const std::vector<Package>& packages) {
  std::vector<const Package*> sorted;
  for (const Package& package : packages) sorted.push_back(&package);
  std::ranges::sort(sorted, {}, [](const Package* package) { return package->priority; });
  return sorted;
}

// Calls user(package) and builtin(entry) by priority until one of them returns a text.
template <typename User, typename Builtin>
std::optional<std::string> FirstAnswer(const std::vector<const Package*>& packages, User user, Builtin builtin) {
  auto next = packages.begin();
  for (const BuiltinPackage& entry : kBuiltinPackages) {
    for (; next != packages.end() && (*next)->priority < entry.priority; ++next) {
      if (auto answer = user(**next)) return answer;
    }
    if (auto answer = builtin(entry)) return answer;
  }
  for (; next != packages.end(); ++next) {
    if (auto answer = user(**next)) return answer;
  }
  return std::nullopt;
}

}  // namespace

LocationMap::LocationMap(const Options& options, bool archive)
    : options_(options), archive_(archive), packages_(ByPriority(options.packages)) {}

bool LocationMap::IsNeeded(const Options& options) {
  return !std::holds_alternative<std::monostate>(options.map_location) || !options.packages.empty();
}

// CHK-027. torch/serialization.py:_is_meta_location.
bool LocationMap::AllMeta(const Options& options) {
  const auto* fixed = std::get_if<std::string>(&options.map_location);
  return fixed != nullptr && *fixed == "meta";
}

// CHK-025. torch/serialization.py:default_restore_location.
std::string LocationMap::RestoreByPackages(const StorageTag& storage, std::string_view location,
                                           std::uint64_t offset) const {
  const auto user = [&](const Package& package) {
    const std::string whose = "the deserializer of priority " + std::to_string(package.priority);
    auto label = Ask(whose, offset, [&] { return package.deserializer(storage, location); });
    if (label && (label->empty() || !IsUtf8(*label))) RefuseAnswer(whose, *label, offset);
    return label;
  };
  const auto builtin = [&](const BuiltinPackage& entry) -> std::optional<std::string> {
    if (TypeOf(location) != entry.device_type) return std::nullopt;
    machine::Device device = machine::ParseLocation(location);
    return device.valid ? std::optional(std::move(device.name)) : std::nullopt;
  };
  if (auto label = FirstAnswer(packages_, user, builtin)) return *std::move(label);
  machine::RefuseLocation(location, offset);
}

// CHK-023, CHK-024. torch/serialization.py:_get_restore_location, with labels for storages (DEV-603).
std::string LocationMap::Restore(const StorageRecord& record, Dtype dtype, std::string_view name,
                                 std::string_view location, std::uint64_t offset) const {
  if (archive_ && AllMeta(options_)) return "meta";
  const StorageTag storage{.record = name, .dtype = dtype, .nbytes = record.nbytes};
  if (const auto* fixed = std::get_if<std::string>(&options_.map_location)) {
    return RestoreByPackages(storage, *fixed, offset);
  }
  if (const auto* table = std::get_if<LocationTable>(&options_.map_location)) {
    const auto found = table->find(location);
    return RestoreByPackages(storage, found == table->end() ? location : found->second, offset);
  }
  if (const auto* function = std::get_if<LocationFunction>(&options_.map_location)) {
    auto label = Ask("map_location", offset, [&] { return (*function)(storage, location); });
    if (label) {
      const bool known = packages_.empty() ? machine::ParseDevice(*label).valid : !label->empty() && IsUtf8(*label);
      if (!known) RefuseAnswer("map_location", *label, offset);
      return *std::move(label);
    }
  }
  return RestoreByPackages(storage, location, offset);
}

// CHK-028. torch/_utils.py:_get_restore_location.
std::string LocationMap::MapDevice(std::string_view device, bool is_text, std::uint64_t offset) const {
  if (const auto* fixed = std::get_if<std::string>(&options_.map_location)) return *fixed;
  if (const auto* table = std::get_if<LocationTable>(&options_.map_location)) {
    const auto found = table->find(device);
    return is_text && found != table->end() ? found->second : std::string(device);
  }
  if (std::holds_alternative<LocationFunction>(options_.map_location)) {
    Refuse(RefusalKind::kOptionsInvalid, "data.pkl", offset,
           "map_location is a function, and a function cannot map the device that a rebuild function names");
  }
  return std::string(device);
}

// CHK-025. torch/serialization.py:location_tag; mps is tagged without its index, cpu and meta have none.
std::expected<std::string, Refusal> LocationTag(const Storage& storage, const std::vector<Package>& packages) {
  return AtBoundary<std::string>([&] {
    CheckPackages(packages);
    const auto user = [&](const Package& package) -> std::optional<std::string> {
      if (!package.tagger) return std::nullopt;
      const std::string whose = "the tagger of priority " + std::to_string(package.priority);
      auto tag = Ask(whose, 0, [&] { return package.tagger(storage); });
      return tag && !tag->empty() ? tag : std::nullopt;
    };
    const auto builtin = [&](const BuiltinPackage& entry) -> std::optional<std::string> {
      const std::string_view type = TypeOf(storage.device());
      if (type != entry.device_type) return std::nullopt;
      const bool indexed = type != "cpu" && type != "mps" && type != "meta";
      return std::string(indexed ? storage.device() : type);
    };
    if (auto tag = FirstAnswer(ByPriority(packages), user, builtin)) return *std::move(tag);
    Refuse(RefusalKind::kStorageLocation, {}, 0,
           "no package has a tag for the device '" + EscapeForTerminal(storage.device()) + "'");
  });
}

}  // namespace weightsonly
