// Allocations, mappings, threads and reads that fail on purpose, for test_faults and test_tool_faults alone: their
// linker sends every call of malloc, calloc, realloc, free, mmap, munmap, pthread_create, pread, read and inflateInit2_
// through faults.cc (--wrap, cmake/tests_faults.cmake), and operator new is replaced there.
#pragma once

#include <cstdint>

namespace weightsonly::testing {

// What is held and not yet given back, counted since the process began: a leak is a difference.
struct Held {
  std::int64_t blocks = 0;        // of malloc and its like
  std::int64_t mapped_bytes = 0;  // of mmap
  int descriptor = -1;            // the lowest one that is free
  bool operator==(const Held&) const = default;
};
Held HeldNow();

enum class Lasting : std::uint8_t { kOnce, kFromThenOn };

// While it lives, the allocation (or mapping, or thread) number `at`, counted from 0 over all threads, fails, and with
// kFromThenOn all that follow. One at a time.
class FailingAllocation {
 public:
  FailingAllocation(std::uint64_t at, Lasting lasting);
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;
  ~FailingAllocation();
  // How many were asked for, and whether one failed.
  [[nodiscard]] static std::uint64_t Count();
  [[nodiscard]] bool Struck() const { return Count() > at_; }

 private:
  std::uint64_t at_;
};

// What becomes of a read: it gives one byte only, is interrupted by a signal, fails, or says that the file ends here.
enum class ReadFault : std::uint8_t { kShort, kInterrupted, kError, kEnd };

// While it lives, the read number `at`, counted from 0, has that fault, and with kFromThenOn all that follow.
class FailingRead {
 public:
  FailingRead(std::uint64_t at, ReadFault fault, Lasting lasting);
  FailingRead(const FailingRead&) = delete;
  FailingRead& operator=(const FailingRead&) = delete;
  ~FailingRead();
  [[nodiscard]] static std::uint64_t Count();
  // The bytes that reads gave while it lived.
  [[nodiscard]] static std::uint64_t Bytes();
  [[nodiscard]] bool Struck() const { return Count() > at_; }

 private:
  std::uint64_t at_;
};

}  // namespace weightsonly::testing
