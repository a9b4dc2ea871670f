// Floor 6. The steps of a load, for those that take only some of them: GlobalsIn, and LoadTorchScript, which takes the
// last one twice.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/options.h"
#include "checkpoint/small_records.h"
#include "container/source.h"
#include "container/zip.h"
#include "machine/state.h"

namespace weightsonly {

// The file, in memory as the options want it. Refuses options.invalid (CHK-022) and as container::OpenPath.
std::shared_ptr<const container::Source> OpenFile(const std::string& path, const Options& options);
// The same for bytes that the caller keeps.
std::shared_ptr<const container::Source> OpenLent(std::span<const std::byte> bytes, const Options& options);

// Where the pickle `record` lies. Refuses container.record-missing, limit.record-size and as Archive::LocateWhole.
container::Extent LocatePickle(const container::Archive& archive, const Limits& limits,
                               std::string_view record = "data.pkl");

// Which pickle of an archive is loaded.
struct PickleRole {
  std::string_view record = "data.pkl";
  std::string_view folder = "data/";  // where its storages lie
  machine::Vocabulary vocabulary = machine::Vocabulary::kCheckpoint;
};

// Everything behind the small records: executes the pickle and finds the storages that it names, all into `graph`,
// which has its limits and the size of the file and nothing else.
void LoadPickle(std::shared_ptr<const container::Source> file, container::Archive archive, const SmallRecords& records,
                const Options& options, const PickleRole& role, Graph& graph);

}  // namespace weightsonly
