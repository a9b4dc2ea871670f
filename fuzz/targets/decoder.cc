// Any bytes as a pickle: what the decoder reads, and, by their number, what the machine takes, or that the text of a
// pickle is the pickle.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "machine/machine.h"
#include "pickle/decoder.h"
#include "pickle/disassembler.h"
#include "recipe/assemble.h"
#include "support/machine_storages.h"
#include "support/refusals.h"
#include "support/target.h"
#include "support/uncovered.h"

WEIGHTSONLY_UNCOVERED_BEGIN

namespace weightsonly::fuzz {
namespace {

using pickle::DecodeStatus;
using pickle::Instruction;

void CheckView(Bytes bytes, const Instruction& instruction, std::string_view view) {
  if (view.data() == nullptr) return;
  const Bytes inside = bytes.subspan(instruction.offset, instruction.end - instruction.offset);
  const std::string_view text = AsText(inside);
  const bool begins = view.data() >= text.data() && view.data() <= text.data() + text.size();
  Require(begins && view.size() <= text.size() - static_cast<std::size_t>(view.data() - text.data()),
          "an operand outside of its instruction", instruction.info->name);
}

// Reads instruction by instruction; returns what the first one is.
DecodeStatus CheckDecoder(Bytes bytes, Instruction& first) {
  std::uint64_t at = 0;
  DecodeStatus result = DecodeStatus::kEnd;
  while (true) {
    Instruction instruction;
    const DecodeStatus status = Decode(bytes, at, instruction);
    if (at == 0) {
      result = status;
      first = instruction;
    }
    Require((status == DecodeStatus::kEnd) == (at == bytes.size()), "the end of the pickle is somewhere else");
    if (status != DecodeStatus::kOk) return result;
    Require(instruction.offset == at, "an instruction begins somewhere else");
    Require(instruction.end > at && instruction.end <= bytes.size(), "an instruction ends outside of the pickle");
    Require(instruction.info->byte == static_cast<std::uint8_t>(bytes[at]), "an instruction of another opcode");
    CheckView(bytes, instruction, instruction.text);
    CheckView(bytes, instruction, instruction.second_line);
    at = instruction.end;
  }
}

// OPC-001, OPC-002, OPC-004: the machine refuses the first instruction for its opcode exactly when the table says so,
// and for its operand exactly when the decoder does.
void CheckMachine(Bytes bytes, DecodeStatus status, const Instruction& first) {
  const std::uint64_t end = status == DecodeStatus::kOk ? first.end : bytes.size();
  Graph graph{Limits{}};
  std::ranges::copy(bytes.first(end), graph.MakeRoom(end, FakeResolver::kRecords).begin());
  FakeResolver resolver(false);
  try {
    machine::Run(graph, resolver, false);
    Fail("a pickle of one instruction is loaded");
  } catch (const Refusal& refusal) {
    CheckRefusal(refusal);
    const bool accepted = status != DecodeStatus::kUnknownOpcode && first.info->accepted;
    Require((refusal.kind == RefusalKind::kPickleOpcode) != accepted, "the machine and the table of opcodes disagree",
            refusal.detail);
    const bool cut = accepted && status == DecodeStatus::kTruncated;
    if (cut) Require(refusal.kind == RefusalKind::kPickleTruncated, "an operand that is not there was used");
    if (cut) Require(refusal.offset == 0, "an operand that is not there is missed somewhere else");
  }
}

// OPC-013: every byte is in exactly one line, and back.
void CheckText(Bytes bytes, bool offsets) {
  std::string text;
  pickle::Disassemble(bytes, {.offsets = offsets}, text);
  Require(text.empty() || text.back() == '\n', "the last line has no end");
  const bool plain = std::ranges::none_of(
      text, [](char c) { return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f); });
  Require(plain && IsUtf8(text), "a control character in the text of a pickle", text);
  const auto assembled = recipe::Assemble(text);
  if (!assembled) Fail("the text of a pickle does not assemble", assembled.error().text + " in " + text);
  Require(*assembled == AsText(bytes), "the text of a pickle assembles to another one", text);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const weightsonly::Bytes bytes = BytesOf(data, size);
  weightsonly::pickle::Instruction first;
  const auto status = CheckDecoder(bytes, first);
  if (size % 2 == 1) {
    CheckText(bytes, size % 4 == 1);
  } else if (status != weightsonly::pickle::DecodeStatus::kEnd) {
    CheckMachine(bytes, status, first);
  }
  return 0;
}

WEIGHTSONLY_UNCOVERED_END
