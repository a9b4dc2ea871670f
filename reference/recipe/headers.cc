// Recipes: headers. conformance/FORMAT.md, chapters 1.3 and 1.4.
#include "recipe/headers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "container/zip.h"
#include "container/zip_format.h"
#include "recipe/little.h"
#include "recipe/words.h"

namespace weightsonly::recipe {
namespace {

constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
constexpr std::uint64_t kUtf8Names = 0x800;

constexpr auto kRecordMore =
    std::to_array<Field>({Field::kName, Field::kExtra, Field::kZip64, Field::kAlign, Field::kDeflate, Field::kListed});
constexpr auto kLocalMore = std::to_array<Field>({Field::kName, Field::kExtra, Field::kZip64});
constexpr auto kCentralMore = std::to_array<Field>({Field::kName, Field::kExtra, Field::kComment, Field::kZip64});
constexpr auto kEndMore = std::to_array<Field>({Field::kComment});

void RequireNoPrefix(const Fields& fields) {
  for (const Given& given : fields) {
    if (given.prefix != Prefix::kNone) Fail("local. and central. belong to the fields of a record");
  }
}

void Apply(const Fields& fields, Prefix prefix, Header& header) {
  for (const Given& given : fields) {
    if (given.prefix != prefix) continue;
    if (given.field == Field::kName) {
      header.name = given.value.text;
    } else if (given.field == Field::kExtra) {
      header.extra = given.value.text;
    } else if (given.field == Field::kComment) {
      header.comment = given.value.text;
    } else {
      header[given.field] = given.value.number;
    }
  }
}

// Where a header takes its fields from; the later ones win.
struct Giver {
  const Fields& fields;
  Prefix prefix;
};

bool IsGiven(std::span<const Giver> givers, Field field) {
  return std::ranges::any_of(givers,
                             [&](const Giver& giver) { return Find(giver.fields, giver.prefix, field) != nullptr; });
}

void TakeLengths(std::span<const Giver> givers, Header& header) {
  if (!IsGiven(givers, Field::kNameLength)) header[Field::kNameLength] = header.name.size();
  if (!IsGiven(givers, Field::kExtraLength)) header[Field::kExtraLength] = header.extra.size();
  if (!IsGiven(givers, Field::kCommentLength)) header[Field::kCommentLength] = header.comment.size();
}

// The true numbers move into an extra field, and all ones stand in their place.
void WidenFields(std::span<const Giver> givers, std::span<const Field> wide, Header& header) {
  std::string extra;
  AppendLittle(extra, container::kExtraZip64, 2);
  AppendLittle(extra, 8 * wide.size(), 2);
  for (const Field field : wide) {
    AppendLittle(extra, header[field], 8);
    header[field] = container::kMarker32;
  }
  if (!IsGiven(givers, Field::kExtra)) header.extra = std::move(extra);
}

// What is right for a header of the record and no field has changed.
Header RightHeader(const Record& record, std::uint32_t signature) {
  Header header;
  header.name = record.name;
  header[Field::kSignature] = signature;
  header[Field::kFlags] = record.descriptor ? kUtf8Names | container::kFlagDescriptor : kUtf8Names;
  header[Field::kMethod] = record.deflate == Deflate::kNone ? 0 : 8;
  header[Field::kCrc] = record.crc;
  header[Field::kCompressed] = record.compressed;
  header[Field::kSize] = record.size;
  return header;
}

// The extra field "FB" that torch fills up with, so that the payload begins at a multiple of the record's alignment.
void AppendPadding(const Record& record, Header& header) {
  const std::uint64_t front =
      record.offset + container::kLocalSize + header.name.size() + header.extra.size() + container::kExtraHeaderSize;
  const std::uint64_t padding = (record.align - front % record.align) % record.align;
  header.extra += "FB";
  AppendLittle(header.extra, padding, 2);
  header.extra.append(padding, 'Z');
}

}  // namespace

std::string Pack(Layout layout, const Header& header) {
  std::string out;
  for (const auto& [field, width] : layout) {
    if (width < 8 && header[field] >> (8 * width) != 0) {
      Fail(std::string(NameOf(field)) + "=" + std::to_string(header[field]) + " does not fit into " +
           std::to_string(width) + " bytes");
    }
    AppendLittle(out, header[field], width);
  }
  return out.append(header.name).append(header.extra).append(header.comment);
}

Header Unpack(Layout layout, Bytes bytes) {
  Header header;
  for (const auto& [field, width] : layout) {
    for (std::size_t i = 0; i < width; ++i) {
      header[field] |= static_cast<std::uint64_t>(std::to_integer<std::uint8_t>(bytes[i])) << (8 * i);
    }
    bytes = bytes.subspan(width);
  }
  return header;
}

void Record::TakeFields(Fields given) {
  Require(given, Prefix::kNone, kSharedLayout, kRecordMore);
  Require(given, Prefix::kLocal, kLocalLayout, kLocalMore);
  Require(given, Prefix::kCentral, kCentralLayout, kCentralMore);
  if (const Value* value = Find(given, Prefix::kNone, Field::kAlign)) align = value->number;
  if (const Value* value = Find(given, Prefix::kNone, Field::kListed)) listed = value->number != 0;
  if (const Value* value = Find(given, Prefix::kNone, Field::kDeflate)) {
    deflate = value->text == "stored" ? Deflate::kStored : Deflate::kFixed;
  }
  fields = std::move(given);
}

void Record::TakeContent(std::string_view content, std::string_view payload) {
  crc = container::Crc32(AsBytes(content));
  size = content.size();
  compressed = payload.size();
}

Header LocalHeader(const Record& record) {
  Header header = RightHeader(record, container::kLocalSignature);
  if (record.descriptor) header[Field::kCrc] = header[Field::kCompressed] = header[Field::kSize] = 0;
  const std::array<Giver, 2> givers = {{{record.fields, Prefix::kNone}, {record.fields, Prefix::kLocal}}};
  for (const Giver& giver : givers) Apply(giver.fields, giver.prefix, header);
  if (header[Field::kZip64] != 0) {
    WidenFields(givers, std::array{Field::kSize, Field::kCompressed}, header);
  }
  if (record.align != 0 && !IsGiven(givers, Field::kExtra)) AppendPadding(record, header);
  TakeLengths(givers, header);
  return header;
}

Header CentralHeader(const Record& record, const Fields& entry) {
  Header header = RightHeader(record, container::kCentralSignature);
  header[Field::kOffset] = record.offset;
  const std::array<Giver, 3> givers = {
      {{record.fields, Prefix::kNone}, {record.fields, Prefix::kCentral}, {entry, Prefix::kNone}}};
  for (const Giver& giver : givers) Apply(giver.fields, giver.prefix, header);
  if (header[Field::kZip64] != 0) {
    WidenFields(givers, std::array{Field::kSize, Field::kCompressed, Field::kOffset}, header);
  }
  TakeLengths(givers, header);
  return header;
}

Header DescriptorHeader(const Record& record) {
  Header header = RightHeader(record, kDescriptorSignature);
  header.name.clear();
  for (const Field field : {Field::kCrc, Field::kCompressed, Field::kSize}) {
    if (const Value* value = Find(record.fields, Prefix::kNone, field)) header[field] = value->number;
  }
  Apply(record.descriptor->fields, Prefix::kNone, header);
  return header;
}

void RequireEntryFields(const Fields& fields) {
  RequireNoPrefix(fields);
  Require(fields, Prefix::kNone, kCentralLayout, kCentralMore);
}

void RequireDescriptorFields(const Descriptor& descriptor) {
  RequireNoPrefix(descriptor.fields);
  Require(descriptor.fields, Prefix::kNone, descriptor.layout, {});
}

Header End64Header(const Span& directory, const Fields& fields) {
  RequireNoPrefix(fields);
  Require(fields, Prefix::kNone, kEnd64Layout, {});
  Header header;
  header[Field::kSignature] = container::kEnd64Signature;
  header[Field::kLength] = 44;
  header[Field::kVersionMade] = 0x31e;
  header[Field::kVersion] = 45;
  header[Field::kCount] = header[Field::kTotal] = directory.count;
  header[Field::kDirectorySize] = directory.size;
  header[Field::kDirectoryOffset] = directory.offset;
  Apply(fields, Prefix::kNone, header);
  return header;
}

Header LocatorHeader(std::uint64_t end64_offset, const Fields& fields) {
  RequireNoPrefix(fields);
  Require(fields, Prefix::kNone, kLocatorLayout, {});
  Header header;
  header[Field::kSignature] = container::kLocatorSignature;
  header[Field::kEnd64Offset] = end64_offset;
  header[Field::kDisks] = 1;
  Apply(fields, Prefix::kNone, header);
  return header;
}

Header EndHeader(const Span& directory, const Fields& fields) {
  RequireNoPrefix(fields);
  Require(fields, Prefix::kNone, kEndLayout, kEndMore);
  const std::uint64_t count = std::min<std::uint64_t>(directory.count, container::kMarker16);
  Header header;
  header[Field::kSignature] = container::kEndSignature;
  header[Field::kCount] = header[Field::kTotal] = count;
  header[Field::kDirectorySize] = std::min<std::uint64_t>(directory.size, container::kMarker32);
  header[Field::kDirectoryOffset] = std::min<std::uint64_t>(directory.offset, container::kMarker32);
  Apply(fields, Prefix::kNone, header);
  if (Find(fields, Prefix::kNone, Field::kCommentLength) == nullptr) {
    header[Field::kCommentLength] = header.comment.size();
  }
  return header;
}

}  // namespace weightsonly::recipe
