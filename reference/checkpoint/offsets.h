// Floor 6. Where the writer of torch puts storages. SPEC.md chapter 6 (CHK-021).
#pragma once

#include <cstdint>
#include <string_view>

#include "checkpoint/small_records.h"
#include "container/zip.h"
#include "value/graph.h"

namespace weightsonly {

// Where the payload of `nbytes` bytes begins whose local header, with a name of `name_size` bytes, begins at `header`:
// behind the padding that brings it to a multiple of `alignment`, 1 or more.
[[nodiscard]] std::uint64_t PayloadOffset(std::uint64_t header, std::uint64_t name_size, std::uint64_t nbytes,
                                          std::uint64_t alignment);

// Compares where the storages of `graph` lie with where they must lie, in the order of their first mention: the first
// one anywhere, each other one behind the one before it. Refuses storage.offset at its local header, and
// container.record-text when no writer can align to what `records` says.
void CheckOffsets(const Graph& graph, const container::Archive& archive, const SmallRecords& records);

}  // namespace weightsonly
