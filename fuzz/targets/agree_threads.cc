// One thread and two make the same bytes of storages, copies of storages and copies of tensors, or the same refusal.
#include <vector>

#include "checkpoint/checkpoint.h"
#include "support/target.h"
#include "support/variants.h"

namespace weightsonly::fuzz {
namespace {

constexpr std::uint64_t kMostCopied = std::uint64_t{64} << 10;
constexpr std::size_t kMostTensors = 64;

using Buffers = std::vector<std::vector<std::byte>>;

struct Work {
  std::expected<void, Refusal> done;
  Buffers made;
};

void RequireSameWork(const Work& one, const Work& other, std::string_view what) {
  Require(one.done.has_value() == other.done.has_value(), what);
  if (one.done) return Require(one.made == other.made, what);
  Require(one.done.error().kind == other.done.error().kind && one.done.error().record == other.done.error().record &&
              one.done.error().offset == other.done.error().offset,
          what, one.done.error().detail);
}

// Each thread count has a checkpoint of its own: bytes that were made once are kept.
Work Materialized(Bytes file, unsigned threads) {
  const auto checkpoint = Load(file, DefaultOptions());
  Require(checkpoint.has_value(), "a file that was accepted is not");
  Work work{.done = checkpoint->Materialize(threads), .made = {}};
  for (std::size_t i = 0; work.done && i < checkpoint->storage_count(); ++i) {
    const auto bytes = checkpoint->storage(i).data();
    if (bytes) work.made.emplace_back(bytes->begin(), bytes->end());
  }
  return work;
}

Work StorageCopies(const Checkpoint& checkpoint, unsigned threads) {
  Work work;
  std::vector<StorageCopyJob> jobs;
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    const Storage storage = checkpoint.storage(i);
    if (!storage.is_meta() && storage.nbytes() <= kMostCopied) work.made.emplace_back(storage.nbytes());
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    const Storage storage = checkpoint.storage(i);
    if (storage.is_meta() || storage.nbytes() > kMostCopied) continue;
    jobs.push_back({.storage = storage, .out = work.made[next++]});
  }
  work.done = CopyStorages(jobs, threads);
  return work;
}

Work TensorCopies(const Checkpoint& checkpoint, unsigned threads) {
  Work work;
  std::vector<Tensor> tensors;
  for (const TensorEntry& entry : checkpoint.tensors()) {
    if (tensors.size() == kMostTensors) break;
    if (entry.tensor.nbytes() <= kMostCopied) tensors.push_back(entry.tensor);
  }
  std::vector<CopyJob> jobs;
  work.made.reserve(tensors.size());
  for (const Tensor& tensor : tensors) {
    work.made.emplace_back(tensor.nbytes());
    jobs.push_back({.tensor = tensor, .out = work.made.back()});
  }
  work.done = CopyAll(jobs, threads);
  return work;
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  const auto checkpoint = weightsonly::Load(file, DefaultOptions());
  if (!checkpoint) return 0;
  RequireSameWork(Materialized(file, 1), Materialized(file, 2), "two threads make other bytes than one");
  RequireSameWork(StorageCopies(*checkpoint, 1), StorageCopies(*checkpoint, 2), "two threads copy storages otherwise");
  RequireSameWork(TensorCopies(*checkpoint, 1), TensorCopies(*checkpoint, 2), "two threads copy tensors otherwise");
  return 0;
}
