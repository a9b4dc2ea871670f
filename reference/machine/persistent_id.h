// Floor 5. The parts of a persistent id, for both of its forms: that of an archive (handlers_global.cc) and that of a
// legacy stream (stream_storages.cc). SPEC.md chapter 5 (PID-…) and chapter 6 (LST-…).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "machine/state.h"
#include "value/dtype.h"

namespace weightsonly::machine {

// BINPERSID in the pickles of a legacy stream (LST-004, LST-008 to LST-013).
void StreamPersid(State& state);

// The parts of a tuple that begins with 'storage' and has `count` parts. Refuses policy.persistent-id.
[[nodiscard]] std::span<const Ref> PartsOfId(const State& state, Ref pid, std::size_t count);
// The key of a legacy stream's storage as text: of a str, bytes or int; empty for anything else.
[[nodiscard]] std::string StreamKey(const Graph& graph, Ref key);
// The text of a str, or of ASCII bytes, which torch decodes (PID-002); empty for anything else.
[[nodiscard]] std::string_view TextOrAscii(const State& state, Ref ref);
// The number of elements; negative when no storage can have it. Refuses value.type.
[[nodiscard]] std::int64_t ElementsOfId(const State& state, Ref ref);
// The dtype that a storage type has. Refuses storage.type.
[[nodiscard]] Dtype DtypeOfStorageType(const State& state, Ref type);
// The index in graph.names of the device that a location tags, or that the caller's map gives the storage `record`.
// Refuses storage.location.
[[nodiscard]] std::uint32_t DeviceName(State& state, Ref location, const StorageRecord& record, Ref key, Dtype dtype);
// A kStorage over storage `storage` of graph.storages.
Ref AddStorageNode(State& state, std::uint32_t storage, Dtype dtype);
// What a later mention of the storage node `first` gives. `fits`: the bytes of the mention are `nbytes`. Refuses
// storage.size-mismatch.
Ref LaterMention(State& state, Ref first, Dtype dtype, bool fits, std::uint64_t nbytes);

[[noreturn, gnu::cold, gnu::noinline]] void RefusePersistentId(const State& state, std::string detail);
// No storage has that many elements.
[[noreturn, gnu::cold, gnu::noinline]] void RefuseElements(const State& state, std::int64_t numel, Dtype dtype);

}  // namespace weightsonly::machine
