// Recipes: the parts of an archive. conformance/FORMAT.md, chapter 1.3.
#include "recipe/archive.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/checked.h"
#include "recipe/deflate.h"
#include "recipe/words.h"

namespace weightsonly::recipe {

const Archive::PartRow* Archive::FindPart(std::string_view word) {
  static constexpr auto kParts = std::to_array<PartRow>({
      {"CHECKPOINT", 0, 0, true, true, &Archive::Checkpoint},
      {"STORAGE", 1, 1, true, true, &Archive::Storage},
      {"RECORD", 1, 1, true, true, &Archive::RecordPart},
      {"DESCRIPTOR", 0, 1, true, true, &Archive::DescriptorPart},
      {"GAP", 0, 0, false, true, &Archive::Gap},
      {"DIRECTORY", 0, 0, false, false, &Archive::Directory},
      {"ENTRY", 1, 1, true, false, &Archive::Entry},
      {"END64", 0, 0, true, false, &Archive::End64},
      {"LOCATOR", 0, 0, true, false, &Archive::Locator},
      {"END", 0, 0, true, false, &Archive::End},
  });
  const auto* const found = std::ranges::find(kParts, word, &PartRow::word);
  return found == kParts.end() ? nullptr : found;
}

bool Archive::IsPart(std::string_view word) { return FindPart(word) != nullptr; }

void Archive::RequireRoom(std::uint64_t size) const {
  if (size > most_ - out_.size() - content_.size()) {
    Fail("the recipe makes more than " + std::to_string(most_) + " bytes");
  }
}

void Archive::Emit(std::string_view bytes) {
  RequireRoom(bytes.size());
  out_ += bytes;
}

void Archive::Add(std::string_view bytes, std::uint64_t count) {
  begun_ = true;
  std::uint64_t size = 0;
  if (!CheckedMul(bytes.size(), count, &size)) size = ~std::uint64_t{0};
  RequireRoom(size);
  std::string& target = open_ ? content_ : out_;
  if (bytes.size() == 1) {
    target.append(count, bytes.front());
  } else {
    for (std::uint64_t done = 0; done < size; done += bytes.size()) target += bytes;
  }
}

void Archive::Open(std::string_view word, std::span<const std::string_view> operands, std::uint64_t line) {
  const PartRow& part = *FindPart(word);
  line_ = line;
  const auto is_field = [](std::string_view each) { return !IsString(each) && each.contains('='); };
  const auto first = static_cast<std::size_t>(std::ranges::find_if(operands, is_field) - operands.begin());
  if (first < part.least || first > part.most) {
    Fail(part.most == 0
             ? std::string(word) + " takes " + (part.takes_fields ? "fields only" : "nothing")
             : std::string(word) + " takes " + (part.least == 0 ? "at most " : "") + "one word, then fields");
  }
  if (!part.takes_fields && operands.size() != first) Fail(std::string(word) + " takes no fields");
  if (short_ && !part.in_short) {
    Fail("CHECKPOINT makes the directory and the end itself: start with RECORD to make them by hand");
  }
  (this->*part.handler)({.plain = operands.first(first), .fields = FieldsOf(operands.subspan(first))});
  begun_ = true;
}

void Archive::BeginRecord(std::string name, Fields fields) {
  CloseRecord();
  Record record;
  record.name = std::move(name);
  record.offset = out_.size();
  record.line = line_;
  record.TakeFields(std::move(fields));
  records_.push_back(std::move(record));
  open_ = true;
}

void Archive::WriteRecord(Record& record) {
  const std::string content = std::exchange(content_, {});
  const bool is_stored = record.deflate == Deflate::kNone;
  const std::string encoded = is_stored ? std::string() : Encode(record.deflate, content);
  const std::string& payload = is_stored ? content : encoded;
  record.TakeContent(content, payload);
  Emit(Pack(kLocalLayout, LocalHeader(record)));
  Emit(payload);
  if (record.descriptor) Emit(Pack(record.descriptor->layout, DescriptorHeader(record)));
}

void Archive::CloseRecord() {
  if (!std::exchange(open_, false)) return;
  Record& record = records_.back();
  try {
    WriteRecord(record);
  } catch (LineError& error) {
    error.line = record.line;
    throw;
  }
  if (record.listed) listed_.push_back(records_.size() - 1);
}

void Archive::Checkpoint(const Operands& operands) {
  if (begun_) Fail("CHECKPOINT is the first line");
  Short asked;
  for (const Given& given : operands.fields) {
    const bool is_none = given.value.kind == Value::Kind::kWord && given.value.text == "none";
    const bool is_known =
        given.field == Field::kFolder || given.field == Field::kByteorder || given.field == Field::kVersion;
    if (given.prefix != Prefix::kNone || !is_known || (!is_none && given.value.kind != Value::Kind::kText)) {
      Fail("CHECKPOINT takes folder, byteorder and version, each a string, or none");
    }
    if (given.field == Field::kFolder) {
      if (is_none) Fail("an archive has a folder");
      asked.folder = given.value.text;
    } else {
      (given.field == Field::kByteorder ? asked.byteorder : asked.version) =
          is_none ? std::nullopt : std::optional(given.value.text);
    }
  }
  short_ = asked;
  BeginRecord(asked.folder + "/data.pkl", {});
}

void Archive::AddByteorder() {
  if (!short_ || !short_->byteorder || records_.size() != 1) return;
  BeginRecord(short_->folder + "/byteorder", {});
  Add(*short_->byteorder, 1);
}

void Archive::Storage(const Operands& operands) {
  if (!short_) Fail("STORAGE goes with CHECKPOINT: use RECORD");
  AddByteorder();
  BeginRecord(short_->folder + "/data/" + StringOf(operands.plain[0]), operands.fields);
}

void Archive::RecordPart(const Operands& operands) {
  std::string name = StringOf(operands.plain[0]);
  AddByteorder();
  BeginRecord(std::move(name), operands.fields);
}

void Archive::DescriptorPart(const Operands& operands) {
  const std::string_view form = operands.plain.empty() ? "signed" : operands.plain[0];
  if (!open_ || (form != "signed" && form != "plain" && form != "wide")) {
    Fail("DESCRIPTOR signed, plain or wide stands behind the content of a record");
  }
  Descriptor descriptor;
  descriptor.layout = form == "signed" ? kSignedLayout : form == "plain" ? kPlainLayout : kWideLayout;
  descriptor.fields = operands.fields;
  RequireDescriptorFields(descriptor);
  records_.back().descriptor = std::move(descriptor);
  CloseRecord();
}

void Archive::Gap(const Operands& /*operands*/) {
  AddByteorder();
  CloseRecord();
}

void Archive::WriteCentral(const Record& record, const Fields& entry) {
  const std::string bytes = Pack(kCentralLayout, CentralHeader(record, entry));
  if (!directory_offset_) directory_offset_ = out_.size();
  Emit(bytes);
  directory_end_ = out_.size();
  ++central_count_;
}

void Archive::Directory(const Operands& /*operands*/) {
  CloseRecord();
  for (const std::size_t index : listed_) WriteCentral(records_[index], {});
}

void Archive::Entry(const Operands& operands) {
  CloseRecord();
  const std::uint64_t index = IntegerOf(operands.plain[0], 0, 0xffffffff);
  if (index >= records_.size()) Fail("there is no record " + std::to_string(index) + " before this line");
  RequireEntryFields(operands.fields);
  WriteCentral(records_[index], operands.fields);
}

Span Archive::DirectorySpan() const {
  if (!directory_offset_) return {.count = 0, .offset = out_.size(), .size = 0};
  return {.count = central_count_, .offset = *directory_offset_, .size = directory_end_ - *directory_offset_};
}

void Archive::End64(const Operands& operands) {
  CloseRecord();
  const std::string bytes = Pack(kEnd64Layout, End64Header(DirectorySpan(), operands.fields));
  end64_offset_ = out_.size();
  Emit(bytes);
}

void Archive::Locator(const Operands& operands) {
  CloseRecord();
  Emit(Pack(kLocatorLayout, LocatorHeader(end64_offset_, operands.fields)));
}

void Archive::End(const Operands& operands) {
  CloseRecord();
  Emit(Pack(kEndLayout, EndHeader(DirectorySpan(), operands.fields)));
}

std::string Archive::Finish() {
  if (short_) {
    AddByteorder();
    if (short_->version) {
      BeginRecord(short_->folder + "/version", {});
      Add(*short_->version, 1);
    }
    Directory({});
    End({});
  }
  CloseRecord();
  return std::move(out_);
}

}  // namespace weightsonly::recipe
