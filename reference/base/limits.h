// Floor 0. Every limit in one place. Limits count bytes, values and steps, never time. "Format" marks those that the
// format or torch sets, "ours" those that we chose: above anything torch.save writes, below what hurts a reader.
#pragma once

#include <cstdint>

namespace weightsonly {

// What a caller may change (Options::limits).
struct Limits {
  // Ours: values (nodes) that one file may make. A node is 16 bytes; a file makes at most one for each pickle byte.
  std::uint64_t nodes = std::uint64_t{1} << 28;
  // Ours: bytes of data.pkl after inflation: `inflated_base + inflated_factor * compressed size`.
  std::uint64_t inflated_base = std::uint64_t{64} << 20;
  std::uint64_t inflated_factor = 32;
  // Ours: work that is not one step for one opcode (walking the arguments of a call) may cost
  // `steps_base + steps_per_byte * size of data.pkl` items.
  std::uint64_t steps_base = std::uint64_t{16} << 20;
  std::uint64_t steps_per_byte = 16;
  // Ours: bytes that calls may make out of other values (bytearray, encoded strings, shapes):
  // `derived_base + derived_per_byte * size of data.pkl`.
  std::uint64_t derived_base = std::uint64_t{16} << 20;
  std::uint64_t derived_per_byte = 4;
  // Ours: bytes read from a source that cannot be mapped (standard input, a pipe).
  std::uint64_t stream_bytes = std::uint64_t{64} << 30;
  // Ours: edges that a walk over paths follows before it stops and says `truncated`, over the number of nodes:
  // `walk_base + walk_per_node * nodes`.
  std::uint64_t walk_base = std::uint64_t{1} << 20;
  std::uint64_t walk_per_node = 4;
  // Ours: logical bytes of one tensor that LogicalSha256 walks over, unless four times its storage or the file are more
  // (an expanded view of one element can have 2^62 elements).
  std::uint64_t logical_bytes = std::uint64_t{64} << 20;
};

// Format: data.pkl is indexed by 32 bits here; torch itself sets no limit. 4 GiB of pickle is about 25 million tensors.
inline constexpr std::uint64_t kMaxPickleBytes = (std::uint64_t{1} << 32) - 1;
// Ours: a small record (byteorder, version, …) is read whole; torch writes at most 40 bytes.
inline constexpr std::uint64_t kMaxSmallRecordBytes = std::uint64_t{1} << 20;
// Ours: bytes of one line of GLOBAL (module or name). The longest name of the allowlist has 52.
inline constexpr std::uint64_t kMaxGlobalLineBytes = 4096;
// Format: dimensions of one tensor; torch loads 1,000 and more, so this only bounds the work for one tensor.
inline constexpr std::uint64_t kMaxDimensions = std::uint64_t{1} << 20;
// Ours: bytes of code of a TorchScript archive that are read, in all; large published models have a few MiB.
inline constexpr std::uint64_t kMaxScriptCodeBytes = std::uint64_t{64} << 20;
// Ours: calls in that code that are listed, how deep brackets nest there, and how much of a line is kept.
inline constexpr std::uint64_t kMaxScriptCalls = 10000;
inline constexpr std::uint64_t kMaxScriptNesting = 10000;
inline constexpr std::uint64_t kMaxScriptLineBytes = 200;
// Format (ours to print): containers nested deeper than this are not written down (suite.md: value_omitted).
inline constexpr int kMaxPrintedDepth = 500;
// Format: how many bytes of a storage stand in the canonical value before its digest does.
inline constexpr std::uint64_t kMaxInlineStorageBytes = 4096;

}  // namespace weightsonly
