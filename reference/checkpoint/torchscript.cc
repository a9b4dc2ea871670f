// Floor 6. LoadTorchScript and ScriptCodeIn. SPEC.md chapter 6 (TSC-001, TSC-002, TSC-007).
#include "checkpoint/torchscript.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/boundary.h"
#include "base/limits.h"
#include "checkpoint/open_archive.h"
#include "checkpoint/script_code.h"
#include "checkpoint/small_records.h"
#include "container/recognise.h"
#include "value/graph.h"

namespace weightsonly {
namespace {

constexpr std::string_view kCheckpointPickle = "data.pkl";  // how the floors below call any pickle

// TSC-001. What is no zip archive has no such record.
container::Archive OpenArchive(const container::Source& file) {
  if (container::Recognise(file.bytes()) != container::Format::kZip) {
    Refuse(RefusalKind::kContainerRecordMissing, {}, 0,
           "a legacy stream is no TorchScript archive; it is listed without --torchscript");
  }
  return container::Archive(file);
}

// TSC-002. One of the two pickles, with the storages in its folder.
Checkpoint LoadRole(const std::shared_ptr<const container::Source>& file, const SmallRecords& records,
                    const Options& options, std::string_view record, std::string_view folder) {
  try {
    auto graph = std::make_shared<Graph>(options.limits);
    graph->file_bytes = file->bytes().size();
    LoadPickle(file, OpenArchive(*file), records, options,
               {.record = record, .folder = folder, .vocabulary = machine::Vocabulary::kTorchScript}, *graph);
    return Checkpoint(std::move(graph));
  } catch (Refusal& refusal) {
    if (refusal.record == kCheckpointPickle) refusal.record = record;
    throw;
  }
}

TorchScript LoadFrom(const std::shared_ptr<const container::Source>& file, const Options& options) {
  const SmallRecords records = CheckScriptRecords(OpenArchive(*file), options);
  return {.version = records.version,
          .data = LoadRole(file, records, options, "data.pkl", "data/"),
          .constants = LoadRole(file, records, options, "constants.pkl", "constants/")};
}

// TSC-007. The records that hold code.
bool IsCode(std::string_view name) { return name.starts_with("code/") && name.ends_with(".py"); }

// Reads and scans one file; `left` is lowered by its size.
void AddCodeFile(const container::Archive& archive, const container::Entry& entry, std::uint64_t& left,
                 ScriptCode& code) {
  ScriptCodeFile& file = code.files.emplace_back();
  file.record = archive.NameOf(entry);
  file.bytes = entry.size;
  try {
    const std::vector<std::byte> bytes = archive.Read(entry, left);
    left -= bytes.size();
    file.lines = ScanScriptCode(AsText(bytes), file.record, code);
  } catch (const Refusal& refusal) {
    file.fault = std::string(KindName(refusal.kind)) + ": " + refusal.detail;
  }
}

ScriptCode CodeFrom(const container::Source& file, const Options& options) {
  const container::Archive archive = OpenArchive(file);
  ScriptCode code;
  code.version = CheckScriptRecords(archive, options).version;
  std::uint64_t left = kMaxScriptCodeBytes;
  for (const container::Entry& entry : archive.entries()) {
    if (IsCode(archive.NameOf(entry))) AddCodeFile(archive, entry, left, code);
  }
  return code;
}

}  // namespace

std::expected<TorchScript, Refusal> LoadTorchScript(const std::string& path, const Options& options) {
  return AtBoundary<TorchScript>([&] { return LoadFrom(OpenFile(path, options), options); });
}

std::expected<TorchScript, Refusal> LoadTorchScript(std::span<const std::byte> bytes, const Options& options) {
  return AtBoundary<TorchScript>([&] { return LoadFrom(OpenLent(bytes, options), options); });
}

std::expected<ScriptCode, Refusal> ScriptCodeIn(const std::string& path, const Options& options) {
  return AtBoundary<ScriptCode>([&] { return CodeFrom(*OpenFile(path, options), options); });
}

std::expected<ScriptCode, Refusal> ScriptCodeIn(std::span<const std::byte> bytes, const Options& options) {
  return AtBoundary<ScriptCode>([&] { return CodeFrom(*OpenLent(bytes, options), options); });
}

}  // namespace weightsonly
