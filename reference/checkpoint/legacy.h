// Floor 6. The stream that torch wrote before release 1.6 (and writes with _use_new_zipfile_serialization=False): five
// pickles behind each other, then the bytes of the storages. SPEC.md chapter 6 (LST-001 to LST-021). The tar archives
// of before release 0.1.10 are another format, which is refused (REC-004).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "checkpoint/options.h"
#include "container/source.h"
#include "value/graph.h"

namespace weightsonly {

// One of the five pickles.
struct LegacyPickle {
  std::string_view
      record;  // LST-002: "legacy/magic", "legacy/protocol", "legacy/sys_info", "legacy/object", "legacy/keys"
  std::uint64_t offset = 0;  // first byte in the file
  std::uint64_t size = 0;    // up to the STOP
  bool whole = false;        // false: it ends with the byte of an instruction that is not accepted or cut off
};

// The pickles of a stream, as far as there are instructions; only the last can be less than whole. Executes nothing,
// and looks at nothing behind them. Linear in what it finds.
[[nodiscard]] std::vector<LegacyPickle> FindLegacyPickles(Bytes file);

// Loads a stream into `graph`, which is new, and sets graph.source. Refuses container.legacy.{magic, protocol, keys,
// storage-size} (in strict also sys-info), container.truncated, limit.record-size, and as machine::Run.
void LoadLegacy(std::shared_ptr<const container::Source> file, const Options& options, Graph& graph);

}  // namespace weightsonly
