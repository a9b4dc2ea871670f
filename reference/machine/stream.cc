// Floor 5. Pickle after pickle in one machine. SPEC.md chapter 6.
#include "machine/stream.h"

#include <string>

#include "machine/inert.h"
#include "machine/persistent_id.h"
#include "machine/unbuilt.h"

namespace weightsonly::machine {

std::uint32_t PickleStream::NoRecords::FindRecord(std::string_view, std::uint64_t) {
  RefuseInternal("a record of a legacy stream");
}

StorageRecord PickleStream::NoRecords::ResolveStorage(std::uint32_t, Dtype, std::uint64_t, std::uint64_t) {
  RefuseInternal("a record of a legacy stream");
}

std::string PickleStream::NoRecords::RecordNamed(std::string_view key) const {
  return std::string("legacy/storage/").append(key);
}

PickleStream::PickleStream(Graph& graph, bool strict, const Setting& setting)
    : state_(graph, resolver_), strict_(strict) {
  Prepare(state_, setting);
}

// LST-003.
Ref PickleStream::Run(std::string_view record, StorageIds storage_ids) {
  state_.graph.record = record;
  state_.graph.record_start = end_;
  state_.storage_ids = storage_ids;
  state_.stack.truncate(0);
  state_.marks.truncate(0);
  state_.base = 0;
  state_.memo.Clear();
  state_.stopped = false;
  try {
    end_ = Execute(state_, state_.graph.pickle, end_);
  } catch (Refusal& refusal) {
    // Whoever maps locations knows of one pickle only, and counts from the first byte of graph.pickle.
    if (refusal.record == "data.pkl")
      refusal = {refusal.kind, std::string(record), refusal.offset - end_, refusal.detail};
    throw;
  }
  RefuseUnbuilt(state_);
  RefusePending(state_);
  if (strict_) RefuseLeftValues(state_);
  return state_.result;
}

Ref PickleStream::StorageOf(Ref key) {
  const std::uint32_t key_class = state_.keys.ClassOf(state_.graph, key, state_.offset);
  return key_class < state_.storage_nodes.size() ? state_.storage_nodes[key_class] : 0;
}

std::span<const Ref> PickleStream::storage_keys() const {
  return state_.storage_keys.view(0, state_.storage_keys.size());
}

std::string PickleStream::StorageName(const Graph& graph, Ref key) {
  return NoRecords().RecordNamed(StreamKey(graph, key));
}

bool PickleStream::IsNumber(Ref value, std::int64_t number) {
  const ValueType type = state_.graph[value].type;
  if (type != ValueType::kInt && type != ValueType::kFloat && type != ValueType::kComplex) return false;
  Node node(ValueType::kInt);
  node.integer = number;
  const Ref wanted = AddNode(state_, node);
  return state_.keys.ClassOf(state_.graph, value, state_.offset) ==
         state_.keys.ClassOf(state_.graph, wanted, state_.offset);
}

void PickleStream::Finish() { MergeAll(state_); }

}  // namespace weightsonly::machine
