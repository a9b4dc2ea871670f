// Floor 6. Answers the machine where a storage goes, by map_location and the packages. SPEC.md chapter 6 (CHK-023 to
// CHK-026).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/options.h"
#include "value/storage_source.h"

namespace weightsonly {

// An entry that torch registers itself. It takes the tags of one device type (PID-007).
struct BuiltinPackage {
  int priority;
  std::string_view device_type;
};
inline constexpr std::array<BuiltinPackage, 8> kBuiltinPackages = {{{10, "cpu"},
                                                                    {20, "cuda"},
                                                                    {21, "mps"},
                                                                    {22, "meta"},
                                                                    {23, "privateuseone"},
                                                                    {24, "hpu"},
                                                                    {25, "xpu"},
                                                                    {26, "mtia"}}};

class LocationMap final : public LocationResolver {
 public:
  // `options` were checked and outlive this object. `archive`: what is loaded is one, and no legacy stream.
  LocationMap(const Options& options, bool archive);

  // False: the locations of the file are the labels, and nobody needs to be asked.
  [[nodiscard]] static bool IsNeeded(const Options& options);

  // True when every storage of an archive goes to the meta device whatever the file and the packages say: no record is
  // read (CHK-027).
  [[nodiscard]] static bool AllMeta(const Options& options);

  [[nodiscard]] std::string Restore(const StorageRecord& record, Dtype dtype, std::string_view name,
                                    std::string_view location, std::uint64_t offset) const override;

  [[nodiscard]] std::string MapDevice(std::string_view device, bool is_text, std::uint64_t offset) const override;

 private:
  [[nodiscard]] std::string RestoreByPackages(const StorageTag& storage, std::string_view location,
                                              std::uint64_t offset) const;

  const Options& options_;
  bool archive_;
  std::vector<const Package*> packages_;  // by priority
};

}  // namespace weightsonly
