// Floor 5. The text codecs of Python that are known here, by name. SPEC.md chapter 5 (CAL-007, OPC-010).
#pragma once

#include <cstdint>
#include <string_view>

namespace weightsonly::machine {

enum class Codec : std::uint8_t { kUnknown, kLatin1, kAscii, kUtf8 };

// CAL-007. The names under which Python and torch.save write the three codecs.
[[nodiscard]] Codec CodecOf(std::string_view name);

}  // namespace weightsonly::machine
