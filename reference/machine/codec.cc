// Floor 5. Names of codecs. SPEC.md chapter 5.
#include "machine/codec.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightsonly::machine {

Codec CodecOf(std::string_view name) {
  static constexpr auto kNames = std::to_array<std::pair<std::string_view, Codec>>({
      {"latin1", Codec::kLatin1},
      {"latin-1", Codec::kLatin1},
      {"latin_1", Codec::kLatin1},
      {"iso-8859-1", Codec::kLatin1},
      {"iso8859-1", Codec::kLatin1},
      {"l1", Codec::kLatin1},
      {"ascii", Codec::kAscii},
      {"us-ascii", Codec::kAscii},
      {"utf-8", Codec::kUtf8},
      {"utf8", Codec::kUtf8},
      {"utf_8", Codec::kUtf8},
  });
  const auto* found = std::ranges::find(kNames, name, &std::pair<std::string_view, Codec>::first);
  return found == kNames.end() ? Codec::kUnknown : found->second;
}

}  // namespace weightsonly::machine
