// Recipes: fields. conformance/FORMAT.md, chapters 1.3 and 1.4.
#include "recipe/fields.h"

#include <algorithm>
#include <utility>

#include "recipe/words.h"

namespace weightsonly::recipe {
namespace {

// In the order of enum Field.
constexpr auto kNames = std::to_array<std::string_view>({"signature",
                                                         "version_made",
                                                         "version",
                                                         "flags",
                                                         "method",
                                                         "time",
                                                         "date",
                                                         "crc",
                                                         "compressed",
                                                         "size",
                                                         "name_length",
                                                         "extra_length",
                                                         "comment_length",
                                                         "disk",
                                                         "internal",
                                                         "external",
                                                         "offset",
                                                         "length",
                                                         "disk_start",
                                                         "count",
                                                         "total",
                                                         "directory_size",
                                                         "directory_offset",
                                                         "end64_offset",
                                                         "disks",
                                                         "name",
                                                         "extra",
                                                         "comment",
                                                         "zip64",
                                                         "align",
                                                         "deflate",
                                                         "listed",
                                                         "folder",
                                                         "byteorder"});
static_assert(kNames.size() == kFieldCount);

constexpr auto kLocal = std::to_array<Column>({{Field::kSignature, 4},
                                               {Field::kVersion, 2},
                                               {Field::kFlags, 2},
                                               {Field::kMethod, 2},
                                               {Field::kTime, 2},
                                               {Field::kDate, 2},
                                               {Field::kCrc, 4},
                                               {Field::kCompressed, 4},
                                               {Field::kSize, 4},
                                               {Field::kNameLength, 2},
                                               {Field::kExtraLength, 2}});
constexpr auto kCentral = std::to_array<Column>({{Field::kSignature, 4},
                                                 {Field::kVersionMade, 2},
                                                 {Field::kVersion, 2},
                                                 {Field::kFlags, 2},
                                                 {Field::kMethod, 2},
                                                 {Field::kTime, 2},
                                                 {Field::kDate, 2},
                                                 {Field::kCrc, 4},
                                                 {Field::kCompressed, 4},
                                                 {Field::kSize, 4},
                                                 {Field::kNameLength, 2},
                                                 {Field::kExtraLength, 2},
                                                 {Field::kCommentLength, 2},
                                                 {Field::kDisk, 2},
                                                 {Field::kInternal, 2},
                                                 {Field::kExternal, 4},
                                                 {Field::kOffset, 4}});
constexpr auto kEnd64 = std::to_array<Column>({{Field::kSignature, 4},
                                               {Field::kLength, 8},
                                               {Field::kVersionMade, 2},
                                               {Field::kVersion, 2},
                                               {Field::kDisk, 4},
                                               {Field::kDiskStart, 4},
                                               {Field::kCount, 8},
                                               {Field::kTotal, 8},
                                               {Field::kDirectorySize, 8},
                                               {Field::kDirectoryOffset, 8}});
constexpr auto kLocator =
    std::to_array<Column>({{Field::kSignature, 4}, {Field::kDisk, 4}, {Field::kEnd64Offset, 8}, {Field::kDisks, 4}});
constexpr auto kEnd = std::to_array<Column>({{Field::kSignature, 4},
                                             {Field::kDisk, 2},
                                             {Field::kDiskStart, 2},
                                             {Field::kCount, 2},
                                             {Field::kTotal, 2},
                                             {Field::kDirectorySize, 4},
                                             {Field::kDirectoryOffset, 4},
                                             {Field::kCommentLength, 2}});
constexpr auto kSigned =
    std::to_array<Column>({{Field::kSignature, 4}, {Field::kCrc, 4}, {Field::kCompressed, 4}, {Field::kSize, 4}});
constexpr auto kWide =
    std::to_array<Column>({{Field::kSignature, 4}, {Field::kCrc, 4}, {Field::kCompressed, 8}, {Field::kSize, 8}});

constexpr bool IsText(Field field) {
  return field == Field::kName || field == Field::kExtra || field == Field::kComment || field == Field::kFolder ||
         field == Field::kByteorder;
}

constexpr bool IsWide(Field field) {
  return field == Field::kSize || field == Field::kCompressed || field == Field::kOffset;
}

bool IsWord(std::string_view word) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !word.empty() && letter(word.front()) &&
         std::ranges::all_of(word, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Value ValueOf(std::string_view word) {
  using Kind = Value::Kind;
  if (IsString(word)) return {.kind = Kind::kText, .text = StringOf(word)};
  if (word.starts_with("bytes:")) return {.kind = Kind::kText, .text = HexOf(word.substr(6), word)};
  if (IsWord(word)) return {.kind = Kind::kWord, .text = std::string(word)};
  return {.number = IntegerOf(word, 0, ~std::uint64_t{0}), .text = {}};
}

Given GivenOf(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (IsString(word) || equals == std::string_view::npos || equals + 1 == word.size()) {
    Fail("NAME=VALUE is expected, not " + Shown(word));
  }
  Given given;
  std::string_view name = word.substr(0, equals);
  if (name.starts_with("local.")) {
    given.prefix = Prefix::kLocal;
    name.remove_prefix(6);
  } else if (name.starts_with("central.")) {
    given.prefix = Prefix::kCentral;
    name.remove_prefix(8);
  }
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) Fail("there is no field " + Shown(word.substr(0, equals)));
  given.field = static_cast<Field>(found - kNames.begin());
  given.value = ValueOf(word.substr(equals + 1));
  return given;
}

void RequireKind(const Given& given) {
  const std::string_view name = NameOf(given.field);
  const bool is_text = given.value.kind == Value::Kind::kText;
  const bool is_word = given.value.kind == Value::Kind::kWord;
  if (is_text != IsText(given.field) || is_word != (given.field == Field::kDeflate)) {
    Fail(std::string(name) + " cannot be that kind of value");
  }
  constexpr std::uint64_t kWidestAlignment = std::uint64_t{1} << 16;
  const bool is_switch = given.field == Field::kZip64 || given.field == Field::kListed;
  const bool is_bad_form =
      given.field == Field::kDeflate && given.value.text != "stored" && given.value.text != "fixed";
  if ((is_switch && given.value.number > 1) || is_bad_form ||
      (given.field == Field::kAlign && given.value.number > kWidestAlignment)) {
    Fail(std::string(name) + " cannot be that");
  }
}

}  // namespace

const Layout kLocalLayout = kLocal;
const Layout kCentralLayout = kCentral;
const Layout kEnd64Layout = kEnd64;
const Layout kLocatorLayout = kLocator;
const Layout kEndLayout = kEnd;
const Layout kSignedLayout = kSigned;
const Layout kPlainLayout = Layout(kSigned).subspan(1);
const Layout kWideLayout = kWide;
const Layout kSharedLayout = Layout(kLocal).subspan(1);

std::string_view NameOf(Field field) { return kNames[static_cast<std::size_t>(field)]; }

std::size_t SizeOf(Layout layout) {
  std::size_t size = 0;
  for (const Column& column : layout) size += column.width;
  return size;
}

Fields FieldsOf(std::span<const std::string_view> words) {
  Fields fields;
  for (const std::string_view word : words) {
    Given given = GivenOf(word);
    if (Find(fields, given.prefix, given.field) != nullptr) {
      Fail(std::string(word.substr(0, word.find('='))) + " is given twice");
    }
    fields.push_back(std::move(given));
  }
  return fields;
}

const Value* Find(const Fields& fields, Prefix prefix, Field field) {
  const auto found =
      std::ranges::find_if(fields, [&](const Given& given) { return given.prefix == prefix && given.field == field; });
  return found == fields.end() ? nullptr : &found->value;
}

void Require(const Fields& fields, Prefix prefix, Layout layout, std::span<const Field> more) {
  for (const Given& given : fields) {
    if (given.prefix != prefix) continue;
    const auto column = std::ranges::find(layout, given.field, &Column::field);
    if (column == layout.end() && std::ranges::find(more, given.field) == more.end()) {
      Fail("there is no field " + std::string(NameOf(given.field)) + " here");
    }
    RequireKind(given);
    const std::uint64_t number = given.value.number;
    if (column != layout.end() && column->width < 8 && !IsWide(given.field) && number >> (8 * column->width) != 0) {
      Fail(std::string(NameOf(given.field)) + "=" + std::to_string(number) + " does not fit into " +
           std::to_string(column->width) + " bytes");
    }
  }
}

}  // namespace weightsonly::recipe
