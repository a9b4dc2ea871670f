// Floor 8. What the options for the limits are called: the table behind them, and behind `tables limits`, is
// base/limit_table.h. SPEC.md chapter 8 (CLI-018).
#pragma once

#include <string>

#include "base/limit_table.h"

namespace weightsonly::tool {

// "--limit-walk-base".
[[nodiscard]] std::string LimitFlag(const NamedLimit& limit);

}  // namespace weightsonly::tool
