// Fuzz targets: bytes under a path.
#pragma once

#include <string>

#include "base/bytes.h"

namespace weightsonly::fuzz {

// A regular file with these bytes for as long as it lives: one in memory where the system has such, otherwise in /tmp.
// One at a time, on one thread: the file itself is kept, because making one takes longer than loading it.
class FileOnDisk {
 public:
  explicit FileOnDisk(Bytes bytes);

  [[nodiscard]] const std::string& path() const;
};

}  // namespace weightsonly::fuzz
