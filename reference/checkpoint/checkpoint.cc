// Floor 6. The handle of a checkpoint, and work on many storages or tensors at once. SPEC.md chapter 6.
#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/boundary.h"
#include "checkpoint/walk.h"
#include "value/graph.h"

namespace weightsonly {
namespace {

using Job = std::function<std::expected<void, Refusal>(std::size_t)>;

// Threads that are joined when they go out of scope, as std::jthread is; not every standard library has that one.
class Joined {
 public:
  Joined() = default;
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;
  ~Joined() { Join(); }

  void Start(const std::function<void()>& work) { threads_.emplace_back(work); }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

// What job(index) answers. Nothing is thrown: a thread has nobody above it who would catch.
std::expected<void, Refusal> AnswerOf(const Job& job, std::size_t index) {
  return AtBoundary<void>([&] {
    auto done = job(index);
    if (!done) throw std::move(done.error());
  });
}

// Runs job(0) … job(count - 1) on up to `threads` threads, the caller's among them. After a refusal no job with a
// higher index is begun; the refusal that is returned is that of the lowest index, whatever the threads' order.
std::expected<void, Refusal> RunJobs(std::size_t count, unsigned threads, const Job& job) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> failed = count;
  std::mutex mutex;
  Refusal refusal;
  const auto work = [&] {
    for (std::size_t i = next++; i < failed; i = next++) {
      auto done = AnswerOf(job, i);
      if (done) continue;
      const std::lock_guard lock(mutex);
      if (i >= failed) continue;
      failed = i;
      refusal = std::move(done.error());
    }
  };
  Joined helpers;
  try {
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) helpers.Start(work);
  } catch (const std::system_error&) {
    // The system gives no more threads: those that run, the caller's at least, do all the work.
  }
  work();
  helpers.Join();
  if (failed == count) return {};
  return std::unexpected(std::move(refusal));
}

}  // namespace

Checkpoint::Checkpoint(std::shared_ptr<const Graph> graph) : graph_(std::move(graph)) {}

Value Checkpoint::root() const { return {graph_, graph_->root}; }
TensorRange Checkpoint::tensors() const { return TensorRange(graph_); }
std::size_t Checkpoint::storage_count() const { return graph_->storages.size(); }
Storage Checkpoint::storage(std::size_t index) const { return {graph_, static_cast<std::uint32_t>(index)}; }
bool Checkpoint::foreign_byte_order() const { return graph_->foreign_byte_order; }
std::uint64_t Checkpoint::file_bytes() const { return graph_->file_bytes; }
std::uint64_t Checkpoint::pickle_bytes() const { return graph_->pickle.size(); }

std::expected<void, Refusal> Checkpoint::Verify() const {
  for (std::uint32_t i = 0; i < graph_->storages.size(); ++i) {
    if (auto verified = graph_->source->Verify(i); !verified) return verified;
  }
  return {};
}

std::expected<void, Refusal> Checkpoint::Materialize(unsigned threads) const {
  return AtBoundary<void>([&] {
    const auto done = RunJobs(graph_->storages.size(), threads, [&](std::size_t i) -> std::expected<void, Refusal> {
      if (graph_->storages[i].meta) return {};
      const auto data = graph_->source->Data(static_cast<std::uint32_t>(i));
      if (!data) return std::unexpected(data.error());
      return {};
    });
    if (!done) throw done.error();
  });
}

std::expected<void, Refusal> CopyStorages(std::span<const StorageCopyJob> jobs, unsigned threads) {
  return AtBoundary<void>([&] {
    const auto done = RunJobs(jobs.size(), threads, [&](std::size_t i) { return jobs[i].storage.CopyTo(jobs[i].out); });
    if (!done) throw done.error();
  });
}

std::expected<void, Refusal> CopyAll(std::span<const CopyJob> jobs, unsigned threads) {
  return AtBoundary<void>([&] {
    const auto done = RunJobs(jobs.size(), threads, [&](std::size_t i) { return jobs[i].tensor.CopyTo(jobs[i].out); });
    if (!done) throw done.error();
  });
}

TensorRange::TensorRange(std::shared_ptr<const Graph> graph) : walk_(std::make_unique<TensorWalk>(std::move(graph))) {}
TensorRange::TensorRange(TensorRange&&) noexcept = default;
TensorRange::~TensorRange() = default;
TensorRange::iterator TensorRange::begin() { return iterator(walk_.get()); }
std::optional<SparseTensor> TensorRange::sparse() const { return walk_->sparse(); }
bool TensorRange::truncated() const { return walk_->truncated(); }

TensorEntry TensorRange::iterator::operator*() const { return walk_->entry(); }
TensorRange::iterator& TensorRange::iterator::operator++() {
  walk_->Next();
  return *this;
}
bool TensorRange::iterator::operator==(std::default_sentinel_t) const { return walk_->done(); }

}  // namespace weightsonly
