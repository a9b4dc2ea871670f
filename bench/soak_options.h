// Every combination of the options of a load, numbered, for weightsonly-soak.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "weightsonly.h"

namespace weightsonly::bench {

// How the bytes get in. The answer must not depend on it.
enum class Entrance : std::uint8_t { kMapped, kShared, kRead, kLent };
inline constexpr std::array kEntrances = {Entrance::kMapped, Entrance::kShared, Entrance::kRead, Entrance::kLent};

// First the product of strict (2), calculate_storage_offsets (2), default_load_endianness (3), map_location (5),
// encoding (4), torch (6) and allowlist with numpy (4): numbers 2 N and 2 N + 1 differ in strict alone, and the second
// is the strict one. Then what is decided apart from the rest: weights_only (3) with both variables (3 each) and torch
// (6), packages (2) with map_location (5), and each limit at its lowest.
std::size_t CombinationCount();
// The options of combination `number` < CombinationCount(), their `mmap` and `mmap_shared` by `entrance`. `names` are
// those that the file names, which one of the allowlists allows.
Options CombinationOf(std::size_t number, Entrance entrance, const std::vector<std::string>& names);
// Whether the number is one of a pair that differs in strict alone.
bool HasStrictTwin(std::size_t number);

}  // namespace weightsonly::bench
