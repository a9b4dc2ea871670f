// Floor 5. Runs the pickles of a legacy stream, which follow each other without a gap. SPEC.md chapter 6 (LST-003,
// LST-004).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "machine/machine.h"
#include "machine/state.h"

namespace weightsonly::machine {

class PickleStream {
 public:
  // graph.pickle holds the pickles, and perhaps less than all of them: that is found out when they run.
  PickleStream(Graph& graph, bool strict, const Setting& setting);

  // Runs the next pickle up to its STOP and returns its result. `record` (static storage) is what its refusals are
  // about. Each pickle has a stack and a memo of its own; values, and equality of keys, go through all of them. Refuses
  // as machine::Run.
  Ref Run(std::string_view record, StorageIds storage_ids);
  // Where the pickle that ran last ends in graph.pickle.
  [[nodiscard]] std::uint64_t end() const { return end_; }

  // The kStorage node that a persistent id named first by `key`, or 0. Refuses value.unhashable.
  [[nodiscard]] Ref StorageOf(Ref key);
  // By storage of the graph: the key that named it.
  [[nodiscard]] std::span<const Ref> storage_keys() const;
  // "legacy/storage/" and the key that named a storage; without the key when that is no str, bytes or int.
  [[nodiscard]] static std::string StorageName(const Graph& graph, Ref key);
  // True for two numbers that are equal in Python, whatever their types; false when `value` is no number.
  [[nodiscard]] bool IsNumber(Ref value, std::int64_t number);

  // Call once, after the last pickle.
  void Finish();

 private:
  // A stream has no records to look for: its storages lie behind the pickles.
  class NoRecords final : public StorageResolver {
   public:
    std::uint32_t FindRecord(std::string_view key, std::uint64_t offset) override;
    [[nodiscard]] std::size_t record_count() const override { return 0; }
    [[nodiscard]] std::string RecordNamed(std::string_view key) const override;
    StorageRecord ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes,
                                 std::uint64_t offset) override;
  };

  NoRecords resolver_;
  State state_;
  bool strict_;
  std::uint64_t end_ = 0;
};

}  // namespace weightsonly::machine
