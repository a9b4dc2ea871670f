// Floor 8. `weightsonly ls --torchscript`, and what it shares with `ls`. SPEC.md chapter 8 (TSC-010, TSC-011).
#pragma once

#include <expected>
#include <string>

#include "tool/commands.h"
#include "tool/digests.h"
#include "tool/json.h"

namespace weightsonly::tool {

// The member "tensors" of a document. True when it is not complete: the walk or the listing came to its limit.
bool WriteTensors(JsonWriter& json, const Checkpoint& checkpoint, const Digests* digests);

// Looks at every byte that the digests are made of. Everything deflated is inflated here, so that nothing can fail
// later.
[[nodiscard]] std::expected<Digests, Refusal> ReadContents(const Context& context, const std::string& file,
                                                           const Checkpoint& checkpoint);

// Lists the tensors and attributes of data.pkl and constants.pkl.
Exit RunScriptLs(const Context& context, const std::string& file);

}  // namespace weightsonly::tool
