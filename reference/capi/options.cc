// The C interface: options. SPEC.md chapter 7 (CAP-005, CAP-006).
#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "capi/handles.h"

using weightsonly::capi::Guarded;
using weightsonly::capi::Literal;
using weightsonly::capi::Make;
using weightsonly::capi::NoText;
using weightsonly::capi::Text;

namespace weightsonly::capi {
namespace {

// CAP-005. Runs `set` on the options behind the handle; it returns false for a value that has no meaning.
template <typename Set>
int Change(weightsonly_options* options, Set set) noexcept {
  if (options == nullptr) return WEIGHTSONLY_INVALID;
  try {
    return set(options->options) ? WEIGHTSONLY_OK : WEIGHTSONLY_INVALID;
  } catch (const std::exception&) {  // std::bad_alloc or std::length_error: what copying a text can throw
    return WEIGHTSONLY_NO_MEMORY;
  }
}

int SetFlag(weightsonly_options* options, bool Options::* flag, int value) noexcept {
  return Change(options, [&](Options& all) {
    all.*flag = value != 0;
    return true;
  });
}

int SetText(weightsonly_options* options, std::string Options::* member, const char* text) noexcept {
  return Change(options, [&](Options& all) {
    if (text == nullptr) return false;
    all.*member = text;
    return true;
  });
}

// NULL: the variable is not set.
int SetVariable(weightsonly_options* options, std::optional<std::string> Options::* member, const char* text) noexcept {
  return Change(options, [&](Options& all) {
    all.*member = text == nullptr ? std::nullopt : std::optional<std::string>(text);
    return true;
  });
}

// CAP-006. What stands in Options for a C function.
LocationFunction Ask(weightsonly_map_location_function function, void* context) {
  return [function, context](const StorageTag& storage, std::string_view location) -> std::optional<std::string> {
    const weightsonly_storage_tag tag{.location = std::string(location),
                                      .record = std::string(storage.record),
                                      .dtype = storage.dtype,
                                      .nbytes = storage.nbytes};
    const char* device = nullptr;
    const int answer = function(context, &tag, &device);
    if (answer == 2) return std::nullopt;
    if (answer == 1 && device != nullptr) return std::string(device);
    throw Refusal{.kind = RefusalKind::kOptionsCallback,
                  .record = {},
                  .offset = 0,
                  .detail = "the function of map_location returned " + std::to_string(answer) +
                            (answer == 1 ? " without a device" : ", which is neither 1 nor 2")};
  };
}

}  // namespace
}  // namespace weightsonly::capi

using weightsonly::Options;
using weightsonly::capi::Change;
using weightsonly::capi::SetFlag;
using weightsonly::capi::SetText;
using weightsonly::capi::SetVariable;

weightsonly_options* weightsonly_options_new(void) noexcept {
  return Guarded(nullptr, [] { return Make<weightsonly_options>(); });
}

void weightsonly_options_free(weightsonly_options* options) noexcept { delete options; }

int weightsonly_options_set_mmap(weightsonly_options* options, int mmap) noexcept {
  return SetFlag(options, &Options::mmap, mmap);
}

int weightsonly_options_set_mmap_shared(weightsonly_options* options, int shared) noexcept {
  return SetFlag(options, &Options::mmap_shared, shared);
}

int weightsonly_options_set_calculate_storage_offsets(weightsonly_options* options, int calculate) noexcept {
  return SetFlag(options, &Options::calculate_storage_offsets, calculate);
}

int weightsonly_options_set_strict(weightsonly_options* options, int strict) noexcept {
  return SetFlag(options, &Options::strict, strict);
}

int weightsonly_options_set_default_load_endianness(weightsonly_options* options, const char* order) noexcept {
  return Change(options, [&](Options& all) {
    const std::string_view name = order != nullptr ? order : "";
    using weightsonly::Endianness;
    if (name != "little" && name != "big" && name != "native") return false;
    all.default_load_endianness = name == "big"      ? Endianness::kBig
                                  : name == "native" ? Endianness::kNative
                                                     : Endianness::kLittle;
    return true;
  });
}

int weightsonly_options_set_encoding(weightsonly_options* options, const char* encoding) noexcept {
  return SetText(options, &Options::encoding, encoding);
}

int weightsonly_options_allow(weightsonly_options* options, const char* path) noexcept {
  return weightsonly_options_allow_as(options, path, path);
}

int weightsonly_options_allow_as(weightsonly_options* options, const char* path, const char* as) noexcept {
  return Change(options, [&](Options& all) {
    if (path == nullptr || as == nullptr) return false;
    all.allowlist.Add(path, as);
    return true;
  });
}

int weightsonly_options_set_torch(weightsonly_options* options, const char* release) noexcept {
  return SetText(options, &Options::torch, release);
}

int weightsonly_options_set_numpy(weightsonly_options* options, const char* release) noexcept {
  return SetText(options, &Options::numpy, release);
}

int weightsonly_options_allow_numpy(weightsonly_options* options, const char* release) noexcept {
  return Change(options, [&](Options& all) {
    if (release == nullptr || weightsonly::Allowlist().AddNumpy(release).Get().empty()) return false;
    all.allowlist.AddNumpy(release);
    return true;
  });
}

int weightsonly_options_set_weights_only(weightsonly_options* options, int weights_only) noexcept {
  return Change(options, [&](Options& all) {
    if (weights_only < -1 || weights_only > 1) return false;
    all.weights_only = weights_only < 0 ? std::nullopt : std::optional(weights_only == 1);
    return true;
  });
}

int weightsonly_options_set_force_weights_only_load(weightsonly_options* options, const char* text) noexcept {
  return SetVariable(options, &Options::force_weights_only_load, text);
}

int weightsonly_options_set_force_no_weights_only_load(weightsonly_options* options, const char* text) noexcept {
  return SetVariable(options, &Options::force_no_weights_only_load, text);
}

int weightsonly_options_set_limit(weightsonly_options* options, const char* name, uint64_t value) noexcept {
  return Change(options, [&](Options& all) {
    const auto* found =
        std::ranges::find(weightsonly::kLimitTable, name != nullptr ? name : "", &weightsonly::NamedLimit::name);
    if (found == weightsonly::kLimitTable.end()) return false;
    all.limits.*found->member = value;
    return true;
  });
}

int weightsonly_options_set_map_location(weightsonly_options* options, const char* device) noexcept {
  return Change(options, [&](Options& all) {
    if (device == nullptr) {
      all.map_location = std::monostate{};
    } else {
      all.map_location = std::string(device);
    }
    return true;
  });
}

int weightsonly_options_add_map_location(weightsonly_options* options, const char* from, const char* to) noexcept {
  return Change(options, [&](Options& all) {
    if (from == nullptr || to == nullptr) return false;
    using weightsonly::LocationTable;
    auto* present = std::get_if<LocationTable>(&all.map_location);
    LocationTable table = present != nullptr ? *present : LocationTable{};
    table[from] = to;
    all.map_location = std::move(table);
    return true;
  });
}

int weightsonly_options_set_map_location_function(weightsonly_options* options,
                                                  weightsonly_map_location_function function, void* context) noexcept {
  return Change(options, [&](Options& all) {
    if (function == nullptr) return false;
    all.map_location = weightsonly::capi::Ask(function, context);
    return true;
  });
}

const char* weightsonly_storage_tag_location(const weightsonly_storage_tag* storage, size_t* length) noexcept {
  return storage != nullptr ? Text(storage->location, length) : NoText(length);
}

const char* weightsonly_storage_tag_record(const weightsonly_storage_tag* storage, size_t* length) noexcept {
  return storage != nullptr ? Text(storage->record, length) : NoText(length);
}

const char* weightsonly_storage_tag_dtype(const weightsonly_storage_tag* storage) noexcept {
  return storage != nullptr ? Literal(weightsonly::DtypeName(storage->dtype)) : "";
}

uint64_t weightsonly_storage_tag_nbytes(const weightsonly_storage_tag* storage) noexcept {
  return storage != nullptr ? storage->nbytes : 0;
}
