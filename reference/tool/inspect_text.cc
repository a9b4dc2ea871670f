// Floor 8. `weightsonly inspect` for people: one line for each record, then what is odd. SPEC.md chapter 8.
#include <string>

#include "base/text.h"
#include "tool/inspect.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

class Printer {
 public:
  explicit Printer(const Context& context) : out_(context.out), style_(context.arguments.color, context.out) {}

  void Print(const std::string& file, const Inspection& inspection) {
    out_ << style_.bold << DisplayName(file) << style_.reset << ": " << inspection.format << ", "
         << ReadableBytes(inspection.file.size()) << "\n";
    if (inspection.fault.has_value()) Fault(*inspection.fault);
    if (inspection.archive.has_value()) Archive(inspection, *inspection.archive);
    if (!inspection.pickles.empty()) LegacyStream(inspection);
    if (!inspection.salvaged.empty()) Salvaged(inspection);
  }

 private:
  void Fault(const Refusal& refusal) {
    std::string& out = out_.buffer();
    out.append("  ").append(style_.red).append(KindName(refusal.kind)).append(style_.reset);
    if (!refusal.detail.empty()) out.append(": ").append(EscapeForTerminal(refusal.detail, 4096));
    out += '\n';
    AppendWrapped(out, KindSentence(refusal.kind), 2, out_.Columns());
    AppendWrapped(out, KindAdvice(refusal.kind), 2, out_.Columns());
  }

  void Archive(const Inspection& inspection, const container::Archive& archive) {
    ArchiveReport report(inspection.file, archive, *inspection.loaded);
    Field("prefix", EscapeForTerminal(archive.prefix()));
    for (const std::string_view name : kShownSmallRecords) {
      if (const auto text = report.SmallRecord(name)) Field(name, EscapeForTerminal(*text, 64));
    }
    Field("directory", Count(archive.entries().size(), "record") + " at " + HexOffset(archive.directory_offset()));
    out_ << style_.bold << "        OFFSET         SIZE   COMPRESSED  METHOD    CRC-32    FLAGS  ALIGN  NAME"
         << style_.reset << "\n";
    report.VisitRecords([&](const RecordRow& row) { Record(row); });
    for (const Oddity& oddity : report.oddities()) Odd(oddity);
    if (report.oddities_left_out() != 0) {
      out_ << "  odd: " << GroupedDigits(report.oddities_left_out()) << " more like these\n";
    }
    if (inspection.code.has_value()) PrintScript(out_, style_, inspection);
    Verdict(*inspection.loaded);
  }

  void LegacyStream(const Inspection& inspection) {
    out_ << style_.bold << "        OFFSET         SIZE  NAME" << style_.reset << "\n";
    for (const LegacyPickle& pickle : inspection.pickles) {
      Part(pickle.offset, pickle.size, pickle.record, pickle.whole ? "" : " (no STOP)");
    }
    if (*inspection.loaded) {
      for (const StreamStorage& storage : StreamStorages(**inspection.loaded)) {
        Part(storage.offset, storage.size, storage.record, storage.view ? " (view)" : "");
      }
    }
    Verdict(*inspection.loaded);
  }

  void Part(std::uint64_t offset, std::uint64_t size, std::string_view name, std::string_view remark) {
    std::string& out = out_.buffer();
    AppendRight(out, HexOffset(offset), 14);
    AppendRight(out, GroupedDigits(size), 13);
    out_ << "  " << EscapeForTerminal(name) << remark << "\n";
  }

  void Field(std::string_view name, std::string_view text) {
    std::string& out = out_.buffer();
    AppendLeft(out.append("  "), name, 24);
    out_ << text << "\n";
  }

  void Record(const RecordRow& row) {
    const container::Entry& entry = *row.entry;
    std::string& out = out_.buffer();
    AppendRight(out, row.payload.has_value() ? HexOffset(*row.payload) : "?", 14);
    AppendRight(out, GroupedDigits(entry.size), 13);
    AppendRight(out, entry.compressed_size == entry.size ? "" : GroupedDigits(entry.compressed_size), 13);
    AppendLeft(out.append("  "), MethodName(entry.method), 8);
    out.append("  ").append(CrcText(entry.crc)).append("  ");
    AppendRight(out, HexOffset(entry.flags), 5);
    AppendRight(out, row.payload.has_value() ? std::to_string(row.alignment()) : "", 7);
    out_ << "  " << EscapeForTerminal(row.name) << "\n";
  }

  void Odd(const Oddity& oddity) {
    out_ << style_.yellow << "  odd:" << style_.reset << " ";
    if (!oddity.record.empty()) out_ << EscapeForTerminal(oddity.record) << ": ";
    out_ << EscapeForTerminal(oddity.text, 4096) << " (" << oddity.what << ")\n";
  }

  void Verdict(const std::expected<Checkpoint, Refusal>& loaded) {
    if (loaded) {
      out_ << "  loads, as far as its structure goes: " << Count(loaded->storage_count(), "storage") << "\n";
    } else {
      out_ << "  is refused: ";
      Fault(loaded.error());
    }
  }

  void Salvaged(const Inspection& inspection) {
    out_ << "  Headers of records, found by their signature (the directory that would confirm them cannot be read):\n";
    for (const LocalHeader& header : inspection.salvaged) {
      std::string& out = out_.buffer();
      AppendRight(out, HexOffset(header.offset), 14);
      out_ << "  " << EscapeForTerminal(header.name) << "\n";
    }
  }

  Stream& out_;
  Style style_;
};

}  // namespace

std::string MethodName(std::uint16_t method) {
  if (method == static_cast<std::uint16_t>(container::Method::kStored)) return "stored";
  if (method == static_cast<std::uint16_t>(container::Method::kDeflated)) return "deflated";
  return std::to_string(method);
}

std::string CrcText(std::uint32_t crc) {
  std::string digits;
  AppendHex64(digits, crc);
  return digits.substr(8);
}

void PrintInspection(const Context& context, const std::string& file, const Inspection& inspection) {
  Printer(context).Print(file, inspection);
}

}  // namespace weightsonly::tool
