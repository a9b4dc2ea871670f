// Recipes: deflate streams that every assembler makes alike, without a search for repetitions and so without a choice
// (RFC 1951). conformance/FORMAT.md, chapter 1.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weightsonly::recipe {

enum class Deflate : std::uint8_t {
  kNone,    // the content is the payload
  kStored,  // blocks of 65,535 bytes, copied
  kFixed,   // one block of the fixed code, each byte a literal
};

// The payload that `content` becomes. Empty content is one empty block.
[[nodiscard]] std::string Encode(Deflate form, std::string_view content);

}  // namespace weightsonly::recipe
