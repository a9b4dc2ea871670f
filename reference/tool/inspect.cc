// Floor 8. `weightsonly inspect`: the archive, as JSON here and for people in inspect_text.cc. SPEC.md chapter 8.
#include "tool/inspect.h"

#include "checkpoint/open_archive.h"
#include "container/recognise.h"
#include "tool/json.h"
#include "tool/report.h"

namespace weightsonly::tool {
namespace {

// What recognition calls the file: "zip", "text", "legacy", …
std::string_view FormatOf(RefusalKind kind) {
  const std::string_view name = KindName(kind);
  constexpr std::string_view kContainer = "container.";
  if (name.starts_with("container.zip.")) return "zip";
  return name.starts_with(kContainer) ? name.substr(kContainer.size()) : name;
}

void WriteText(JsonWriter& json, std::string_view key, const std::optional<std::string>& text) {
  json.Key(key);
  if (text.has_value()) {
    json.Text(*text);
  } else {
    json.Null();
  }
}

void WriteRecord(JsonWriter& json, const RecordRow& row) {
  const container::Entry& entry = *row.entry;
  json.BeginObject().Member("name", row.name).Member("header_offset", entry.header_offset);
  json.Key("offset");
  if (row.payload.has_value()) {
    json.Number(*row.payload).Member("alignment", row.alignment());
  } else {
    json.Null();
  }
  json.Member("size", entry.size)
      .Member("compressed_size", entry.compressed_size)
      .Member("method", MethodName(entry.method));
  json.Member("crc32", CrcText(entry.crc)).Member("flags", entry.flags);
  if (row.fault.has_value()) json.Member("fault", *row.fault);
  json.EndObject();
}

void WriteOddities(JsonWriter& json, const ArchiveReport& report) {
  json.Key("oddities").BeginArray();
  for (const Oddity& oddity : report.oddities()) {
    json.BeginObject()
        .Member("what", oddity.what)
        .Member("record", oddity.record)
        .Member("text", oddity.text)
        .EndObject();
  }
  json.EndArray().Member("oddities_left_out", report.oddities_left_out());
}

void WriteArchive(JsonWriter& json, const Inspection& inspection, const container::Archive& archive) {
  ArchiveReport report(inspection.file, archive, *inspection.loaded);
  json.Member("prefix", archive.prefix());
  for (const std::string_view name : kShownSmallRecords) {
    const std::size_t slash = name.find_first_not_of('.');
    const std::string_view key = name.starts_with(".data/") ? name.substr(6) : name.substr(slash);
    WriteText(json, key, report.SmallRecord(name));
  }
  json.Key("directory")
      .BeginObject()
      .Member("offset", archive.directory_offset())
      .Member("bytes", archive.directory_size());
  json.Member("end", archive.end_offset()).Member("comment_bytes", archive.comment_size()).EndObject();
  json.Key("records").BeginArray();
  report.VisitRecords([&](const RecordRow& row) { WriteRecord(json, row); });
  json.EndArray();
  WriteOddities(json, report);
  if (inspection.code.has_value()) WriteScript(json, inspection);
}

// CLI-020. The pickles, and the storages where they are known.
void WriteStream(JsonWriter& json, const Inspection& inspection) {
  json.Key("pickles").BeginArray();
  for (const LegacyPickle& pickle : inspection.pickles) {
    json.BeginObject().Member("record", pickle.record).Member("offset", pickle.offset);
    json.Member("size", pickle.size).MemberBool("whole", pickle.whole).EndObject();
  }
  json.EndArray();
  if (!*inspection.loaded) return;
  json.Key("storages").BeginArray();
  for (const StreamStorage& storage : StreamStorages(**inspection.loaded)) {
    json.BeginObject().Member("record", storage.record).Member("offset", storage.offset);
    json.Member("size", storage.size).MemberBool("view", storage.view).EndObject();
  }
  json.EndArray();
}

void WriteVerdict(JsonWriter& json, const std::expected<Checkpoint, Refusal>& loaded) {
  json.Key("load").BeginObject();
  if (loaded) {
    json.Member("verdict", "accept").Member("checked", "structure");
  } else {
    WriteRefusal(json, loaded.error());
  }
  json.EndObject();
}

void WriteDocument(Stream& out, const std::string& file, const Inspection& inspection) {
  JsonWriter json = BeginDocument(out, "inspect", &file);
  json.Member("bytes", inspection.file.size()).Member("format", inspection.format);
  if (inspection.fault.has_value()) WriteFault(json, "fault", *inspection.fault);
  if (inspection.archive.has_value()) WriteArchive(json, inspection, *inspection.archive);
  if (!inspection.pickles.empty()) WriteStream(json, inspection);
  if (inspection.loaded.has_value()) WriteVerdict(json, *inspection.loaded);
  if (!inspection.salvaged.empty()) {
    json.Key("local_headers").BeginArray();
    for (const LocalHeader& header : inspection.salvaged) {
      json.BeginObject().Member("name", header.name).Member("header_offset", header.offset);
      json.Member("offset", header.payload).EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  out << "\n";
}

// That this machine has no memory says nothing of the file: it is reported in place of the file (CLI-002).
template <typename Result>
Result AboutTheFile(Result result) {
  if (!result && result.error().kind == RefusalKind::kHostMemory) throw std::move(result.error());
  return result;
}

Inspection Inspect(Bytes file, const Options& options) {
  Inspection inspection;
  inspection.file = file;
  inspection.format = "zip";
  try {
    if (container::Recognise(file) == container::Format::kLegacy) {
      inspection.format = "legacy";
      inspection.pickles = FindLegacyPickles(file);
      inspection.loaded = AboutTheFile(Load(file, options));
      return inspection;
    }
    inspection.archive.emplace(file);
    inspection.loaded = AboutTheFile(Load(file, options));
    const bool script = !*inspection.loaded && inspection.loaded->error().kind == RefusalKind::kContainerTorchscript;
    if (!script) return inspection;
    inspection.format = FormatOf(RefusalKind::kContainerTorchscript);
    inspection.code = AboutTheFile(ScriptCodeIn(file, options));
    inspection.script = AboutTheFile(LoadTorchScript(file, options));
  } catch (const Refusal& refusal) {
    if (refusal.kind == RefusalKind::kHostMemory) throw;
    inspection.fault = refusal;
    inspection.format = FormatOf(refusal.kind);
    constexpr std::size_t kMostSalvaged = 1000;
    if (inspection.format == "zip") inspection.salvaged = FindLocalHeaders(file, kMostSalvaged);
  }
  return inspection;
}

}  // namespace

std::vector<StreamStorage> StreamStorages(const Checkpoint& checkpoint) {
  std::vector<StreamStorage> found;
  const Graph& graph = *checkpoint.graph();
  for (std::uint32_t i = 0; i < graph.storages.size(); ++i) {
    const StorageRecord& record = graph.storages[i];
    if (record.in_values) continue;
    found.push_back({graph.source->RecordName(i), record.offset, record.nbytes, record.entry != i});
  }
  return found;
}

Exit RunInspect(const Context& context, const std::string& file) {
  const Options& options = context.arguments.options;
  const auto source = OpenFile(file, options);
  const Inspection inspection = Inspect(source->bytes(), options);
  if (context.arguments.json) {
    WriteDocument(context.out, file, inspection);
  } else {
    PrintInspection(context, file, inspection);
  }
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
