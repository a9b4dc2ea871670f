// Recipes: the lines of a disassembly and what bytes look like in them. conformance/FORMAT.md, chapters 1.1 and 1.2.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace weightsonly::recipe {

// Receives each line, without its line feed.
using LineSink = std::function<void(std::string_view)>;

struct LineOptions {
  bool offsets = false;  // ends each instruction in a comment: its offset in its pickle, "# 0x1f"
  // Contents with more bytes than this that are neither instructions nor text are left out: a comment says how many.
  std::uint64_t most_shown = ~std::uint64_t{0};
};

// Writes bytes as statements.
class Lines {
 public:
  Lines(const LineSink& sink, LineOptions options) : sink_(sink), options_(options) {}

  void Line(std::string_view line) { sink_(line); }
  // One instruction a line; `front` begins each of them.
  void Instructions(Bytes pickle, std::string_view front = {});
  // A TEXT for each line of it.
  void Text(Bytes text);
  // Runs of one byte as REPEAT, the rest as RAW, 32 bytes a line.
  void Raw(Bytes bytes);

  // Bytes that were left out.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  const LineSink& sink_;
  LineOptions options_;
  std::uint64_t left_out_ = 0;
};

// Text whose lines are short, without controls.
[[nodiscard]] bool IsShortText(Bytes bytes);

// The string of a recipe for these bytes, in quotes.
[[nodiscard]] std::string QuotedString(std::string_view bytes);

}  // namespace weightsonly::recipe
