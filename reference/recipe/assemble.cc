// Recipes: lines and statements. conformance/FORMAT.md, chapter 1.1.
#include "recipe/assemble.h"

#include <algorithm>
#include <new>
#include <span>
#include <utility>

#include "base/refusal.h"
#include "base/text.h"
#include "recipe/instructions.h"
#include "recipe/little.h"
#include "recipe/words.h"

namespace weightsonly::recipe {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::uint64_t kMostRepeats = std::uint64_t{1} << 32;

// The width of U8 to U64, or 0.
std::size_t IntegerWidth(std::string_view word) {
  if (word == "U8") return 1;
  if (word == "U16") return 2;
  if (word == "U32") return 4;
  return word == "U64" ? 8 : 0;
}

// The bytes of a statement that is no part.
void AppendPiece(std::string_view word, Words operands, std::string& out) {
  const std::size_t width = IntegerWidth(word);
  if ((word == "RAW" || word == "TEXT" || width != 0) && operands.size() != 1) {
    Fail(std::string(word) + " takes one word");
  }
  if (word == "RAW") {
    out += HexOf(operands[0], operands[0]);
  } else if (word == "TEXT") {
    out += StringOf(operands[0]);
  } else if (width != 0) {
    AppendLittle(out, IntegerOf(operands[0], 0, ~std::uint64_t{0} >> (64 - 8 * width)), width);
  } else {
    AppendInstruction(word, operands, out);
  }
}

}  // namespace

void Assembler::TakeStatement() {
  Words words = words_;
  if (Archive::IsPart(words[0])) return archive_.Open(words[0], words.subspan(1), line_);
  std::uint64_t count = 1;
  if (words[0] == "REPEAT") {
    if (words.size() < 3) Fail("REPEAT takes a count and what is repeated");
    count = IntegerOf(words[1], 0, kMostRepeats);
    words = words.subspan(2);
    if (words[0] == "REPEAT" || Archive::IsPart(words[0])) Fail("only bytes can be repeated, once");
  }
  piece_.clear();
  AppendPiece(words[0], words.subspan(1), piece_);
  archive_.Add(piece_, count);
}

template <typename Action>
void Assembler::Guarded(Action action) {
  try {
    action();
  } catch (LineError& error) {
    error_ = {.line = error.line != 0 ? error.line : line_, .text = std::move(error.text)};
  } catch (const std::bad_alloc&) {
    Refuse(RefusalKind::kHostMemory, {}, 0, "there is not enough memory for what the recipe makes");
  }
}

void Assembler::Line(std::string_view line) {
  if (error_) return;
  ++line_;
  Guarded([&] {
    if (!IsUtf8(line)) Fail("the line is not UTF-8");
    words_.clear();
    SplitLine(line, words_);
    if (!words_.empty()) TakeStatement();
  });
}

std::expected<std::string, RecipeError> Assembler::Finish() {
  std::string bytes;
  if (!error_) Guarded([&] { bytes = archive_.Finish(); });
  if (error_) return std::unexpected(std::move(*error_));
  return bytes;
}

std::expected<std::string, RecipeError> Assemble(std::string_view text, std::uint64_t most) {
  Assembler assembler(most);
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    assembler.Line(text.substr(0, end));
    if (end == text.size()) return assembler.Finish();
    text.remove_prefix(end + 1);
  }
}

}  // namespace weightsonly::recipe
