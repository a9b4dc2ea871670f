// Fuzz targets: how much memory and work a file may cost.
//
// Time cannot be counted, so that allocations stand for work: their number, and the bytes of all of them together. What
// loads in linear time makes a bounded number of them for each byte of input and, with arrays that double, at most
// twice the bytes that it holds in the end; whatever copies an array again and again, or builds one value out of all
// before it, leaves this bound behind at once. Work without allocations is bounded by the loader's own count of steps
// (Limits::steps_base) and, in the end, by the engine's timeout.
#include "support/budgets.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/checked.h"
#include "base/refusal.h"
#include "container/source.h"
#include "container/zip.h"
#include "support/target.h"
#include "value/graph.h"

namespace weightsonly::fuzz {
namespace {

// For each byte of the file and of the pickle. A byte of a pickle (EMPTY_LIST, or BINGET and its operand) makes a node
// of 16 bytes, a place on the stack and in a container, a key class of 24 and its slot, most of them in arrays that
// double; an entry of a directory (46 bytes) makes one of 72 and a slot.
constexpr std::uint64_t kPeakPerByte = 384;
constexpr std::uint64_t kBytesPerByte = 1024;
constexpr std::uint64_t kCallsPerByte = 2;
// What an empty load has: tables of globals, the first room of each array, the buffers of a deflate stream.
constexpr std::uint64_t kPeakBase = std::uint64_t{256} << 10;
constexpr std::uint64_t kBytesBase = std::uint64_t{384} << 10;
constexpr std::uint64_t kCallsBase = 600;

// Bytes of data.pkl after inflation, whatever becomes of it; 0 when it is not to be had.
std::uint64_t PickleBytes(Bytes file) {
  try {
    const container::Archive archive(file);
    std::uint64_t bytes = 0;
    for (const container::Entry& entry : archive.entries()) {
      const bool is_read = archive.NameOf(entry).find('/') == std::string_view::npos;
      if (is_read) bytes = std::max(bytes, std::min<std::uint64_t>(entry.size, file.size() * 1032));
    }
    return bytes;
  } catch (const Refusal&) {
    return 0;
  }
}

bool Within(const Allocations& used, std::uint64_t bytes) {
  return used.peak <= kPeakBase + kPeakPerByte * bytes && used.bytes <= kBytesBase + kBytesPerByte * bytes &&
         used.calls <= kCallsBase + kCallsPerByte * bytes;
}

}  // namespace

void RequireLoadBudget(const Allocations& used, Bytes file) {
  if (Within(used, file.size()) || Within(used, file.size() + PickleBytes(file))) return;
  Fail("a load costs more than the file and its pickle justify",
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
