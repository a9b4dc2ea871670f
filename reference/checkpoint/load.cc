// Floor 6. Load: puts the floors together. SPEC.md chapter 6.
//
//   file bytes -> container::Archive -> small records -> data.pkl -> machine::Run -> Graph -> Checkpoint
//   or          -> LoadLegacy -> Graph -> Checkpoint
#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <utility>

#include "checkpoint/archive_source.h"
#include "checkpoint/check_options.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/constructors.h"
#include "checkpoint/legacy.h"
#include "checkpoint/location_map.h"
#include "checkpoint/meta_storages.h"
#include "checkpoint/offsets.h"
#include "checkpoint/open_archive.h"
#include "checkpoint/safe_load.h"
#include "checkpoint/setting.h"
#include "checkpoint/small_records.h"
#include "checkpoint/strict_archive.h"
#include "container/recognise.h"
#include "machine/machine.h"
#include "value/graph.h"
#include "value/sparse.h"

namespace weightsonly {

std::shared_ptr<const container::Source> OpenFile(const std::string& path, const Options& options) {
  CheckOptions(options);
  return container::OpenPath(path, MappingOf(options), options.limits);
}

std::shared_ptr<const container::Source> OpenLent(std::span<const std::byte> bytes, const Options& options) {
  CheckOptions(options);
  return container::OpenSpan(bytes);
}

// CHK-041, DEV-607
container::Extent LocatePickle(const container::Archive& archive, const Limits& limits, std::string_view record) {
  const container::Entry* entry = archive.Find(record);
  if (entry == nullptr) {
    Refuse(RefusalKind::kContainerRecordMissing, {}, 0, "there is no record '" + std::string(record) + "'");
  }
  std::uint64_t most = kMaxPickleBytes;
  if (limits.inflated_factor == 0 ||
      entry->compressed_size < (most - std::min(most, limits.inflated_base)) / limits.inflated_factor) {
    most = std::min(most, limits.inflated_base + limits.inflated_factor * entry->compressed_size);
  }
  return archive.LocateWhole(*entry, most, "Limits::inflated_base, Limits::inflated_factor");
}

void LoadPickle(std::shared_ptr<const container::Source> file, container::Archive archive, const SmallRecords& records,
                const Options& options, const PickleRole& role, Graph& graph) {
  graph.foreign_byte_order = records.big_endian != (std::endian::native == std::endian::big);
  const container::Extent pickle = LocatePickle(archive, options.limits, role.record);
  const std::span<std::byte> room = graph.MakeRoom(pickle.size, archive.entries().size());
  if (pickle.method == container::Method::kStored) {
    file->ReadAt(pickle.offset, room);  // a read costs less than the faults of as many mapped pages
  } else {
    archive.ReadInto(pickle, room);
  }
  if (options.strict) container::RequireCrc(pickle.crc, container::Crc32(room), pickle.header_offset);
  file->Forget(0, file->bytes().size());
  auto source = std::make_unique<ArchiveSource>(std::move(file), std::move(archive), graph, graph.foreign_byte_order,
                                                options.strict, role.folder);
  const LocationMap locations(options, true);
  const bool all_meta = LocationMap::AllMeta(options);
  MetaStorages meta(*source);
  machine::Run(graph, all_meta ? static_cast<StorageResolver&>(meta) : *source, options.strict,
               SettingOf(options, locations, role.vocabulary));
  SetUnitsByTensors(graph);
  if (role.vocabulary == machine::Vocabulary::kCheckpoint) {
    if (options.calculate_storage_offsets && !all_meta) CheckOffsets(graph, source->archive(), records);
    if (options.strict) RequireAsTorchWrites(source->archive(), graph);
  }
  source->Seal();
  graph.source = std::move(source);
}

namespace {

void LoadArchive(std::shared_ptr<const container::Source> file, const Options& options, Graph& graph) {
  container::Archive archive(*file);
  const SmallRecords records = CheckSmallRecords(archive, options);
  LoadPickle(std::move(file), std::move(archive), records, options, {}, graph);
}

// CHK-001. Structure, then content: this is the structure.
Checkpoint LoadFrom(std::shared_ptr<const container::Source> file, const Options& options) {
  const container::Format format = container::Recognise(file->bytes());
  auto graph = std::make_shared<Graph>(options.limits);
  graph->file_bytes = file->bytes().size();
  const auto load = format == container::Format::kLegacy ? LoadLegacy : LoadArchive;
  load(std::move(file), options, *graph);
  CheckSparseTensors(*graph);  // CHK-030
  RunConstructors(graph, options.allowlist);
  return Checkpoint(std::move(graph));
}

}  // namespace

std::expected<Checkpoint, Refusal> Load(const std::string& path, const Options& options) {
  return AtBoundary<Checkpoint>([&] {
    RequireWeightsOnly(options);
    return LoadFrom(OpenFile(path, options), options);
  });
}

std::expected<Checkpoint, Refusal> Load(std::span<const std::byte> bytes, const Options& options) {
  return AtBoundary<Checkpoint>([&] {
    RequireWeightsOnly(options);
    return LoadFrom(OpenLent(bytes, options), options);
  });
}

}  // namespace weightsonly
