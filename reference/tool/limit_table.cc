// Floor 8. Names of the --limit-… options. SPEC.md chapter 8.
#include "tool/limit_table.h"

#include <algorithm>
#include <string>

namespace weightsonly::tool {

std::string LimitFlag(const NamedLimit& limit) {
  std::string flag = "--limit-" + std::string(limit.name);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

}  // namespace weightsonly::tool
