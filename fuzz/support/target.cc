// Fuzz targets: how a finding ends the process.
#include "support/target.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/text.h"

namespace weightsonly::fuzz {

void Fail(std::string_view what, std::string_view detail) {
  std::string line = "weightsonly-fuzz: ";
  line += what;
  if (!detail.empty()) line += ": " + EscapeForTerminal(detail);
  line += "\n";
  std::fputs(line.c_str(), stderr);
  std::abort();
}

}  // namespace weightsonly::fuzz
