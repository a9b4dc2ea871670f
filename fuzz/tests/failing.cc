// Fuzz targets: one that fails on purpose, for the test of the replay. An input that starts with `!` is a finding, one
// that starts with `<` is read beyond its end, which only a sanitizer sees.
#include "support/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Require(size == 0 || data[0] != '!', "the input starts with a mark", "\x1b[31m!");
  if (size > 0 && data[0] == '<') {
    const volatile std::uint8_t* const end = data + size;
    static_cast<void>(*end);
  }
  return 0;
}
