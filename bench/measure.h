// What the benchmark programs share: their command line, their clock, and the one JSON line that they print.
// It knows nothing of checkpoints.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weightsonly::bench {

enum class Mode : std::uint8_t { kOpen, kTouch, kCopy };

// PROGRAM [--mode open|touch|copy] [--threads N] [--repeat N] FILE
struct Arguments {
  Mode mode = Mode::kOpen;
  unsigned threads = 1;  // 1 to 256; only copy uses more than one
  unsigned repeat = 1;   // 1 or more
  std::string file;
};

// Reads the command line. On a mistake says it on stderr and ends the program with status 2.
Arguments ParseArguments(int argc, char** argv);

// What one run saw. `checksum` folds in everything that was looked at, so that no compiler can leave it out.
struct Counts {
  std::uint64_t tensors = 0;
  std::uint64_t bytes = 0;  // of all storages
  std::uint64_t checksum = 0;

  void Fold(std::uint64_t value) { checksum = (checksum ^ value) * 0x9e3779b97f4a7c15U; }
};

// One byte of every 4 KiB from `data` on, folded into one.
std::uint64_t TouchPages(const std::byte* data, std::uint64_t size);

// Calls run(i) for every i below `count` on `threads` threads, the calling one among them. `run` must not throw.
void ForEach(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& run);

// Runs `once` arguments.repeat times, and prints median and minimum as one JSON line with the counts of the last run
// and the highest resident size of the process.
void MeasureAndPrint(std::string_view program, const Arguments& arguments, const std::function<Counts()>& once);

// Prints {"program":…,"file":…,"verdict":"reject","kind":…,"detail":…} and returns the status 1.
int PrintRefusal(std::string_view program, const Arguments& arguments, std::string_view kind, std::string_view detail);

}  // namespace weightsonly::bench
