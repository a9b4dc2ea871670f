// Floor 6. Looks through TorchScript code for calls whose meaning the archive's version decides: as text, by brackets,
// commas and quotes, as torch.jit.save prints it. SPEC.md chapter 6 (TSC-008, TSC-009). It is no parser of the
// language.
#pragma once

#include <cstdint>
#include <string_view>

#include "checkpoint/torchscript.h"

namespace weightsonly {

// Adds the calls in `text`, the file `record`, to `code.calls` for an archive of `code.version`. Returns the number of
// its lines. Linear in `text`.
std::uint64_t ScanScriptCode(std::string_view text, std::string_view record, ScriptCode& code);

}  // namespace weightsonly
