// The whole path: bytes to a checkpoint, every byte of every tensor, the values, the canonical JSON. Once with torch's
// defaults, once with other options that follow from the bytes.
#include "support/loaded.h"
#include "support/target.h"
#include "support/variants.h"

namespace weightsonly::fuzz {
namespace {

void LoadAndRead(Bytes file, const Options& options) {
  const auto loaded = LoadInBudget(file, options);
  if (loaded) CheckLoaded(*loaded, file);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  LoadAndRead(file, DefaultOptions());
  LoadAndRead(file, VariantOf(file));
  return 0;
}
