// Floor 6. The small records. SPEC.md chapter 6.
#include "checkpoint/small_records.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/refusal.h"
#include "base/text.h"

namespace weightsonly {
namespace {

constexpr std::uint64_t kLeastVersion = 1;  // format: torch's kMinSupportedFileFormatVersion
constexpr std::uint64_t kMostVersion = 10;  // format: torch's kMaxSupportedFileFormatVersion
constexpr std::string_view kDefaultAlignment = "64";
constexpr std::size_t kMaxIntDigits = 4300;  // format: what Python's int() takes

struct SmallRecord {
  std::string text;
  std::uint64_t offset;  // of the payload in the file
};

// Reads small records; in strict with their CRCs.
class SmallReader {
 public:
  SmallReader(const container::Archive& archive, bool strict) : archive_(archive), strict_(strict) {}

  // DEV-608. The whole record, or nothing when the archive has none.
  [[nodiscard]] std::optional<SmallRecord> Read(std::string_view name) const {
    const container::Entry* entry = archive_.Find(name);
    if (entry == nullptr) return std::nullopt;
    const container::Extent extent = archive_.LocateWhole(*entry, kMaxSmallRecordBytes);
    std::vector<std::byte> bytes(extent.size);
    archive_.ReadInto(extent, bytes);
    if (strict_) container::RequireCrc(extent.crc, container::Crc32(bytes), extent.header_offset);  // CHK-014
    return SmallRecord{.text = std::string(AsText(bytes)), .offset = extent.offset};
  }

 private:
  const container::Archive& archive_;
  bool strict_;
};

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// CHK-004. C's strtoull: white space, a sign, digits; what follows is ignored; a minus sign wraps around 2^64. Nothing
// when there is no digit or the digits do not fit 64 bits.
std::optional<std::uint64_t> ParseVersion(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && IsSpace(text[at])) ++at;
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  if (at == text.size() || !IsDigit(text[at])) return std::nullopt;
  std::uint64_t value = 0;
  for (; at < text.size() && IsDigit(text[at]); ++at) {
    const auto digit = static_cast<std::uint64_t>(text[at] - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return negative ? 0 - value : value;
}

// CHK-003, CHK-004. `.data/version` counts before `version`.
std::uint64_t CheckVersion(const SmallReader& reader) {
  auto record = reader.Read(".data/version");
  if (!record) record = reader.Read("version");
  if (!record) {
    Refuse(RefusalKind::kContainerRecordMissing, {}, 0, "there is no record 'version'");
  }
  const auto version = ParseVersion(record->text);
  if (version && *version >= kLeastVersion && *version <= kMostVersion) return *version;
  Refuse(RefusalKind::kContainerVersion, {}, record->offset,
         "the version is '" + EscapeForTerminal(record->text, 64) + "', not a number from 1 to 10");
}

// CHK-005, CHK-006.
bool IsBigEndian(const SmallReader& reader, const Options& options) {
  const auto record = reader.Read("byteorder");
  if (!record) {
    if (options.default_load_endianness == Endianness::kNative) return std::endian::native == std::endian::big;
    return options.default_load_endianness == Endianness::kBig;
  }
  if (record->text != "little" && record->text != "big") {
    Refuse(RefusalKind::kContainerByteorder, {}, record->offset,
           "the byte order is '" + EscapeForTerminal(record->text, 64) + "'", {record->text});
  }
  return record->text == "big";
}

// CHK-008. What Python's int() takes: white space around, a sign, digits with single underscores between them.
bool IsPythonInt(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || text.front() == '_' || text.back() == '_' || text.find("__") != std::string_view::npos)
    return false;
  if (!std::ranges::all_of(text, [](char c) { return IsDigit(c) || c == '_'; })) return false;
  return static_cast<std::size_t>(std::ranges::count_if(text, IsDigit)) <= kMaxIntDigits;
}

void CheckAlignment(const SmallReader& reader, SmallRecords& found) {
  auto record = reader.Read(".storage_alignment");
  if (!record) {
    found.alignment = kDefaultAlignment;
    return;
  }
  if (!IsPythonInt(record->text)) {
    Refuse(RefusalKind::kContainerRecordText, {}, record->offset,
           "the alignment is '" + EscapeForTerminal(record->text, 64) + "', not a number");
  }
  found.alignment = std::move(record->text);
  found.alignment_at = record->offset;
}

// CHK-009.
void CheckSerializationId(const SmallReader& reader) {
  const auto record = reader.Read(".data/serialization_id");
  if (record && !IsUtf8(record->text)) {
    Refuse(RefusalKind::kContainerRecordText, {}, record->offset, "the serialization id is not UTF-8");
  }
}

// CHK-002. By the exact name, as torch tells it.
void RefuseTorchScript(const container::Archive& archive) {
  if (const container::Entry* entry = archive.FindExactly("constants.pkl")) {
    Refuse(RefusalKind::kContainerTorchscript, {}, archive.DirectoryOffsetOf(*entry),
           "the archive has a record 'constants.pkl'");
  }
}

// Everything behind the version.
void CheckOtherRecords(const SmallReader& reader, const Options& options, SmallRecords& found) {
  found.big_endian = IsBigEndian(reader, options);
  // CHK-007: any text, but it must be readable.
  const auto format_version = reader.Read(".format_version");
  found.has_layout = format_version && format_version->text >= "1";
  CheckAlignment(reader, found);
  CheckSerializationId(reader);
}

}  // namespace

// GLS-001.
void CheckArchiveKind(const container::Archive& archive) {
  RefuseTorchScript(archive);
  (void)CheckVersion(SmallReader(archive, false));
}

SmallRecords CheckSmallRecords(const container::Archive& archive, const Options& options) {
  SmallRecords found;
  RefuseTorchScript(archive);
  const SmallReader reader(archive, options.strict);
  found.version = CheckVersion(reader);
  CheckOtherRecords(reader, options, found);
  return found;
}

// TSC-001.
SmallRecords CheckScriptRecords(const container::Archive& archive, const Options& options) {
  if (archive.FindExactly("constants.pkl") == nullptr) {
    Refuse(RefusalKind::kContainerRecordMissing, {}, 0,
           "there is no record 'constants.pkl', so this is no TorchScript archive; a checkpoint is listed without "
           "--torchscript");
  }
  SmallRecords found;
  const SmallReader reader(archive, options.strict);
  found.version = CheckVersion(reader);
  CheckOtherRecords(reader, options, found);
  return found;
}

}  // namespace weightsonly
