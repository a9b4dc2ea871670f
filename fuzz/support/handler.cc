// Fuzz targets: one opcode handler on a state that the input shapes.
#include "support/handler.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "machine/handlers.h"
#include "machine/inert.h"
#include "machine/machine.h"
#include "machine/state.h"
#include "machine/unbuilt.h"
#include "pickle/decoder.h"
#include "support/handler_rules.h"
#include "support/input.h"
#include "support/machine_invariants.h"
#include "support/machine_program.h"
#include "support/machine_result.h"
#include "support/machine_setting.h"
#include "support/machine_storages.h"
#include "support/refusals.h"
#include "support/spotlight.h"

namespace weightsonly::fuzz {
namespace {

using machine::State;
using pickle::Opcode;

// The instruction is complete: the program wrote it.
void RunHandler(State& state, const pickle::Instruction& instruction) {
  switch (instruction.info->opcode) {
#define WEIGHTSONLY_ACCEPTED_yes(handler) \
  case Opcode::k##handler:                \
    return machine::handler(state, instruction);
#define WEIGHTSONLY_ACCEPTED_no(handler)
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) WEIGHTSONLY_ACCEPTED_##accepted(handler)
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
#undef WEIGHTSONLY_ACCEPTED_yes
#undef WEIGHTSONLY_ACCEPTED_no
    default:
      Fail("a target for an opcode that is not accepted");
  }
}

// How many values and marks an opcode leaves, by how many there are.
struct Height {
  std::size_t values;
  std::size_t marks;
  bool operator==(const Height&) const = default;
};

Height HeightOf(const State& state) { return {.values = state.stack.size(), .marks = state.marks.size()}; }

Height HeightAfter(const State& state, Opcode opcode) {
  const Height before = HeightOf(state);
  const auto grown = [&](int by) {
    return Height{.values = before.values + static_cast<std::size_t>(by), .marks = before.marks};
  };
  switch (opcode) {
    case Opcode::kMark:
      return {.values = before.values, .marks = before.marks + 1};
    case Opcode::kTuple:
      return {.values = std::size_t{state.base} + 1, .marks = before.marks - 1};
    case Opcode::kAppends:
    case Opcode::kSetItems:
      return {.values = state.base, .marks = before.marks - 1};
    case Opcode::kStop:
    case Opcode::kAppend:
    case Opcode::kBuild:
    case Opcode::kReduce:
    case Opcode::kNewObj:
    case Opcode::kTuple2:
      return grown(-1);
    case Opcode::kSetItem:
    case Opcode::kTuple3:
      return grown(-2);
    case Opcode::kProto:
    case Opcode::kBinPut:
    case Opcode::kLongBinPut:
    case Opcode::kBinPersid:
    case Opcode::kTuple1:
      return grown(0);
    default:
      return grown(1);
  }
}

// The types of the two topmost values, or what is called with how many arguments, and how high the stack is.
void DistinguishState(const State& state) {
  constexpr unsigned kTypes = 32;
  constexpr unsigned kCalls = kTypes * kTypes;
  constexpr unsigned kHeights = kCalls + kTypes * 16;
  const std::size_t depth = state.stack.size() - state.base;
  const auto type = [&](std::size_t from_top) {
    if (from_top > depth) return kTypes - 1;
    return static_cast<unsigned>(state.graph[state.stack.data()[state.stack.size() - from_top]].type);
  };
  Distinguish(type(2) * kTypes + type(1));
  const auto marks = static_cast<unsigned>(std::min<std::size_t>(state.marks.size(), 3));
  Distinguish(kHeights + marks * 8 + static_cast<unsigned>(std::min<std::size_t>(depth, 7)));
  if (depth < 2) return;
  const policy::Global* global = machine::GlobalOf(state.graph, state.stack.data()[state.stack.size() - 2]);
  const std::uint32_t arguments = std::min(state.graph[state.stack.data()[state.stack.size() - 1]].count, 15U);
  if (global != nullptr) Distinguish(kCalls + static_cast<unsigned>(global->kind) % kTypes * 16 + arguments);
}

void RunPiece(State& state, const Program::Piece& piece, Spotlight& spotlight) {
  const Bytes pickle = state.graph.pickle.first(piece.end);
  state.stopped = false;
  if (piece.what != Program::What::kAlways) {
    pickle::Instruction instruction;
    const bool decoded = Decode(pickle, piece.begin, instruction) == pickle::DecodeStatus::kOk;
    Require(decoded, "the program wrote an instruction that the decoder does not read");
    if (piece.what == Program::What::kHandler) {
      const Height after = HeightAfter(state, instruction.info->opcode);
      state.offset = piece.begin;
      DistinguishState(state);
      const HandlerRules rules(state, instruction.info->opcode);
      {
        const Spotlight::Beam beam(spotlight);
        RunHandler(state, instruction);
      }
      Require(HeightOf(state) == after, "a handler leaves another number of values or marks than its opcode",
              instruction.info->name);
      rules.Check();
      return;
    }
    if (!HasOperands(state, instruction)) return;
  }
  machine::Execute(state, pickle, piece.begin);
}

// What a load does behind the last instruction (machine::Run). Nothing is left open: marks hide what is below them.
void Finish(State& state) {
  if (state.stack.size() == state.base) return;
  state.result = state.stack.back();
  machine::RefuseUnbuilt(state);
  machine::RefusePending(state);
  state.graph.root = state.result;
  machine::MergeAll(state);
  CheckState(state, Reached::kEnd);
  WriteAndCheck(state.graph);
}

}  // namespace

void FuzzHandler(Opcode opcode, Bytes bytes) {
  Spotlight spotlight;
  Input input(bytes);
  const MachineSetting setting = ReadMachineSetting(input);
  const Program program(input, opcode, setting);
  Graph graph(setting.limits);
  const auto room = graph.MakeRoom(program.pickle().size(), FakeResolver::kRecords);
  std::ranges::copy(AsBytes(program.pickle()), room.begin());
  graph.file_bytes = kStorageArrayBytes;
  FakeResolver resolver(setting.foreign);
  State state(graph, resolver);
  machine::Prepare(state, setting.machine);
  state.storage_ids = setting.storage_ids;
  try {
    for (const Program::Piece& piece : program.pieces()) RunPiece(state, piece, spotlight);
    CheckState(state, Reached::kInstruction);
    if (setting.finish) Finish(state);
  } catch (const Refusal& refusal) {
    CheckState(state, Reached::kRefusal);
    CheckRefusal(refusal);
    CheckLimitRefusal(graph, refusal);
  }
}

}  // namespace weightsonly::fuzz
