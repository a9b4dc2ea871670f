// Floor 5. The state of the pickle machine: a plain struct that every opcode handler works on. SPEC.md chapter 5.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/pod_vector.h"
#include "base/refusal.h"
#include "machine/memo.h"
#include "pickle/instruction.h"
#include "policy/behaviour.h"
#include "policy/globals.h"
#include "policy/torchscript.h"
#include "value/graph.h"
#include "value/key_classes.h"
#include "value/storage_source.h"
#include "value/value_type.h"

namespace weightsonly::machine {

// How BINPERSID names storages: by the five parts of an archive's persistent ids, by the six of a legacy stream's, or
// not at all (LST-004).
enum class StorageIds : std::uint8_t { kArchive, kStream, kNone };

// OPC-010. What SHORT_BINSTRING makes of its bytes: torch.load's `encoding`.
enum class StringEncoding : std::uint8_t { kUtf8, kAscii, kLatin1, kBytes };

// A storage key and the kStorage node that it named first; 0: none yet.
struct FirstMention {
  Ref key;
  Ref storage;
};

// Which globals a pickle may name.
enum class Vocabulary : std::uint8_t {
  kCheckpoint,   // those that torch.load(weights_only=True) allows
  kTorchScript,  // also those of a TorchScript archive (TSC-003 to TSC-006), which become inert objects
};

struct State {
  // `values` has its pickle already.
  State(Graph& values, StorageResolver& storages);

  Graph& graph;
  StorageResolver& resolver;
  const LocationResolver* locations = nullptr;  // null: the file's locations are the labels
  Block block;                                  // the beginnings of the arrays below and of those of `keys`
  KeyClasses keys;

  PodVector<Ref> stack;
  PodVector<std::uint32_t> marks;  // for each open mark: `base` before it
  std::uint32_t base = 0;          // STK-002: values below belong to what an open mark hides
  Memo memo;

  std::uint64_t offset = 0;  // of the instruction that runs, for refusals
  Vocabulary vocabulary = Vocabulary::kCheckpoint;
  policy::Policy policy;        // whose allowlists answer
  policy::Behaviour behaviour;  // of the same release
  bool stopped = false;
  StorageIds storage_ids = StorageIds::kArchive;
  StringEncoding encoding = StringEncoding::kUtf8;
  Ref result = Graph::kNone;  // set by STOP

  std::array<Ref, 256> small_integers{};  // VAL-006: the one node of each int from 0 to 255, or 0
  Ref last_location = ~Ref{0};            // the location that BINPERSID read last, and the name of its device:
  std::uint32_t last_device = 0;          // picklers give every storage the same object
  PodVector<Ref> unmerged;                // dicts that may hold equal keys; merged when read, or at the end
  PodVector<Ref> global_nodes;            // by row of the allowlist: the one node of that global, or 0
  PodVector<FirstMention> mentions;       // by record: the str key that named it first
  PodVector<Ref> storage_nodes;           // by key class: the kStorage node of a key that is not in `mentions`, or 0
  PodVector<Ref> storage_keys;            // of a legacy stream, by storage: the key that named it
  FirstMention last_mention{};            // the key that BINPERSID read last: views of one storage share the object
  bool has_unbuilt = false;               // a tensor class was called without arguments (machine/unbuilt.h)
  bool has_pending = false;               // a class that must be built was created (POL-016)
  std::map<std::string_view, Ref> user_nodes;  // by what the user's entry stands for: the one node of that global
  PodVector<Ref> named_nodes;                  // devices and layouts: one node for each name
};

// Refuses at the current instruction.
[[noreturn, gnu::cold, gnu::noinline]] void RefuseHere(const State& state, RefusalKind kind, std::string detail);
[[noreturn, gnu::cold, gnu::noinline]] void RefuseUnderflow(const State& state, std::uint32_t count);
[[noreturn, gnu::cold, gnu::noinline]] void RefuseNoMark(const State& state);

// STK-001. `count` values must lie above the last mark. Refuses pickle.stack-underflow.
inline void Need(const State& state, std::uint32_t count) {
  if (state.stack.size() - state.base < count) [[unlikely]]
    RefuseUnderflow(state, count);
}

inline void Push(State& state, Ref value) { state.stack.push_back(value); }

inline Ref Pop(State& state) {
  Need(state, 1);
  const Ref top = state.stack.back();
  state.stack.pop_back();
  return top;
}

[[nodiscard]] inline Ref& Top(State& state) {
  Need(state, 1);
  return state.stack.back();
}

// STK-003. Closes the last mark and returns the values above it, which stay in place until the next push: the caller
// consumes them before that. Refuses pickle.mark-missing.
[[nodiscard]] inline std::span<const Ref> PopMark(State& state) {
  if (state.marks.empty()) [[unlikely]]
    RefuseNoMark(state);
  const std::uint32_t base = state.base;
  const std::span<const Ref> items = state.stack.view(base, state.stack.size() - base);
  state.stack.truncate(base);
  state.base = state.marks.back();
  state.marks.pop_back();
  return items;
}

// Adds a node at the current instruction.
inline Ref AddNode(State& state, const Node& node) { return state.graph.Add(node, state.offset); }

// The one node of a device, layout or other name that calls make.
Ref NamedNode(State& state, ValueType type, std::string_view text);

// The row of the allowlist that a kGlobal, kDtype or kQscheme node came from; null for any other node.
[[nodiscard]] const policy::Global* GlobalOf(const Graph& graph, Ref ref);

// Adds `count` unspecified items to the end of a list (pairs to a dict kind) and returns the first. Amortised constant
// time for each: a container that is not the last in its array moves to the end with twice the room.
Ref* GrowList(Graph& graph, Ref list, std::uint32_t count);
Pair* GrowDict(Graph& graph, Ref dict, std::uint32_t count);

// Merges the equal keys of a dict that were set since it was last looked at, so that its pairs can be read.
inline void MergeNow(State& state, Ref dict) {
  if ((state.graph[dict].flags & kUnmerged) != 0) {
    state.graph.ChargeSteps(state.graph[dict].count, state.offset);
    state.keys.MergePairs(state.graph, dict);
  }
}

}  // namespace weightsonly::machine
