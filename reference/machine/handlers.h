// Floor 5. One handler for each of the 34 opcodes that torch.load(weights_only=True) executes. SPEC.md chapter 5.
//
// A handler takes the state and the decoded instruction; `state.offset` is the instruction's. It refuses (throws
// Refusal) or leaves the state as the opcode says. Generated from opcode.def: a new row there needs a handler here.
#pragma once

#include "machine/state.h"
#include "pickle/instruction.h"

namespace weightsonly::machine {

#define WEIGHTSONLY_ACCEPTED_yes(handler) void handler(State& state, const pickle::Instruction& instruction);
#define WEIGHTSONLY_ACCEPTED_no(handler)
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) WEIGHTSONLY_ACCEPTED_##accepted(handler)
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
#undef WEIGHTSONLY_ACCEPTED_yes
#undef WEIGHTSONLY_ACCEPTED_no

}  // namespace weightsonly::machine
