// Recipes: one pickle instruction as bytes. conformance/FORMAT.md, chapter 1.2. The way back is pickle/disassembler.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weightsonly::recipe {

// Appends the instruction called `name` with its operands to `out`. Throws LineError.
void AppendInstruction(std::string_view name, std::span<const std::string_view> operands, std::string& out);

}  // namespace weightsonly::recipe
