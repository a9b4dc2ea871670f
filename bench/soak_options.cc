// The options that are combined, and how a number becomes a combination of them.
#include "soak_options.h"

#include <optional>
#include <string_view>

namespace weightsonly::bench {
namespace {

constexpr std::array kOrders = {Endianness::kLittle, Endianness::kBig, Endianness::kNative};
constexpr std::array kEncodings = {"utf-8", "ascii", "latin1", "bytes"};
constexpr std::array kReleases = {"2.15", "2.13", "2.10", "2.6", "2.0", "1.13"};
constexpr std::array<std::optional<bool>, 3> kWeightsOnly = {std::nullopt, true, false};
constexpr std::array<const char*, 3> kVariables = {nullptr, "1", "no"};
constexpr std::size_t kLocations = 5;
constexpr std::size_t kAllowlists = 4;
constexpr std::size_t kOfFile =
    std::size_t{2} * 2 * kOrders.size() * kLocations * kEncodings.size() * kReleases.size() * kAllowlists;
constexpr std::size_t kOfEnvironment = kWeightsOnly.size() * kVariables.size() * kVariables.size() * kReleases.size();
constexpr std::size_t kOfPackages = 2 * kLocations;

// Takes the digits of a number, the lowest first.
class Digits {
 public:
  explicit Digits(std::size_t number) : left_(number) {}
  std::size_t Take(std::size_t base) {
    const std::size_t digit = left_ % base;
    left_ /= base;
    return digit;
  }

 private:
  std::size_t left_;
};

MapLocation LocationOf(std::size_t digit) {
  const LocationFunction function = [](const StorageTag& tag, std::string_view) -> std::optional<std::string> {
    if (tag.nbytes % 3 == 0) return std::nullopt;
    return "cuda:2";
  };
  const std::array<MapLocation, kLocations> locations = {MapLocation(), std::string("cpu"), std::string("meta"),
                                                         LocationTable{{"cpu", "cuda:1"}}, function};
  return locations[digit];
}

void SetAllowlist(std::size_t digit, const std::vector<std::string>& names, Options& options) {
  if (digit == 1) {
    for (const std::string& name : names) options.allowlist.Add(name);
  } else if (digit >= 2) {
    options.numpy = digit == 2 ? "1.24" : "2.4";
    options.allowlist.AddNumpy(options.numpy);
  }
}

void SetOfFile(std::size_t number, const std::vector<std::string>& names, Options& options) {
  Digits digits(number);
  options.strict = digits.Take(2) == 1;
  options.calculate_storage_offsets = digits.Take(2) == 1;
  options.default_load_endianness = kOrders[digits.Take(kOrders.size())];
  options.map_location = LocationOf(digits.Take(kLocations));
  options.encoding = kEncodings[digits.Take(kEncodings.size())];
  options.torch = kReleases[digits.Take(kReleases.size())];
  SetAllowlist(digits.Take(kAllowlists), names, options);
}

void SetOfEnvironment(std::size_t number, Options& options) {
  Digits digits(number);
  const auto text = [&](const char* value) {
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
  options.weights_only = kWeightsOnly[digits.Take(kWeightsOnly.size())];
  options.force_weights_only_load = text(kVariables[digits.Take(kVariables.size())]);
  options.force_no_weights_only_load = text(kVariables[digits.Take(kVariables.size())]);
  options.torch = kReleases[digits.Take(kReleases.size())];
}

void SetOfPackages(std::size_t number, Options& options) {
  Digits digits(number);
  const bool takes_all = digits.Take(2) == 1;
  options.map_location = LocationOf(digits.Take(kLocations));
  options.packages.push_back(
      {.priority = takes_all ? 1 : 90,
       .tagger = {},
       .deserializer = [](const StorageTag&, std::string_view location) -> std::optional<std::string> {
         return "of package: " + std::string(location);
       }});
}

}  // namespace

std::size_t CombinationCount() { return kOfFile + kOfEnvironment + kOfPackages + kLimitTable.size(); }

bool HasStrictTwin(std::size_t number) { return number < kOfFile; }

Options CombinationOf(std::size_t number, Entrance entrance, const std::vector<std::string>& names) {
  Options options;
  if (number < kOfFile) {
    SetOfFile(number, names, options);
  } else if (number < kOfFile + kOfEnvironment) {
    SetOfEnvironment(number - kOfFile, options);
  } else if (number < kOfFile + kOfEnvironment + kOfPackages) {
    SetOfPackages(number - kOfFile - kOfEnvironment, options);
  } else {
    options.limits.*kLimitTable[number - kOfFile - kOfEnvironment - kOfPackages].member = 1;
  }
  options.mmap = entrance == Entrance::kMapped || entrance == Entrance::kShared;
  options.mmap_shared = entrance == Entrance::kShared;
  return options;
}

}  // namespace weightsonly::bench
