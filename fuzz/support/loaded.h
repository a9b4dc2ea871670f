// Fuzz targets: what must hold of every checkpoint that was accepted, and of the way there.
#pragma once

#include <expected>
#include <string_view>

#include "base/bytes.h"
#include "base/refusal.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/options.h"

namespace weightsonly::fuzz {

// Loads `file` from memory within the budgets (support/budgets.h). A refusal was checked.
[[nodiscard]] std::expected<Checkpoint, Refusal> LoadInBudget(Bytes file, const Options& options);

// Reads everything that there is to read of a checkpoint that was loaded from `file`: storages come from their records,
// tensors from their storages; contents agree with what Verify says of them; values, lists and JSON are well made.
void CheckLoaded(const Checkpoint& checkpoint, Bytes file);

// Parts of the above: every tensor that tensors() lists, and every value that the root reaches.
void CheckTensors(const Checkpoint& checkpoint, bool contents_are_good);
void CheckValues(const Checkpoint& checkpoint);

// Compact JSON: it parses, and nothing in it is a control character.
void RequireJson(std::string_view text, std::string_view what);

}  // namespace weightsonly::fuzz
