// Floor 6. The legacy stream. SPEC.md chapter 6.
//
//   file bytes -> five pickles, each up to its STOP -> machine::PickleStream -> Graph -> counts and payloads
#include "checkpoint/legacy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/text.h"
#include "checkpoint/legacy_source.h"
#include "checkpoint/location_map.h"
#include "checkpoint/setting.h"
#include "machine/stream.h"
#include "pickle/decoder.h"

namespace weightsonly {
namespace {

using machine::PickleStream;
using machine::StorageIds;

constexpr std::array<std::string_view, 5> kRecords = {"legacy/magic", "legacy/protocol", "legacy/sys_info",
                                                      "legacy/object", "legacy/keys"};
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // format: 0x1950a86a20f9469cfc6c
constexpr std::int64_t kProtocol = 1001;                                         // format
constexpr std::uint64_t kCountBytes = 8;                                         // format

// LST-005.
void RequireMagic(const Graph& graph, Ref value) {
  const Node& node = graph[value];
  if (node.type == ValueType::kInt && (node.flags & kBigInt) != 0 && graph.TextOf(node) == kMagic) return;
  graph.RefuseAt(RefusalKind::kLegacyMagic, graph.record_start, "the first pickle is not the magic number");
}

// LST-006.
void RequireProtocol(const Graph& graph, PickleStream& stream, Ref value) {
  if (stream.IsNumber(value, kProtocol)) return;
  const Node& node = graph[value];
  const std::string found = node.type == ValueType::kInt ? IntText(graph, value) : "no int";
  graph.RefuseAt(RefusalKind::kLegacyProtocol, graph.record_start,
                 "the protocol is " + EscapeForTerminal(found, 64) + ", not 1001");
}

// LST-007. Strict only: torch reads the third pickle and looks at nothing in it.
void RequireSysInfo(const Graph& graph, PickleStream& stream, Ref value) {
  const Node& node = graph[value];
  bool protocol = false;
  bool order = false;
  bool sizes = false;
  for (const Pair& pair : node.type == ValueType::kDict ? graph.PairsOf(node) : std::span<const Pair>{}) {
    const Node& key = graph[pair.key];
    const std::string_view name = key.type == ValueType::kStr ? graph.TextOf(key) : std::string_view{};
    protocol |= name == "protocol_version" && stream.IsNumber(pair.value, kProtocol);
    order |= name == "little_endian" && graph[pair.value].type == ValueType::kBool;
    sizes |= name == "type_sizes" && graph[pair.value].type == ValueType::kDict;
  }
  if (protocol && order && sizes) return;
  graph.RefuseAt(RefusalKind::kLegacySysInfo, graph.record_start,
                 "the third pickle is no dict with protocol_version, little_endian and type_sizes");
}

// LST-014 to LST-019. Walks over the keys and what lies behind the pickles, which belong together one by one.
class Payloads {
 public:
  Payloads(const container::Source& file, Graph& graph, PickleStream& stream)
      : file_(file), graph_(graph), stream_(stream), at_(stream.end()), placed_(graph.storages.size()) {}

  // LST-014. DEV-628: a list or a tuple.
  void Place(Ref keys) {
    const Node& node = graph_[keys];
    if (node.type != ValueType::kList && node.type != ValueType::kTuple) {
      const bool iterable = node.type == ValueType::kStr || node.type == ValueType::kDict;
      graph_.RefuseAt(iterable ? RefusalKind::kLegacyKeys : RefusalKind::kValueType, graph_.record_start,
                      "the storage keys are no list");
    }
    for (std::uint32_t i = 0; i < node.count; ++i) PlaceStorage(graph_.ItemsOf(graph_[keys])[i]);
    RequireAllPlaced();
    for (StorageRecord& record : Records()) {
      if (!record.in_values && &record != &RootOf(record)) record.offset += RootOf(record).offset;
    }
  }

 private:
  [[nodiscard]] std::span<StorageRecord> Records() const { return {graph_.storages.data(), graph_.storages.size()}; }
  [[nodiscard]] StorageRecord& RootOf(const StorageRecord& record) const { return Records()[record.entry]; }

  [[noreturn]] void RefuseKeys(std::string detail) const {
    graph_.RefuseAt(RefusalKind::kLegacyKeys, graph_.record_start, std::move(detail));
  }

  [[nodiscard]] std::string Shown(Ref key) const {
    const Node& node = graph_[key];
    if (node.type == ValueType::kInt) return EscapeForTerminal(IntText(graph_, key), 64);
    return node.type == ValueType::kStr ? "'" + EscapeForTerminal(graph_.TextOf(node), 64) + "'" : "that is no str";
  }

  // LST-016, LST-017. One storage: 8 bytes of count, then the elements.
  void PlaceStorage(Ref key) {
    const Ref node = stream_.StorageOf(key);
    if (node == 0) RefuseKeys("the key " + Shown(key) + " names no storage");
    const std::uint32_t index = graph_[node].at;
    StorageRecord& record = Records()[index];
    if (record.entry != index) RefuseKeys("the key " + Shown(key) + " names a view of another storage");  // DEV-624
    if (placed_[index]) RefuseKeys("the key " + Shown(key) + " stands twice");                            // DEV-623
    const std::uint64_t size = file_.bytes().size();
    if (!Fits(at_, kCountBytes, size)) {
      Refuse(RefusalKind::kContainerTruncated, {}, at_, "the file ends inside the count of storage " + Shown(key));
    }
    std::array<std::byte, kCountBytes> bytes;
    file_.ReadAt(at_, bytes);
    const std::uint64_t count = Load64(bytes.data());
    // DEV-626: in exact arithmetic.
    const std::uint64_t item_bytes = ItemBytes(static_cast<Dtype>(graph_[node].small));
    if (count != record.nbytes / item_bytes || record.nbytes % item_bytes != 0) {
      Refuse(RefusalKind::kLegacyStorageSize, {}, at_,
             "storage " + Shown(key) + " has " + std::to_string(record.nbytes) + " bytes, its count is " +
                 std::to_string(count) + " elements of " + std::to_string(item_bytes) + " bytes");
    }
    at_ += kCountBytes;
    if (!Fits(at_, record.nbytes, size)) {
      Refuse(RefusalKind::kContainerTruncated, {}, at_,
             "storage " + Shown(key) + " has " + std::to_string(record.nbytes) + " bytes, " +
                 std::to_string(size - at_) + " are left of the file");
    }
    record.offset = at_;
    placed_[index] = true;
    at_ += record.nbytes;
  }

  // LST-019, DEV-621.
  void RequireAllPlaced() const {
    for (std::uint32_t i = 0; i < placed_.size(); ++i) {
      const StorageRecord& record = Records()[i];
      if (record.in_values || record.entry != i || placed_[i] || record.nbytes == 0 || record.meta) continue;
      RefuseKeys("the storage " + Shown(stream_.storage_keys()[i]) + " is not among the keys");
    }
  }

  const container::Source& file_;
  Graph& graph_;
  PickleStream& stream_;
  std::uint64_t at_;
  std::vector<bool> placed_;  // by storage
};

// The bytes of the pickles, copied once before they are looked at.
void CopyPickles(const container::Source& file, Graph& graph) {
  const LegacyPickle last = FindLegacyPickles(file.bytes()).back();
  const std::uint64_t size = last.offset + last.size;
  if (size > kMaxPickleBytes) {
    Refuse(RefusalKind::kLimitRecordSize, last.record, 0,
           "the pickles have " + std::to_string(size) + " bytes, more than " + std::to_string(kMaxPickleBytes));
  }
  // A persistent id of six parts takes more bytes than this.
  constexpr std::uint64_t kBytesPerStorage = 64;
  file.ReadAt(0, graph.MakeRoom(size, size / kBytesPerStorage));
  file.Forget(0, size);
}

}  // namespace

std::vector<LegacyPickle> FindLegacyPickles(Bytes file) {
  std::vector<LegacyPickle> found;
  found.reserve(std::size(kRecords));
  std::uint64_t at = 0;
  for (const std::string_view record : kRecords) {
    LegacyPickle pickle{.record = record, .offset = at};
    pickle::Instruction instruction;
    bool accepted = true;
    while (accepted && !pickle.whole) {
      accepted = pickle::Decode(file, at, instruction) == pickle::DecodeStatus::kOk && instruction.info->accepted;
      pickle.whole = accepted && instruction.info->opcode == pickle::Opcode::kStop;
      at = accepted ? instruction.end : std::min<std::uint64_t>(at + 1, file.size());
    }
    pickle.size = at - pickle.offset;
    found.push_back(pickle);
    if (!pickle.whole) break;
  }
  return found;
}

// LST-001. What torch does in its order.
void LoadLegacy(std::shared_ptr<const container::Source> file, const Options& options, Graph& graph) {
  graph.foreign_byte_order = std::endian::native == std::endian::big;  // LST-015
  CopyPickles(*file, graph);
  const LocationMap locations(options, false);
  PickleStream stream(graph, options.strict, SettingOf(options, locations));
  RequireMagic(graph, stream.Run(kRecords[0], StorageIds::kNone));
  RequireProtocol(graph, stream, stream.Run(kRecords[1], StorageIds::kNone));
  const Ref sys_info = stream.Run(kRecords[2], StorageIds::kNone);
  if (options.strict) RequireSysInfo(graph, stream, sys_info);
  graph.root = stream.Run(kRecords[3], StorageIds::kStream);
  const Ref keys = stream.Run(kRecords[4], StorageIds::kNone);
  Payloads(*file, graph, stream).Place(keys);  // LST-020: what follows is another save, or nobody's
  stream.Finish();
  SetUnitsByTensors(graph);
  auto source = std::make_unique<LegacySource>(std::move(file), graph, stream.storage_keys());
  source->Seal();
  graph.source = std::move(source);
}

}  // namespace weightsonly
