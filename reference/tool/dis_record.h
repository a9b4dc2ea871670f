// Floor 8. `weightsonly dis --record`: one record as a recipe. SPEC.md chapter 8.
#pragma once

#include <string>

#include "tool/commands.h"

namespace weightsonly::tool {

// CLI-042. One FILE; as the commands of commands.h.
Exit RunDisRecord(const Context& context, const std::string& file);

}  // namespace weightsonly::tool
