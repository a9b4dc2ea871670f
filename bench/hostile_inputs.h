// Hostile inputs that no fixture is behind: noise, and well-formed archives around a random pickle. Seeded, so that an
// input can be made again. Nothing here uses the library.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace weightsonly::bench {

inline constexpr std::size_t kMaxHostileBytes = std::size_t{1} << 20;

using Random = std::mt19937_64;

// A number below `bound`, which is at least 1.
inline std::uint64_t Below(Random& random, std::uint64_t bound) { return random() % bound; }
// A size from 1 to `highest`, small ones as likely as large ones (uniform in its logarithm).
std::size_t RandomSize(Random& random, std::size_t highest);

// Random bytes, at most 1 MiB; half of them begin as a zip archive does.
std::string RandomNoise(Random& random);

// A stored zip archive with `pickle` as its data.pkl, a storage data/0 of 64 bytes, version and byteorder. CRCs are 0.
std::string ArchiveAround(std::string_view pickle);

// Instructions that fit each other most of the time: containers, keys of all kinds, the memo, tensors, calls. At most 1
// MiB less the 1,024 bytes that the archive around it takes.
std::string RandomPickle(Random& random);

}  // namespace weightsonly::bench
