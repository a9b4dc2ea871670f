// Fuzz targets: what a piece of work allocates, counted where a sanitizer tells of every allocation.
#pragma once

#include <cstdint>

namespace weightsonly::fuzz {

struct Allocations {
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;  // of all of them together
  std::uint64_t peak = 0;   // that were held at once
};

// Counts from its construction on; one at a time. All numbers stay 0 where nobody tells.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  [[nodiscard]] Allocations Now() const;
};

}  // namespace weightsonly::fuzz
