// Floor 5. The machine's loop: decode one instruction, run its handler. SPEC.md chapter 5.
#include "machine/machine.h"

#include <string>

#include "base/text.h"
#include "machine/handlers.h"
#include "machine/state.h"
#include "pickle/decoder.h"

namespace weightsonly::machine {
namespace {

// OPC-002. Any byte that is not one of the 34: refused before its operand is looked at.
[[noreturn]] void RefuseOpcode(const State& state, std::uint8_t byte) {
  const pickle::OpcodeInfo* info = pickle::OpcodeOf(byte);
  std::string detail =
      info == nullptr ? "no opcode has the byte " : std::string(info->name) + " is not accepted: byte ";
  AppendDecimal(detail, std::uint64_t{byte});
  RefuseHere(state, RefusalKind::kPickleOpcode, std::move(detail));
}

[[noreturn]] void RefuseTruncated(const State& state, std::string_view name) {
  RefuseHere(state, RefusalKind::kPickleTruncated, "the operand of " + std::string(name) + " reaches past the end");
}

// One instruction: `instruction.end` is behind its opcode's byte. A switch that opcode.def generates, so that each
// handler is inlined together with the decoding of its own operand.
void Step(State& state, Bytes bytes, std::uint8_t byte, pickle::Instruction& instruction) {
  switch (byte) {
#define WEIGHTSONLY_ACCEPTED_yes(handler, name, byte, operand)                                              \
  case byte:                                                                                                \
    if (!pickle::DecodeOperand<pickle::Operand::operand>(bytes, instruction)) RefuseTruncated(state, name); \
    handler(state, instruction);                                                                            \
    return;
#define WEIGHTSONLY_ACCEPTED_no(handler, name, byte, operand)
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) \
  WEIGHTSONLY_ACCEPTED_##accepted(handler, name, byte, operand)
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
#undef WEIGHTSONLY_ACCEPTED_yes
#undef WEIGHTSONLY_ACCEPTED_no
    default:
      RefuseOpcode(state, byte);
  }
}

// STK-005, strict only.
void RefuseLeftovers(const State& state, std::uint64_t end) {
  if (!state.stack.empty() || !state.marks.empty()) {
    RefuseHere(state, RefusalKind::kPickleTrailing, "values or marks are left on the stack at STOP");
  }
  if (end != state.graph.pickle.size()) {
    Refuse(RefusalKind::kPickleTrailing, "data.pkl", end,
           std::to_string(state.graph.pickle.size() - end) + " bytes follow STOP");
  }
}

}  // namespace

void Run(Graph& graph, StorageResolver& resolver, bool strict) {
  State state(graph, resolver);
  const Bytes bytes = graph.pickle;
  pickle::Instruction instruction;
  while (!state.stopped) {
    const std::uint64_t at = instruction.end;
    state.offset = at;
    if (at == bytes.size()) RefuseHere(state, RefusalKind::kPickleTruncated, "the pickle ends before STOP");  // OPC-004
    instruction.offset = at;
    instruction.end = at + 1;
    Step(state, bytes, static_cast<std::uint8_t>(bytes[at]), instruction);
  }
  if (strict) RefuseLeftovers(state, instruction.end);
  graph.root = state.result;
  for (const Ref dict : state.unmerged) {
    if ((graph[dict].flags & kUnmerged) != 0) state.keys.MergePairs(graph, dict);
  }
}

}  // namespace weightsonly::machine
