// Floor 5. BINPERSID in a legacy stream: storages, and windows of storages, that are told by their keys. Their bytes
// come later in the file, so a storage here is a number of bytes and the storage in whose bytes it lies. SPEC.md
// chapter 6 (LST-004, LST-008 to LST-013).
#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "base/text.h"
#include "machine/persistent_id.h"

namespace weightsonly::machine {
namespace {

// ('storage', type, key, location, numel, view)
constexpr std::size_t kParts = 6;
enum Part : std::uint8_t { kType = 1, kKey = 2, kLocation = 3, kElements = 4, kView = 5 };
// (key, offset, numel)
constexpr std::size_t kViewParts = 3;

// The place of the storage that a key names: roots and views share their names.
Ref& StorageNamed(State& state, Ref key) {
  const std::uint32_t key_class = state.keys.ClassOf(state.graph, key, state.offset);
  if (key_class >= state.storage_nodes.size()) state.storage_nodes.resize(state.keys.size(), 0);
  return state.storage_nodes[key_class];
}

Ref AddStorage(State& state, const StorageRecord& record, Ref key, Dtype dtype) {
  const auto storage = static_cast<std::uint32_t>(state.graph.storages.size());
  state.graph.storages.push_back(record);
  state.storage_keys.push_back(key);
  return AddStorageNode(state, storage, dtype);
}

// LST-009, LST-013, DEV-625: no tensor reaches past these bytes. The location decides the device of a storage when its
// key is named first.
Ref NewRoot(State& state, std::span<const Ref> parts, Dtype dtype, std::uint64_t nbytes) {
  StorageRecord record{};
  record.nbytes = nbytes;
  record.entry = static_cast<std::uint32_t>(state.graph.storages.size());
  record.device = DeviceName(state, parts[kLocation], record, parts[kKey], dtype);
  record.meta = state.graph.names[record.device].text == "meta";
  if (nbytes > state.graph.file_bytes && !record.meta) {
    RefuseHere(state, RefusalKind::kStorageSizeMismatch,
               "the storage has " + std::to_string(nbytes) + " bytes, more than the file");
  }
  record.unit = InfoOf(dtype).swap_bytes;
  record.foreign = state.graph.foreign_byte_order;
  return AddStorage(state, record, parts[kKey], dtype);
}

// LST-012. A count of elements of a view as bytes, at most 2^64 - 1. DEV-622: torch counts negative ones from the end.
std::uint64_t ViewBytes(const State& state, Ref ref, Dtype dtype) {
  const Node& node = state.graph[ref];
  if (node.type == ValueType::kBool) return node.small * ItemBytes(dtype);
  if (node.type != ValueType::kInt) {
    RefuseHere(state, RefusalKind::kValueType, "a number of the view metadata is " + std::string(TypeName(node.type)));
  }
  const bool big = (node.flags & kBigInt) != 0;
  const bool negative = big ? static_cast<unsigned char>(state.graph.TextOf(node).back()) >= 0x80 : node.integer < 0;
  if (negative) RefuseHere(state, RefusalKind::kStorageSizeMismatch, "a number of the view metadata is negative");
  std::uint64_t bytes = 0;
  const bool fits = !big && CheckedMul(static_cast<std::uint64_t>(node.integer), ItemBytes(dtype), &bytes);
  return fits ? bytes : std::numeric_limits<std::uint64_t>::max();
}

// LST-011, LST-012, DEV-628, DEV-641. A window of `storage`, cut at its end; the key that named a storage before gives
// that one.
Ref ViewOf(State& state, Ref storage, Dtype dtype, Ref metadata) {
  const Node& view = state.graph[metadata];
  const bool sequence = view.type == ValueType::kTuple || view.type == ValueType::kList;
  if (!sequence || view.count != kViewParts) {
    RefusePersistentId(state, "the view metadata is no (key, offset, number of elements)");
  }
  const auto parts = state.graph.ItemsOf(view);
  const std::uint64_t offset = ViewBytes(state, parts[1], dtype);
  const std::uint64_t size = ViewBytes(state, parts[2], dtype);
  Ref& named = StorageNamed(state, parts[0]);
  if (named != 0) return named;
  StorageRecord record = state.graph.storages[state.graph[storage].at];
  const std::uint64_t start = std::min(offset, record.nbytes);
  record.offset += start;
  record.nbytes = std::min(size, record.nbytes - start);
  named = AddStorage(state, record, parts[0], dtype);
  return named;
}

// PID-002, also where the location does not count (LST-010).
void RequireDecodable(const State& state, Ref location) {
  const Node& node = state.graph[location];
  if (node.type != ValueType::kBytes) return;
  const std::string_view bytes = state.graph.TextOf(node);
  if (std::ranges::any_of(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    RefuseHere(state, RefusalKind::kPickleText, "the location is bytes that are not ASCII");
  }
}

// LST-008. As PID-004, but bytes without a dtype cannot be named.
Dtype DtypeOfStreamType(const State& state, Ref type) {
  const policy::Global* global = GlobalOf(state.graph, type);
  if (global != nullptr && global->kind == policy::GlobalKind::kUntypedStorage) {
    RefuseHere(state, RefusalKind::kStorageType, "torch.storage.UntypedStorage has no dtype");
  }
  return DtypeOfStorageType(state, type);
}

}  // namespace

std::string StreamKey(const Graph& graph, Ref key) {
  const Node& node = graph[key];
  if (node.type == ValueType::kStr || node.type == ValueType::kBytes) return std::string(graph.TextOf(node));
  return node.type == ValueType::kInt ? IntText(graph, key) : std::string();
}

void StreamPersid(State& state) {
  const Ref pid = Pop(state);
  if (state.storage_ids == StorageIds::kNone) {  // LST-004
    RefusePersistentId(state, "only the object of a legacy stream may name storages");
  }
  const auto parts = PartsOfId(state, pid, kParts);
  RequireDecodable(state, parts[kLocation]);
  const Dtype dtype = DtypeOfStreamType(state, parts[kType]);
  const std::int64_t numel = ElementsOfId(state, parts[kElements]);
  std::uint64_t nbytes = 0;
  const bool fits = numel >= 0 && CheckedMul(static_cast<std::uint64_t>(numel), ItemBytes(dtype), &nbytes);
  Ref& named = StorageNamed(state, parts[kKey]);
  Ref storage = named;
  if (storage != 0) {  // LST-010, DEV-627
    storage = LaterMention(state, storage, dtype, fits, nbytes);
  } else {
    if (!fits) RefuseElements(state, numel, dtype);
    storage = named = NewRoot(state, parts, dtype, nbytes);
  }
  if (parts[kView] != Graph::kNone) storage = ViewOf(state, storage, dtype, parts[kView]);
  Push(state, storage);
}

}  // namespace weightsonly::machine
