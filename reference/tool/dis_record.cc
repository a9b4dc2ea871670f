// Floor 8. `weightsonly dis --record`: one record as a recipe. SPEC.md chapter 8.
#include <algorithm>
#include <string>
#include <vector>

#include "base/checked.h"
#include "base/text.h"
#include "checkpoint/legacy.h"
#include "checkpoint/open_archive.h"
#include "container/recognise.h"
#include "container/source.h"
#include "container/zip.h"
#include "pickle/disassembler.h"
#include "recipe/zip_text.h"
#include "tool/commands.h"
#include "tool/dis_record.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/salvage.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

constexpr std::string_view kDataPkl = "data.pkl";

// The bytes to take apart, and what they are.
struct Pickle {
  Bytes bytes;
  std::vector<std::byte> copy;      // holds `bytes` when they had to be inflated
  std::string record;               // "data.pkl", or "" for the file itself
  bool ends_at_stop = false;        // other data follow it
  std::optional<Refusal> fault;     // why this is not simply data.pkl of a good archive
  std::vector<LegacyPickle> parts;  // of a legacy stream; then `bytes` is the file
};

[[noreturn]] void RefuseMissing(const std::string& record) {
  Refuse(RefusalKind::kContainerRecordMissing, "", 0, "there is no record '" + EscapeForTerminal(record) + "'");
}

// The record as the loader would read it.
void ReadRecord(Bytes file, const Options& options, Pickle& pickle) {
  const container::Archive archive(file);
  const container::Entry* entry = archive.Find(pickle.record);
  if (entry == nullptr) RefuseMissing(pickle.record);
  const std::uint64_t most =
      SaturatingSum(options.limits.inflated_base, options.limits.inflated_factor, entry->compressed_size);
  pickle.copy = archive.Read(*entry, std::min(most, kMaxPickleBytes));
  pickle.bytes = pickle.copy;
}

// The five pickles; one that is damaged reaches to the end of the file.
Pickle LegacyStream(Bytes file) {
  Pickle stream;
  stream.bytes = file;
  stream.parts = FindLegacyPickles(file);
  if (!stream.parts.back().whole) stream.parts.back().size = file.size() - stream.parts.back().offset;
  return stream;
}

// CLI-017. Without its directory an archive still has its data.pkl in front, up to the STOP; every other file is shown
// from its first byte, a legacy stream pickle by pickle.
Pickle FindPickle(Bytes file, const Options& options) {
  Pickle pickle;
  pickle.record = kDataPkl;
  try {
    if (container::Recognise(file) == container::Format::kLegacy) return LegacyStream(file);
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
      pickle.ends_at_stop = true;
      return pickle;
    }
  }
  pickle.record.clear();
  pickle.bytes = file;
  if (pickle.fault->kind == RefusalKind::kContainerPlainPickle) pickle.fault.reset();
  return pickle;
}

// Any other record, which must be there: one of an archive, or a pickle of a legacy stream.
Pickle FindRecord(Bytes file, const std::string& name, const Options& options) {
  Pickle found;
  found.record = name;
  if (container::Recognise(file) == container::Format::kZip) {
    ReadRecord(file, options, found);
    return found;
  }
  for (const LegacyPickle& part : LegacyStream(file).parts) {
    if (part.record == name) found.bytes = file.subspan(part.offset, part.size);
  }
  if (found.bytes.empty()) RefuseMissing(name);
  return found;
}

// Calls `visit` with each line, without its line feed.
template <typename Visit>
void VisitLines(Bytes bytes, bool ends_at_stop, bool offsets, Visit visit) {
  pickle::Disassembler disassembler(bytes, {.offsets = offsets});
  std::string line;
  for (; disassembler.NextLine(line); line.clear()) {
    const bool is_stop = line.starts_with("STOP") && (line[4] == '\n' || line[4] == ' ');
    line.pop_back();
    visit(line);
    if (is_stop && ends_at_stop) return;
  }
}

// The same for whatever was found; `part` is called before the first line of each pickle of a legacy stream.
template <typename Part, typename Visit>
void VisitPickles(const Pickle& pickle, bool offsets, Part part, Visit visit) {
  const bool is_pickle =
      pickle.record.empty() || pickle.record.ends_with(".pkl") || pickle.record.starts_with("legacy/");
  if (!is_pickle) {
    const recipe::LineSink sink = visit;
    recipe::Lines lines(sink, {});
    return recipe::WriteContent(pickle.record, pickle.bytes, lines);
  }
  if (pickle.parts.empty()) return VisitLines(pickle.bytes, pickle.ends_at_stop, offsets, visit);
  for (const LegacyPickle& each : pickle.parts) {
    part(each);
    VisitLines(pickle.bytes.subspan(each.offset, each.size), false, offsets, visit);
  }
}

// Which lines of the recipe belong to which pickle of a legacy stream.
void WriteParts(JsonWriter& json, const Pickle& pickle, const std::vector<std::uint64_t>& first_lines) {
  json.Key("pickles").BeginArray();
  for (std::size_t i = 0; i < pickle.parts.size(); ++i) {
    json.BeginObject().Member("record", pickle.parts[i].record).Member("offset", pickle.parts[i].offset);
    json.Member("line", first_lines[i]).EndObject();
  }
  json.EndArray();
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
  std::uint64_t lines = 0;
  std::vector<std::uint64_t> first_lines;
  VisitPickles(
      pickle, false, [&](const LegacyPickle&) { first_lines.push_back(lines); },
      [&](std::string_view line) {
        json.Text(line);
        out.FlushWhenLarge();
        ++lines;
      });
  json.EndArray();
  if (!pickle.parts.empty()) WriteParts(json, pickle, first_lines);
  json.EndObject();
  out << "\n";
}

void Print(const Context& context, const std::string& file, const Pickle& pickle) {
  if (pickle.fault.has_value()) PrintRefusal(context.err, context.arguments.color, file, *pickle.fault);
  if (context.arguments.operands.size() > 1) context.out << "# " << DisplayName(file) << "\n";
  VisitPickles(
      pickle, true, [&](const LegacyPickle& part) { context.out << "# " << part.record << "\n"; },
      [&](std::string_view line) { context.out << line << "\n"; });
}

}  // namespace

Exit RunDisRecord(const Context& context, const std::string& file) {
  const Options& options = context.arguments.options;
  const auto source = OpenFile(file, options);
  const std::string& record = *context.arguments.record;
  const Pickle pickle =
      record == kDataPkl ? FindPickle(source->bytes(), options) : FindRecord(source->bytes(), record, options);
  if (context.arguments.json) {
    WriteDocument(context.out, file, pickle);
  } else {
    Print(context, file, pickle);
  }
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
