// Fuzz target: the legacy stream (checkpoint/legacy.h). What was found to be its pickles is what the machine runs, and
// the storages of a stream that is accepted lie behind them, one after the other, each with its count (LST-001 to
// LST-019).
//
// The input is a stream when it begins as one, with PROTO or LONG1. Otherwise its first byte says how many of the
// pickles that every stream begins with are put in front of the rest.
#include "checkpoint/legacy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "machine/stream.h"
#include "support/refusals.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

using machine::StorageIds;

constexpr unsigned char kProto = 0x80;
constexpr unsigned char kLong1 = 0x8A;
constexpr std::array<std::string_view, 3> kFirst = {
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",  // the magic number
    "\x80\x02M\xe9\x03.",                                         // the protocol, 1001
    "\x80\x02}.",                                                 // the system information, which may be anything
};

// A stream in memory of exactly its size.
std::vector<std::byte> StreamOf(Bytes input) {
  std::vector<std::byte> stream;
  if (input.empty()) return stream;
  const auto first = static_cast<unsigned char>(input[0]);
  if (first == kProto || first == kLong1) return {input.begin(), input.end()};
  for (std::size_t i = 0; i < 1 + first % kFirst.size(); ++i) {
    const Bytes pickle = AsBytes(kFirst.at(i));
    stream.insert(stream.end(), pickle.begin(), pickle.end());
  }
  stream.insert(stream.end(), input.begin() + 1, input.end());
  stream.shrink_to_fit();
  return stream;
}

void CheckPickles(Bytes file, const std::vector<LegacyPickle>& pickles) {
  Require(!pickles.empty() && pickles.size() <= 5, "a stream has no pickles, or more than five");
  std::uint64_t at = 0;
  for (const LegacyPickle& pickle : pickles) {
    Require(pickle.offset == at, "a pickle does not begin where the one before it ends", pickle.record);
    Require(pickle.size <= file.size() - at, "a pickle reaches out of the file", pickle.record);
    at += pickle.size;
    const bool last = &pickle == &pickles.back();
    Require(pickle.whole || last, "a pickle follows one that is not whole", pickle.record);
    Require(!pickle.whole || (pickle.size != 0 && file[at - 1] == std::byte{'.'}), "a whole pickle ends without STOP",
            pickle.record);
  }
  Require(!pickles.back().whole || pickles.size() == 5, "behind a whole pickle nothing was looked for");
}

// DEV-623.
void CheckKeys(const Graph& graph, Ref keys) {
  std::set<std::string_view> seen;
  for (const Ref key : graph.ItemsOf(graph[keys])) {
    if (graph[key].type != ValueType::kStr) continue;
    const std::string_view text = graph.TextOf(graph[key]);
    Require(seen.insert(text).second, "a key of a storage stands twice", text);
  }
}

// The machine stops where each pickle was found to end.
void CheckRuns(const Graph& loaded, const std::vector<LegacyPickle>& pickles) {
  Graph graph{Limits{}};
  graph.file_bytes = loaded.file_bytes;
  graph.foreign_byte_order = loaded.foreign_byte_order;
  std::ranges::copy(loaded.pickle, graph.MakeRoom(loaded.pickle.size(), 0).begin());
  machine::PickleStream stream(graph, false, {});
  for (const LegacyPickle& pickle : pickles) {
    const bool object = pickle.record == "legacy/object";
    const Ref result = stream.Run(pickle.record, object ? StorageIds::kStream : StorageIds::kNone);
    if (&pickle == &pickles.back()) CheckKeys(graph, result);
    Require(stream.end() == pickle.offset + pickle.size, "a pickle runs to another end than was found", pickle.record);
  }
}

// LST-016, LST-017: the count in front of a storage, in elements of some size.
void CheckCount(Bytes file, const StorageRecord& storage) {
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < 8; ++i) {
    count |= static_cast<std::uint64_t>(file[storage.offset - 8 + i]) << (8 * i);
  }
  Require(count != 0 && storage.nbytes % count == 0 && std::has_single_bit(storage.nbytes / count) &&
              storage.nbytes / count <= 16,
          "the count in front of a storage is not that of its elements");
}

void CheckStorages(Bytes file, const Checkpoint& checkpoint) {
  const Graph& graph = *checkpoint.graph();
  std::vector<StorageRecord> roots;
  for (std::uint32_t i = 0; i < graph.storages.size(); ++i) {
    const StorageRecord& storage = graph.storages[i];
    if (storage.meta || storage.in_values || storage.nbytes == 0) continue;
    Require(storage.offset >= graph.pickle.size() && storage.offset <= file.size() &&
                storage.nbytes <= file.size() - storage.offset,
            "a storage lies outside of the file, or in the pickles");
    const StorageRecord& root = graph.storages[storage.entry];
    Require(storage.offset >= root.offset && storage.offset + storage.nbytes <= root.offset + root.nbytes,
            "a view reaches out of the storage that it is a view of");
    if (storage.entry == i) roots.push_back(storage);
    const auto data = checkpoint.storage(i).data();
    Require(data.has_value(), "a storage of a stream cannot be read");
    Require(std::ranges::equal(*data, file.subspan(storage.offset, storage.nbytes)) || storage.foreign,
            "a storage has other bytes than the file");
  }
  std::ranges::sort(roots, {}, &StorageRecord::offset);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    CheckCount(file, roots[i]);
    if (i == 0) continue;
    Require(roots[i - 1].offset + roots[i - 1].nbytes + 8 <= roots[i].offset, "two storages share bytes");
  }
}

void CheckTensors(Bytes file, const Checkpoint& checkpoint) {
  for (const TensorEntry& entry : checkpoint.tensors()) {
    if (entry.tensor.is_meta() || entry.tensor.numel() == 0) continue;
    const auto data = entry.tensor.data();
    Require(data.has_value(), "a tensor of a stream cannot be read");
    const auto storage = entry.tensor.storage();
    if (!storage || !storage->in_place()) continue;
    // The pointers themselves.
    Require(data->data() >= file.data() && data->data() + data->size() <= file.data() + file.size(),
            "a tensor lies outside of the file");
  }
}

void Check(Bytes input) {
  const std::vector<std::byte> stream = StreamOf(input);
  const Bytes file(stream);
  const std::vector<LegacyPickle> pickles = FindLegacyPickles(file);
  CheckPickles(file, pickles);
  const auto checkpoint = Load(file);
  if (!checkpoint) return CheckRefusal(checkpoint.error(), file.size());
  const Graph& graph = *checkpoint->graph();
  Require(pickles.size() == 5 && pickles.back().whole, "a stream of less than five pickles was accepted");
  Require(graph.pickle.size() == pickles.back().offset + pickles.back().size,
          "the pickles that were read are not those that were found");
  CheckRuns(graph, pickles);
  CheckStorages(file, *checkpoint);
  CheckTensors(file, *checkpoint);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
