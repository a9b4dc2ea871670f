// Floor 6. Strict: the archive is as torch.save writes it. SPEC.md chapter 6.
#include "checkpoint/strict_archive.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/refusal.h"
#include "base/text.h"

namespace weightsonly {
namespace {

// Format: the records that torch.save writes besides those of the storages.
constexpr std::string_view kWritten[] = {
    "data.pkl", "version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"};

[[noreturn]] void RefuseRecord(RefusalKind kind, const container::Archive& archive, const container::Entry& entry,
                               std::string_view what) {
  Refuse(kind, {}, archive.DirectoryOffsetOf(entry),
         "record '" + EscapeForTerminal(archive.NameOf(entry)) + "' " + std::string(what));
}

// CHK-043. `file_bytes`: the size of the file.
void RequireEnd(const container::Archive& archive, std::uint64_t file_bytes) {
  const std::uint64_t end = archive.end_offset();
  if (archive.comment_size() != 0) {
    Refuse(RefusalKind::kZipEocd, {}, end - archive.comment_size(),
           "the archive has a comment of " + std::to_string(archive.comment_size()) + " bytes; torch.save writes none");
  }
  if (end < file_bytes) {
    Refuse(RefusalKind::kZipEocd, {}, end,
           std::to_string(file_bytes - end) + " bytes follow the archive; torch.save writes none");
  }
}

// Which entries of the directory torch.save may have written, by their index. Names are compared as those of records
// that are looked up; a storage is the record that its key found.
std::vector<bool> WrittenRecords(const container::Archive& archive, const Graph& graph) {
  std::vector<bool> written(archive.entries().size());
  for (const std::string_view name : kWritten) {
    if (const container::Entry* entry = archive.Find(name)) written[archive.IndexOf(*entry)] = true;
  }
  for (std::size_t i = 0; i < graph.storages.size(); ++i) {
    if (!graph.storages[i].in_values) written[graph.storages[i].entry] = true;
  }
  return written;
}

}  // namespace

void RequireAsTorchWrites(const container::Archive& archive, const Graph& graph) {
  RequireEnd(archive, graph.file_bytes);
  const std::vector<bool> written = WrittenRecords(archive, graph);
  for (const container::Entry& entry : archive.entries()) {
    // CHK-044
    if (!written[archive.IndexOf(entry)]) {
      RefuseRecord(RefusalKind::kZipName, archive, entry,
                   "is no storage that the pickle names and no other record that torch.save writes");
    }
    // CHK-045
    if (entry.method != std::to_underlying(container::Method::kStored)) {
      RefuseRecord(RefusalKind::kZipMethod, archive, entry, "is compressed; torch.save compresses none");
    }
    // CHK-046
    if ((entry.marks & container::kMarkComment) != 0) {
      RefuseRecord(RefusalKind::kZipCentralDirectory, archive, entry, "has a comment; torch.save writes none");
    }
  }
}

}  // namespace weightsonly
