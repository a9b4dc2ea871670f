// Fuzz targets: single changes of a recipe, given as its lines. What comes out is most often a recipe again; where it
// is not, the assembler says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/random.h"

namespace weightsonly::fuzz {

using RecipeLines = std::vector<std::string>;

// An instruction or a run of them: gone, twice, moved, exchanged, with another operand, another opcode, or new.
// Also the bytes of contents. False: there is nothing here to change so.
bool ChangeContent(RecipeLines& lines, Random& random);

// A part of the archive: records renamed, twice, gone, in another order, deflated, aligned; fields of headers and end
// records with numbers that are wrong, or right again; bytes around them. `file_bytes`: of the whole archive. False:
// there is no archive.
bool ChangeParts(RecipeLines& lines, std::uint64_t file_bytes, Random& random);

// Puts something of `other` into `lines`: a run of instructions, a record, or the whole content of one.
void TakeFrom(RecipeLines& lines, const RecipeLines& other, Random& random);

}  // namespace weightsonly::fuzz
