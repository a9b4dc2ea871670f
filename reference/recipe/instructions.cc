// Recipes: instructions. conformance/FORMAT.md, chapter 1.2. The operands follow the kinds of pickle/opcode.def.
#include "recipe/instructions.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "pickle/instruction.h"
#include "recipe/little.h"
#include "recipe/words.h"

namespace weightsonly::recipe {
namespace {

using pickle::Opcode;
using pickle::OpcodeInfo;
using pickle::Operand;

constexpr std::size_t kLongestNumber = 4096;  // characters

constexpr auto kByName = [] {
  auto table = pickle::kOpcodes;
  std::ranges::sort(table, {}, &OpcodeInfo::name);
  return table;
}();

const OpcodeInfo& FindOpcode(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(kByName, name, {}, &OpcodeInfo::name);
  if (found == kByName.end() || found->name != name) {
    Fail(Shown(name) + " is no instruction and no part of an archive");
  }
  return *found;
}

std::size_t CountDigits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count;
}

// -?digits[.digits][e[+-]digits]
bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (CountDigits(text) == 0) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (CountDigits(text) == 0) return false;
  }
  if (!text.starts_with('e')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return CountDigits(text) != 0 && text.empty();
}

// A number that is not zero must not become zero, and only `inf` is infinite.
double NumberOf(std::string_view word) {
  if (word == "inf" || word == "-inf") {
    return word == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  }
  if (!IsNumber(word) || word.size() > kLongestNumber) Fail("a number is expected, not " + Shown(word));
  // Not every standard library has std::from_chars for doubles. No program here sets a locale: the point is a point.
  const double value = std::strtod(std::string(word).c_str(), nullptr);
  const bool is_zero = word.substr(0, word.find('e')).find_first_of("123456789") == std::string_view::npos;
  if (std::isinf(value) || (value == 0 && !is_zero)) {
    Fail(Shown(word) + " is out of the range of a double");
  }
  return value;
}

void AppendFloat(std::string_view word, std::string& out) {
  if (word.starts_with("bits:")) {
    const std::string bytes = HexOf(word.substr(5), word);
    if (bytes.size() != 8) Fail("bits: takes 16 hex digits");
    out += bytes;
    return;
  }
  AppendLittle(out, std::byteswap(std::bit_cast<std::uint64_t>(NumberOf(word))), 8);
}

void AppendInteger(std::string_view word, std::int64_t least, std::uint64_t most, std::size_t width, std::string& out) {
  AppendLittle(out, IntegerOf(word, least, most), width);
}

std::string CountedBytes(Opcode opcode, std::string_view word) {
  if (opcode != Opcode::kLong1 && opcode != Opcode::kLong4) return StringOf(word);
  return word.starts_with("bytes:") ? HexOf(word.substr(6), word) : BigIntegerOf(word);
}

void AppendCounted(Opcode opcode, std::string_view word, std::size_t width, std::string& out) {
  const std::string bytes = CountedBytes(opcode, word);
  const std::uint64_t length = bytes.size();  // std::size_t can be as narrow as the field
  if (width < 8 && length >> (8 * width) != 0) Fail("the operand is longer than its length can say");
  AppendLittle(out, length, width);
  out += bytes;
}

void AppendLine(std::string_view word, std::string& out) {
  const std::string bytes = StringOf(word);
  if (bytes.contains('\n')) Fail("a line feed ends this operand: it can hold none");
  out.append(bytes).append("\n");
}

std::size_t OperandCount(Operand operand) {
  if (operand == Operand::kNone) return 0;
  return operand == Operand::kTwoLines ? 2 : 1;
}

void AppendOperand(const OpcodeInfo& info, std::span<const std::string_view> words, std::string& out) {
  switch (info.operand) {
    case Operand::kNone:
      return;
    case Operand::kU8:
      return AppendInteger(words[0], 0, 0xff, 1, out);
    case Operand::kU16:
      return AppendInteger(words[0], 0, 0xffff, 2, out);
    case Operand::kI32:
      return AppendInteger(words[0], std::numeric_limits<std::int32_t>::min(), 0x7fffffff, 4, out);
    case Operand::kU32:
      return AppendInteger(words[0], 0, 0xffffffff, 4, out);
    case Operand::kU64:
      return AppendInteger(words[0], 0, ~std::uint64_t{0}, 8, out);
    case Operand::kF64:
      return AppendFloat(words[0], out);
    case Operand::kText1:
      return AppendCounted(info.opcode, words[0], 1, out);
    case Operand::kText4:
      return AppendCounted(info.opcode, words[0], 4, out);
    case Operand::kText8:
      return AppendCounted(info.opcode, words[0], 8, out);
    case Operand::kLine:
      return AppendLine(words[0], out);
    case Operand::kTwoLines:
      AppendLine(words[0], out);
      return AppendLine(words[1], out);
  }
}

}  // namespace

void AppendInstruction(std::string_view name, std::span<const std::string_view> operands, std::string& out) {
  const OpcodeInfo& info = FindOpcode(name);
  const std::size_t wanted = OperandCount(info.operand);
  if (operands.size() != wanted) {
    Fail(std::string(name) + " takes " + std::to_string(wanted) + (wanted == 1 ? " operand" : " operands") + ", not " +
         std::to_string(operands.size()));
  }
  out += static_cast<char>(info.byte);
  AppendOperand(info, operands, out);
}

}  // namespace weightsonly::recipe
