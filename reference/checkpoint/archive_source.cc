// Floor 6. Bytes of storages: in place, read, inflated, swapped. SPEC.md chapter 6.
#include "checkpoint/archive_source.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace weightsonly {
namespace {

// Payloads pass in pieces that stay in the cache between one step and the next. A multiple of every swap unit.
constexpr std::size_t kPiece = std::size_t{256} << 10;

// Local headers whose pages may stay resident: of 50,000 small tensors they would be the whole file.
constexpr std::uint32_t kHeadersToForget = 1024;

template <typename Word>
void SwapWords(std::span<std::byte> bytes) {
  for (std::size_t at = 0; at + sizeof(Word) <= bytes.size(); at += sizeof(Word)) {
    Word word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    word = std::byteswap(word);
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
}

}  // namespace

void SwapBytes(std::span<std::byte> bytes, std::uint8_t unit) {
  if (unit == 8) SwapWords<std::uint64_t>(bytes);
  if (unit == 4) SwapWords<std::uint32_t>(bytes);
  if (unit == 2) SwapWords<std::uint16_t>(bytes);
}

ArchiveSource::ArchiveSource(std::shared_ptr<const container::Source> file, container::Archive archive,
                             const Graph& graph, bool swap, bool check_crc)
    : file_(std::move(file)), archive_(std::move(archive)), graph_(graph), swap_(swap), check_crc_(check_crc) {}

// CHK-010. `data/<key>`, found as torch finds records; CHK-011: exactly as long as the pickle says.
StorageRecord ArchiveSource::ResolveStorage(std::string_view key, Dtype dtype, std::uint64_t nbytes,
                                            std::uint64_t offset) {
  std::string name = "data/";
  name += key;
  if (key.find('\0') != std::string_view::npos) {  // DEV-601: torch would read the record named before the NUL
    Refuse(RefusalKind::kZipName, "data.pkl", offset, "the storage key '" + EscapeForTerminal(key) + "' has a NUL");
  }
  const container::Entry* entry = archive_.Find(name);
  if (entry == nullptr) {
    Refuse(RefusalKind::kStorageMissing, "data.pkl", offset, "there is no record '" + EscapeForTerminal(name) + "'");
  }
  const container::Extent extent = archive_.Locate(*entry);
  Touched(extent.header_offset);
  if (extent.size != nbytes) {
    Refuse(RefusalKind::kStorageSizeMismatch, "data.pkl", offset,
           "record '" + EscapeForTerminal(name) + "' has " + std::to_string(extent.size) + " bytes, the pickle says " +
               std::to_string(nbytes));
  }
  return {.offset = extent.offset,
          .nbytes = nbytes,
          .entry = static_cast<std::uint32_t>(archive_.IndexOf(*entry)),
          .device = 0,
          .deflated = extent.method == container::Method::kDeflated,
          .swap_bytes = swap_ ? InfoOf(dtype).swap_bytes : std::uint8_t{1}};
}

void ArchiveSource::Touched(std::uint64_t header_offset) {
  touched_from_ = touched_ == 0 ? header_offset : std::min(touched_from_, header_offset);
  touched_to_ = touched_ == 0 ? header_offset : std::max(touched_to_, header_offset);
  if (++touched_ == kHeadersToForget) ForgetTouched();
}

void ArchiveSource::ForgetTouched() {
  if (touched_ != 0) file_->Forget(touched_from_, touched_to_ - touched_from_);
  touched_ = 0;
}

void ArchiveSource::Seal() {
  if (graph_.storages.size() >= kHeadersToForget) ForgetTouched();
  const bool all_in_place = std::ranges::all_of(
      graph_.storages, [](const StorageRecord& record) { return !record.deflated && record.swap_bytes == 1; });
  if (all_in_place) return;
  slots_.resize(graph_.storages.size());
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (!InPlace(i)) slots_[i] = std::make_unique<Slot>();
  }
}

bool ArchiveSource::InPlace(std::uint32_t index) const {
  const StorageRecord& record = RecordOf(index);
  return !record.deflated && (record.swap_bytes == 1 || record.nbytes == 0);
}

std::string ArchiveSource::RecordName(std::uint32_t index) const {
  return std::string(archive_.NameOf(archive_.entries()[RecordOf(index).entry]));
}

Bytes ArchiveSource::PayloadOf(const StorageRecord& record) const {
  return file_->bytes().subspan(record.offset, EntryOf(record).compressed_size);
}

void ArchiveSource::Make(const StorageRecord& record, std::span<std::byte> out) const {
  if (record.deflated) {
    container::Inflate(PayloadOf(record), out, EntryOf(record).header_offset);
    SwapBytes(out, record.swap_bytes);
  } else {
    ReadSwapped(record, 0, out);
  }
}

// CHK-013. A stored payload, swapped on the way; offset and length are multiples of the swap unit.
void ArchiveSource::ReadSwapped(const StorageRecord& record, std::uint64_t offset, std::span<std::byte> out) const {
  for (std::size_t at = 0; at < out.size(); at += kPiece) {
    const auto piece = out.subspan(at, std::min(kPiece, out.size() - at));
    file_->ReadAt(record.offset + offset + at, piece);
    SwapBytes(piece, record.swap_bytes);
  }
}

// CHK-012. In place when stored and in the host's order; otherwise made once, by whoever asks first.
std::expected<std::span<const std::byte>, Refusal> ArchiveSource::Data(std::uint32_t index) const {
  const StorageRecord& record = RecordOf(index);
  if (InPlace(index)) return PayloadOf(record);
  return AtBoundary<std::span<const std::byte>>([&]() -> std::span<const std::byte> {
    Slot& slot = *slots_[index];
    const std::lock_guard lock(slot.mutex);
    if (!slot.ready) {
      std::vector<std::byte> bytes(record.nbytes);
      Make(record, bytes);
      slot.bytes = std::move(bytes);
      slot.ready = true;
    }
    return slot.bytes;
  });
}

std::expected<void, Refusal> ArchiveSource::Read(std::uint32_t index, std::uint64_t offset,
                                                 std::span<std::byte> out) const {
  const StorageRecord& record = RecordOf(index);
  return AtBoundary<void>([&] {
    if (InPlace(index)) return file_->ReadAt(record.offset + offset, out);
    const bool whole_units = offset % record.swap_bytes == 0 && out.size() % record.swap_bytes == 0;
    if (!record.deflated && whole_units) return ReadSwapped(record, offset, out);
    if (record.deflated && out.size() == record.nbytes) return Make(record, out);
    const auto bytes = Data(index);
    if (!bytes) throw bytes.error();
    std::memcpy(out.data(), bytes->data() + offset, out.size());
  });
}

std::expected<void, Refusal> ArchiveSource::ReadPieces(std::uint32_t index, const PieceSink& sink) const {
  const StorageRecord& record = RecordOf(index);
  return AtBoundary<void>([&] {
    if (InPlace(index)) return sink(PayloadOf(record));
    std::vector<std::byte> buffer(kPiece);
    if (record.deflated) {
      container::InflatePieces(PayloadOf(record), record.nbytes, buffer, EntryOf(record).header_offset,
                               [&](std::span<std::byte> piece) {
                                 SwapBytes(piece, record.swap_bytes);
                                 sink(piece);
                               });
      return;
    }
    for (std::uint64_t at = 0; at < record.nbytes; at += kPiece) {
      const auto piece = std::span(buffer).first(std::min<std::uint64_t>(kPiece, record.nbytes - at));
      ReadSwapped(record, at, piece);
      sink(piece);
    }
  });
}

// CHK-014. Inflating is the check of a deflated payload; a CRC counts in strict only, and 0 means that none was
// computed.
void ArchiveSource::VerifyContents(const StorageRecord& record) const {
  const bool crc = check_crc_ && EntryOf(record).crc != 0;
  if (!record.deflated && !crc) return;
  std::uint32_t found = 0;
  if (record.deflated) {
    std::vector<std::byte> buffer(kPiece);
    container::InflatePieces(PayloadOf(record), record.nbytes, buffer, EntryOf(record).header_offset,
                             [&](std::span<std::byte> piece) { found = crc ? container::Crc32(piece, found) : 0; });
  } else {
    found = container::Crc32(PayloadOf(record));
  }
  if (crc && found != EntryOf(record).crc) {
    Refuse(RefusalKind::kZipCrc, {}, EntryOf(record).header_offset,
           "the CRC-32 of the contents is not the directory's");
  }
}

std::expected<void, Refusal> ArchiveSource::Verify(std::uint32_t index) const {
  return AtBoundary<void>([&] { VerifyContents(RecordOf(index)); });
}

}  // namespace weightsonly
