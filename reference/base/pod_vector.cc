// Floor 0. Memory for large arrays, from the system.
#include "base/pod_vector.h"

#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#define WEIGHTSONLY_MAP_ARRAYS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define WEIGHTSONLY_MAP_ARRAYS 0
#endif
#endif
#if !defined(WEIGHTSONLY_MAP_ARRAYS)
#if defined(__linux__)
#define WEIGHTSONLY_MAP_ARRAYS 1
#else
#define WEIGHTSONLY_MAP_ARRAYS 0
#endif
#endif

#if WEIGHTSONLY_MAP_ARRAYS
#include <sys/mman.h>
#endif

namespace weightsonly {

#if WEIGHTSONLY_MAP_ARRAYS

// The mapping begins at a multiple of 2 MiB: one page more is mapped, and what lies around goes back.
void* MapArray(std::size_t bytes) {
  const std::size_t size = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* map =
      mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED) return nullptr;
  auto* begin = static_cast<std::byte*>(map);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(map) % kHugePage) % kHugePage;
  if (before != 0) munmap(begin, before);
  munmap(begin + before + size, kHugePage - before);
  return begin + before;
}

void UnmapArray(void* data, std::size_t bytes) { munmap(data, (bytes + kHugePage - 1) / kHugePage * kHugePage); }

void AskForHugePages(void* data, std::size_t from, std::size_t to) {
  const std::size_t first = (from + kHugePage - 1) / kHugePage * kHugePage;
  const std::size_t last = to / kHugePage * kHugePage;
  if (first < last) madvise(static_cast<std::byte*>(data) + first, last - first, MADV_HUGEPAGE);
}

#else

void* MapArray(std::size_t) { return nullptr; }
void UnmapArray(void*, std::size_t) {}
void AskForHugePages(void*, std::size_t, std::size_t) {}

#endif

}  // namespace weightsonly
