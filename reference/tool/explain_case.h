// Floor 8. A case of the conformance suite for people and for programs. SPEC.md chapter 8 (CLI-051).
#pragma once

#include <span>
#include <string>

#include "tool/commands.h"
#include "tool/spec_rules.h"
#include "tool/suite_case.h"

namespace weightsonly::tool {

// Everything that the row says, with the text of its rules, and the command that repeats it.
void ExplainCase(const Context& context, const std::string& topic, const SuiteCase& row, std::span<const Rule> rules);

}  // namespace weightsonly::tool
