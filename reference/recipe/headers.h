// Recipes: the headers of a zip archive as they should be, and what a recipe changes in them. conformance/FORMAT.md,
// chapters 1.3 and 1.4. The assembler writes with it; the disassembler compares with it to see what differs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "recipe/deflate.h"
#include "recipe/fields.h"

namespace weightsonly::recipe {

// The numbers of a header by Field, and the texts behind it.
struct Header {
  std::array<std::uint64_t, kFieldCount> numbers{};
  std::string name;
  std::string extra;
  std::string comment;

  std::uint64_t& operator[](Field field) { return numbers[static_cast<std::size_t>(field)]; }
  std::uint64_t operator[](Field field) const { return numbers[static_cast<std::size_t>(field)]; }
};

// The bytes of the numbers of `layout`, then name, extra field and comment. Throws LineError when a number does not
// fit.
[[nodiscard]] std::string Pack(Layout layout, const Header& header);
// The numbers of `layout`; `bytes` has at least SizeOf(layout) of them.
[[nodiscard]] Header Unpack(Layout layout, Bytes bytes);

struct Descriptor {
  Layout layout;
  Fields fields;
};

// One RECORD.
struct Record {
  std::string name;
  Fields fields;
  std::uint64_t offset = 0;  // of the local header
  std::uint64_t line = 0;    // of the recipe
  std::uint64_t align = 0;
  bool listed = true;
  Deflate deflate = Deflate::kNone;
  std::optional<Descriptor> descriptor;
  // What is right, known when the content is.
  std::uint32_t crc = 0;
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;

  // Takes what the fields say about how the record is made. Throws LineError when a field cannot stand there.
  void TakeFields(Fields given);
  // Takes the right values of `content`, of which `payload` is the compressed form.
  void TakeContent(std::string_view content, std::string_view payload);
};

[[nodiscard]] Header LocalHeader(const Record& record);
// `entry`: the fields of an ENTRY, which win.
[[nodiscard]] Header CentralHeader(const Record& record, const Fields& entry);
// The record has a descriptor.
[[nodiscard]] Header DescriptorHeader(const Record& record);

// Throws LineError unless the fields may stand on ENTRY, or on DESCRIPTOR.
void RequireEntryFields(const Fields& fields);
void RequireDescriptorFields(const Descriptor& descriptor);

// What the end records say of the central headers before them.
struct Span {
  std::uint64_t count = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

[[nodiscard]] Header End64Header(const Span& directory, const Fields& fields);
[[nodiscard]] Header LocatorHeader(std::uint64_t end64_offset, const Fields& fields);
[[nodiscard]] Header EndHeader(const Span& directory, const Fields& fields);

}  // namespace weightsonly::recipe
