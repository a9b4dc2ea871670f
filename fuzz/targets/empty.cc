// The machine's ceiling: what an engine reaches when the target does nothing. Beside it stand the speeds of the others.
#include "support/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }
