// Floor 7. From the host's order to the little-endian one. SPEC.md chapter 7 (OUT-007).
#include "output/little_endian.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "checkpoint/stored_bytes.h"

namespace weightsonly::output {
namespace {

constexpr bool kBigHost = std::endian::native == std::endian::big;
// A multiple of every unit.
constexpr std::size_t kPiece = std::size_t{64} << 10;

// Gives `sink` swapped copies: a piece may be the file itself.
void SinkSwapped(std::span<const std::byte> bytes, std::uint8_t unit, std::span<std::byte> buffer,
                 const StorageSource::PieceSink& sink) {
  while (!bytes.empty()) {
    const auto copy = buffer.first(std::min(bytes.size(), buffer.size()));
    std::ranges::copy(bytes.first(copy.size()), copy.begin());
    SwapBytes(copy, unit);
    sink(copy);
    bytes = bytes.subspan(copy.size());
  }
}

}  // namespace

void MakeLittleEndian(std::span<std::byte> bytes, std::uint8_t unit) {
  if (kBigHost) SwapBytes(bytes, unit);
}

void ReadLittleEndian(const Graph& graph, std::uint32_t storage, std::uint8_t unit,
                      const StorageSource::PieceSink& sink) {
  const auto read = [&](const StorageSource::PieceSink& to) {
    if (const auto done = graph.source->ReadPieces(storage, to); !done) throw done.error();
  };
  if (!kBigHost || unit == 1) return read(sink);
  std::vector<std::byte> buffer(kPiece);
  read([&](std::span<const std::byte> piece) { SinkSwapped(piece, unit, buffer, sink); });
}

}  // namespace weightsonly::output
