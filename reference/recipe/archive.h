// Recipes: collects the bytes of a file, part by part. conformance/FORMAT.md, chapter 1.3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/fields.h"
#include "recipe/headers.h"

namespace weightsonly::recipe {

// Everything throws LineError. One that names a line means the RECORD there.
class Archive {
 public:
  // The file has at most `most` bytes.
  explicit Archive(std::uint64_t most) : most_(most) {}

  [[nodiscard]] static bool IsPart(std::string_view word);

  // Bytes of the open record, or of no record, `count` times.
  void Add(std::string_view bytes, std::uint64_t count);
  // The line `line` begins the part `word`.
  void Open(std::string_view word, std::span<const std::string_view> operands, std::uint64_t line);
  // The whole file. Call once, last.
  [[nodiscard]] std::string Finish();

 private:
  // What a CHECKPOINT line asks for.
  struct Short {
    std::string folder = "archive";
    std::optional<std::string> byteorder = "little";
    std::optional<std::string> version = "3\n";
  };
  struct Operands {
    std::span<const std::string_view> plain;
    Fields fields;
  };
  using Handler = void (Archive::*)(const Operands&);
  struct PartRow {
    std::string_view word;
    std::size_t least, most;  // words before the fields
    bool takes_fields;
    bool in_short;  // may stand in a short recipe
    Handler handler;
  };
  static const PartRow* FindPart(std::string_view word);

  void Checkpoint(const Operands& operands);
  void Storage(const Operands& operands);
  void RecordPart(const Operands& operands);
  void DescriptorPart(const Operands& operands);
  void Gap(const Operands& operands);
  void Directory(const Operands& operands);
  void Entry(const Operands& operands);
  void End64(const Operands& operands);
  void Locator(const Operands& operands);
  void End(const Operands& operands);

  void Emit(std::string_view bytes);
  void RequireRoom(std::uint64_t size) const;
  void BeginRecord(std::string name, Fields fields);
  void CloseRecord();
  void WriteRecord(Record& record);
  void WriteCentral(const Record& record, const Fields& entry);
  void AddByteorder();
  [[nodiscard]] Span DirectorySpan() const;

  std::uint64_t most_;
  std::uint64_t line_ = 0;
  bool begun_ = false;
  std::string out_;
  std::vector<Record> records_;
  std::vector<std::size_t> listed_;  // those that DIRECTORY writes
  bool open_ = false;                // the last record takes bytes
  std::string content_;              // of the open record
  std::uint64_t central_count_ = 0;
  std::optional<std::uint64_t> directory_offset_;
  std::uint64_t directory_end_ = 0;
  std::uint64_t end64_offset_ = 0;
  std::optional<Short> short_;
};

}  // namespace weightsonly::recipe
