// Fuzz targets: the ways in which the bytes of a file can be there.
#include "support/sources.h"

#include "checkpoint/checkpoint.h"
#include "container/zip.h"
#include "support/file_on_disk.h"
#include "support/target.h"

namespace weightsonly::fuzz {

Outcome CheckSources(Bytes file, Options options) {
  Outcome lent = OutcomeOf(Load(file, options));
  const FileOnDisk on_disk(file);
  options.mmap_shared = container::Crc32(file) % 2 == 0;
  RequireSame(lent, OutcomeOf(Load(on_disk.path(), options)), "a mapped file is another than its bytes");
  options.mmap = options.mmap_shared = false;
  RequireSame(lent, OutcomeOf(Load(on_disk.path(), options)), "a file that is read is another than its bytes");
  return lent;
}

}  // namespace weightsonly::fuzz
