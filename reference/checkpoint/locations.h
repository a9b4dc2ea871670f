// Floor 6. Where storages go: torch's map_location and register_package, about labels. Public. SPEC.md chapter 6
// (CHK-023 to CHK-026). Nothing is moved anywhere: what a mapping decides is what Storage::device() says.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/export.h"
#include "base/refusal.h"
#include "value/dtype.h"
#include "value/value.h"

namespace weightsonly {

// A storage while it is loaded: what the functions below are told. Its text lives during the call only.
struct StorageTag {
  std::string_view record;  // as Storage::record()
  Dtype dtype;              // of its first mention; uint8 for an UntypedStorage
  std::uint64_t nbytes;
};

// From a location as the file has it to the location to use instead; others stay as they are.
using LocationTable = std::map<std::string, std::string, std::less<>>;
// Called once for each storage, in the order of their first mention, with the file's location. The answer is a device
// of torch (DVC-002: "cpu", "cuda:1", …; with Options::packages any text of UTF-8), which becomes the storage's label
// as it is; or nothing: then the file's location is restored as if there were no mapping.
using LocationFunction =
    std::function<std::optional<std::string>(const StorageTag& storage, std::string_view location)>;

// Nothing; one location for all storages; a table; a function. A location is then given to the packages, in the order
// of their priorities, and refused with storage.location when none of them takes it.
using MapLocation = std::variant<std::monostate, std::string, LocationTable, LocationFunction>;

// One entry of the registry of torch.serialization.register_package. Torch's own entries are always there: cpu (10),
// cuda (20), mps (21), meta (22), privateuseone (23), hpu (24), xpu (25), mtia (26).
struct Package {
  // A lower number is asked first. No two entries have the same (options.invalid; torch: TypeError).
  int priority = 0;
  // The tag under which a storage is saved, or nothing (an empty text counts as nothing): see LocationTag. May be
  // empty.
  std::function<std::optional<std::string>(const Storage& storage)> tagger;
  // The device label for a storage at `location` (any text of UTF-8 but an empty one), or nothing: the next entry is
  // asked. Must not be empty (options.invalid).
  LocationFunction deserializer;
};

// What torch.serialization.location_tag says of a storage: the first answer of the taggers, by priority. Refuses
// storage.location when there is none, options.invalid for impossible packages, options.callback when a tagger throws.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<std::string, Refusal> LocationTag(
    const Storage& storage, const std::vector<Package>& packages = {});

}  // namespace weightsonly
