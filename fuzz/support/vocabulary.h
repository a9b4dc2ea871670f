// Fuzz targets: what the mutator puts into recipes: numbers at the edges, names that the loader knows, instructions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/instruction.h"
#include "support/random.h"

namespace weightsonly::fuzz {

// A number of `width` bytes, 1 to 8: small, at the edge of a width, or near `near`.
[[nodiscard]] std::uint64_t EdgeNumber(Random& random, unsigned width, std::uint64_t near = 0);

// The opcode that a line of a recipe is; null when it is none.
[[nodiscard]] const pickle::OpcodeInfo* InstructionOf(std::string_view line);

// A line: an instruction with operands that its opcode can have.
[[nodiscard]] std::string RandomInstruction(Random& random);
[[nodiscard]] std::string RandomInstruction(Random& random, const pickle::OpcodeInfo& info);
// One that pushes one value and takes none, or some that do so together.
[[nodiscard]] std::vector<std::string> RandomValue(Random& random);
[[nodiscard]] bool PushesOne(const pickle::OpcodeInfo& info);

// The name of a record, without a folder.
[[nodiscard]] std::string RandomRecordName(Random& random);
// `text` with some of its bytes changed, gone, or more of them.
[[nodiscard]] std::string Changed(std::string text, Random& random);

}  // namespace weightsonly::fuzz
