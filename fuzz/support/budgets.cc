// Fuzz targets: how much memory and work a file may cost.
//
// Time cannot be counted, so that allocations stand for work: their number, and the bytes of all of them together. What
// loads in linear time makes a bounded number of them for each byte of input and, with arrays that double, at most
// twice the bytes that it holds in the end; whatever copies an array again and again, or builds one value out of all
// before it, leaves this bound behind at once. Work without allocations is bounded by the loader's own count of steps
// (Limits::steps_base) and, in the end, by the engine's timeout.
#include "support/budgets.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/checked.h"
#include "base/limits.h"
#include "base/refusal.h"
#include "container/source.h"
#include "container/zip.h"
#include "support/target.h"
#include "value/graph.h"

namespace weightsonly::fuzz {
namespace {

// For each byte of the file and of the pickle: about twice what the files of the suite and 4,000 mutants of them took,
// which is 72 bytes at once, 96 in all and half an allocation. A byte of a pickle (EMPTY_LIST, or BINGET and its
// operand) makes a node of 16 bytes, a place on the stack and in a container, a key class and its slot, in arrays that
// double.
constexpr std::uint64_t kPeakPerByte = 144;
constexpr std::uint64_t kBytesPerByte = 192;
constexpr std::uint64_t kCallsPerByte = 1;
// What an empty load has: the first room of each array, the buffers of a deflate stream.
constexpr std::uint64_t kPeakBase = std::uint64_t{192} << 10;
constexpr std::uint64_t kBytesBase = std::uint64_t{256} << 10;
constexpr std::uint64_t kCallsBase = 300;
// What calls make is counted by the loader before it is made (Limits::derived_base); beside it stand arrays that
// double, key classes and tables. Low limits make this term, and so the whole bound, sharp.
constexpr std::uint64_t kPerDerived = 8;

// A small record is read whole and becomes a text, whatever it says (DEV-608).
constexpr std::uint64_t kPerSmallByte = 3;
constexpr auto kSmallRecords = std::to_array<std::string_view>(
    {".data/version", "version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"});
// What deflate makes of a byte at most.
constexpr std::uint64_t kMostInflated = 1032;

// What a load reads whole, in bytes after inflation, whatever becomes of it.
struct ReadWhole {
  std::uint64_t pickle = 0;
  std::uint64_t small = 0;
};

// What is read of a record at most. One whose name stands twice is not read; those before it were.
std::uint64_t SizeOf(const container::Archive& archive, std::string_view name, Bytes file) {
  try {
    const container::Entry* entry = archive.Find(name);
    return entry == nullptr ? 0 : std::min<std::uint64_t>(entry->size, file.size() * kMostInflated);
  } catch (const Refusal&) {
    return 0;
  }
}

ReadWhole ReadWholeOf(Bytes file) {
  ReadWhole read;
  try {
    const container::Archive archive(file);
    read.pickle = SizeOf(archive, "data.pkl", file);
    for (const std::string_view name : kSmallRecords) {
      read.small += std::min(SizeOf(archive, name, file), kMaxSmallRecordBytes);
    }
  } catch (const Refusal&) {
    return {};
  }
  return read;
}

bool Within(const Allocations& used, Bytes file, const ReadWhole& read, const Limits& limits) {
  const std::uint64_t bytes = file.size() + read.pickle;
  const std::uint64_t small = kPerSmallByte * read.small;
  const std::uint64_t derived =
      SaturatingSum(0, kPerDerived, SaturatingSum(limits.derived_base, limits.derived_per_byte, bytes));
  return used.peak <= SaturatingSum(derived, kPeakPerByte, bytes) + small + kPeakBase &&
         used.bytes <= SaturatingSum(derived, kBytesPerByte, bytes) + small + kBytesBase &&
         used.calls <= kCallsBase + kCallsPerByte * bytes;
}

}  // namespace

void RequireLoadBudget(const Allocations& used, Bytes file, const Limits& limits) {
  if (Within(used, file, {}, limits) || Within(used, file, ReadWholeOf(file), limits)) return;
  Fail("a load costs more than the file and what is read of it whole justify",
       std::to_string(file.size()) + " bytes: " + std::to_string(used.calls) + " allocations, " +
           std::to_string(used.bytes) + " bytes, " + std::to_string(used.peak) + " at once");
}

void RequireLimits(const Checkpoint& checkpoint) {
  const Graph& graph = *checkpoint.graph();
  const Limits& limits = graph.limits();
  Require(graph.node_count() <= limits.nodes, "more values than Limits::nodes");
  const std::uint64_t derived = SaturatingSum(limits.derived_base, limits.derived_per_byte, graph.pickle.size());
  Require(graph.blobs.size() <= derived, "calls made more bytes than Limits::derived_base allows");
  const std::uint64_t inflated = SaturatingSum(limits.inflated_base, limits.inflated_factor, checkpoint.file_bytes());
  Require(graph.pickle.size() <= inflated, "the pickle is larger than Limits::inflated_base allows");
}

}  // namespace weightsonly::fuzz
