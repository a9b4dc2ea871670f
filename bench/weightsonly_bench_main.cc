// weightsonly-bench: how long this library takes for one checkpoint. One JSON line on stdout; status 1 when it is
// refused.
//
//   open   Load, list every tensor with its path, dtype and shape, let the checkpoint go
//   touch  open, and one byte of every 4 KiB page of every storage
//   copy   Load, and the bytes of every storage into memory of the caller that was touched before, on --threads threads
#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "measure.h"
#include "weightsonly.h"

namespace weightsonly::bench {
namespace {

constexpr std::string_view kProgram = "weightsonly-bench";

// Inside the measured part a refusal travels as an exception: it ends the program.
template <typename T>
T OrThrow(std::expected<T, Refusal>&& result) {
  if (!result) throw std::move(result.error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void FoldTensors(const Checkpoint& checkpoint, Counts& counts) {
  for (const auto& [path, tensor] : checkpoint.tensors()) {
    ++counts.tensors;
    counts.Fold(static_cast<std::uint64_t>(tensor.dtype()));
    for (const std::int64_t size : tensor.shape()) counts.Fold(static_cast<std::uint64_t>(size));
    counts.Fold(path.size());
  }
}

Counts Open(const std::string& file) {
  Counts counts;
  const Checkpoint checkpoint = OrThrow(Load(file));
  FoldTensors(checkpoint, counts);
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) counts.bytes += checkpoint.storage(i).nbytes();
  return counts;
}

Counts Touch(const std::string& file) {
  Counts counts;
  const Checkpoint checkpoint = OrThrow(Load(file));
  FoldTensors(checkpoint, counts);
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    const std::span<const std::byte> bytes = OrThrow(checkpoint.storage(i).data());
    counts.bytes += bytes.size();
    counts.Fold(TouchPages(bytes.data(), bytes.size()));
  }
  return counts;
}

// Where each storage goes in the caller's memory.
class Target {
 public:
  explicit Target(const Checkpoint& checkpoint) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
      starts_.push_back(total);
      total += checkpoint.storage(i).nbytes();
    }
    memory_.resize(total);  // writes zeros: every page is there before the clock starts
  }
  [[nodiscard]] std::span<std::byte> Region(const Storage& storage) {
    return std::span(memory_).subspan(starts_[storage.index()], storage.nbytes());
  }
  [[nodiscard]] std::uint64_t size() const { return memory_.size(); }

 private:
  std::vector<std::uint64_t> starts_;
  std::vector<std::byte> memory_;
};

Counts Copy(const std::string& file, unsigned threads, Target& target) {
  Counts counts;
  const Checkpoint checkpoint = OrThrow(Load(file));
  for (const auto& [path, tensor] : checkpoint.tensors()) ++counts.tensors;
  std::vector<StorageCopyJob> jobs;
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) {
    const Storage storage = checkpoint.storage(i);
    if (storage.is_meta()) continue;
    jobs.push_back({storage, target.Region(storage)});
  }
  OrThrow(CopyStorages(jobs, threads));
  counts.bytes = target.size();
  return counts;
}

void Run(const Arguments& arguments) {
  switch (arguments.mode) {
    case Mode::kOpen:
      return MeasureAndPrint(kProgram, arguments, [&] { return Open(arguments.file); });
    case Mode::kTouch:
      return MeasureAndPrint(kProgram, arguments, [&] { return Touch(arguments.file); });
    case Mode::kCopy:
      Target target(OrThrow(Load(arguments.file)));
      return MeasureAndPrint(kProgram, arguments, [&] { return Copy(arguments.file, arguments.threads, target); });
  }
}

}  // namespace
}  // namespace weightsonly::bench

int main(int argc, char** argv) {
  namespace bench = weightsonly::bench;
  const bench::Arguments arguments = bench::ParseArguments(argc, argv);
  try {
    bench::Run(arguments);
  } catch (const weightsonly::Refusal& refusal) {
    return bench::PrintRefusal(bench::kProgram, arguments, weightsonly::KindName(refusal.kind), refusal.detail);
  } catch (const std::exception& error) {
    std::cerr << bench::kProgram << ": " << error.what() << '\n';
    return 3;
  }
  return 0;
}
