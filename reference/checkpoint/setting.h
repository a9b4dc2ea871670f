// Floor 6. What the options are to the machine.
#pragma once

#include "checkpoint/check_options.h"
#include "checkpoint/encoding.h"
#include "checkpoint/location_map.h"
#include "checkpoint/options.h"
#include "machine/machine.h"

namespace weightsonly {

// The options were checked (CheckOptions). `locations` and `options` outlive the run.
[[nodiscard]] inline machine::Setting SettingOf(const Options& options, const LocationMap& locations,
                                                machine::Vocabulary vocabulary = machine::Vocabulary::kCheckpoint) {
  return {.locations = LocationMap::IsNeeded(options) ? &locations : nullptr,
          .vocabulary = vocabulary,
          .encoding = EncodingOf(options),
          .policy = PolicyOf(options)};
}

}  // namespace weightsonly
