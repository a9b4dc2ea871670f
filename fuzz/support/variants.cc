// Fuzz targets: the options that files are loaded with.
#include "support/variants.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "container/zip.h"
#include "support/random.h"

namespace weightsonly::fuzz {
namespace {

// What a file may want to be allowed: names of the suite's cases.
void AllowSome(Options& options) {
  for (const std::string_view path : {"argparse.Namespace", "datetime.timedelta", "builtins.list", "my.Class",
                                      "torch.load", "os.system", "codecs.encode", "m.Tensor"}) {
    options.allowlist.Add(std::string(path));
  }
}

void TakeNumpy(Options& options, Random& random) {
  options.numpy = random.OneIn(2) ? "2.4" : "1.24";
  options.allowlist.AddNumpy(options.numpy);
  if (random.OneIn(2)) AllowSome(options);
}

void TakeRelease(Options& options, Random& random) {
  constexpr auto kReleases = std::to_array<std::string_view>({"1.13", "2.0", "2.6", "2.10", "2.13"});
  options.torch = random.Pick(kReleases);
}

void TakeLocation(Options& options, Random& random) {
  switch (random.Below(4)) {
    case 0:
      options.map_location = "meta";
      break;
    case 1:
      options.map_location = "cuda:1";
      break;
    case 2:
      options.map_location = LocationTable{{"cuda:0", "cpu"}, {"cpu", "mps"}};
      break;
    default:
      options.map_location = [](const StorageTag& storage, std::string_view) -> std::optional<std::string> {
        if (storage.nbytes == 0) return std::nullopt;
        return "cpu";
      };
  }
}

void TakeEncoding(Options& options, Random& random) {
  constexpr auto kEncodings = std::to_array<std::string_view>({"ascii", "latin1", "bytes", "utf-8"});
  options.encoding = random.Pick(kEncodings);
  options.default_load_endianness = random.OneIn(2) ? Endianness::kBig : Endianness::kNative;
}

}  // namespace

Options DefaultOptions() {
  Options options;
  options.limits.walk_base = 4096;
  return options;
}

Options TightOptions() {
  Options options;
  options.limits = {.nodes = 100,
                    .inflated_base = 512,
                    .inflated_factor = 2,
                    .steps_base = 16,
                    .steps_per_byte = 0,
                    .derived_base = 256,
                    .derived_per_byte = 0,
                    .stream_bytes = 4096,
                    .walk_base = 16,
                    .walk_per_node = 0,
                    .logical_bytes = 64};
  return options;
}

Options LinearOptions() {
  Options options = DefaultOptions();
  options.limits.steps_base = 1024;
  options.limits.steps_per_byte = 4;
  options.limits.derived_base = 1024;
  options.limits.derived_per_byte = 4;
  return options;
}

Options VariantOf(Bytes file) {
  Random random(container::Crc32(file));
  Options options = DefaultOptions();
  switch (random.Below(7)) {
    case 0:
      options.strict = true;
      options.calculate_storage_offsets = random.OneIn(2);
      break;
    case 1:
      TakeNumpy(options, random);
      break;
    case 2:
      TakeRelease(options, random);
      break;
    case 3:
      TakeLocation(options, random);
      break;
    case 4:
      TakeEncoding(options, random);
      break;
    case 5:
      return LinearOptions();
    default:
      AllowSome(options);
  }
  return options;
}

}  // namespace weightsonly::fuzz
