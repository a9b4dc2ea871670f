// Floor 7. What torch.load(weights_only=True) of 2.15.0 says where this loader refuses. Public. SPEC.md chapter 7
// (MSG-001 to MSG-006).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/export.h"
#include "base/refusal.h"

namespace weightsonly {

struct TorchText {
  std::string_view exception;  // the name of its type, without its module: "UnpicklingError". Static storage
  // str() of it, byte for byte: UTF-8, with line feeds, tabs, two escape sequences of terminals, and names from the
  // file as they stand there. Escape it before it reaches a terminal.
  std::string message;
};

// The exception that torch.load of 2.15.0 ends with on a file that is refused so; nothing when its text is not known:
// for kinds that have no row in the table, and where the text shows what cannot be known, an address in memory for
// example (MSG-002). Linear in the subject.
[[nodiscard]] WEIGHTSONLY_EXPORT std::optional<TorchText> TorchMessage(const Refusal& refusal);

// The texts of a kind, with words in braces for what depends on the file (MSG-005). None for kinds without a row.
[[nodiscard]] WEIGHTSONLY_EXPORT std::vector<TorchText> TorchTemplates(RefusalKind kind);

}  // namespace weightsonly
