// Floor 3. The rare parts of the arena.
#include "value/graph.h"

#include <utility>

#include "base/checked.h"

namespace weightsonly {

void Graph::AddSingletons() {
  for (ValueType type : {ValueType::kNone, ValueType::kBool, ValueType::kBool, ValueType::kTuple}) {
    nodes_.push_back(Node(type));
  }
  nodes_[kTrue].small = 1;
}

// How much of everything data.pkl makes: measured on what torch.save writes, where a tensor of two dimensions takes
// 89 bytes and more, of which come 9 nodes, 15 references, one pair, one tensor and 4 numbers of its shape and strides.
// What outgrows its room is copied to small pages: 100,000 views took a third longer with rooms a tenth smaller.
std::span<std::byte> Graph::MakeRoom(std::size_t size, std::size_t records) {
  const std::size_t node_room = size * 2 / 19 + 64;
  const std::size_t ref_room = size / 6 + 64;
  const std::size_t tensor_room = size / 88 + 8;
  const std::size_t pair_room = tensor_room;
  const std::size_t dim_room = tensor_room * 4;
  block = Block(Block::BytesFor<std::byte>(size) + Block::BytesFor<Node>(node_room) + Block::BytesFor<Ref>(ref_room) +
                Block::BytesFor<Pair>(pair_room) + Block::BytesFor<TensorRecord>(tensor_room) +
                Block::BytesFor<std::int64_t>(dim_room) + Block::BytesFor<StorageRecord>(records));
  PodVector<std::byte> room = block.TakeZeros<std::byte>(size);
  nodes_ = block.Take<Node>(node_room);
  AddSingletons();
  refs = block.Take<Ref>(ref_room);
  pairs = block.Take<Pair>(pair_room);
  tensors = block.Take<TensorRecord>(tensor_room);
  dims = block.Take<std::int64_t>(dim_room);
  storages = block.Take<StorageRecord>(records);
  memory_left_ = SaturatingSum(limits_.derived_base, limits_.derived_per_byte, size);
  steps_left_ = SaturatingSum(limits_.steps_base, limits_.steps_per_byte, size);
  pickle = {room.data(), size};
  return {room.data(), size};
}

Ref Graph::AttributesOf(Ref ref) const {
  if ((nodes_[ref].flags & kHasAttributes) == 0) return kNone;
  const auto found = attributes_.find(ref);
  return found == attributes_.end() ? kNone : found->second;
}

void Graph::SetAttributes(Ref ref, Ref attributes) {
  attributes_[ref] = attributes;
  nodes_[ref].flags |= kHasAttributes;
}

std::string_view Graph::DeviceWithoutStorage(const Node& node) const {
  const std::uint32_t device = (node.flags & kOfSubclass) == 0 ? kNoPart : subclasses[node.extra].device;
  return device == kNoPart ? "meta" : names[device].text;
}

Refusal RefusalOfMeta() {
  return {
      RefusalKind::kStorageMeta, {}, 0, "on the meta device, and outside of a wrapper, there is a size and no bytes"};
}

void Graph::SetQuantizer(Ref ref, std::uint32_t index) {
  quantizer_of_[ref] = index;
  nodes_[ref].flags |= kQuantized;
}

void Graph::CopyQuantizer(Ref ref, Ref copy) {
  if ((nodes_[ref].flags & kQuantized) != 0) SetQuantizer(copy, quantizer_of_.at(ref));
}

void Graph::RefuseAt(RefusalKind kind, std::uint64_t offset, std::string detail,
                     std::vector<std::string> subject) const {
  Refuse(kind, record, offset - record_start, std::move(detail), std::move(subject));
}

void Graph::RefuseTooManyNodes(std::uint64_t offset) const {
  RefuseAt(RefusalKind::kLimitNodes, offset, "more than " + std::to_string(limits_.nodes) + " values (Limits::nodes)");
}

// VAL-003, DEV-609
void Graph::RefuseMemory(std::uint64_t offset) const {
  RefuseAt(RefusalKind::kLimitMemory, offset,
           "calls of the pickle make more than " + std::to_string(limits_.derived_base) + " + " +
               std::to_string(limits_.derived_per_byte) +
               " bytes for each of its bytes (Limits::derived_base, Limits::derived_per_byte)");
}

void Graph::RefuseSteps(std::uint64_t offset) const {
  RefuseAt(RefusalKind::kLimitSteps, offset,
           "calls of the pickle walk over more than " + std::to_string(limits_.steps_base) + " + " +
               std::to_string(limits_.steps_per_byte) +
               " items for each of its bytes (Limits::steps_base, Limits::steps_per_byte)");
}

}  // namespace weightsonly
