// Floor 6. The first steps of a load, which GlobalsIn takes too.
#pragma once

#include <cstddef>
#include <vector>

#include "base/limits.h"
#include "container/source.h"
#include "container/zip.h"

namespace weightsonly {

// Recognises the file and reads its directory. Refuses as RequireZip and Archive.
container::Archive OpenArchive(const container::Source& file, const Limits& limits);

// A copy of data.pkl, inflated if need be. Refuses container.record-missing, limit.record-size and as Archive::Read.
std::vector<std::byte> ReadPickle(const container::Archive& archive, const Limits& limits);

}  // namespace weightsonly
