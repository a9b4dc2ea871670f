// Floor 2. Bytes to instructions, one at a time. SPEC.md chapter 2. It checks that an operand is there, not what it
// means: no UTF-8, no stack, no memo.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.h"
#include "pickle/instruction.h"

namespace weightsonly::pickle {

enum class DecodeStatus : std::uint8_t {
  kOk,
  kEnd,            // `at` is the end of the pickle
  kUnknownOpcode,  // the byte is none of the 68
  kTruncated,      // the operand reaches past the end, or its line has no line feed (OPC-005)
};

// Reads the operand of kind `operand` that starts at at into `instruction` and moves `end` behind it.
// False when the pickle ends first; `instruction` is then unspecified.
template <Operand operand>
[[nodiscard]] bool DecodeOperand(Bytes pickle, std::uint64_t& at, Instruction& instruction);

// Decodes the instruction at `at` (OPC-003). On kOk `instruction` is complete and its text views `pickle`.
[[nodiscard]] DecodeStatus Decode(Bytes pickle, std::uint64_t at, Instruction& instruction);

// Implementation: small enough to be inlined into the machine's loop, which is why it stands here.

namespace internal {

template <typename Length>
[[nodiscard]] inline bool DecodeText(Bytes pickle, std::uint64_t& at, Instruction& instruction) {
  const std::uint64_t left = pickle.size() - at;
  if (left < sizeof(Length)) return false;
  const std::uint64_t size = LoadLittle<Length>(pickle.data() + at);
  if (size > left - sizeof(Length)) return false;
  instruction.text = AsText(pickle.subspan(at + sizeof(Length), size));
  at += sizeof(Length) + size;
  return true;
}

// OPC-007
template <typename Integer>
[[nodiscard]] inline bool DecodeInteger(Bytes pickle, std::uint64_t& at, Instruction& instruction) {
  if (pickle.size() - at < sizeof(Integer)) return false;
  instruction.integer = static_cast<std::int64_t>(LoadLittle<Integer>(pickle.data() + at));
  at += sizeof(Integer);
  return true;
}

// Bytes up to the next line feed; false when there is none (OPC-012).
[[nodiscard]] bool DecodeLine(Bytes pickle, std::uint64_t& at, std::string_view& line);

}  // namespace internal

template <Operand operand>
[[nodiscard]] inline bool DecodeOperand(Bytes pickle, std::uint64_t& at, Instruction& instruction) {
  if constexpr (operand == Operand::kNone) {
    return true;
  } else if constexpr (operand == Operand::kU8) {
    return internal::DecodeInteger<std::uint8_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kU16) {
    return internal::DecodeInteger<std::uint16_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kI32) {
    return internal::DecodeInteger<std::int32_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kU32) {
    return internal::DecodeInteger<std::uint32_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kU64) {
    return internal::DecodeInteger<std::uint64_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kF64) {
    if (pickle.size() - at < 8) return false;  // OPC-011
    instruction.bits = std::byteswap(Load64(pickle.data() + at));
    at += 8;
    return true;
  } else if constexpr (operand == Operand::kText1) {
    return internal::DecodeText<std::uint8_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kText4) {
    return internal::DecodeText<std::uint32_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kText8) {
    return internal::DecodeText<std::uint64_t>(pickle, at, instruction);
  } else if constexpr (operand == Operand::kLine) {
    return internal::DecodeLine(pickle, at, instruction.text);
  } else {
    static_assert(operand == Operand::kTwoLines);
    return internal::DecodeLine(pickle, at, instruction.text) &&
           internal::DecodeLine(pickle, at, instruction.second_line);
  }
}

}  // namespace weightsonly::pickle
