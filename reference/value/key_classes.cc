// Floor 3. How key classes are found and used. SPEC.md chapter 3.
#include "value/key_classes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/hash.h"

namespace weightsonly {
namespace {

// What the class of a tuple costs in the side tables; see Limits::derived_base.
constexpr std::uint64_t kTupleClassBytes = 32;

constexpr double kTwo63 = 9223372036854775808.0;

// Two's complement, little-endian, no superfluous sign byte: how big ints are stored too. `value` is integral and
// finite.
std::string BigBytes(double value) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);  // |value| = fraction * 2^exponent
  const auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  const int shift = exponent - 53;  // 10 or more: |value| is 2^63 or more
  std::string bytes(static_cast<std::size_t>(shift / 8) + 9, '\0');
  const std::uint64_t wide = mantissa << (shift % 8);  // 53 bits and 7 more
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[static_cast<std::size_t>(shift / 8) + i] = static_cast<char>((wide >> (8 * i)) & 0xff);
  }
  if (value < 0) {
    unsigned carry = 1;
    for (char& byte : bytes) {
      const unsigned sum = (~static_cast<unsigned char>(byte) & 0xffU) + carry;
      byte = static_cast<char>(sum & 0xffU);
      carry = sum >> 8;
    }
  }
  while (bytes.size() > 1) {
    const auto top = static_cast<unsigned char>(bytes[bytes.size() - 1]);
    const auto next = static_cast<unsigned char>(bytes[bytes.size() - 2]);
    const bool superfluous = (top == 0 && next < 0x80) || (top == 0xff && next >= 0x80);
    if (!superfluous) break;
    bytes.pop_back();
  }
  return bytes;
}

// The bits of a hash, or of a slot, that a table with this mask does not take for a place or a class.
std::uint32_t TagOf(std::uint32_t word, std::size_t mask) { return word & ~static_cast<std::uint32_t>(mask); }

bool IsTuple(const Node& node) { return node.type == ValueType::kTuple || node.type == ValueType::kSize; }

}  // namespace

std::size_t KeyClasses::BytesFor(std::size_t keys) {
  return Block::BytesFor<Entry>(keys) + Block::BytesFor<std::uint32_t>(std::bit_ceil(2 * keys));
}

void KeyClasses::TakeRoom(Block& block, std::size_t keys) {
  entries_ = block.Take<Entry>(keys);
  table_ = block.TakeZeros<std::uint32_t>(std::bit_ceil(2 * keys));
}

// VAL-012, DEV-610. Tuples bottom-up with an explicit stack: no recursion, and each tuple is looked into once.
std::uint32_t KeyClasses::ComputeClass(Graph& graph, Ref ref, std::uint64_t offset) {
  if (!IsTuple(graph[ref])) return ScalarClass(graph, ref, offset);
  if (graph[ref].extra != 0) return graph[ref].extra;
  struct Frame {
    Ref tuple;
    std::uint32_t next;
  };
  std::vector<Frame> frames = {{ref, 0}};
  while (!frames.empty()) {
    Frame& frame = frames.back();
    const auto items = graph.ItemsOf(graph[frame.tuple]);
    if (frame.next == items.size()) {
      graph.ChargeMemory(kTupleClassBytes, offset);
      graph.at(frame.tuple).extra = TupleClass(graph, frame.tuple);
      frames.pop_back();
      continue;
    }
    const Ref item = items[frame.next++];
    if (IsTuple(graph[item])) {
      if (graph[item].extra == 0) frames.push_back({item, 0});
    } else {
      ScalarClass(graph, item, offset);
    }
  }
  return graph[ref].extra;
}

std::uint32_t KeyClasses::ScalarClass(Graph& graph, Ref ref, std::uint64_t offset) {
  const Node& node = graph[ref];
  switch (node.type) {
    case ValueType::kStr:
      return node.extra != 0 ? node.extra : InternText(graph, ref);
    case ValueType::kBytes:
      return InternBlob(Kind::kBytes, graph.TextOf(node));
    case ValueType::kBool:
      return InternWord(Kind::kInteger, node.small);  // VAL-010: True is 1
    case ValueType::kInt:
      if ((node.flags & kBigInt) != 0) return InternBlob(Kind::kBig, graph.TextOf(node));
      return InternWord(Kind::kInteger, static_cast<std::uint64_t>(node.integer));
    case ValueType::kFloat:
      return RealClass(node.real, ref);
    case ValueType::kComplex:
      return ComplexClass(graph.complexes[node.at], graph.complexes[std::size_t{node.at} + 1], ref);
    case ValueType::kNumpyDtype:
    case ValueType::kNdarray:
      return NumpyClass(graph, ref, offset);
    case ValueType::kNone:
    case ValueType::kDtype:
    case ValueType::kDevice:
    case ValueType::kLayout:
    case ValueType::kQscheme:
    case ValueType::kGlobal:
    case ValueType::kTensor:
    case ValueType::kParameter:
    case ValueType::kSparse:
    case ValueType::kSubclass:
    case ValueType::kStorage:
    case ValueType::kObject:                    // INE-005
      return InternWord(Kind::kIdentity, ref);  // VAL-013: one node for each device, layout and global
    default:
      graph.RefuseAt(RefusalKind::kValueUnhashable, offset,
                     "a dict key or set member is, or holds, a mutable container");
  }
}

// VAL-010. Numbers by exact value: 1.0 is 1, 2^53 + 1 is not 2.0^53, a NaN is only itself.
std::uint32_t KeyClasses::RealClass(double value, Ref ref) {
  if (std::isnan(value)) return InternWord(Kind::kIdentity, ref);
  if (std::isinf(value) || std::trunc(value) != value) {
    return InternWord(Kind::kReal, std::bit_cast<std::uint64_t>(value));
  }
  if (value >= -kTwo63 && value < kTwo63) {
    return InternWord(Kind::kInteger, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  }
  return InternBlob(Kind::kBig, BigBytes(value));
}

std::uint32_t KeyClasses::ComplexClass(double real, double imaginary, Ref ref) {
  if (std::isnan(real) || std::isnan(imaginary)) return InternWord(Kind::kIdentity, ref);
  if (imaginary == 0) return RealClass(real, ref);
  const std::array<double, 2> parts = {real + 0.0, imaginary};  // + 0.0: -0.0 equals 0.0
  std::array<char, sizeof parts> content;
  std::memcpy(content.data(), parts.data(), sizeof parts);
  return InternBlob(Kind::kComplex, {content.data(), content.size()});
}

std::uint32_t KeyClasses::TupleClass(Graph& graph, Ref ref) {
  std::vector<std::uint32_t> classes;
  const std::uint32_t count = graph[ref].count;
  classes.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Ref item = graph.ItemsOf(graph[ref])[i];
    classes.push_back(IsTuple(graph[item]) ? graph[item].extra : ScalarClass(graph, item, 0));
  }
  return InternBlob(Kind::kTuple,
                    {reinterpret_cast<const char*>(classes.data()), classes.size() * sizeof(std::uint32_t)});
}

template <typename Same>
std::size_t KeyClasses::FindSlot(std::uint32_t hash, Same same) {
  if (entries_.size() * 2 >= table_.size()) GrowTable();
  const std::size_t mask = table_.size() - 1;
  const std::uint32_t tag = TagOf(hash, mask);
  std::size_t slot = hash & mask;
  for (; table_[slot] != 0; slot = (slot + 1) & mask) {
    if (TagOf(table_[slot], mask) != tag) continue;
    const Entry& entry = entries_[ClassIn(slot) - 1];
    if (entry.hash == hash && same(entry)) break;
  }
  return slot;
}

std::uint32_t KeyClasses::InternWord(Kind kind, std::uint64_t word) {
  const auto hash = static_cast<std::uint32_t>(HashInteger(word + static_cast<std::uint64_t>(kind), seed_));
  const auto same = [&](const Entry& entry) { return entry.kind == kind && entry.word == word; };
  const std::size_t slot = FindSlot(hash, same);
  if (const std::uint32_t found = ClassIn(slot); found != 0) return found;
  return Insert({.word = word, .hash = hash, .kind = kind}, slot);
}

std::uint32_t KeyClasses::InternText(Graph& graph, Ref ref) {
  const std::string_view text = graph.TextOf(graph[ref]);
  const auto hash = static_cast<std::uint32_t>(HashBytes(text, seed_));
  const std::size_t slot = FindSlot(hash, [&](const Entry& entry) {
    return entry.kind == Kind::kStr && graph.TextOf(graph[static_cast<Ref>(entry.word)]) == text;
  });
  std::uint32_t found = ClassIn(slot);
  if (found == 0) found = Insert({.word = ref, .hash = hash, .kind = Kind::kStr}, slot);
  graph.at(ref).extra = found;
  return found;
}

std::uint32_t KeyClasses::InternBlob(Kind kind, std::string_view content) {
  const auto hash = static_cast<std::uint32_t>(HashBytes(content, seed_ + static_cast<std::uint64_t>(kind)));
  const auto same = [&](const Entry& entry) { return entry.kind == kind && BlobOf(entry) == content; };
  const std::size_t slot = FindSlot(hash, same);
  if (const std::uint32_t found = ClassIn(slot); found != 0) return found;
  const std::size_t at = blob_.size();
  const auto size = static_cast<std::uint32_t>(content.size());
  std::memcpy(blob_.append(sizeof size), &size, sizeof size);
  if (size != 0) std::memcpy(blob_.append(size), content.data(), size);
  return Insert({.word = at, .hash = hash, .kind = kind}, slot);
}

// Four bytes of size, then the content.
std::string_view KeyClasses::BlobOf(const Entry& entry) const {
  std::uint32_t size;
  std::memcpy(&size, blob_.data() + entry.word, sizeof size);
  return {blob_.data() + entry.word + sizeof size, size};
}

std::uint32_t KeyClasses::Insert(const Entry& entry, std::size_t slot) {
  entries_.push_back(entry);
  const auto key_class = static_cast<std::uint32_t>(entries_.size());
  table_[slot] = TagOf(entry.hash, table_.size() - 1) | key_class;
  return key_class;
}

void KeyClasses::GrowTable() {
  PodVector<std::uint32_t> grown;
  grown.resize(table_.empty() ? 64 : table_.size() * 2, 0);
  const std::size_t mask = grown.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & mask;
    while (grown[slot] != 0) slot = (slot + 1) & mask;
    grown[slot] = TagOf(entries_[i].hash, mask) | static_cast<std::uint32_t>(i + 1);
  }
  table_ = std::move(grown);
}

std::uint32_t KeyClasses::NextStamp() {
  seen_.resize(size(), Seen{0, 0});
  return ++stamp_;
}

KeyClasses::Seen& KeyClasses::SeenOf(std::uint32_t key_class) { return seen_[key_class]; }

// VAL-011. One pass: a key that was met before gives its value to the first place.
void KeyClasses::MergePairs(Graph& graph, Ref dict) {
  Node& node = graph.at(dict);
  node.flags = static_cast<std::uint8_t>(node.flags & ~kUnmerged);
  // Keys that were met for the first time here have rising classes: nothing to merge, and most dicts are like that.
  const auto set = graph.PairsOf(node);
  const auto not_rising = [](const Pair& a, const Pair& b) { return a.key_class >= b.key_class; };
  if (std::ranges::adjacent_find(set, not_rising) == set.end()) return;
  const std::uint32_t stamp = NextStamp();
  Pair* pairs = graph.pairs.data() + node.at;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    Seen& seen = SeenOf(pairs[i].key_class);
    if (seen.stamp == stamp) {
      pairs[seen.place].value = pairs[i].value;
      continue;
    }
    seen = {stamp, kept};
    pairs[kept++] = pairs[i];
  }
  node.count = kept;
}

std::uint32_t KeyClasses::AppendDistinct(Graph& graph, std::span<const Ref> items, std::uint64_t offset) {
  const std::vector<Ref> members(items.begin(), items.end());  // `items` may lie in graph.refs, which grows below
  std::vector<std::uint32_t> classes;
  classes.reserve(members.size());
  for (const Ref member : members) classes.push_back(ClassOf(graph, member, offset));
  const std::uint32_t stamp = NextStamp();
  std::uint32_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Seen& seen = SeenOf(classes[i]);
    if (seen.stamp == stamp) continue;
    seen = {stamp, kept++};
    graph.refs.push_back(members[i]);
  }
  return kept;
}

}  // namespace weightsonly
