// Floor 8. Looking at an archive record by record, for `inspect`. SPEC.md chapter 8.
#include "tool/archive_report.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/limits.h"
#include "base/text.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

constexpr std::size_t kMaxOddities = 1000;
constexpr std::uint64_t kPageBytes = 4096;

// Records that torch reads or writes beside data/….
constexpr std::array<std::string_view, 7> kSmallRecords = {
    "byteorder", "version", ".data/version", ".format_version", ".storage_alignment", ".data/serialization_id",
    "data.pkl"};

bool SameLetterCaseApart(std::string_view a, std::string_view b) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool IsSmallRecord(std::string_view name) { return std::ranges::find(kSmallRecords, name) != kSmallRecords.end(); }
bool IsStorageRecord(std::string_view name) { return name.starts_with("data/"); }

// What torch.jit.save writes beside the records of torch.save.
bool IsScriptRecord(std::string_view name) {
  return name == "constants.pkl" || name == "traced_inputs.pkl" || name.starts_with("code/") ||
         name.starts_with("constants/") || name.starts_with("extra/") || name.starts_with("traced_inputs/");
}

}  // namespace

std::uint64_t RecordRow::alignment() const {
  if (!payload.has_value() || *payload == 0) return 0;
  return std::min(*payload & -*payload, kPageBytes);
}

ArchiveReport::ArchiveReport(Bytes file, const container::Archive& archive,
                             const std::expected<Checkpoint, Refusal>& loaded)
    : file_(file), archive_(archive), torchscript_(archive.FindExactly("constants.pkl") != nullptr) {
  MarkUsed(loaded);
  const std::string text = SmallRecord(".storage_alignment").value_or("");
  std::uint64_t announced = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), announced);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && announced != 0)
    announced_alignment_ = announced;
  LookAtArchive();
}

void ArchiveReport::MarkUsed(const std::expected<Checkpoint, Refusal>& loaded) {
  if (!loaded) return;
  used_.resize(archive_.entries().size());
  for (std::size_t i = 0; i < loaded->storage_count(); ++i) {
    if (const container::Entry* entry = archive_.Find(loaded->storage(i).record()))
      used_[archive_.IndexOf(*entry)] = true;
  }
}

std::optional<std::string> ArchiveReport::SmallRecord(std::string_view name) const {
  try {
    const container::Entry* entry = archive_.Find(name);
    if (entry == nullptr) return std::nullopt;
    const std::vector<std::byte> bytes = archive_.Read(*entry, kMaxSmallRecordBytes);
    return std::string(Trimmed(AsText(bytes)));
  } catch (const Refusal&) {
    return std::nullopt;  // VisitRecords tells why
  }
}

void ArchiveReport::Add(std::string_view what, std::string_view record, std::string text) {
  if (oddities_.size() < kMaxOddities) {
    oddities_.push_back({what, std::string(record), std::move(text)});
  } else {
    ++left_out_;
  }
}

void ArchiveReport::LookAtArchive() {
  if (file_.size() > archive_.end_offset()) {
    Add("trailing-bytes", "", ReadableBytes(file_.size() - archive_.end_offset()) + " follow the end of the archive");
  }
  if (archive_.comment_size() != 0)
    Add("comment", "", "the archive has a comment of " + ReadableBytes(archive_.comment_size()));
  if (archive_.FindExactly("data.pkl") == nullptr)
    Add("missing-record", "data.pkl", "there is no data.pkl: no checkpoint");
  if (archive_.FindExactly("version") == nullptr && archive_.FindExactly(".data/version") == nullptr) {
    Add("missing-record", "version", "there is no version");
  }
  if (const auto order = SmallRecord("byteorder"); order.has_value() && *order != "little") {
    Add("byteorder", "byteorder", "numbers are not little-endian");
  }
}

void ArchiveReport::VisitRecords(const std::function<void(const RecordRow&)>& visit) {
  for (const container::Entry& entry : archive_.entries()) {
    RecordRow row{&entry, archive_.NameOf(entry), {}, {}};
    try {
      row.payload = archive_.Locate(entry).offset;
    } catch (const Refusal& refusal) {
      row.fault = std::string(KindName(refusal.kind)) + ": " + refusal.detail;
    }
    visit(row);
    LookAtRecord(row);
    LookAtUse(row);
  }
}

void ArchiveReport::LookAtRecord(const RecordRow& row) {
  const container::Entry& entry = *row.entry;
  if (row.fault.has_value()) Add("fault", row.name, *row.fault);
  if ((entry.marks & container::kMarkDuplicate) != 0)
    Add("duplicate-name", row.name, "another record has the same name");
  const bool code = torchscript_ && row.name.starts_with("code/");  // torch.jit.save compresses it
  if (entry.method != static_cast<std::uint16_t>(container::Method::kStored) && !code) {
    Add("compressed", row.name, "compressed: torch.save only stores");
  }
  if (entry.crc == 0 && entry.size != 0) Add("crc-zero", row.name, "its CRC-32 is 0: not computed");
  const bool stored = entry.method == static_cast<std::uint16_t>(container::Method::kStored);
  if (IsStorageRecord(row.name) && stored && entry.size != 0 && row.payload.has_value() &&
      *row.payload % announced_alignment_ != 0) {
    Add("misaligned", row.name, "its payload is no multiple of " + GroupedDigits(announced_alignment_));
  }
}

void ArchiveReport::LookAtUse(const RecordRow& row) {
  if (IsSmallRecord(row.name) || (torchscript_ && IsScriptRecord(row.name))) return;
  for (const std::string_view known : kSmallRecords) {
    if (SameLetterCaseApart(row.name, known)) return Add("letter-case", row.name, "read as " + std::string(known));
  }
  const bool storage = IsStorageRecord(row.name);
  if (!storage && row.name.size() > 5 && SameLetterCaseApart(row.name.substr(0, 5), "data/")) {
    Add("letter-case", row.name, "data/ in another letter case");
  }
  const bool used = used_.empty() ? storage : static_cast<bool>(used_[archive_.IndexOf(*row.entry)]);
  if (!used) Add("unused-record", row.name, "nothing reads it");
}

}  // namespace weightsonly::tool
