// Fuzz targets: one opcode handler on a state of the machine that the input shapes.
#pragma once

#include "pickle/instruction.h"
#include "support/target.h"

namespace weightsonly::fuzz {

// Builds a state out of `input` (policy, memo, stack and marks, operand), runs the handler of `opcode` on it, which may
// refuse, and checks what must hold of every state afterwards.
void FuzzHandler(pickle::Opcode opcode, Bytes input);

}  // namespace weightsonly::fuzz
