// Fuzz target canonical: a checkpoint out of a pickle alone.
#include "support/canonical_graph.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "checkpoint/stored_bytes.h"
#include "machine/machine.h"
#include "policy/numpy.h"
#include "support/refusals.h"
#include "support/target.h"
#include "value/sparse.h"

namespace weightsonly::fuzz {
namespace {

constexpr std::uint32_t kRecords = 16;
// Of the walk over tensors: a few bytes of pickle can have as many paths as the limit allows.
constexpr std::uint64_t kMostEdges = 512;

// The bytes of all storages of an even, or of an odd record: zeros, or all values of a byte in another order each time.
const std::array<std::byte, kMostStorageBytes>& BytesOfRecord(std::uint32_t record) {
  static const auto kinds = [] {
    std::array<std::array<std::byte, kMostStorageBytes>, 2> made{};
    for (std::size_t i = 0; i < kMostStorageBytes; ++i) made[1][i] = static_cast<std::byte>(i * 7 + i / 256);
    return made;
  }();
  return kinds.at(record % 2);
}

class AnyStorage final : public StorageResolver {
 public:
  std::uint32_t FindRecord(std::string_view key, std::uint64_t) override {
    std::uint32_t sum = 0;
    for (const char c : key) sum += static_cast<unsigned char>(c);
    return sum % kRecords;
  }
  [[nodiscard]] std::size_t record_count() const override { return kRecords; }
  [[nodiscard]] std::string RecordNamed(std::string_view key) const override {
    return std::string("data/").append(key);
  }
  StorageRecord ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes, std::uint64_t offset) override {
    if (nbytes > kMostStorageBytes) Refuse(RefusalKind::kStorageSizeMismatch, "data.pkl", offset, "too many bytes");
    StorageRecord storage{};
    storage.nbytes = nbytes;
    storage.entry = record;
    storage.unit = InfoOf(dtype).swap_bytes;
    return storage;
  }
};

class AnyBytes final : public StorageSource {
 public:
  explicit AnyBytes(const Graph& graph) : graph_(graph) {}

  [[nodiscard]] std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const override {
    const StorageRecord& storage = graph_.storages[index];
    if (storage.in_values) return AsBytes(graph_.TextOf(graph_[storage.entry]));
    return std::span<const std::byte>(BytesOfRecord(storage.entry)).first(storage.nbytes);
  }
  [[nodiscard]] bool InPlace(std::uint32_t) const override { return true; }
  [[nodiscard]] std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                                  std::span<std::byte> out) const override {
    std::ranges::copy(Data(index)->subspan(offset, out.size()), out.begin());
    return {};
  }
  // In three pieces.
  [[nodiscard]] std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const override {
    const auto bytes = *Data(index);
    const std::size_t third = bytes.size() / 3;
    sink(bytes.first(third));
    sink(bytes.subspan(third, third));
    sink(bytes.subspan(2 * third));
    return {};
  }
  [[nodiscard]] std::string RecordName(std::uint32_t) const override { return "data/0"; }
  [[nodiscard]] std::expected<void, Refusal> Verify(std::uint32_t) const override { return {}; }

 private:
  const Graph& graph_;
};

const Allowlist& Allowed() {
  static const Allowlist list = [] {
    Allowlist made;
    made.AddNumpy("2.4");
    for (const char* name : {"training.Config", "m.C", "a.B", "models.Net", "builtins.object"}) made.Add(name);
    return made;
  }();
  return list;
}

}  // namespace

std::optional<Checkpoint> RunPickle(Bytes pickle) {
  try {
    Limits limits;
    limits.walk_base = kMostEdges;
    auto graph = std::make_shared<Graph>(limits);
    graph->file_bytes = pickle.size() + kRecords * kMostStorageBytes;
    std::ranges::copy(pickle, graph->MakeRoom(pickle.size(), kRecords).begin());
    AnyStorage storages;
    const policy::Policy policy{.user = &Allowed(), .numpy = *policy::NumpyOf("2.4")};
    machine::Run(*graph, storages, false, {.policy = policy});
    SetUnitsByTensors(*graph);
    graph->source = std::make_unique<AnyBytes>(*graph);
    CheckSparseTensors(*graph);
    return Checkpoint(std::move(graph));
  } catch (const Refusal& refusal) {
    CheckRefusal(refusal);
    return std::nullopt;
  }
}

}  // namespace weightsonly::fuzz
