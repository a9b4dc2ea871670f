// Floor 3. Where the bytes of storages come from: the two interfaces that the machine and the handles ask, and that
// floor 6 answers. This floor does not know what an archive is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/refusal.h"
#include "value/dtype.h"

namespace weightsonly {

// One storage that the pickle names: where its bytes lie and how they become those of the host.
struct StorageRecord {
  std::uint64_t offset;  // first byte of the payload in the file
  std::uint64_t nbytes;  // bytes of the storage
  std::uint32_t entry;   // index of the record in the archive's directory; with `in_values` the kBytes node
  std::uint32_t device;  // index in Graph::names
  bool deflated;
  std::uint8_t unit = 1;   // bytes that change order together between hosts: 1, 2, 4 or 8 (CHK-013)
  bool foreign = false;    // the file has them in the other order than the host
  bool copied = false;     // its bytes were checked, so that a copy is used instead of the file (SPR-005)
  bool in_values = false;  // its bytes are those of a value, not of the file (DVT-004)
  bool meta;               // on the meta device: nobody asks for its bytes (MTA-004)

  // Bytes that change order together on the way from the file into memory; 1: none.
  [[nodiscard]] std::uint8_t swap_bytes() const { return foreign ? unit : std::uint8_t{1}; }
};

// Asked by the machine at the BINPERSID that names a storage.
class StorageResolver {
 public:
  virtual ~StorageResolver() = default;
  // The number of the record `data/<key>`, below record_count(). `offset` is the instruction's, for refusals:
  // storage.missing, and those of container::Archive::Find.
  virtual std::uint32_t FindRecord(std::string_view key, std::uint64_t offset) = 0;
  [[nodiscard]] virtual std::size_t record_count() const = 0;
  // The name that the record of this key has or would have: "data/0".
  [[nodiscard]] virtual std::string RecordNamed(std::string_view key) const = 0;
  // That record as a storage, whose size must be `nbytes`, for elements of `dtype` (which decides the byte order). The
  // caller sets `device`. Refuses storage.size-mismatch and as container::Archive::Locate.
  virtual StorageRecord ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes,
                                       std::uint64_t offset) = 0;
};

// Asked by the machine for the device of each storage when the caller maps locations.
class LocationResolver {
 public:
  virtual ~LocationResolver() = default;
  // The device label of the storage `record`, called `name` (Storage::record()), which its first mention names for
  // elements of `dtype` and tags with `location`. Not empty. `offset` is the instruction's. Refuses storage.location,
  // options.invalid, options.callback and what a function of the caller throws.
  [[nodiscard]] virtual std::string Restore(const StorageRecord& record, Dtype dtype, std::string_view name,
                                            std::string_view location, std::uint64_t offset) const = 0;
  // What a device that a rebuild function names becomes; empty stands for None. `is_text`: it is a str, which a table
  // can have. No package is asked. Refuses options.invalid when map_location is a function, as torch does.
  [[nodiscard]] virtual std::string MapDevice(std::string_view device, bool is_text, std::uint64_t offset) const = 0;
};

// Asked by the handles. All calls are thread-safe.
class StorageSource {
 public:
  virtual ~StorageSource() = default;
  // The bytes of storage `index` in the host's order; in place, or made once and kept. Refuses as Storage::data().
  [[nodiscard]] virtual std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const = 0;
  // True when Data() is a view of the file.
  [[nodiscard]] virtual bool InPlace(std::uint32_t index) const = 0;
  // Copies [offset, offset + out.size()) of storage `index`, which lies inside it.
  [[nodiscard]] virtual std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                                          std::span<std::byte> out) const = 0;
  // All bytes of storage `index` in the host's order, piece by piece, each valid during the call: needs no memory that
  // grows with the storage.
  using PieceSink = std::function<void(std::span<const std::byte>)>;
  [[nodiscard]] virtual std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const = 0;
  // The name of the record of storage `index` without the archive's prefix.
  [[nodiscard]] virtual std::string RecordName(std::uint32_t index) const = 0;
  // The contents of storage `index` are what its record says: the deflate stream, and in strict the CRC.
  [[nodiscard]] virtual std::expected<void, Refusal> Verify(std::uint32_t index) const = 0;
};

}  // namespace weightsonly
