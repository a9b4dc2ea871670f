// Structure-aware: files change by way of their recipes (support/mutator.h), so that most of them get past the archive
// and deep into the pickle. The checks are those of `load`, for one half of the inputs with torch's defaults and for
// the other with other options; and for one in 32 those of `agree_sources`, which take as long as about ten loads.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "container/zip.h"
#include "support/loaded.h"
#include "support/mutator.h"
#include "support/sources.h"
#include "support/target.h"
#include "support/variants.h"

// The engine calls them where it knows them (libFuzzer and those that follow it).
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t most, unsigned seed);
// The engine's own changes of bytes, with its dictionary; absent in others.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most) __attribute__((weak));

namespace weightsonly::fuzz {
namespace {

std::string_view TextOf(const std::uint8_t* data, std::size_t size) { return AsText(BytesOf(data, size)); }

// What the engine mutates next is most often what it had made last.
Mutator& TheMutator() {
  constexpr std::size_t kKept = 16384;
  static Mutator mutator(kKept);
  return mutator;
}

std::size_t Give(std::string_view made, std::uint8_t* out, std::size_t most) {
  const std::size_t size = std::min(made.size(), most);
  if (size != 0) std::memcpy(out, made.data(), size);
  return size;
}

}  // namespace
}  // namespace weightsonly::fuzz

// One of four changes is the engine's: those are cheap, and where they keep the sizes most of them get as far.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  using namespace weightsonly::fuzz;
  if (seed % 4 == 0 && LLVMFuzzerMutate != nullptr) return LLVMFuzzerMutate(data, size, most);
  return Give(TheMutator().Mutate(TextOf(data, size), seed, most), data, most);
}

// The engine asks for it as often as for the above, which is more than it is worth.
std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size, const std::uint8_t* other,
                                      std::size_t other_size, std::uint8_t* out, std::size_t most, unsigned seed) {
  using namespace weightsonly::fuzz;
  if (seed % 4 != 0) return LLVMFuzzerCustomMutator(out, Give(TextOf(one, one_size), out, most), most, seed / 4);
  return Give(TheMutator().CrossOver(TextOf(one, one_size), TextOf(other, other_size), seed, most), out, most);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  const std::uint32_t checksum = weightsonly::container::Crc32(file);
  const weightsonly::Options options = checksum % 2 == 0 ? DefaultOptions() : VariantOf(file);
  const auto loaded = LoadInBudget(file, options);
  if (loaded) CheckLoaded(*loaded, file);
  if (checksum / 2 % 32 == 0) CheckSources(file, options);
  return 0;
}
