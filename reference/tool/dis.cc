// Floor 8. `weightsonly dis`: a pickle as a recipe. SPEC.md chapter 8.
#include <algorithm>
#include <string>
#include <vector>

#include "container/recognise.h"
#include "container/source.h"
#include "container/zip.h"
#include "pickle/disassembler.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/salvage.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

// The bytes to take apart, and what they are.
struct Pickle {
  Bytes bytes;
  std::vector<std::byte> copy;   // holds `bytes` when they had to be inflated
  std::string record;            // "data.pkl", or "" for the file itself
  std::size_t stops = 0;         // end after so many STOPs, because other data follow; 0: at the last byte
  std::optional<Refusal> fault;  // why this is not simply data.pkl of a good archive
};

// The record as the loader would read it.
void ReadRecord(Bytes file, const Options& options, Pickle& pickle) {
  const container::Archive archive(file, options.limits);
  const container::Entry* entry = archive.Find("data.pkl");
  if (entry == nullptr) Refuse(RefusalKind::kContainerRecordMissing, "", 0, "the archive has no record 'data.pkl'");
  const std::uint64_t most = options.limits.inflated_base + options.limits.inflated_factor * entry->compressed_size;
  pickle.copy = archive.Read(*entry, std::min(most, kMaxPickleBytes));
  pickle.bytes = pickle.copy;
}

// CLI-017. Without its directory an archive still has its data.pkl in front, up to the STOP; every other file is shown
// from its first byte, a legacy stream up to the STOP of its fifth pickle, behind which the storages begin.
Pickle FindPickle(Bytes file, const Options& options) {
  Pickle pickle;
  pickle.record = "data.pkl";
  try {
    container::RequireZip(file);
    ReadRecord(file, options, pickle);
    return pickle;
  } catch (const Refusal& refusal) {
    pickle.fault = refusal;
  }
  if (KindName(pickle.fault->kind).starts_with("limit.")) throw Refusal(*pickle.fault);
  if (AsText(file).starts_with("PK\3\4")) {
    const std::vector<LocalHeader> first = FindLocalHeaders(file, 1);
    if (!first.empty() && first.front().offset == 0 && first.front().name.ends_with("/data.pkl")) {
      pickle.bytes = file.subspan(first.front().payload);
      pickle.stops = 1;
      return pickle;
    }
  }
  pickle.record.clear();
  pickle.bytes = file;
  if (pickle.fault->kind == RefusalKind::kContainerLegacy) pickle.stops = 5;
  if (pickle.fault->kind == RefusalKind::kContainerPlainPickle) pickle.fault.reset();
  return pickle;
}

// Calls `visit` with each line, without its line feed.
template <typename Visit>
void VisitLines(const Pickle& pickle, bool offsets, Visit visit) {
  pickle::Disassembler disassembler(pickle.bytes, {.offsets = offsets});
  std::string line;
  for (std::size_t stops = 0; disassembler.NextLine(line); line.clear()) {
    const bool is_stop = line.starts_with("STOP") && (line[4] == '\n' || line[4] == ' ');
    line.pop_back();
    visit(line);
    if (is_stop && ++stops == pickle.stops) return;
  }
}

void WriteDocument(Stream& out, const std::string& file, const Pickle& pickle) {
  JsonWriter json = BeginDocument(out, "dis", &file);
  json.Member("record", pickle.record);
  if (pickle.fault.has_value()) {
    json.Key("fault").BeginObject();
    WriteRefusal(json, *pickle.fault);
    json.EndObject();
  }
  json.Key("recipe").BeginArray();
  VisitLines(pickle, false, [&](std::string_view line) {
    json.Text(line);
    out.FlushWhenLarge();
  });
  json.EndArray().EndObject();
  out << "\n";
}

void Print(const Context& context, const std::string& file, const Pickle& pickle) {
  if (pickle.fault.has_value()) PrintRefusal(context.err, context.arguments.color, file, *pickle.fault);
  if (context.arguments.operands.size() > 1) context.out << "# " << DisplayName(file) << "\n";
  VisitLines(pickle, true, [&](std::string_view line) { context.out << line << "\n"; });
}

}  // namespace

Exit RunDis(const Context& context, const std::string& file) {
  const Options& options = context.arguments.options;
  const auto source = container::OpenPath(file, options.mmap, options.limits);
  const Pickle pickle = FindPickle(source->bytes(), options);
  if (context.arguments.json) {
    WriteDocument(context.out, file, pickle);
  } else {
    Print(context, file, pickle);
  }
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
