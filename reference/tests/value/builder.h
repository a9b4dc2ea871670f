// Graphs put together by hand, and a source of storages whose bytes lie in memory.
#pragma once

#include <algorithm>
#include <cstring>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly {

// A graph over `pickle` to which nodes are added.
struct Builder {
  explicit Builder(std::string_view pickle = "", const Limits& limits = {}) : graph(limits) {
    std::ranges::copy(AsBytes(pickle), graph.MakeRoom(pickle.size(), 0).begin());
  }

  Ref Int(std::int64_t value) {
    Node node(ValueType::kInt);
    node.integer = value;
    return graph.Add(node, 0);
  }
  Ref Float(double value) {
    Node node(ValueType::kFloat);
    node.real = value;
    return graph.Add(node, 0);
  }
  Ref Complex(double real, double imaginary) {
    Node node(ValueType::kComplex);
    node.at = static_cast<std::uint32_t>(graph.complexes.size());
    graph.complexes.push_back(real);
    graph.complexes.push_back(imaginary);
    return graph.Add(node, 0);
  }
  // `count` bytes at `at` of the pickle: a str, bytes, bytearray, or with kBigInt an int.
  Ref Text(ValueType type, std::uint32_t at, std::uint32_t count, std::uint8_t flags = 0) {
    Node node(type);
    node.flags = flags;
    node.at = at;
    node.count = count;
    return graph.Add(node, 0);
  }
  // Bytes that no pickle holds, of a kBytes or kBytearray or, with kBigInt, an int.
  Ref Owned(ValueType type, std::string_view bytes, std::uint8_t flags = 0) {
    const auto at = static_cast<std::uint32_t>(graph.blobs.size());
    if (!bytes.empty()) std::memcpy(graph.blobs.append(bytes.size()), bytes.data(), bytes.size());
    return Text(type, at, static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint8_t>(flags | kOwnedBytes));
  }
  // A tuple, Size, list or set.
  Ref Sequence(ValueType type, const std::vector<Ref>& items) {
    Node node(type);
    node.at = static_cast<std::uint32_t>(graph.refs.size());
    node.count = static_cast<std::uint32_t>(items.size());
    for (const Ref item : items) graph.refs.push_back(item);
    return graph.Add(node, 0);
  }
  Ref Dict(ValueType type, const std::vector<Pair>& pairs) {
    Node node(type);
    node.at = static_cast<std::uint32_t>(graph.pairs.size());
    node.count = static_cast<std::uint32_t>(pairs.size());
    for (const Pair& pair : pairs) graph.pairs.push_back(pair);
    return graph.Add(node, 0);
  }
  Ref Named(ValueType type, std::string_view name) {
    Node node(type);
    node.at = static_cast<std::uint32_t>(graph.names.size());
    graph.names.push_back({.text = name, .tag = 0});
    return graph.Add(node, 0);
  }
  // A tensor over storage `storage`; numel is the product of `shape`.
  Ref Tensor(Dtype dtype, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& stride,
             std::int64_t offset = 0, std::uint32_t storage = 0) {
    TensorRecord record{};
    record.offset = offset;
    record.numel = 1;
    record.storage = storage;
    record.dims_at = static_cast<std::uint32_t>(graph.dims.size());
    record.ndim = static_cast<std::uint32_t>(shape.size());
    record.dtype = dtype;
    for (const std::int64_t size : shape) {
      graph.dims.push_back(size);
      record.numel *= static_cast<std::uint64_t>(size);
    }
    for (const std::int64_t step : stride) graph.dims.push_back(step);
    Node node(ValueType::kTensor);
    node.at = static_cast<std::uint32_t>(graph.tensors.size());
    graph.tensors.push_back(record);
    return graph.Add(node, 0);
  }

  Graph graph;
};

// Storages that lie in memory. `refuse`: every question for bytes is refused.
class MemorySource : public StorageSource {
 public:
  explicit MemorySource(std::vector<std::string> storages) : storages_(std::move(storages)) {}

  std::expected<std::span<const std::byte>, Refusal> Data(std::uint32_t index) const override {
    if (refuse) return std::unexpected(Refusal{RefusalKind::kZipInflate, {}, 7, "damaged"});
    return AsBytes(storages_[index]);
  }
  bool InPlace(std::uint32_t index) const override { return index == 0; }
  std::expected<void, Refusal> Read(std::uint32_t index, std::uint64_t offset,
                                    std::span<std::byte> out) const override {
    if (refuse) return std::unexpected(Refusal{RefusalKind::kIoRead, {}, 8, "gone"});
    std::memcpy(out.data(), storages_[index].data() + offset, out.size());
    return {};
  }
  std::expected<void, Refusal> ReadPieces(std::uint32_t index, const PieceSink& sink) const override {
    sink(AsBytes(storages_[index]));
    return {};
  }
  std::string RecordName(std::uint32_t index) const override { return "data/" + std::to_string(index); }
  std::expected<void, Refusal> Verify(std::uint32_t) const override { return {}; }

  bool refuse = false;

 private:
  std::vector<std::string> storages_;
};

}  // namespace weightsonly
