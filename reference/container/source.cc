// Floor 1. Opening files: mapped, read whole, or lent by the caller. SPEC.md chapter 1, rules SRC-…
// It knows nothing of what is in them. Without mmap (Windows) every file is read whole.
#include "container/source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "base/refusal.h"
#include "base/text.h"

#ifndef _WIN32
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace weightsonly::container {
namespace {

// How much is asked of a stream at once: the size of the first buffer, which then grows with what was really read.
constexpr std::size_t kStreamChunk = std::size_t{1} << 20;

[[noreturn]] void RefuseIo(RefusalKind kind, const std::string& path, std::string_view what, int error = 0) {
  std::string detail = path == "-" ? "standard input" : EscapeForTerminal(path);
  detail += ": ";
  detail += what;
  if (error != 0) detail += ": " + std::generic_category().message(error);
  Refuse(kind, {}, 0, std::move(detail));
}

void RequireInside(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  if (!Fits(offset, length, size)) RefuseInternal("Source::ReadAt outside the file");
}

// Bytes in memory: borrowed, or owned when `owned` holds them.
class MemorySource final : public Source {
 public:
  explicit MemorySource(Bytes borrowed) { bytes_ = borrowed; }
  MemorySource(std::unique_ptr<std::byte[]> owned, std::size_t size) : owned_(std::move(owned)) {
    bytes_ = {owned_.get(), size};
  }
  explicit MemorySource(std::vector<std::byte> stream) : stream_(std::move(stream)) { bytes_ = stream_; }

  void ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), bytes_.size());
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  }

 private:
  std::unique_ptr<std::byte[]> owned_;
  std::vector<std::byte> stream_;
};

// SRC-004: the buffer grows with what arrived, never with what somebody announced.
// `read(out)` returns how many bytes it put into `out`, 0 at the end.
template <typename ReadSome>
std::shared_ptr<const Source> ReadStream(const std::string& path, const Limits& limits, ReadSome read) {
  std::vector<std::byte> bytes;
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(std::max(kStreamChunk, used + used / 2));
    const std::size_t count = read(std::span(bytes).subspan(used));
    if (count == 0) break;
    used += count;
    if (used > limits.stream_bytes) {
      RefuseIo(RefusalKind::kLimitRecordSize, path,
               "more than " + std::to_string(limits.stream_bytes) + " bytes of a stream (Limits::stream_bytes)");
    }
  }
  bytes.resize(used);
  return std::make_shared<MemorySource>(std::move(bytes));
}

#ifdef _WIN32

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

#else

// A file descriptor that closes itself; standard input stays open.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Descriptor Open(const std::string& path) {
  if (path == "-") return Descriptor(STDIN_FILENO);
  // A path with NUL in it names another file to the system than to whoever reads the message.
  if (path.find('\0') != std::string::npos) RefuseIo(RefusalKind::kIoOpen, path, "the path holds a NUL");
  int fd;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) RefuseIo(RefusalKind::kIoOpen, path, "cannot be opened", errno);
  return Descriptor(fd);
}

// SRC-003: exactly out.size() bytes from `offset`; a file that was cut meanwhile is refused, never padded.
void ReadExactly(int fd, const std::string& path, std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t count = pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const bool cut = count == 0;
      RefuseIo(RefusalKind::kIoRead, path, cut ? "became shorter while it was read" : "cannot be read",
               cut ? 0 : errno);
    }
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

// A mapping that goes back by itself.
struct Unmap {
  std::size_t size;
  void operator()(void* map) const { munmap(map, size); }
};
using Map = std::unique_ptr<void, Unmap>;

// A regular file, mapped. The descriptor stays open: ReadAt reads through it, without page faults.
class MappedSource final : public Source {
 public:
  MappedSource(Descriptor fd, std::string path, Map map)
      : fd_(std::move(fd)), path_(std::move(path)), map_(std::move(map)) {
    bytes_ = {static_cast<const std::byte*>(map_.get()), map_.get_deleter().size};
    mapped_ = true;
  }

  // Whole pages only; a mapping that nobody writes to loses nothing.
  void Forget(std::uint64_t offset, std::uint64_t size) const override {
    RequireInside(offset, size, bytes_.size());
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const std::uint64_t first = (offset + page - 1) / page * page;
    const std::uint64_t last = (offset + size) / page * page;
    if (first < last) madvise(static_cast<std::byte*>(map_.get()) + first, last - first, MADV_DONTNEED);
  }

  void ReadAt(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), bytes_.size());
    ReadExactly(fd_.get(), path_, offset, out);
  }

 private:
  Descriptor fd_;
  std::string path_;
  Map map_;
};

std::shared_ptr<const Source> OpenRegular(Descriptor fd, const std::string& path, std::uint64_t bytes,
                                          Mapping mapping) {
  if (!std::in_range<std::size_t>(bytes) || !std::in_range<off_t>(bytes)) {
    RefuseIo(RefusalKind::kIoRead, path, "is larger than this machine can address");
  }
  const auto size = static_cast<std::size_t>(bytes);
  if (mapping != Mapping::kNone) {
    const int flags = mapping == Mapping::kShared ? MAP_SHARED : MAP_PRIVATE;  // SRC-005
    void* address = mmap(nullptr, size, PROT_READ, flags, fd.get(), 0);
    // Some file systems cannot map; their files are read.
    if (address != MAP_FAILED) return std::make_shared<MappedSource>(std::move(fd), path, Map(address, {size}));
  }
  auto owned = std::make_unique_for_overwrite<std::byte[]>(size);
  ReadExactly(fd.get(), path, 0, {owned.get(), size});
  return std::make_shared<MemorySource>(std::move(owned), size);
}

#endif

}  // namespace

void Source::Forget(std::uint64_t, std::uint64_t) const {}

std::shared_ptr<const Source> OpenSpan(Bytes bytes) { return std::make_shared<MemorySource>(bytes); }

#ifdef _WIN32

std::shared_ptr<const Source> OpenPath(const std::string& path, Mapping /*mapping*/, const Limits& limits) {
  const std::unique_ptr<std::FILE, CloseFile> opened(path == "-" ? nullptr : std::fopen(path.c_str(), "rb"));
  std::FILE* file = path == "-" ? stdin : opened.get();
  if (file == nullptr) RefuseIo(RefusalKind::kIoOpen, path, "cannot be opened", errno);
  return ReadStream(path, limits, [&](std::span<std::byte> out) {
    const std::size_t count = std::fread(out.data(), 1, out.size(), file);
    if (count == 0 && std::ferror(file) != 0) RefuseIo(RefusalKind::kIoRead, path, "cannot be read", errno);
    return count;
  });
}

#else

std::shared_ptr<const Source> OpenPath(const std::string& path, Mapping mapping, const Limits& limits) {
  Descriptor fd = Open(path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) RefuseIo(RefusalKind::kIoRead, path, "cannot be examined", errno);
  // SRC-002
  if (S_ISDIR(info.st_mode)) RefuseIo(RefusalKind::kIoNotAFile, path, "is a directory");
  // SRC-001: what has a size is mapped or read at once. Files that claim none (pipes, /proc) are read to their end.
  if (path != "-" && S_ISREG(info.st_mode) && info.st_size > 0) {
    return OpenRegular(std::move(fd), path, static_cast<std::uint64_t>(info.st_size), mapping);
  }
  return ReadStream(path, limits, [&](std::span<std::byte> out) {
    ssize_t count;
    do {
      count = read(fd.get(), out.data(), out.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) RefuseIo(RefusalKind::kIoRead, path, "cannot be read", errno);
    return static_cast<std::size_t>(count);
  });
}

#endif

}  // namespace weightsonly::container
