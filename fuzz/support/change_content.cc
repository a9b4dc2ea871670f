// Fuzz targets: changes of instructions and bytes in a recipe.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "recipe/lines.h"
#include "recipe/words.h"
#include "support/recipe_changes.h"
#include "support/recipe_shape.h"
#include "support/vocabulary.h"

namespace weightsonly::fuzz {
namespace {

using pickle::OpcodeInfo;

constexpr std::size_t kLongestRun = 24;  // lines: a tensor and its storage

using Change = void (*)(RecipeLines&, std::size_t, Random&);

LineRange RandomRun(const RecipeLines& lines, std::size_t at, Random& random) {
  const std::size_t most = random.OneIn(4) ? random.Below(kLongestRun) + 1 : random.Few(6);
  return RunFrom(lines, at, most, IsInstructionLine);
}

// An instruction, or the place behind the last one.
std::size_t RandomPlace(const RecipeLines& lines, Random& random) {
  const std::size_t at = FindLine(lines, random, IsInstructionLine);
  return at < lines.size() && random.OneIn(8) ? at + 1 : at;
}

void Delete(RecipeLines& lines, std::size_t at, Random& random) { EraseLines(lines, RandomRun(lines, at, random)); }

void Duplicate(RecipeLines& lines, std::size_t at, Random& random) {
  const RecipeLines run = LinesIn(lines, RandomRun(lines, at, random));
  InsertLines(lines, RandomPlace(lines, random), run);
}

void Move(RecipeLines& lines, std::size_t at, Random& random) {
  const LineRange range = RandomRun(lines, at, random);
  const RecipeLines run = LinesIn(lines, range);
  EraseLines(lines, range);
  InsertLines(lines, RandomPlace(lines, random), run);
}

void Exchange(RecipeLines& lines, std::size_t at, Random& random) {
  std::swap(lines[at], lines[FindLine(lines, random, IsInstructionLine)]);
}

// The text of an operand is changed rather than replaced, so that names come out that are almost right.
bool ChangeText(std::string& line, const OpcodeInfo& info, Random& random) {
  if (info.operand != pickle::Operand::kText4 || info.opcode == pickle::Opcode::kLong4) return false;
  const std::string_view word = std::string_view(line).substr(info.name.size() + 1);
  const std::string text = Changed(recipe::StringOf(word.substr(0, word.rfind('"') + 1)), random);
  line = std::string(info.name) + " " + recipe::QuotedString(text);
  return true;
}

void ReplaceOperand(RecipeLines& lines, std::size_t, Random& random) {
  const auto has_operand = [](std::string_view line) {
    const OpcodeInfo* info = InstructionOf(line);
    return info != nullptr && info->operand != pickle::Operand::kNone;
  };
  const std::size_t at = FindLine(lines, random, has_operand);
  if (at == lines.size()) return;
  const OpcodeInfo& info = *InstructionOf(lines[at]);
  if (random.OneIn(3) && ChangeText(lines[at], info, random)) return;
  lines[at] = RandomInstruction(random, info);
}

void ReplaceOpcode(RecipeLines& lines, std::size_t at, Random& random) { lines[at] = RandomInstruction(random); }

// One value by another: what the stack holds stays in its place, so the pickle goes on running.
void ReplaceValue(RecipeLines& lines, std::size_t, Random& random) {
  const auto pushes = [](std::string_view line) {
    const OpcodeInfo* info = InstructionOf(line);
    return info != nullptr && PushesOne(*info);
  };
  const std::size_t at = FindLine(lines, random, pushes);
  if (at == lines.size()) return;
  EraseLines(lines, {at, at + 1});
  InsertLines(lines, at, RandomValue(random));
}

void Insert(RecipeLines& lines, std::size_t at, Random& random) {
  InsertLines(lines, at, random.OneIn(2) ? RandomValue(random) : RecipeLines{RandomInstruction(random)});
}

// A value into a container that is being filled: where another value begins.
void InsertBesides(RecipeLines& lines, std::size_t at, Random& random) {
  RecipeLines values = RandomValue(random);
  for (std::string& line : RandomValue(random)) values.push_back(std::move(line));
  InsertLines(lines, at, values);
}

// Uses a value a second time: shared, or inside of itself.
void Remember(RecipeLines& lines, std::size_t at, Random& random) {
  const std::string slot = std::to_string(random.Below(8));
  InsertLines(lines, at + 1, {"BINPUT " + slot});
  InsertLines(lines, RandomPlace(lines, random), {"BINGET " + slot});
}

constexpr auto kChanges =
    std::to_array<Change>({Delete, Duplicate, Move, Exchange, ReplaceOperand, ReplaceOperand, ReplaceOperand,
                           ReplaceOpcode, ReplaceValue, ReplaceValue, Insert, InsertBesides, Remember});

bool IsBytesLine(std::string_view line) { return line.starts_with("RAW ") || line.starts_with("REPEAT "); }
bool IsTextLine(std::string_view line) { return line.starts_with("TEXT "); }

std::string RawLine(std::string_view bytes) {
  std::string line = "RAW ";
  AppendHex(line, bytes);
  return line;
}

void ChangeBytes(std::string& line, Random& random) {
  if (line.starts_with("RAW ")) {
    line = RawLine(Changed(recipe::HexOf(std::string_view(line).substr(4), line), random));
  } else if (line.starts_with("TEXT ")) {
    line = "TEXT " + recipe::QuotedString(Changed(recipe::StringOf(std::string_view(line).substr(5)), random));
  } else {
    line = "REPEAT " + std::to_string(random.Below(5000)) + " RAW 00";
  }
}

// Storages become longer, shorter, or other ones; seldom the small records, of which hardly any change is good.
bool ChangeAnyBytes(RecipeLines& lines, Random& random) {
  const std::size_t at = FindLine(lines, random, random.OneIn(8) ? IsTextLine : IsBytesLine);
  if (at == lines.size()) return false;
  if (random.OneIn(4)) {
    EraseLines(lines, {at, at + 1});
  } else if (random.OneIn(3)) {
    InsertLines(lines, at, {lines[at]});
  } else {
    ChangeBytes(lines[at], random);
  }
  return true;
}

}  // namespace

bool ChangeContent(RecipeLines& lines, Random& random) {
  if (random.OneIn(8) && ChangeAnyBytes(lines, random)) return true;
  const std::size_t at = FindLine(lines, random, IsInstructionLine);
  if (at == lines.size()) return ChangeAnyBytes(lines, random);
  random.Pick(kChanges)(lines, at, random);
  return true;
}

}  // namespace weightsonly::fuzz
