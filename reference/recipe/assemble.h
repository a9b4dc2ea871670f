// Recipes: text -> the bytes of a file. conformance/FORMAT.md, chapter 1; the same language is read by
// conformance/run/recipe.py, whose bytes and lines of errors are the same.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/archive.h"

namespace weightsonly::recipe {

// Ours: bytes that a recipe makes at most, unless the caller says otherwise (FORMAT.md).
inline constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

struct RecipeError {
  std::uint64_t line = 0;  // the first is 1
  std::string text;        // one sentence without a full stop, fit for a terminal
};

// Takes a recipe line by line. Linear in the lines and in what they make; at no time does it hold more than three times
// `most`.
class Assembler {
 public:
  explicit Assembler(std::uint64_t most = kMostBytes) : archive_(most) {}

  // The next line, without its line feed. After a fault nothing more is looked at.
  void Line(std::string_view line);
  // The bytes of the file, or the first fault. Call once, last.
  [[nodiscard]] std::expected<std::string, RecipeError> Finish();

 private:
  void TakeStatement();
  template <typename Action>
  void Guarded(Action action);

  Archive archive_;
  std::uint64_t line_ = 0;
  std::vector<std::string_view> words_;
  std::string piece_;
  std::optional<RecipeError> error_;
};

[[nodiscard]] std::expected<std::string, RecipeError> Assemble(std::string_view text, std::uint64_t most = kMostBytes);

}  // namespace weightsonly::recipe
