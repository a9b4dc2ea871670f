// The wrapped functions. `__wrap_f` is what every object of the program calls for `f`, `__real_f` is `f` itself.
#include "tests/faults/faults.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <new>

namespace weightsonly::testing {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// The calls of one sort: counted while a test asks for it.
struct Calls {
  std::atomic<bool> counting = false;
  std::atomic<std::uint64_t> count = 0, first_bad = kNever, last_bad = kNever;

  void Begin(std::uint64_t at, Lasting lasting) {
    count = 0;
    first_bad = at;
    last_bad = lasting == Lasting::kOnce ? at : kNever;
    counting = true;
  }
  bool IsBad() {
    if (!counting) return false;
    const std::uint64_t number = count++;
    return first_bad <= number && number <= last_bad;
  }
};

constinit Calls allocations;
constinit Calls reads;
constinit std::atomic<std::int64_t> blocks = 0;
constinit std::atomic<std::int64_t> mapped_bytes = 0;
constinit std::atomic<ReadFault> read_fault = ReadFault::kShort;
constinit std::atomic<std::uint64_t> read_bytes = 0;

bool MemoryFails() {
  if (!allocations.IsBad()) return false;
  errno = ENOMEM;
  return true;
}

// `read(size)` is the true one.
template <typename Read>
ssize_t ReadOrFail(std::size_t size, const Read& read) {
  ssize_t count;
  if (!reads.IsBad()) {
    count = read(size);
  } else if (read_fault == ReadFault::kShort) {
    count = read(std::min<std::size_t>(size, 1));
  } else if (read_fault == ReadFault::kEnd) {
    return 0;
  } else {
    errno = read_fault == ReadFault::kInterrupted ? EINTR : EIO;
    return -1;
  }
  if (count > 0) read_bytes += static_cast<std::uint64_t>(count);
  return count;
}

void* Counted(void* block) {
  blocks += block == nullptr ? 0 : 1;
  return block;
}

voidpf ZlibAllocate(voidpf, uInt items, uInt size) { return std::calloc(items, size); }
void ZlibFree(voidpf, voidpf block) { std::free(block); }

}  // namespace

Held HeldNow() {
  const int descriptor = open(".", O_RDONLY | O_CLOEXEC);
  close(descriptor);
  return {.blocks = blocks, .mapped_bytes = mapped_bytes, .descriptor = descriptor};
}

FailingAllocation::FailingAllocation(std::uint64_t at, Lasting lasting) : at_(at) { allocations.Begin(at, lasting); }
FailingAllocation::~FailingAllocation() { allocations.counting = false; }
std::uint64_t FailingAllocation::Count() { return allocations.count; }

FailingRead::FailingRead(std::uint64_t at, ReadFault fault, Lasting lasting) : at_(at) {
  read_fault = fault;
  read_bytes = 0;
  reads.Begin(at, lasting);
}
FailingRead::~FailingRead() { reads.counting = false; }
std::uint64_t FailingRead::Count() { return reads.count; }
std::uint64_t FailingRead::Bytes() { return read_bytes; }

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's.
extern "C" {

void* __real_malloc(size_t size);
void* __real_calloc(size_t items, size_t size);
void* __real_realloc(void* block, size_t size);
void __real_free(void* block);
void* __real_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void* address, size_t size);
ssize_t __real_pread(int fd, void* out, size_t size, off_t offset);
ssize_t __real_read(int fd, void* out, size_t size);
int __real_inflateInit2_(z_streamp stream, int bits, const char* version, int size);
int __real_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument);

void* __wrap_malloc(size_t size) { return MemoryFails() ? nullptr : Counted(__real_malloc(size)); }
void* __wrap_calloc(size_t items, size_t size) { return MemoryFails() ? nullptr : Counted(__real_calloc(items, size)); }
void* __wrap_realloc(void* block, size_t size) {
  if (MemoryFails()) return nullptr;
  void* moved = __real_realloc(block, size);
  return block == nullptr ? Counted(moved) : moved;
}
void __wrap_free(void* block) {
  blocks -= block == nullptr ? 0 : 1;
  __real_free(block);
}
void* __wrap_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  if (MemoryFails()) return MAP_FAILED;
  void* map = __real_mmap(address, size, protection, flags, fd, offset);
  if (map != MAP_FAILED) mapped_bytes += static_cast<std::int64_t>(size);
  return map;
}
int __wrap_munmap(void* address, size_t size) {
  mapped_bytes -= static_cast<std::int64_t>(size);
  return __real_munmap(address, size);
}
ssize_t __wrap_pread(int fd, void* out, size_t size, off_t offset) {
  return ReadOrFail(size, [&](size_t part) { return __real_pread(fd, out, part, offset); });
}
ssize_t __wrap_read(int fd, void* out, size_t size) {
  return ReadOrFail(size, [&](size_t part) { return __real_read(fd, out, part); });
}
// zlib may be a library of its own, whose calls of malloc the linker does not see.
int __wrap_inflateInit2_(z_streamp stream, int bits, const char* version, int size) {
  if (stream->zalloc == nullptr) stream->zalloc = ZlibAllocate;
  if (stream->zfree == nullptr) stream->zfree = ZlibFree;
  return __real_inflateInit2_(stream, bits, version, size);
}
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  return MemoryFails() ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)

}  // namespace weightsonly::testing

void* operator new(std::size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
