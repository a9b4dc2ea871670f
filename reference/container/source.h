// Floor 1. Where the bytes of a file come from: mapped, read, or lent by the caller. SPEC.md chapter 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/limits.h"

namespace weightsonly::container {

// All bytes of one file. Immutable after opening; const calls are thread-safe.
class Source {
 public:
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The whole file. Lives as long as the Source. When `mapped()`, the bytes can change under us and touching them after
  // the file was cut raises SIGBUS: whatever is parsed is copied first.
  [[nodiscard]] Bytes bytes() const { return bytes_; }
  [[nodiscard]] bool mapped() const { return mapped_; }

  // Copies [offset, offset + out.size()) into `out`, which lies inside the file. A regular file that was opened by path
  // is read with pread (no page faults, and a file that was cut meanwhile is refused with io.read); otherwise it is a
  // memcpy.
  virtual void ReadAt(std::uint64_t offset, std::span<std::byte> out) const = 0;

  // The caller has copied what it needs of [offset, offset + size): the pages of a mapping need not stay in memory.
  // They come back when they are touched again. Without it the resident size of a load would be that of the file.
  virtual void Forget(std::uint64_t offset, std::uint64_t size) const;

 protected:
  Source() = default;
  Bytes bytes_;
  bool mapped_ = false;
};

// How a regular file gets into memory: read whole; or mapped read-only (where the platform has mmap), privately or
// shared, which are MAP_PRIVATE and MAP_SHARED. Nothing is ever written through a mapping, so the bytes are the same.
enum class Mapping : std::uint8_t { kNone, kPrivate, kShared };

// Opens a path.
// "-" and other non-regular files (pipes) are read up to limits.stream_bytes (limit.record-size beyond).
// Refuses io.open, io.read, io.not-a-file (directories), with the path escaped in the detail.
std::shared_ptr<const Source> OpenPath(const std::string& path, Mapping mapping, const Limits& limits);

// Borrows `bytes`: the caller keeps them alive and unchanged as long as the Source lives.
std::shared_ptr<const Source> OpenSpan(Bytes bytes);

}  // namespace weightsonly::container
