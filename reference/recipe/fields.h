// Recipes: the fields of the parts of an archive, NAME=VALUE behind a part's word. conformance/FORMAT.md, chapters 1.3
// and 1.4. It knows the names, the kinds of value and what may stand where; not what a field does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightsonly::recipe {

enum class Field : std::uint8_t {
  kSignature,
  kVersionMade,
  kVersion,
  kFlags,
  kMethod,
  kTime,
  kDate,
  kCrc,
  kCompressed,
  kSize,
  kNameLength,
  kExtraLength,
  kCommentLength,
  kDisk,
  kInternal,
  kExternal,
  kOffset,
  kLength,
  kDiskStart,
  kCount,
  kTotal,
  kDirectorySize,
  kDirectoryOffset,
  kEnd64Offset,
  kDisks,
  // Not numbers of a header: texts, and how a record is made.
  kName,
  kExtra,
  kComment,
  kZip64,
  kAlign,
  kDeflate,
  kListed,
  kFolder,
  kByteorder,
};
inline constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::kByteorder) + 1;

[[nodiscard]] std::string_view NameOf(Field field);

// A number of a header, and its bytes in the file, little-endian.
struct Column {
  Field field;
  std::uint8_t width;
};
using Layout = std::span<const Column>;

// The headers of container/zip_format.h as columns, in the order of the file; texts follow them.
extern const Layout kLocalLayout;
extern const Layout kCentralLayout;
extern const Layout kEnd64Layout;
extern const Layout kLocatorLayout;
extern const Layout kEndLayout;
extern const Layout kSignedLayout;  // the three forms of a data descriptor
extern const Layout kPlainLayout;
extern const Layout kWideLayout;
// What both headers of a record have.
extern const Layout kSharedLayout;

[[nodiscard]] std::size_t SizeOf(Layout layout);

// Whom a field is for.
enum class Prefix : std::uint8_t { kNone, kLocal, kCentral };

struct Value {
  enum class Kind : std::uint8_t { kNumber, kText, kWord };
  Kind kind = Kind::kNumber;
  std::uint64_t number = 0;
  std::string text;  // of kText its bytes, of kWord the word
};

struct Given {
  Prefix prefix = Prefix::kNone;
  Field field = Field::kSignature;
  Value value;
};
using Fields = std::vector<Given>;

// The fields of words NAME=VALUE. Throws LineError: no such form, no field of that name, one given twice.
[[nodiscard]] Fields FieldsOf(std::span<const std::string_view> words);

[[nodiscard]] const Value* Find(const Fields& fields, Prefix prefix, Field field);

// Throws LineError unless every field of `prefix` is a number of `layout` that fits its width (sizes and offsets, which
// zip64 makes wide, are left to the header), or one of `more`, of its kind.
void Require(const Fields& fields, Prefix prefix, Layout layout, std::span<const Field> more);

}  // namespace weightsonly::recipe
