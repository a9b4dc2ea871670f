// Floor 2. The decoder's table and its slow paths. SPEC.md chapter 2.
#include "pickle/decoder.h"

#include <array>
#include <cstring>

namespace weightsonly::pickle {
namespace {

// OPC-002: byte -> row, null for the 188 bytes that are no opcode.
constexpr auto kByByte = [] {
  std::array<const OpcodeInfo*, 256> table{};
  for (const OpcodeInfo& info : kOpcodes) table[info.byte] = &info;
  return table;
}();

[[nodiscard]] bool DecodeAnyOperand(Bytes pickle, Instruction& instruction) {
  switch (instruction.info->operand) {
    case Operand::kNone:
      return DecodeOperand<Operand::kNone>(pickle, instruction.end, instruction);
    case Operand::kU8:
      return DecodeOperand<Operand::kU8>(pickle, instruction.end, instruction);
    case Operand::kU16:
      return DecodeOperand<Operand::kU16>(pickle, instruction.end, instruction);
    case Operand::kI32:
      return DecodeOperand<Operand::kI32>(pickle, instruction.end, instruction);
    case Operand::kU32:
      return DecodeOperand<Operand::kU32>(pickle, instruction.end, instruction);
    case Operand::kU64:
      return DecodeOperand<Operand::kU64>(pickle, instruction.end, instruction);
    case Operand::kF64:
      return DecodeOperand<Operand::kF64>(pickle, instruction.end, instruction);
    case Operand::kText1:
      return DecodeOperand<Operand::kText1>(pickle, instruction.end, instruction);
    case Operand::kText4:
      return DecodeOperand<Operand::kText4>(pickle, instruction.end, instruction);
    case Operand::kText8:
      return DecodeOperand<Operand::kText8>(pickle, instruction.end, instruction);
    case Operand::kLine:
      return DecodeOperand<Operand::kLine>(pickle, instruction.end, instruction);
    case Operand::kTwoLines:
      return DecodeOperand<Operand::kTwoLines>(pickle, instruction.end, instruction);
  }
  return false;
}

}  // namespace

const OpcodeInfo* OpcodeOf(std::uint8_t byte) { return kByByte[byte]; }

DecodeStatus Decode(Bytes pickle, std::uint64_t at, Instruction& instruction) {
  if (at >= pickle.size()) return DecodeStatus::kEnd;
  instruction.offset = at;
  instruction.end = at + 1;
  instruction.info = OpcodeOf(static_cast<std::uint8_t>(pickle[at]));
  if (instruction.info == nullptr) return DecodeStatus::kUnknownOpcode;
  return DecodeAnyOperand(pickle, instruction) ? DecodeStatus::kOk : DecodeStatus::kTruncated;
}

bool internal::DecodeLine(Bytes pickle, std::uint64_t& at, std::string_view& line) {
  const std::byte* begin = pickle.data() + at;
  const std::uint64_t left = pickle.size() - at;
  if (left == 0) return false;
  const void* found = std::memchr(begin, '\n', left);
  if (found == nullptr) return false;
  const auto size = static_cast<std::uint64_t>(static_cast<const std::byte*>(found) - begin);
  line = AsText(pickle.subspan(at, size));
  at += size + 1;
  return true;
}

}  // namespace weightsonly::pickle
