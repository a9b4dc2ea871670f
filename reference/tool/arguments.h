// Floor 8. The command line, parsed. SPEC.md chapter 8.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/options.h"
#include "recipe/assemble.h"
#include "tool/exit_codes.h"
#include "tool/screen.h"
#include "tool/stream.h"

namespace weightsonly::tool {

enum class Command : std::uint8_t { kLs, kLoad, kGlobals, kInspect, kDis, kAsm, kExplain, kTables, kServe };

struct Arguments {
  Command command = Command::kLs;
  // FILEs as they were given, "-" for standard input; the topics of `explain`, the tables of `tables`.
  std::vector<std::string> operands;
  bool json = false;
  bool quiet = false;                             // load, globals: the exit code only
  bool sha256 = false;                            // ls: digests of the logical bytes
  bool torchscript = false;                       // ls: the file is a TorchScript archive
  bool all_bytes = false;                         // load: storages in full
  bool torch_message = false;                     // load: of a refused file also what torch says
  bool whole = false;                             // dis: contents in full
  std::optional<std::string> record;              // dis: only this record
  std::string output;                             // asm: a file, a folder, or "-"
  std::uint64_t most_bytes = recipe::kMostBytes;  // asm: that a recipe may make
  std::string suite;                              // explain: where suite.json is; empty: not said
  ColorMode color = ColorMode::kAuto;
  Options options;
};

// What the words of the command line ask for; or the exit code when that is settled already: help and the version were
// written to `out` (0), a mistake was explained on `err` (2).
[[nodiscard]] std::expected<Arguments, Exit> ParseArguments(int argc, const char* const* argv, Stream& out,
                                                            Stream& err);

}  // namespace weightsonly::tool
