// Floor 6. Bytes of storages: in place, read, swapped, made once. SPEC.md chapter 6.
#include "checkpoint/stored_bytes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace weightsonly {
namespace {

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

void SetUnitsByTensors(Graph& graph) {
  if (std::endian::native == std::endian::little && !graph.foreign_byte_order) return;
  for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
    const TensorRecord& tensor = graph.tensors[i];
    if (graph.IsMeta(tensor)) continue;
    StorageRecord& storage = graph.storages[tensor.storage];
    if (storage.unit == 1) storage.unit = InfoOf(tensor.dtype).swap_bytes;
  }
}

StoredBytes::StoredBytes(std::shared_ptr<const container::Source> file, const Graph& graph)
    : file_(std::move(file)), graph_(graph) {}

void StoredBytes::MakeDeflated(const StorageRecord&, std::span<std::byte>) const {
  RefuseInternal("a deflated storage where there is none");
}

void StoredBytes::MakeDeflatedPieces(const StorageRecord&, std::span<std::byte>, const PieceSink&) const {
  RefuseInternal("a deflated storage where there is none");
}

void StoredBytes::Seal() {
  const bool all_in_place = std::ranges::all_of(graph_.storages, [](const StorageRecord& record) {
    return !record.deflated && !record.copied && !record.in_values && record.swap_bytes() == 1;
  });
  if (all_in_place) return;
  slots_.resize(graph_.storages.size());
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (!InPlace(i)) slots_[i] = std::make_unique<Slot>();
  }
}

bool StoredBytes::InPlace(std::uint32_t index) const {
  const StorageRecord& record = RecordOf(index);
  if (record.deflated || record.copied || record.in_values) return false;
  return record.swap_bytes() == 1 || record.nbytes == 0;
}

Bytes StoredBytes::StoredPayload(const StorageRecord& record) const {
  return file_->bytes().subspan(record.offset, record.nbytes);
}

void StoredBytes::Make(const StorageRecord& record, std::span<std::byte> out) const {
  if (record.deflated) {
    MakeDeflated(record, out);
  } else {
    ReadSwapped(record, 0, out);
  }
}

// DVT-004: what lies in the pickle was copied with it.
void StoredBytes::ReadStored(const StorageRecord& record, std::uint64_t offset, std::span<std::byte> out) const {
  if (!record.in_values) return file_->ReadAt(record.offset + offset, out);
  const std::string_view bytes = graph_.TextOf(graph_[record.entry]).substr(offset, out.size());
  if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

// CHK-013. A stored payload, swapped on the way; offset and length are multiples of the swap unit.
void StoredBytes::ReadSwapped(const StorageRecord& record, std::uint64_t offset, std::span<std::byte> out) const {
  for (std::size_t at = 0; at < out.size(); at += kPiece) {
    const auto piece = out.subspan(at, std::min(kPiece, out.size() - at));
    ReadStored(record, offset + at, piece);
    SwapBytes(piece, record.swap_bytes());
  }
}

// CHK-012. In place when stored and in the host's order; otherwise made once, by whoever asks first.
std::expected<std::span<const std::byte>, Refusal> StoredBytes::Data(std::uint32_t index) const {
  const StorageRecord& record = RecordOf(index);
  if (record.meta) return std::unexpected(RefusalOfMeta());
  if (InPlace(index)) return StoredPayload(record);
  return AtBoundary<std::span<const std::byte>>([&]() -> std::span<const std::byte> {
    Slot& slot = *slots_[index];
    const std::lock_guard lock(slot.mutex);
    if (!slot.ready) {
      // Large pages: with small ones, half of the time of a check of sparse indices was page faults.
      Block bytes(record.nbytes);
      Make(record, bytes.whole());
      slot.bytes = std::move(bytes);
      slot.ready = true;
    }
    return slot.bytes.whole();
  });
}

std::expected<void, Refusal> StoredBytes::Read(std::uint32_t index, std::uint64_t offset,
                                               std::span<std::byte> out) const {
  const StorageRecord& record = RecordOf(index);
  if (record.meta) return std::unexpected(RefusalOfMeta());
  return AtBoundary<void>([&] {
    if (InPlace(index)) return file_->ReadAt(record.offset + offset, out);
    const bool whole_units = offset % record.swap_bytes() == 0 && out.size() % record.swap_bytes() == 0;
    if (!record.deflated && whole_units) return ReadSwapped(record, offset, out);
    if (record.deflated && out.size() == record.nbytes) return MakeDeflated(record, out);
    const auto bytes = Data(index);
    if (!bytes) throw bytes.error();
    std::memcpy(out.data(), bytes->data() + offset, out.size());
  });
}

std::expected<void, Refusal> StoredBytes::ReadPieces(std::uint32_t index, const PieceSink& sink) const {
  const StorageRecord& record = RecordOf(index);
  if (record.meta) return std::unexpected(RefusalOfMeta());
  return AtBoundary<void>([&] {
    if (InPlace(index)) return sink(StoredPayload(record));
    std::vector<std::byte> buffer(PieceOf(record));
    if (record.deflated) return MakeDeflatedPieces(record, buffer, sink);
    for (std::uint64_t at = 0; at < record.nbytes; at += kPiece) {
      const auto piece = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), record.nbytes - at));
      ReadSwapped(record, at, piece);
      sink(piece);
    }
  });
}

}  // namespace weightsonly
