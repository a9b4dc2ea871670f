// Fuzz targets: storages for a machine without an archive.
#include "support/machine_storages.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.h"
#include "base/text.h"
#include "machine/device.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// Where the storages begin: this far apart, over and over.
constexpr std::uint64_t kRecordDistance = 64;
constexpr std::uint64_t kRecordStarts = 32;
// Keys of digits have the records below, other keys those from here on, by their first letter.
constexpr std::uint32_t kFirstNamed = 32;

// Small rising numbers of 8 bytes: good indices, sizes and counts, and floats without surprises.
constexpr auto kArray = [] {
  std::array<std::byte, kStorageArrayBytes> array{};
  for (std::size_t i = 0; i < array.size(); i += 8) array[i] = static_cast<std::byte>(i / 8 % 5);
  return array;
}();

}  // namespace

Bytes StorageArray() { return kArray; }

std::uint32_t FakeResolver::FindRecord(std::string_view key, std::uint64_t offset) {
  if (key.empty() || key.front() == '?' || key.find('\0') != std::string_view::npos) {
    Refuse(RefusalKind::kStorageMissing, "data.pkl", offset, "there is no record '" + EscapeForTerminal(key) + "'");
  }
  const char first = key.front();
  if (first >= '0' && first <= '9') {
    std::uint32_t number = 0;
    for (const char c : key) number = (number * 10 + static_cast<unsigned char>(c)) % kFirstNamed;
    return number;
  }
  return kFirstNamed + static_cast<unsigned char>(first) % kFirstNamed;
}

std::string FakeResolver::RecordNamed(std::string_view key) const { return "data/" + std::string(key); }

StorageRecord FakeResolver::ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes,
                                           std::uint64_t offset) {
  Require(record < kRecords, "a record that the resolver did not name");
  const std::uint64_t start = record % kRecordStarts * kRecordDistance;
  if (!Fits(start, nbytes, kStorageArrayBytes)) {
    Refuse(RefusalKind::kStorageSizeMismatch, "data.pkl", offset, "the record is smaller");
  }
  return {.offset = start,
          .nbytes = nbytes,
          .entry = record,
          .device = 0,
          .deflated = false,
          .unit = InfoOf(dtype).swap_bytes,
          .foreign = foreign_,
          .meta = false};
}

std::string FakeLocations::Restore(const StorageRecord&, Dtype, std::string_view name, std::string_view location,
                                   std::uint64_t offset) const {
  Require(!name.empty(), "a storage without a name");
  if (location.empty()) machine::RefuseLocation(location, offset);
  return location == "meta" ? "meta" : "cpu";
}

std::string FakeLocations::MapDevice(std::string_view device, bool is_text, std::uint64_t) const {
  return is_text ? std::string(device) : std::string(device.empty() ? "" : "cpu");
}

const StorageRecord& FakeSource::RecordOf(std::uint32_t index) const {
  Require(index < graph_.storages.size(), "a storage that does not exist is read");
  return graph_.storages.data()[index];
}

Bytes FakeSource::InFile(const StorageRecord& record) const {
  if (record.in_values) {
    Require(record.entry < graph_.node_count(), "a storage lies in a value that does not exist");
    const Bytes value = AsBytes(graph_.TextOf(graph_[record.entry]));
    Require(Fits(record.offset, record.nbytes, value.size()), "a storage reaches outside of its value");
    return value.subspan(record.offset, record.nbytes);
  }
  Require(Fits(record.offset, record.nbytes, kStorageArrayBytes), "a storage reaches outside of the file");
  return StorageArray().subspan(record.offset, record.nbytes);
}

std::expected<std::span<const std::byte>, Refusal> FakeSource::Data(std::uint32_t index) const {
  const StorageRecord& record = RecordOf(index);
  if (record.meta) return std::unexpected(RefusalOfMeta());
  const Bytes bytes = InFile(record);
  const std::size_t unit = record.swap_bytes();
  if (unit == 1) return bytes;
  const auto [place, is_new] = turned_.try_emplace(index, bytes.begin(), bytes.end());
  for (std::size_t at = 0; is_new && at + unit <= bytes.size(); at += unit) {
    std::ranges::reverse(std::span(place->second).subspan(at, unit));
  }
  return place->second;
}

bool FakeSource::InPlace(std::uint32_t index) const { return RecordOf(index).swap_bytes() == 1; }

std::expected<void, Refusal> FakeSource::Read(std::uint32_t index, std::uint64_t offset,
                                              std::span<std::byte> out) const {
  const auto data = Data(index);
  if (!data) return std::unexpected(data.error());
  Require(Fits(offset, out.size(), data->size()), "a read reaches outside of its storage");
  std::ranges::copy(data->subspan(offset, out.size()), out.begin());
  return {};
}

std::expected<void, Refusal> FakeSource::ReadPieces(std::uint32_t index, const PieceSink& sink) const {
  const auto data = Data(index);
  if (!data) return std::unexpected(data.error());
  sink(*data);
  return {};
}

std::string FakeSource::RecordName(std::uint32_t index) const {
  return "data/" + std::to_string(RecordOf(index).entry);
}

}  // namespace weightsonly::fuzz
