// Recipes: what differs from the right headers. conformance/FORMAT.md, chapter 1.4.
#include "recipe/differences.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "container/zip_format.h"
#include "recipe/lines.h"

namespace weightsonly::recipe {
namespace {

constexpr std::uint64_t kTorchAlignment = 64;

Given Number(Prefix prefix, Field field, std::uint64_t value) {
  return {.prefix = prefix, .field = field, .value = {.number = value, .text = {}}};
}

Given Text(Prefix prefix, Field field, std::string value) {
  return {.prefix = prefix, .field = field, .value = {.kind = Value::Kind::kText, .text = std::move(value)}};
}

bool SameWideFields(const Header& a, const Header& b) {
  return a.extra == b.extra && a[Field::kSize] == b[Field::kSize] && a[Field::kCompressed] == b[Field::kCompressed];
}

// Finds out whether padding or a zip64 field explain the extra field of the local header.
void TakeLocalForm(const Header& local, Record& record) {
  if (local.extra.empty()) return;
  for (const bool zip64 : {false, true}) {
    for (const std::uint64_t align : {kTorchAlignment, std::uint64_t{0}}) {
      if (!zip64 && align == 0) continue;
      Record form = record;
      form.align = align;
      if (zip64) form.fields.push_back(Number(Prefix::kLocal, Field::kZip64, 1));
      if (LocalHeader(form).extra != local.extra || (zip64 && !SameWideFields(LocalHeader(form), local))) continue;
      record = std::move(form);
      return;
    }
  }
}

void TakeCentralForm(const Header& central, Record& record) {
  if (central.extra.empty()) return;
  Record form = record;
  form.fields.push_back(Number(Prefix::kCentral, Field::kZip64, 1));
  const Header wide = CentralHeader(form, {});
  if (SameWideFields(wide, central) && wide[Field::kOffset] == central[Field::kOffset]) record = std::move(form);
}

// local.zip64=1 central.zip64=1 are one zip64=1.
void MergeZip64(Record& record) {
  if (record.fields.size() == 2) record.fields = {Number(Prefix::kNone, Field::kZip64, 1)};
}

void TakeTexts(const Header& local, const Header* central, Record& record) {
  const bool local_extra = LocalHeader(record).extra != local.extra;
  const bool central_extra = central != nullptr && CentralHeader(record, {}).extra != central->extra;
  if (local_extra && central_extra && local.extra == central->extra) {
    record.fields.push_back(Text(Prefix::kNone, Field::kExtra, local.extra));
  } else {
    if (local_extra) record.fields.push_back(Text(Prefix::kLocal, Field::kExtra, local.extra));
    if (central_extra) record.fields.push_back(Text(Prefix::kCentral, Field::kExtra, central->extra));
  }
  if (central == nullptr) return;
  if (central->name != record.name) record.fields.push_back(Text(Prefix::kCentral, Field::kName, central->name));
  if (!central->comment.empty()) {
    record.fields.push_back(Text(Prefix::kCentral, Field::kComment, central->comment));
  }
}

bool IsInDescriptor(Field field) {
  return field == Field::kCrc || field == Field::kCompressed || field == Field::kSize;
}

void TakeNumbers(const Header& local, const Header* central, Record& record) {
  const Header right_local = LocalHeader(record);
  const Header right_central = CentralHeader(record, {});
  for (const auto& [field, width] : kSharedLayout) {
    std::uint64_t local_now = right_local[field];
    const bool differs = central != nullptr && (*central)[field] != right_central[field];
    // A size without a prefix would go into the zip64 field of the local header.
    const bool is_shared = right_local[Field::kZip64] == 0 || !IsInDescriptor(field);
    const bool is_same = is_shared && differs && (*central)[field] == local[field];
    if (is_same || (is_shared && differs && record.descriptor && IsInDescriptor(field))) {
      record.fields.push_back(Number(Prefix::kNone, field, (*central)[field]));
      local_now = (*central)[field];
    } else if (differs) {
      record.fields.push_back(Number(Prefix::kCentral, field, (*central)[field]));
    }
    if (local[field] != local_now) record.fields.push_back(Number(Prefix::kLocal, field, local[field]));
  }
  for (const Field field :
       {Field::kVersionMade, Field::kCommentLength, Field::kDisk, Field::kInternal, Field::kExternal, Field::kOffset}) {
    if (central != nullptr && (*central)[field] != right_central[field]) {
      record.fields.push_back(Number(Prefix::kCentral, field, (*central)[field]));
    }
  }
}

bool IsShownInHex(Field field) {
  return field == Field::kSignature || field == Field::kCrc || field == Field::kFlags || field == Field::kTime ||
         field == Field::kDate || field == Field::kExternal;
}

void AppendNumber(std::string& line, Field field, std::uint64_t value) {
  if (!IsShownInHex(field)) return AppendDecimal(line, value);
  std::array<char, 16> digits;
  line += "0x";
  line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr);
}

}  // namespace

void TakeDifferences(const Header& local, const Header* central, Record& record) {
  TakeLocalForm(local, record);
  if (central != nullptr) TakeCentralForm(*central, record);
  MergeZip64(record);
  TakeTexts(local, central, record);
  TakeNumbers(local, central, record);
}

Fields EntryDifferences(const Record& record, const Header& actual) {
  Fields fields;
  Header right = CentralHeader(record, {});
  // All numbers and texts are given plainly where a zip64 field of the record does not explain this header.
  if (right[Field::kZip64] != 0 && !SameWideFields(right, actual)) {
    fields.push_back(Number(Prefix::kNone, Field::kZip64, 0));
    right = CentralHeader(record, fields);
  }
  if (right.name != actual.name) fields.push_back(Text(Prefix::kNone, Field::kName, actual.name));
  if (right.extra != actual.extra) fields.push_back(Text(Prefix::kNone, Field::kExtra, actual.extra));
  if (right.comment != actual.comment) fields.push_back(Text(Prefix::kNone, Field::kComment, actual.comment));
  right = CentralHeader(record, fields);
  for (Given& given : Differences(kCentralLayout, right, actual)) fields.push_back(std::move(given));
  return fields;
}

Fields Differences(Layout layout, const Header& right, const Header& actual) {
  Fields fields;
  for (const auto& [field, width] : layout) {
    if (right[field] != actual[field]) fields.push_back(Number(Prefix::kNone, field, actual[field]));
  }
  return fields;
}

void AppendFields(std::string& line, const Fields& fields) {
  for (const auto& [prefix, field, value] : fields) {
    line += prefix == Prefix::kLocal ? " local." : prefix == Prefix::kCentral ? " central." : " ";
    line.append(NameOf(field)).append("=");
    if (value.kind == Value::Kind::kNumber) {
      AppendNumber(line, field, value.number);
    } else if (field == Field::kExtra) {
      line += "bytes:";
      AppendHex(line, value.text);
    } else {
      line += QuotedString(value.text);
    }
  }
}

}  // namespace weightsonly::recipe
