// Recipes: where the parts of a zip archive lie in a file, damaged or not. It takes whatever looks like a header for
// one and refuses nothing: whether an archive is good is decided in container/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "recipe/fields.h"
#include "recipe/headers.h"

namespace weightsonly::recipe {

// A local header with its texts, the payload, and the data descriptor if there is one.
struct Member {
  std::uint64_t offset = 0;
  Header local;
  std::uint64_t payload = 0;
  std::uint64_t payload_size = 0;
  Layout descriptor;      // empty: none
  std::uint64_t end = 0;  // behind it all
};

struct CentralEntry {
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  Header header;
  std::uint64_t compressed = 0;    // with what a zip64 field says
  std::uint64_t local_offset = 0;  // the same
};

// Disjoint. Bytes that belong to none lie between them.
struct ZipParts {
  std::vector<Member> members;        // in the order of the file
  std::vector<CentralEntry> entries;  // one behind the other
  std::optional<std::uint64_t> end64;
  std::optional<std::uint64_t> locator;
  std::optional<std::uint64_t> end;
  Header end_header;  // of the end record, with as much of its comment as there is

  [[nodiscard]] bool empty() const { return members.empty() && !end; }
};

// Linear in the bytes of the file that are headers, and in all of them where there is no directory.
[[nodiscard]] ZipParts FindZipParts(Bytes file);

}  // namespace weightsonly::recipe
