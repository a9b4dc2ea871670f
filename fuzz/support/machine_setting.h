// Fuzz targets: how a machine is set up, out of two or three bytes of the input.
#pragma once

#include <cstdint>

#include "base/limits.h"
#include "machine/machine.h"
#include "machine/state.h"
#include "support/input.h"

namespace weightsonly::fuzz {

struct MachineSetting {
  machine::Setting machine;  // vocabulary, encoding, locations, policy
  Limits limits;             // small enough that no input takes long
  machine::StorageIds storage_ids = machine::StorageIds::kArchive;
  bool foreign = false;  // storages are in the order that is not the host's
  bool finish = false;   // go on to STOP and write the value down
  bool strict = false;
};

// The first byte, from its lowest bit: the vocabulary of TorchScript; two of the storage ids (archive, stream, none,
// archive); two of the encoding; locations are mapped; limits that are reached soon, which the third byte chooses;
// finish. The second: three of the release, the newest first; two of the user's list (none, names of all kinds, the
// same with numpy 1.24 or 2.4); two of what numpy does; foreign. `strict` is foreign with TorchScript's vocabulary.
// Two zeros are what a load by default is.
[[nodiscard]] MachineSetting ReadMachineSetting(Input& input);

}  // namespace weightsonly::fuzz
