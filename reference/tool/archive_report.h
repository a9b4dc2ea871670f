// Floor 8. What `inspect` finds out about an archive, for both of its ways to say it. SPEC.md chapter 8.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/refusal.h"
#include "checkpoint/checkpoint.h"
#include "container/zip.h"

namespace weightsonly::tool {

// Something that torch.save would not have written so. `what` is an interface, `text` is for people.
struct Oddity {
  std::string_view what;  // "trailing-bytes"
  std::string record;     // without the prefix; "" when the archive as a whole is meant
  std::string text;
};

// One record of the directory.
struct RecordRow {
  const container::Entry* entry;
  std::string_view name;                 // without the prefix
  std::optional<std::uint64_t> payload;  // offset in the file; nothing when it cannot be located
  std::optional<std::string> fault;      // why it cannot be located
  [[nodiscard]] std::uint64_t alignment()
      const;  // largest power of two that divides the payload's offset; 0 without one
};

// Reads the small records and looks at every record's headers. The file's bytes and the archive must outlive it.
class ArchiveReport {
 public:
  ArchiveReport(Bytes file, const container::Archive& archive, const std::expected<Checkpoint, Refusal>& loaded);

  // The text of a small record ("version"), without blanks around it; nothing when there is none or it cannot be read.
  [[nodiscard]] std::optional<std::string> SmallRecord(std::string_view name) const;
  // Alignment that the archive announces, or torch's default of 64.
  [[nodiscard]] std::uint64_t announced_alignment() const { return announced_alignment_; }

  // Calls `visit` for each record in directory order and collects oddities on the way.
  void VisitRecords(const std::function<void(const RecordRow&)>& visit);
  // CLI-015. At most 1,000; the others are only counted. Complete after VisitRecords.
  [[nodiscard]] const std::vector<Oddity>& oddities() const { return oddities_; }
  [[nodiscard]] std::uint64_t oddities_left_out() const { return left_out_; }

 private:
  void Add(std::string_view what, std::string_view record, std::string text);
  void LookAtArchive();
  void LookAtRecord(const RecordRow& row);
  void LookAtUse(const RecordRow& row);
  void MarkUsed(const std::expected<Checkpoint, Refusal>& loaded);

  Bytes file_;
  const container::Archive& archive_;
  std::vector<bool> used_;  // by entry; empty when the file does not load, so that nobody knows
  std::uint64_t announced_alignment_ = 64;
  bool torchscript_ = false;
  std::vector<Oddity> oddities_;
  std::uint64_t left_out_ = 0;
};

}  // namespace weightsonly::tool
