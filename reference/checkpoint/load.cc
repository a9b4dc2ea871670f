// Floor 6. Load: puts the floors together. SPEC.md chapter 6.
//
//   file bytes -> container::Archive -> small records -> data.pkl -> machine::Run -> Graph -> Checkpoint
#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <utility>

#include "checkpoint/archive_source.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/open_archive.h"
#include "checkpoint/small_records.h"
#include "container/recognise.h"
#include "machine/machine.h"
#include "value/graph.h"

namespace weightsonly {

container::Archive OpenArchive(const container::Source& file, const Limits& limits) {
  container::RequireZip(file.bytes());
  return container::Archive(file.bytes(), limits);
}

std::vector<std::byte> ReadPickle(const container::Archive& archive, const Limits& limits) {
  const container::Entry* entry = archive.Find("data.pkl");
  if (entry == nullptr) Refuse(RefusalKind::kContainerRecordMissing, {}, 0, "there is no record 'data.pkl'");
  std::uint64_t most = kMaxPickleBytes;
  if (limits.inflated_factor == 0 ||
      entry->compressed_size < (most - std::min(most, limits.inflated_base)) / limits.inflated_factor) {
    most = std::min(most, limits.inflated_base + limits.inflated_factor * entry->compressed_size);
  }
  return archive.Read(*entry, most);
}

namespace {

// CHK-001. Structure, then content: this is the structure.
Checkpoint LoadFrom(std::shared_ptr<const container::Source> file, const Options& options) {
  container::Archive archive = OpenArchive(*file, options.limits);
  const bool big_endian = CheckSmallRecords(archive, options);
  auto graph = std::make_shared<Graph>(options.limits);
  graph->file_bytes = file->bytes().size();
  graph->foreign_byte_order = big_endian != (std::endian::native == std::endian::big);
  graph->SetPickle(ReadPickle(archive, options.limits));
  file->Forget(0, file->bytes().size());
  auto source = std::make_unique<ArchiveSource>(std::move(file), std::move(archive), *graph, graph->foreign_byte_order,
                                                options.strict);
  machine::Run(*graph, *source, options.strict);
  source->Seal();
  graph->source = std::move(source);
  return Checkpoint(std::move(graph));
}

}  // namespace

std::expected<Checkpoint, Refusal> Load(const std::string& path, const Options& options) {
  return AtBoundary<Checkpoint>(
      [&] { return LoadFrom(container::OpenPath(path, options.mmap, options.limits), options); });
}

std::expected<Checkpoint, Refusal> Load(std::span<const std::byte> bytes, const Options& options) {
  return AtBoundary<Checkpoint>([&] { return LoadFrom(container::OpenSpan(bytes), options); });
}

}  // namespace weightsonly
