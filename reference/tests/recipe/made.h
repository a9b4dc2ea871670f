// What a recipe makes, and what is wrong with one that makes nothing: for the tests of the assembler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "recipe/assemble.h"
#include "tests/catch.h"

namespace weightsonly::recipe {

inline std::string Made(std::string_view text) {
  const auto bytes = Assemble(text);
  if (!bytes) FAIL(text << ": line " << bytes.error().line << ": " << bytes.error().text);
  return *bytes;
}

// The fault as "LINE: TEXT", or "" where there is none.
inline std::string Fault(std::string_view text, std::uint64_t most = kMostBytes) {
  const auto bytes = Assemble(text, most);
  return bytes ? "" : std::to_string(bytes.error().line) + ": " + bytes.error().text;
}

}  // namespace weightsonly::recipe
