// Recipes: the bytes of a file -> text. conformance/FORMAT.md, chapter 1. Whatever the file is, its recipe assembles to
// the same bytes (OPC-014).
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "recipe/lines.h"

namespace weightsonly::recipe {

// What a file is shown as.
enum class Form : std::uint8_t {
  kZip,     // parts, with instructions and texts in them
  kLegacy,  // five pickles, each behind a comment that names it, and bytes
  kPickle,  // instructions
  kText,    // a TEXT for each line
  kRaw,     // bytes
};

struct Disassembly {
  Form form = Form::kRaw;
  std::uint64_t left_out = 0;  // bytes: 0, or the lines do not assemble to the file
};

// Gives the lines of the whole file to `sink`. A file of at most 16 MiB is put together again to see that nothing is
// wrong with them; where something is, everything is RAW. Linear in the file.
Disassembly Disassemble(Bytes file, LineOptions options, const LineSink& sink);

// All lines, nothing left out.
[[nodiscard]] std::string Disassemble(Bytes file);

}  // namespace weightsonly::recipe
