// Fuzz target: the recipe assembler (recipe/assemble.h) over any text, and what its deflate forms make
// (recipe/deflate.h, against zlib). The input is the text.
#include "recipe/assemble.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "recipe/deflate.h"
#include "support/one_shot.h"
#include "support/target.h"
#include "support/uncovered.h"

WEIGHTSONLY_UNCOVERED_BEGIN

namespace weightsonly::fuzz {
namespace {

using recipe::RecipeError;
using Result = std::expected<std::string, RecipeError>;

constexpr std::uint64_t kMost = 65536;
// Of the text, as content of a deflate stream.
constexpr std::size_t kContent = 128;
// Of the checks that assemble once more that of lines is made for every second text, by its size, the others, and those
// that inflate, for one in so many.
constexpr std::size_t kSeldom = 8;

bool Same(const Result& a, const Result& b) {
  if (a.has_value() != b.has_value()) return false;
  return a ? *a == *b : a.error().line == b.error().line && a.error().text == b.error().text;
}

Result LineByLine(std::string_view text) {
  recipe::Assembler assembler(kMost);
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    // In memory of its own: nothing of a line may be needed when the next one comes.
    const std::string line(text.substr(from, end - from));
    assembler.Line(line);
    from = end + 1;
  }
  return assembler.Finish();
}

void CheckError(std::string_view text, const RecipeError& error) {
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(text, '\n')) + 1;
  Require(error.line >= 1 && error.line <= lines, "an error of a line that the text has not", error.text);
  Require(!error.text.empty() && error.text.size() <= 1024, "an error says nothing, or too much", error.text);
  const bool controls = std::ranges::any_of(error.text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  Require(IsUtf8(error.text) && !controls, "an error is not fit for a terminal", error.text);
}

// A limit of the recipe's own size is none, and one byte less refuses the line that makes more.
void CheckLimit(std::string_view text, std::size_t size) {
  Require(recipe::Assemble(text, size).has_value(), "a recipe makes more than it makes");
  if (size == 0) return;
  const Result refused = recipe::Assemble(text, size - 1);
  Require(!refused, "a recipe makes more bytes than its caller allows");
  CheckError(text, refused.error());
}

void CheckDeflate(std::string_view content) {
  for (const recipe::Deflate form : {recipe::Deflate::kStored, recipe::Deflate::kFixed}) {
    const std::string payload = recipe::Encode(form, content);
    const auto inflated = InflateWhole(AsBytes(payload), content.size());
    Require(inflated == std::optional<std::string>(content), "a deflate form makes a stream of other bytes");
    if (payload.size() < 2) continue;
    Require(!InflateWhole(AsBytes(payload).first(payload.size() - 1), content.size()),
            "a deflate form has a byte behind its end");
  }
  Require(recipe::Encode(recipe::Deflate::kNone, content) == content, "no deflate form changes the content");
}

void Check(Bytes bytes) {
  const std::string_view text = AsText(bytes);
  const Result made = recipe::Assemble(text, kMost);
  if (text.size() % 2 == 0) Require(Same(made, LineByLine(text)), "a recipe assembles in another way line by line");
  if (made) {
    Require(made->size() <= kMost, "a recipe makes more bytes than its caller allows");
    if (text.size() % kSeldom == 0) CheckLimit(text, made->size());
  } else {
    CheckError(text, made.error());
  }
  if (text.size() % kSeldom == 1) CheckDeflate(text.substr(0, kContent));
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}

WEIGHTSONLY_UNCOVERED_END
