// Floor 6. Bytes of storages: in place, read, inflated, swapped. SPEC.md chapter 6.
#include "checkpoint/archive_source.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace weightsonly {
namespace {

// Local headers whose pages may stay resident: of 50,000 small tensors they would be the whole file.
constexpr std::uint32_t kHeadersToForget = 1024;

}  // namespace

ArchiveSource::ArchiveSource(std::shared_ptr<const container::Source> file, container::Archive archive,
                             const Graph& graph, bool swap, bool check_crc, std::string_view folder)
    : StoredBytes(std::move(file), graph),
      archive_(std::move(archive)),
      name_(folder),
      folder_size_(folder.size()),
      swap_(swap),
      check_crc_(check_crc) {}

// CHK-010. `data/<key>`, found as torch finds records.
std::uint32_t ArchiveSource::FindRecord(std::string_view key, std::uint64_t offset) {
  if (key.find('\0') != std::string_view::npos) {  // DEV-601: torch would read the record named before the NUL
    Refuse(RefusalKind::kZipName, "data.pkl", offset, "the storage key '" + EscapeForTerminal(key) + "' has a NUL");
  }
  name_.resize(folder_size_);
  name_.append(key);
  const container::Entry* entry = archive_.FindNear(next_, name_);
  if (entry == nullptr) {
    Refuse(RefusalKind::kStorageMissing, "data.pkl", offset, "there is no record '" + EscapeForTerminal(name_) + "'");
  }
  const std::size_t record = archive_.IndexOf(*entry);
  next_ = record + 1;
  return static_cast<std::uint32_t>(record);
}

// CHK-011: exactly as long as the pickle says, mapped or not (DEV-604).
StorageRecord ArchiveSource::ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes,
                                            std::uint64_t offset) {
  const container::Entry& entry = archive_.entries()[record];
  const container::Extent extent = archive_.Locate(entry);
  Touched(extent.header_offset);
  if (extent.size != nbytes) {
    Refuse(RefusalKind::kStorageSizeMismatch, "data.pkl", offset,
           "record '" + EscapeForTerminal(archive_.NameOf(entry)) + "' has " + std::to_string(extent.size) +
               " bytes, the pickle says " + std::to_string(nbytes),
           {std::to_string(extent.size), std::to_string(nbytes)});
  }
  return {.offset = extent.offset,
          .nbytes = nbytes,
          .entry = record,
          .device = 0,
          .deflated = extent.method == container::Method::kDeflated,
          .unit = InfoOf(dtype).swap_bytes,
          .foreign = swap_,
          .meta = false};
}

void ArchiveSource::Touched(std::uint64_t header_offset) {
  touched_from_ = touched_ == 0 ? header_offset : std::min(touched_from_, header_offset);
  touched_to_ = touched_ == 0 ? header_offset : std::max(touched_to_, header_offset);
  if (++touched_ == kHeadersToForget) ForgetTouched();
}

void ArchiveSource::ForgetTouched() {
  if (touched_ != 0) file().Forget(touched_from_, touched_to_ - touched_from_);
  touched_ = 0;
}

void ArchiveSource::Seal() {
  if (graph().storages.size() >= kHeadersToForget) ForgetTouched();
  StoredBytes::Seal();
}

std::string ArchiveSource::RecordName(std::uint32_t index) const {
  if (RecordOf(index).in_values) return "data.pkl";
  return std::string(archive_.NameOf(archive_.entries()[RecordOf(index).entry]));
}

Bytes ArchiveSource::PayloadOf(const StorageRecord& record) const {
  return file().bytes().subspan(record.offset, EntryOf(record).compressed_size);
}

void ArchiveSource::MakeDeflated(const StorageRecord& record, std::span<std::byte> out) const {
  container::Inflate(PayloadOf(record), out, EntryOf(record).header_offset);
  SwapBytes(out, record.swap_bytes());
}

void ArchiveSource::MakeDeflatedPieces(const StorageRecord& record, std::span<std::byte> buffer,
                                       const PieceSink& sink) const {
  container::InflatePieces(PayloadOf(record), record.nbytes, buffer, EntryOf(record).header_offset,
                           [&](std::span<std::byte> piece) {
                             SwapBytes(piece, record.swap_bytes());
                             sink(piece);
                           });
}

// CHK-014. Inflating is the check of a deflated payload; a CRC counts in strict only, and 0 means that none was
// computed.
void ArchiveSource::VerifyContents(const StorageRecord& record) const {
  if (record.meta || record.in_values) return;
  const bool crc = check_crc_ && EntryOf(record).crc != 0;
  if (!record.deflated && !crc) return;
  std::uint32_t found = 0;
  if (record.deflated) {
    std::vector<std::byte> buffer(PieceOf(record));
    container::InflatePieces(PayloadOf(record), record.nbytes, buffer, EntryOf(record).header_offset,
                             [&](std::span<std::byte> piece) { found = crc ? container::Crc32(piece, found) : 0; });
  } else {
    found = container::Crc32(PayloadOf(record));
  }
  if (crc) container::RequireCrc(EntryOf(record).crc, found, EntryOf(record).header_offset);
}

std::expected<void, Refusal> ArchiveSource::Verify(std::uint32_t index) const {
  return AtBoundary<void>([&] { VerifyContents(RecordOf(index)); });
}

}  // namespace weightsonly
