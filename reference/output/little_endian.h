// Floor 7. Bytes as a little-endian host holds them, on any host. SPEC.md chapter 7 (OUT-007).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly::output {

// Turns `bytes`, units of `unit` bytes (1, 2, 4 or 8) in the host's order, into little-endian ones. Does nothing on a
// little-endian host.
void MakeLittleEndian(std::span<std::byte> bytes, std::uint8_t unit);

// All bytes of storage `storage`, which has units of `unit` bytes, in little-endian order, piece by piece, each valid
// during the call. Throws the Refusal of StorageSource::ReadPieces.
void ReadLittleEndian(const Graph& graph, std::uint32_t storage, std::uint8_t unit,
                      const StorageSource::PieceSink& sink);

}  // namespace weightsonly::output
