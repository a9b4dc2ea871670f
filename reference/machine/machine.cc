// Floor 5. The machine's loop: decode one instruction, run its handler. SPEC.md chapter 5.
#include "machine/machine.h"

#include <string>

#include "base/text.h"
#include "machine/handlers.h"
#include "machine/inert.h"
#include "machine/state.h"
#include "machine/unbuilt.h"
#include "pickle/decoder.h"

namespace weightsonly::machine {
namespace {

// OPC-002. Any byte that is not one of the 34: refused before its operand is looked at.
[[noreturn, gnu::cold, gnu::noinline]] void RefuseOpcode(const State& state, std::uint8_t byte) {
  const pickle::OpcodeInfo* info = pickle::OpcodeOf(byte);
  std::string detail =
      info == nullptr ? "no opcode has the byte " : std::string(info->name) + " is not accepted: byte ";
  AppendDecimal(detail, std::uint64_t{byte});
  RefuseHere(state, RefusalKind::kPickleOpcode, std::move(detail));
}

[[noreturn, gnu::cold, gnu::noinline]] void RefuseTruncated(const State& state, std::string_view name) {
  RefuseHere(state, RefusalKind::kPickleTruncated, "the operand of " + std::string(name) + " reaches past the end");
}

// OPC-004
[[noreturn, gnu::cold, gnu::noinline]] void RefuseEnd(const State& state) {
  RefuseHere(state, RefusalKind::kPickleTruncated, "the pickle ends before STOP");
}

}  // namespace

// A switch that opcode.def generates. `flatten` inlines the
// small handlers together with the decoding of their operands, and the position stays in a register; the long handlers
// (Global, BinPersid, Reduce, NewObj, Build) are noinline. Measured: a third of the instructions of a load less than
// with calls.
[[gnu::flatten]] std::uint64_t Execute(State& state, Bytes bytes, std::uint64_t at) {
  pickle::Instruction instruction;
  while (!state.stopped) {
    state.offset = at;
    if (at == bytes.size()) RefuseEnd(state);
    instruction.offset = at;
    const auto opcode = static_cast<std::uint8_t>(bytes[at++]);
    switch (opcode) {
#define WEIGHTSONLY_ACCEPTED_yes(handler, name, byte, operand)                                                  \
  case byte:                                                                                                    \
    if (!pickle::DecodeOperand<pickle::Operand::operand>(bytes, at, instruction)) RefuseTruncated(state, name); \
    handler(state, instruction);                                                                                \
    break;
#define WEIGHTSONLY_ACCEPTED_no(handler, name, byte, operand)
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) \
  WEIGHTSONLY_ACCEPTED_##accepted(handler, name, byte, operand)
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
#undef WEIGHTSONLY_ACCEPTED_yes
#undef WEIGHTSONLY_ACCEPTED_no
      default:
        RefuseOpcode(state, opcode);
    }
  }
  return at;
}

void RefuseLeftValues(const State& state) {
  if (!state.stack.empty() || !state.marks.empty()) {
    RefuseHere(state, RefusalKind::kPickleTrailing, "values or marks are left on the stack at STOP");
  }
}

void MergeAll(State& state) {
  for (const Ref dict : state.unmerged) {
    if ((state.graph[dict].flags & kUnmerged) != 0) state.keys.MergePairs(state.graph, dict);
  }
}

void Prepare(State& state, const Setting& setting) {
  state.locations = setting.locations;
  state.vocabulary = setting.vocabulary;
  state.encoding = setting.encoding;
  state.policy = setting.policy;
  state.behaviour = policy::BehaviourOf(setting.policy.release);
}

void Run(Graph& graph, StorageResolver& resolver, bool strict, const Setting& setting) {
  State state(graph, resolver);
  Prepare(state, setting);
  const std::uint64_t end = Execute(state, graph.pickle, 0);
  RefuseUnbuilt(state);
  RefusePending(state);
  if (strict) {
    RefuseLeftValues(state);
    if (end != graph.pickle.size()) {  // STK-005
      graph.RefuseAt(RefusalKind::kPickleTrailing, end,
                     std::to_string(graph.pickle.size() - end) + " bytes follow STOP");
    }
  }
  graph.root = state.result;
  MergeAll(state);
}

}  // namespace weightsonly::machine
