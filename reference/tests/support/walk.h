// The whole way of a file through the library, reduced to one number, with no allocation of its own.
#pragma once

#include <weightsonly/weightsonly.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace weightsonly::testing {

// What became of a file: the kind of the first refusal, or "" and the digest of everything that was made of it.
struct Ending {
  std::string_view refused;
  std::uint64_t digest = 0;
  bool operator==(const Ending&) const = default;
};
inline constexpr std::string_view kNoMemory = "host.memory";
std::ostream& operator<<(std::ostream& out, const Ending& ending);

// Contents verified, storages made by two threads, every tensor listed, digested and copied, the canonical value
// written.
Ending WalkCheckpoint(const Checkpoint& checkpoint);
Ending WalkLoaded(const std::expected<Checkpoint, Refusal>& loaded);
// The same of a TorchScript archive's two pickles, and its code.
Ending WalkScript(const std::string& path);
// The same as far as the C interface goes: the canonical value, and a cursor over the tensors.
Ending WalkByC(const std::string& path);
// What the pickle names.
Ending WalkGlobals(const std::string& path, const Options& options);

// A path below corpus/.
std::string CorpusPath(std::string_view name);
// Files of every kind that there is, each with the options that it needs.
struct Sample {
  std::string path;
  Options options;
};
std::vector<Sample> Samples();

}  // namespace weightsonly::testing
