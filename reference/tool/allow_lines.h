// Floor 8. The Python lines that would allow what a pickle names, and which names nobody allows. SPEC.md chapter 8.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "tool/python_names.h"

namespace weightsonly::tool {

// CLI-014. What can be done about a global that is not allowed.
enum class Remedy {
  kAllow,    // Python lines can be given
  kImport,   // torch may allow it after an import (NamedGlobal::import)
  kNoName,   // no module and name of ASCII identifiers: whoever made it up must not get a line of Python out of us
  kHarmful,  // it runs code or opens files with the arguments that the file gives: no checkpoint needs it
  kNever     // in a module that torch blocks
};

// The remedy for a global whose standing is not kAllowed.
[[nodiscard]] Remedy RemedyFor(const NamedGlobal& global);

// CLI-031. The narrowest lines that make torch accept the globals whose remedy is kAllow or kImport, with the classes
// that BUILD asks for: imports, then the `with`. Empty when there is none, and when another global would be refused all
// the same, because then the lines would be of no use.
[[nodiscard]] std::vector<std::string> AllowLines(const GlobalsReport& report, const PythonTarget& target);

// What the file is loaded with below these lines, indented as they need it: "checkpoint = torch.load(…)".
[[nodiscard]] std::string LoadLine(const std::vector<std::string>& allow_lines);

}  // namespace weightsonly::tool
