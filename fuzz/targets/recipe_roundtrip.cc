// Fuzz target: every file has a recipe that assembles to it (OPC-014), also a file that a recipe made. The input is a
// file, and when it is a recipe it is one, too.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "recipe/assemble.h"
#include "recipe/disassemble.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// Bytes that are gone through again when the input is a recipe.
constexpr std::uint64_t kMost = 16384;
// The other forms of a recipe are looked at for one file in so many, by its size.
constexpr std::size_t kSeldom = 8;

void CheckLine(std::string_view line) {
  const bool controls = std::ranges::any_of(line, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  Require(!controls && IsUtf8(line), "a line of a recipe is not fit for a terminal", line);
}

// With offsets in comments it assembles to the same file; without its long contents, so many bytes fewer stand in it.
void CheckForms(Bytes file) {
  recipe::Assembler assembler(file.size());
  const recipe::Disassembly with_offsets = recipe::Disassemble(file, {.offsets = true}, [&](std::string_view line) {
    CheckLine(line);
    assembler.Line(line);
  });
  const auto bytes = assembler.Finish();
  Require(bytes && *bytes == AsText(file), "a recipe with offsets assembles to another file",
          bytes ? "" : bytes.error().text);
  Require(with_offsets.left_out == 0, "a recipe without a limit leaves bytes out");
  const recipe::Disassembly cut = recipe::Disassemble(file, {.most_shown = 16}, CheckLine);
  Require(cut.left_out <= file.size(), "a recipe leaves out more bytes than the file has");
}

void CheckFile(Bytes file) {
  const std::string text = recipe::Disassemble(file);
  std::string_view rest = text;
  for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    CheckLine(rest.substr(0, end));
  }
  Require(rest.empty(), "the last line of a recipe has no line feed");
  const auto bytes = recipe::Assemble(text, file.size());
  Require(bytes.has_value(), "a recipe of a file is wrong", bytes ? "" : bytes.error().text);
  Require(*bytes == AsText(file), "a recipe assembles to another file than the one it is of");
}

void Check(Bytes file) {
  CheckFile(file);
  if (file.size() % kSeldom == 0) CheckForms(file);
  const auto made = recipe::Assemble(AsText(file), kMost);
  if (!made) return;
  CheckFile(AsBytes(*made));
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
