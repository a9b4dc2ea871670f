// Floor 2. One instruction of a pickle: its opcode and operand. SPEC.md chapter 2.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace weightsonly::pickle {

enum class Opcode : std::uint8_t {
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) k##handler,
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
};

// What follows an opcode's byte. Multi-byte numbers are little-endian, but for kF64.
enum class Operand : std::uint8_t {
  kNone,
  kU8,        // one byte
  kU16,       // two
  kI32,       // four, signed
  kU32,       // four
  kU64,       // eight
  kF64,       // eight, BIG-endian bits of a double
  kText1,     // one byte n, then n bytes
  kText4,     // four bytes n, then n bytes
  kText8,     // eight bytes n, then n bytes
  kLine,      // bytes up to a line feed
  kTwoLines,  // two of them
};

// One row of opcode.def. Static storage.
struct OpcodeInfo {
  std::string_view name;
  std::uint8_t byte;
  Opcode opcode;
  Operand operand;
  bool accepted;  // OPC-001
};

inline constexpr bool kAccepted_yes = true;  // the two words of the table's column `accepted`
inline constexpr bool kAccepted_no = false;

inline constexpr auto kOpcodes = std::to_array<OpcodeInfo>({
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) \
  {name, byte, Opcode::k##handler, Operand::operand, kAccepted_##accepted},
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
});

// The row of a byte, or null when the byte is no opcode.
[[nodiscard]] const OpcodeInfo* OpcodeOf(std::uint8_t byte);

struct Instruction {
  std::uint64_t offset = 0;  // of the opcode's byte in the pickle
  std::uint64_t end = 0;     // first byte after the operand
  const OpcodeInfo* info = nullptr;
  // The operand: kU8 to kU64 and kI32 here …
  std::int64_t integer = 0;
  // … kF64 here, as the bits of the double …
  std::uint64_t bits = 0;
  // … kText1 to kText8, kLine and kTwoLines here, without length and line feed: views into the pickle.
  std::string_view text;
  std::string_view second_line;  // of kTwoLines
};

}  // namespace weightsonly::pickle
