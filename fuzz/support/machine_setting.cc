// Fuzz targets: how a machine is set up.
#include "support/machine_setting.h"

#include <array>
#include <string>

#include "policy/allowlist.h"
#include "policy/release.h"
#include "support/machine_storages.h"

namespace weightsonly::fuzz {
namespace {

using policy::Numpy;
using policy::Release;

// Room for every honest input, and little enough that the worst one is over in a millisecond.
constexpr std::uint64_t kNodes = std::uint64_t{1} << 16;
constexpr std::uint64_t kSteps = std::uint64_t{1} << 16;
constexpr std::uint64_t kDerived = std::uint64_t{1} << 13;

constexpr unsigned kReleases = policy::kReleaseNames.size();

// Classes, functions, other names for both, one that must be built, and one in a blocked module. The conformance suite
// uses the same.
Allowlist MakeUserList() {
  Allowlist list;
  for (const char* path : {"argparse.Namespace", "training.Plain", "training.Tagged", "training.Wrapped",
                           "training.MyDict", "collections.deque", "collections.defaultdict", "datetime.timedelta",
                           "torch.distributed.tensor.placement_types.Shard", "posix.mkdir", "builtins.getattr"}) {
    list.Add(path);
  }
  return list.Add("argparse.Namespace", "old.Name").Add("collections.OrderedDict", "old.OrderedDict");
}

const Allowlist* UserList(unsigned which) {
  static const auto lists =
      std::to_array<Allowlist>({MakeUserList(), MakeUserList().AddNumpy("1.24"), MakeUserList().AddNumpy("2.4")});
  return which == 0 ? nullptr : &lists.at(which - 1);
}

// Some, or none at all, of everything.
Limits SmallLimits(std::uint8_t how_much) {
  Limits limits;
  limits.nodes = 4 + how_much;
  limits.steps_base = how_much & 15U;
  limits.steps_per_byte = how_much & 1U;
  limits.derived_base = std::uint64_t{how_much} * 4;
  limits.derived_per_byte = (how_much >> 1) & 1U;
  return limits;
}

}  // namespace

MachineSetting ReadMachineSetting(Input& input) {
  using machine::StorageIds;
  using machine::StringEncoding;
  static const FakeLocations locations;
  static constexpr std::array kIds = {StorageIds::kArchive, StorageIds::kStream, StorageIds::kNone,
                                      StorageIds::kArchive};
  static constexpr std::array kEncodings = {StringEncoding::kUtf8, StringEncoding::kAscii, StringEncoding::kLatin1,
                                            StringEncoding::kBytes};
  static constexpr std::array kNumpy = {Numpy::kOff, Numpy::kBrackets, Numpy::kClasses, Numpy::kTwo};
  const unsigned first = input.Byte();
  const unsigned second = input.Byte();
  MachineSetting setting;
  if ((first & 1) != 0) setting.machine.vocabulary = machine::Vocabulary::kTorchScript;
  setting.storage_ids = kIds.at(first >> 1 & 3);
  setting.machine.encoding = kEncodings.at(first >> 3 & 3);
  if ((first & 0x20) != 0) setting.machine.locations = &locations;
  setting.machine.policy = {.release = static_cast<Release>(kReleases - 1 - (second & 7) % kReleases),
                            .user = UserList(second >> 3 & 3),
                            .numpy = kNumpy.at(second >> 5 & 3)};
  setting.foreign = (second & 0x80) != 0;
  setting.finish = (first & 0x80) != 0;
  setting.strict = setting.foreign && (first & 1) != 0;
  setting.limits.nodes = kNodes;
  setting.limits.steps_base = kSteps;
  setting.limits.derived_base = kDerived;
  if ((first & 0x40) != 0) setting.limits = SmallLimits(input.Byte());
  return setting;
}

}  // namespace weightsonly::fuzz
