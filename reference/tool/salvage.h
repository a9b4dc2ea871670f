// Floor 8. What can still be found in an archive whose directory cannot be read. SPEC.md chapter 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace weightsonly::tool {

// Bytes that look like a local header. Whether they are one, only the lost directory could tell.
struct LocalHeader {
  std::uint64_t offset;
  std::uint64_t payload;  // where its payload would begin, inside the file
  std::string name;       // with the archive's prefix
};

// The first `most` local headers by their signature, in file order. Linear in the file.
[[nodiscard]] std::vector<LocalHeader> FindLocalHeaders(Bytes file, std::size_t most);

}  // namespace weightsonly::tool
