// Floor 2. The disassembler. SPEC.md chapter 2; the language is described in the header.
#include "pickle/disassembler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "base/big_decimal.h"
#include "base/text.h"
#include "pickle/decoder.h"

namespace weightsonly::pickle {
namespace {

constexpr std::uint64_t kRawBytesPerLine = 32;
constexpr std::size_t kOffsetColumn = 40;
constexpr std::size_t kLongestDecimal = 255;  // bytes of an integer: what LONG1 can hold

void AppendString(std::string& out, std::string_view text) {
  out += " \"";
  for (const char c : EscapeForTerminal(text, std::string::npos)) {
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

void AppendFloat(std::string& out, std::uint64_t bits) {
  const auto value = std::bit_cast<double>(bits);
  if (std::isnan(value)) {
    out += " bits:";
    return AppendHex64(out, bits);
  }
  std::array<char, 32> digits;
  out += ' ';
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

// No byte could be left out: the last one is not a mere copy of the sign before it, and zero has no byte at all.
bool IsShortest(std::string_view bytes) {
  if (bytes.empty()) return true;
  const auto sign_before = [&] { return static_cast<unsigned char>(bytes[bytes.size() - 2]) >= 0x80; };
  const auto last = static_cast<unsigned char>(bytes.back());
  if (bytes.size() == 1) return last != 0;
  return !(last == 0 && !sign_before()) && !(last == 0xff && sign_before());
}

void AppendLong(std::string& out, std::string_view bytes) {
  if (bytes.size() <= kLongestDecimal && IsShortest(bytes)) {
    out += ' ';
    return AppendBigDecimal(out, bytes);
  }
  out += " bytes:";
  AppendHex(out, bytes);
}

void AppendInstruction(std::string& out, const Instruction& instruction) {
  out += instruction.info->name;
  switch (instruction.info->operand) {
    case Operand::kNone:
      return;
    case Operand::kU8:
    case Operand::kU16:
    case Operand::kI32:
    case Operand::kU32:
      out += ' ';
      return AppendDecimal(out, instruction.integer);
    case Operand::kU64:
      out += ' ';
      return AppendDecimal(out, static_cast<std::uint64_t>(instruction.integer));
    case Operand::kF64:
      return AppendFloat(out, instruction.bits);
    case Operand::kText1:
    case Operand::kText4:
    case Operand::kText8:
      if (instruction.info->opcode == Opcode::kLong1 || instruction.info->opcode == Opcode::kLong4) {
        return AppendLong(out, instruction.text);
      }
      return AppendString(out, instruction.text);
    case Operand::kLine:
      return AppendString(out, instruction.text);
    case Operand::kTwoLines:
      AppendString(out, instruction.text);
      return AppendString(out, instruction.second_line);
  }
}

void AppendOffset(std::string& line, std::size_t start, std::uint64_t offset) {
  line.resize(std::max(line.size() + 2, start + kOffsetColumn), ' ');
  std::array<char, 16> digits;
  line += "# 0x";
  line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), offset, 16).ptr);
}

}  // namespace

void Disassembler::AppendRaw(std::string& line) {
  const Bytes rest = pickle_.subspan(at_, std::min(pickle_.size() - at_, kRawBytesPerLine));
  std::size_t size = rest.size();
  if (!cut_) {
    const auto is_opcode = [](std::byte byte) { return OpcodeOf(static_cast<std::uint8_t>(byte)) != nullptr; };
    size = static_cast<std::size_t>(std::ranges::find_if(rest, is_opcode) - rest.begin());
  }
  line += "RAW ";
  AppendHex(line, AsText(rest.first(size)));
  at_ += size;
}

bool Disassembler::NextLine(std::string& line) {
  if (at_ == pickle_.size()) return false;
  const std::size_t start = line.size();
  const std::uint64_t offset = at_;
  Instruction instruction;
  const DecodeStatus status = cut_ ? DecodeStatus::kTruncated : Decode(pickle_, at_, instruction);
  if (status == DecodeStatus::kOk) {
    AppendInstruction(line, instruction);
    at_ = instruction.end;
  } else {
    cut_ = status == DecodeStatus::kTruncated;
    AppendRaw(line);
  }
  if (options_.offsets) AppendOffset(line, start, offset);
  line += '\n';
  return true;
}

void Disassemble(Bytes pickle, DisassembleOptions options, std::string& out) {
  Disassembler disassembler(pickle, options);
  while (disassembler.NextLine(out)) {
  }
}

}  // namespace weightsonly::pickle
