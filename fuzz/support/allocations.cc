// Fuzz targets: what a piece of work allocates.
#include "support/allocations.h"

#include <algorithm>
#include <atomic>
#include <cstddef>

// Of the runtime libraries of clang's and gcc's sanitizers (sanitizer/allocator_interface.h); null without one.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*)) __attribute__((weak));
std::size_t __sanitizer_get_allocated_size(const volatile void* pointer) __attribute__((weak));
}

namespace weightsonly::fuzz {
namespace {

// Work on other threads is counted too.
struct Counts {
  std::atomic<bool> on = false;
  std::atomic<std::uint64_t> calls = 0;
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::int64_t> held = 0;  // below 0 when what was there before goes
  std::atomic<std::int64_t> peak = 0;
};
Counts counts;

void OnMalloc(const volatile void*, std::size_t size) {
  if (!counts.on.load(std::memory_order_relaxed)) return;
  counts.calls.fetch_add(1, std::memory_order_relaxed);
  counts.bytes.fetch_add(size, std::memory_order_relaxed);
  const std::int64_t held = counts.held.fetch_add(static_cast<std::int64_t>(size), std::memory_order_relaxed) +
                            static_cast<std::int64_t>(size);
  std::int64_t peak = counts.peak.load(std::memory_order_relaxed);
  while (held > peak && !counts.peak.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
  }
}

void OnFree(const volatile void* pointer) {
  if (pointer == nullptr || !counts.on.load(std::memory_order_relaxed)) return;
  counts.held.fetch_sub(static_cast<std::int64_t>(__sanitizer_get_allocated_size(pointer)), std::memory_order_relaxed);
}

bool Install() {
  if (__sanitizer_install_malloc_and_free_hooks == nullptr || __sanitizer_get_allocated_size == nullptr) return false;
  return __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree) != 0;
}

}  // namespace

AllocationCounter::AllocationCounter() {
  static const bool installed = Install();
  counts.calls = 0;
  counts.bytes = 0;
  counts.held = 0;
  counts.peak = 0;
  counts.on = installed;
}

AllocationCounter::~AllocationCounter() { counts.on = false; }

Allocations AllocationCounter::Now() const {
  return {.calls = counts.calls,
          .bytes = counts.bytes,
          .peak = static_cast<std::uint64_t>(std::max<std::int64_t>(counts.peak, 0))};
}

}  // namespace weightsonly::fuzz
