// Floor 8. What `inspect` knows about a file before it says it. SPEC.md chapter 8.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "container/source.h"
#include "tool/archive_report.h"
#include "tool/commands.h"
#include "tool/salvage.h"

namespace weightsonly::tool {

// Views the file's bytes, which must outlive it.
struct Inspection {
  Bytes file;
  std::string_view format;       // "zip", "torchscript", "legacy", "text", … (CLI-016)
  std::optional<Refusal> fault;  // why there is no archive to look into
  std::optional<container::Archive> archive;
  std::optional<std::expected<Checkpoint, Refusal>> loaded;  // set when `archive` is
  std::vector<LocalHeader> salvaged;                         // of an archive that cannot be read
};

// Shown with their text when they are there.
inline constexpr std::array<std::string_view, 5> kShownSmallRecords = {"version", "byteorder", ".format_version",
                                                                       ".storage_alignment", ".data/serialization_id"};

// "stored", "deflated", or the number of another method.
[[nodiscard]] std::string MethodName(std::uint16_t method);
// Eight hex digits.
[[nodiscard]] std::string CrcText(std::uint32_t crc);

// Says it to people (inspect_text.cc).
void PrintInspection(const Context& context, const std::string& file, const Inspection& inspection);

}  // namespace weightsonly::tool
