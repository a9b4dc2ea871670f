// Floor 8. What `inspect` knows about a file before it says it. SPEC.md chapter 8.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/legacy.h"
#include "checkpoint/torchscript.h"
#include "container/source.h"
#include "tool/archive_report.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/salvage.h"
#include "tool/screen.h"

namespace weightsonly::tool {

// Views the file's bytes, which must outlive it.
struct Inspection {
  Bytes file;
  std::string_view format;       // "zip", "torchscript", "legacy", "text", … (CLI-016)
  std::optional<Refusal> fault;  // why there is neither an archive nor a stream to look into
  std::optional<container::Archive> archive;
  std::vector<LegacyPickle> pickles;                         // of a legacy stream
  std::optional<std::expected<Checkpoint, Refusal>> loaded;  // set when `archive` or `pickles` are
  std::vector<LocalHeader> salvaged;                         // of an archive that cannot be read
  // Of a TorchScript archive: what its code says, and what its pickles hold.
  std::optional<std::expected<ScriptCode, Refusal>> code;
  std::optional<std::expected<TorchScript, Refusal>> script;
};

// Shown with their text when they are there.
inline constexpr std::array<std::string_view, 5> kShownSmallRecords = {"version", "byteorder", ".format_version",
                                                                       ".storage_alignment", ".data/serialization_id"};

// A storage of a legacy stream, or a view of one.
struct StreamStorage {
  std::string record;    // of a view: of the storage in whose bytes it lies
  std::uint64_t offset;  // first byte in the file
  std::uint64_t size;    // bytes
  bool view;
};
[[nodiscard]] std::vector<StreamStorage> StreamStorages(const Checkpoint& checkpoint);

// "stored", "deflated", or the number of another method.
[[nodiscard]] std::string MethodName(std::uint16_t method);
// Eight hex digits.
[[nodiscard]] std::string CrcText(std::uint32_t crc);

// TSC-012. What a TorchScript archive has beside its records, as the member "torchscript" and as lines
// (inspect_script.cc). Both only where `code` and `script` are set.
void WriteScript(JsonWriter& json, const Inspection& inspection);
void PrintScript(Stream& out, const Style& style, const Inspection& inspection);

// Says it to people (inspect_text.cc).
void PrintInspection(const Context& context, const std::string& file, const Inspection& inspection);

}  // namespace weightsonly::tool
