// The whole path with the options of the caller: three bytes that say which, then the file. What VariantOf
// (support/variants.h) draws from the file's own bytes, an engine chooses here.
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "checkpoint/locations.h"
#include "support/input.h"
#include "support/loaded.h"
#include "support/target.h"
#include "support/variants.h"

namespace weightsonly::fuzz {
namespace {

// Names that cases of the conformance suite allow.
Allowlist MakeList() {
  Allowlist list;
  for (const char* path :
       {"argparse.Namespace", "builtins.Exception", "builtins.bytes", "builtins.frozenset", "builtins.getattr",
        "builtins.int", "builtins.range", "builtins.str", "collections.ChainMap", "collections.defaultdict",
        "collections.deque", "datetime.timedelta", "posix.mkdir", "torch.distributed.tensor.placement_types.Shard",
        "training.MyDict", "training.Plain", "training.Tagged", "training.Wrapped"}) {
    list.Add(path);
  }
  return list.Add("argparse.Namespace", "old.Name").Add("collections.OrderedDict", "old.OrderedDict");
}

// None, ours, numpy's, both.
void TakeList(Options& options, unsigned which) {
  static const Allowlist list = MakeList();
  if ((which & 1) != 0) options.allowlist = list;
  if ((which & 2) != 0) options.allowlist.AddNumpy(options.numpy.empty() ? "2.4" : options.numpy);
}

void TakeLocation(Options& options, unsigned which) {
  switch (which) {
    case 1:
      options.map_location = "meta";
      break;
    case 2:
      options.map_location = "cpu";
      break;
    case 3:
      options.map_location = LocationTable{{"cuda:0", "cpu"}, {"cpu", "mps"}};
      break;
    case 4:
      options.map_location = [](const StorageTag& tag, std::string_view where) -> std::optional<std::string> {
        return tag.nbytes % 3 == 0 ? std::nullopt : std::optional<std::string>(where);
      };
      break;
    case 5:
      options.map_location = [](const StorageTag& tag, std::string_view) -> std::optional<std::string> {
        if (tag.nbytes % 2 == 0) throw std::runtime_error("an even\nnumber");
        throw tag.nbytes;
      };
      break;
    case 6:
      options.map_location = [](const StorageTag&, std::string_view) { return std::optional<std::string>("\x1b?"); };
      break;
    default:
      break;
  }
}

// One entry in front of torch's own, one behind them.
void TakePackages(Options& options) {
  const auto own = [](const StorageTag&, std::string_view where) -> std::optional<std::string> {
    if (where.starts_with("own")) return "own:0";
    return std::nullopt;
  };
  const auto any = [](const StorageTag&, std::string_view where) { return std::optional<std::string>(where); };
  options.packages = {{.priority = 90, .tagger = {}, .deserializer = any},
                      {.priority = 5,
                       .tagger = [](const Storage& storage) -> std::optional<std::string> {
                         if (storage.nbytes() % 2 == 0) return std::nullopt;
                         return "odd";
                       },
                       .deserializer = own}};
}

void TakeConstructors(Options& options) {
  options.allowlist.Register("training.Plain", [](const Object& object) -> Construction {
    if (object.state()) return {.value = 1};
    throw std::runtime_error("no state");
  });
  options.allowlist.Register("argparse.Namespace", [](const Object& object) -> Construction {
    if (object.arguments()) return {.fault = "it has\narguments"};
    return {.value = 2};
  });
}

// The texts of the two variables.
std::optional<std::string> TextOf(unsigned which) {
  static constexpr std::array<const char*, 4> kTexts = {nullptr, "1", "0", "TRUE"};
  return kTexts.at(which) == nullptr ? std::nullopt : std::optional<std::string>(kTexts.at(which));
}

// Bit by bit; fuzz/seed_makers/options.py writes them.
Options TakeOptions(Input& input) {
  static constexpr std::array kNumpy = {"", "1.24", "2.4", "1.20"};
  static constexpr std::array kReleases = {"2.15", "1.13", "2.0", "2.6", "2.10", "2.13", "2.15", "2.15"};
  static constexpr std::array kEncodings = {"utf-8", "ascii", "latin1", "bytes"};
  static constexpr std::array kOrders = {Endianness::kLittle, Endianness::kBig, Endianness::kNative,
                                         Endianness::kLittle};
  const unsigned names = input.Byte();
  const unsigned places = input.Byte();
  const unsigned ways = input.Byte();
  Options options = DefaultOptions();
  options.numpy = kNumpy.at(names >> 2 & 3);
  options.torch = kReleases.at(names >> 4 & 7);
  options.strict = (names & 0x80) != 0;
  TakeList(options, names & 3);
  TakeLocation(options, places & 7);
  if ((places & 8) != 0) TakePackages(options);
  options.encoding = kEncodings.at(places >> 4 & 3);
  options.default_load_endianness = kOrders.at(places >> 6);
  if ((ways & 3) != 0) options.weights_only = (ways & 3) != 2;
  options.force_weights_only_load = TextOf(ways >> 2 & 3);
  options.force_no_weights_only_load = TextOf(ways >> 4 & 3);
  options.calculate_storage_offsets = (ways & 0x40) != 0;
  if ((ways & 0x80) != 0) TakeConstructors(options);
  return options;
}

void CheckTags(const Checkpoint& checkpoint, const std::vector<Package>& packages) {
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    const auto tag = LocationTag(checkpoint.storage(i), packages);
    if (tag) Require(!tag->empty(), "the tag of a storage is empty");
    if (!tag) Require(tag.error().kind == RefusalKind::kStorageLocation, "a tag is refused for another reason");
  }
}

void Check(Bytes bytes) {
  Input input(bytes);
  const Options options = TakeOptions(input);
  const Bytes file = input.Rest();
  const auto loaded = LoadInBudget(file, options);
  if (!loaded) return;
  CheckTags(*loaded, options.packages);
  // What the caller's constructors made is the caller's.
  if (!options.allowlist.HasConstructors()) CheckLoaded(*loaded, file);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
