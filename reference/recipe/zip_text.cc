// Recipes: an archive as lines. conformance/FORMAT.md, chapters 1.3 and 1.4.
#include "recipe/zip_text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/refusal.h"
#include "container/zip.h"
#include "container/zip_format.h"
#include "recipe/deflate.h"
#include "recipe/differences.h"
#include "recipe/headers.h"

namespace weightsonly::recipe {
namespace {

constexpr std::uint16_t kDeflated = 8;
// Ours: bytes that a deflated record is inflated to, to be shown; a deflate stream makes at most 1032 of each byte.
constexpr std::uint64_t kMostInflated = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostExpansion = 1032;

bool IsPickle(std::string_view name) { return name.ends_with(".pkl"); }

// What a deflated payload holds, or nothing where it cannot be inflated.
std::optional<std::vector<std::byte>> Inflated(Bytes payload, std::uint64_t size) {
  if (size > kMostInflated || size > payload.size() * kMostExpansion) return std::nullopt;
  std::vector<std::byte> content(size);
  try {
    container::Inflate(payload, content, 0);
  } catch (const Refusal&) {
    return std::nullopt;
  }
  return content;
}

// The form of deflate without a choice that makes this payload, if one does.
Deflate FormOf(Bytes payload, Bytes content) {
  const unsigned head = payload.empty() ? 7 : std::to_integer<unsigned>(payload[0]) & 7;
  const Deflate form = head <= 1 ? Deflate::kStored : head == 3 ? Deflate::kFixed : Deflate::kNone;
  return form != Deflate::kNone && Encode(form, AsText(content)) == AsText(payload) ? form : Deflate::kNone;
}

class Writer {
 public:
  Writer(Bytes file, const ZipParts& parts, Lines& lines) : file_(file), parts_(parts), lines_(lines) {
    for (std::size_t i = 0; i < parts.entries.size(); ++i) TakeEntry(i);
  }

  void Run() {
    std::size_t member = 0;
    while (at_ < file_.size()) {
      const std::uint64_t next_member = member < parts_.members.size() ? parts_.members[member].offset : file_.size();
      const std::uint64_t next = std::min(next_member, NextOther());
      if (at_ < next) {
        WriteGap(next);
      } else if (at_ == next_member) {
        WriteMember(member++);
      } else {
        WriteOther();
      }
    }
  }

 private:
  // Which member the entry is of; whether one DIRECTORY says it all.
  void TakeEntry(std::size_t index) {
    const auto member =
        std::ranges::lower_bound(parts_.members, parts_.entries[index].local_offset, {}, &Member::offset);
    const bool found = member != parts_.members.end() && member->offset == parts_.entries[index].local_offset &&
                       member->offset < parts_.entries.front().offset;
    const auto position = static_cast<std::size_t>(member - parts_.members.begin());
    members_.push_back(found ? position : parts_.members.size());
    if (first_entries_.empty()) first_entries_.assign(parts_.members.size(), parts_.entries.size());
    if (found && first_entries_[position] == parts_.entries.size()) first_entries_[position] = index;
    in_order_ = in_order_ && found && (index == 0 || members_[index - 1] < position);
  }

  // The next part that is no member, at or behind `at_`.
  [[nodiscard]] std::uint64_t NextOther() const {
    std::uint64_t next = file_.size();
    const auto take = [&](std::uint64_t start) {
      if (start >= at_) next = std::min(next, start);
    };
    if (!parts_.entries.empty()) take(parts_.entries.front().offset);
    if (parts_.end64) take(*parts_.end64);
    if (parts_.locator) take(*parts_.locator);
    if (parts_.end) take(*parts_.end);
    return next;
  }

  void WriteOther() {
    if (!parts_.entries.empty() && at_ == parts_.entries.front().offset) return WriteDirectory();
    if (parts_.end64 == at_) return WriteEnd64();
    if (parts_.locator == at_) return WriteLocator();
    WriteEnd();
  }

  void CloseContent() {
    if (std::exchange(open_, false)) lines_.Line("GAP");
  }

  void WriteGap(std::uint64_t end) {
    CloseContent();
    lines_.Raw(file_.subspan(at_, end - at_));
    at_ = end;
  }

  void WriteMember(std::size_t index) {
    const Member& member = parts_.members[index];
    const Bytes payload = file_.subspan(member.payload, member.payload_size);
    const std::size_t entry = index < first_entries_.size() ? first_entries_[index] : parts_.entries.size();
    const Header* central = entry < parts_.entries.size() ? &parts_.entries[entry].header : nullptr;
    Record record;
    record.name = member.local.name;
    record.offset = member.offset;
    if (!member.descriptor.empty()) record.descriptor.emplace().layout = member.descriptor;
    std::optional<std::vector<std::byte>> inflated;
    if (member.local[Field::kMethod] == kDeflated) inflated = Inflated(payload, SizeSaid(member, central));
    if (inflated) record.deflate = FormOf(payload, *inflated);
    record.TakeContent(AsText(record.deflate == Deflate::kNone ? payload : Bytes(*inflated)), AsText(payload));
    TakeDifferences(member.local, central, record);
    record.listed = in_order_ ? central != nullptr || parts_.entries.empty() : true;
    WriteRecordLine(record);
    if (record.deflate != Deflate::kNone) {
      WriteContent(record.name, *inflated, lines_);
    } else {
      if (inflated && IsPickle(record.name)) lines_.Instructions(*inflated, "# ");
      inflated ? lines_.Raw(payload) : WriteContent(record.name, payload, lines_);
    }
    if (record.descriptor) WriteDescriptor(member, record);
    open_ = !record.descriptor;
    at_ = member.end;
    records_.push_back(std::move(record));
  }

  // What the headers say that the content has.
  [[nodiscard]] std::uint64_t SizeSaid(const Member& member, const Header* central) const {
    const Header& header = central != nullptr ? *central : member.local;
    if (central == nullptr && !member.descriptor.empty()) {
      return Unpack(member.descriptor, file_.subspan(member.payload + member.payload_size))[Field::kSize];
    }
    return header[Field::kSize];
  }

  void WriteRecordLine(const Record& record) {
    std::string line = "RECORD " + QuotedString(record.name);
    if (record.align != 0) line += " align=" + std::to_string(record.align);
    if (record.deflate != Deflate::kNone) {
      line += record.deflate == Deflate::kStored ? " deflate=stored" : " deflate=fixed";
    }
    if (!record.listed) line += " listed=0";
    AppendFields(line, record.fields);
    lines_.Line(line);
  }

  void WriteDescriptor(const Member& member, const Record& record) {
    const Header actual = Unpack(member.descriptor, file_.subspan(member.payload + member.payload_size));
    std::string line = "DESCRIPTOR";
    if (member.descriptor.data() == kPlainLayout.data()) line += " plain";
    if (member.descriptor.data() == kWideLayout.data()) line += " wide";
    AppendFields(line, Differences(member.descriptor, DescriptorHeader(record), actual));
    lines_.Line(line);
  }

  void WriteDirectory() {
    if (in_order_) {
      open_ = false;
      directory_.offset = at_;
      lines_.Line("DIRECTORY");
      directory_.count = parts_.entries.size();
      directory_.size = parts_.entries.back().end - at_;
    } else {
      for (std::size_t i = 0; i < parts_.entries.size(); ++i) WriteEntry(i);
    }
    at_ = parts_.entries.back().end;
  }

  // An entry whose record is not there stands as bytes, which no part counts.
  void WriteEntry(std::size_t index) {
    const CentralEntry& entry = parts_.entries[index];
    if (members_[index] >= records_.size()) {
      CloseContent();
      lines_.Line("# the central header of a record that is not where it says");
      return lines_.Raw(file_.subspan(entry.offset, entry.end - entry.offset));
    }
    open_ = false;
    std::string line = "ENTRY " + std::to_string(members_[index]);
    AppendFields(line, EntryDifferences(records_[members_[index]], entry.header));
    lines_.Line(line);
    if (directory_.count++ == 0) directory_.offset = entry.offset;
    directory_.size = entry.end - directory_.offset;
  }

  // What the assembler counts at this place.
  [[nodiscard]] Span Counted() const {
    return directory_.count == 0 ? Span{.count = 0, .offset = at_, .size = 0} : directory_;
  }

  void WriteEnd64() {
    open_ = false;
    const Header actual = Unpack(kEnd64Layout, file_.subspan(at_));
    WriteEndLine("END64", Differences(kEnd64Layout, End64Header(Counted(), {}), actual));
    end64_offset_ = at_;
    at_ += container::kEnd64Size;
  }

  void WriteLocator() {
    open_ = false;
    const Header actual = Unpack(kLocatorLayout, file_.subspan(at_));
    WriteEndLine("LOCATOR", Differences(kLocatorLayout, LocatorHeader(end64_offset_, {}), actual));
    at_ += container::kLocatorSize;
  }

  void WriteEnd() {
    open_ = false;
    const Header& actual = parts_.end_header;
    Fields fields;
    if (!actual.comment.empty()) {
      fields.push_back({.field = Field::kComment, .value = {.kind = Value::Kind::kText, .text = actual.comment}});
    }
    const Header right = EndHeader(Counted(), fields);
    for (Given& given : Differences(kEndLayout, right, actual)) fields.push_back(std::move(given));
    WriteEndLine("END", fields);
    at_ += container::kEndSize + actual.comment.size();
  }

  void WriteEndLine(std::string line, const Fields& fields) {
    AppendFields(line, fields);
    lines_.Line(line);
  }

  Bytes file_;
  const ZipParts& parts_;
  Lines& lines_;
  std::uint64_t at_ = 0;
  bool open_ = false;                       // the last RECORD still takes bytes
  bool in_order_ = true;                    // the directory lists members in their order, each once
  std::vector<std::size_t> members_;        // of each entry; the number of members: none
  std::vector<std::size_t> first_entries_;  // of each member
  std::vector<Record> records_;
  Span directory_;
  std::uint64_t end64_offset_ = 0;
};

}  // namespace

void WriteContent(std::string_view name, Bytes content, Lines& lines) {
  if (IsPickle(name)) return lines.Instructions(content);
  const bool is_storage = name.starts_with("data/") || name.find("/data/") != std::string_view::npos;
  if (!is_storage && IsShortText(content)) return lines.Text(content);
  lines.Raw(content);
}

void WriteZip(Bytes file, const ZipParts& parts, Lines& lines) { Writer(file, parts, lines).Run(); }

}  // namespace weightsonly::recipe
