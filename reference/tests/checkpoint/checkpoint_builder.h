// Writes whole checkpoints for tests: pickles opcode by opcode, and the archive around them. Independent of pickle/ and
// machine/: opcodes are written out here a second time, from CPython's pickletools.
#pragma once

#include <bit>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "checkpoint/checkpoint.h"
#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {

using Parts = std::initializer_list<std::string>;

inline std::string Join(Parts parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}
inline std::string PickleOf(const std::string& value) { return "\x80\x02" + value + "."; }
inline std::string Text(std::string_view text) {
  std::string out = "X";
  Put(out, text.size(), 4);
  return out.append(text);
}
inline std::string Number(std::int32_t value) {
  std::string out = "J";
  Put(out, static_cast<std::uint32_t>(value), 4);
  return out;
}
// LONG1 of these bytes, two's complement, little-endian.
inline std::string Long(std::string_view bytes) {
  std::string out = "\x8a";
  Put(out, bytes.size(), 1);
  return out.append(bytes);
}
inline std::string Real(double value) {
  std::string out = "G";
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
  return out;
}
inline std::string TupleOf(Parts items) { return "(" + Join(items) + "t"; }
inline std::string ListOf(Parts items) { return "](" + Join(items) + "e"; }
// Keys and values in turn.
inline std::string DictOf(Parts items) { return "}(" + Join(items) + "u"; }
inline std::string PutAt(std::uint32_t index) {
  std::string out = "r";
  Put(out, index, 4);
  return out;
}
inline std::string GetAt(std::uint32_t index) {
  std::string out = "j";
  Put(out, index, 4);
  return out;
}
inline std::string Global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string Call(const std::string& global, Parts arguments) { return global + TupleOf(arguments) + "R"; }
inline std::string SetOf(Parts items) { return Call(Global("builtins", "set"), {ListOf(items)}); }
inline std::string OrderedDict() { return Global("collections", "OrderedDict") + ")R"; }
inline std::string OrderedDictOf(Parts items) { return OrderedDict() + "(" + Join(items) + "u"; }

// The persistent id of a storage, `type` of module torch.
inline std::string StorageAt(std::string_view key, std::int32_t numel, std::string_view type = "FloatStorage",
                             std::string_view location = "cpu") {
  return TupleOf({Text("storage"), Global("torch", type), Text(key), Text(location), Number(numel)}) + "Q";
}

struct View {
  std::string storage;
  std::int32_t offset = 0;
  std::vector<std::int32_t> size = {}, stride = {};
  std::string more = {};  // arguments after the hooks: the metadata
};
inline std::string Ints(const std::vector<std::int32_t>& values) {
  std::string out = "(";
  for (const std::int32_t value : values) out += Number(value);
  return out + "t";
}
inline std::string TensorOf(const View& view) {
  return Call(Global("torch._utils", "_rebuild_tensor_v2"), {view.storage, Number(view.offset), Ints(view.size),
                                                             Ints(view.stride), "\x89", OrderedDict(), view.more});
}
// All of a storage of `numel` elements, as one row.
inline std::string RowOf(std::string_view key, std::int32_t numel, std::string_view type = "FloatStorage") {
  return TensorOf({.storage = StorageAt(key, numel, type), .size = {numel}, .stride = {1}});
}

struct StoragePayload {
  std::string key, bytes;
  bool deflated = false;
  std::optional<std::string> stream = {};  // other bytes in the file
};
struct Checkpointed {
  std::string pickle;
  std::vector<StoragePayload> storages = {};
  std::optional<std::string> byteorder = "little", version = "3\n";
  std::vector<Record> more = {};
};

// Writes `crc` where the headers of record `index` have theirs.
inline void SetCrc(Zip& zip, std::size_t index, std::uint32_t crc) {
  for (const std::uint64_t at : {zip.local[index] + 14, zip.central[index] + 16}) {
    for (int i = 0; i < 4; ++i) zip.bytes[at + static_cast<std::uint64_t>(i)] = static_cast<char>(crc >> (8 * i));
  }
}

// data.pkl first, then the storages, then the small records, then `more` (names without the folder). CRCs are 0.
inline Zip BuildCheckpoint(const Checkpointed& from) {
  std::vector<Record> records = {{.name = "a/data.pkl", .payload = from.pickle}};
  for (const StoragePayload& storage : from.storages) {
    records.push_back({.name = "a/data/" + storage.key,
                       .payload = storage.bytes,
                       .method = static_cast<std::uint16_t>(storage.deflated ? 8 : 0),
                       .stream = storage.stream});
  }
  if (from.byteorder) records.push_back({.name = "a/byteorder", .payload = *from.byteorder});
  if (from.version) records.push_back({.name = "a/version", .payload = *from.version});
  for (Record record : from.more) {
    record.name = "a/" + record.name;
    records.push_back(record);
  }
  return BuildZip(records);
}

// "accepted", or "kind@offset" of the refusal, with the record in front where it names one: "data.pkl:kind@offset".
template <typename Result>
std::string OutcomeOf(const std::expected<Result, Refusal>& result) {
  if (result) return "accepted";
  const Refusal& refusal = result.error();
  const std::string at = At(KindName(refusal.kind), refusal.offset);
  return refusal.record.empty() ? at : refusal.record + ":" + at;
}

// A checkpoint whose bytes live as long as this does.
class Loaded {
 public:
  explicit Loaded(const Checkpointed& from, const Options& options = {}) : Loaded(BuildCheckpoint(from), options) {}
  explicit Loaded(Zip zip, const Options& options = {}) : zip_(std::move(zip)) {
    auto checkpoint = Load(AsBytes(zip_.bytes), options);
    INFO((checkpoint ? std::string() : checkpoint.error().detail));
    REQUIRE(OutcomeOf(checkpoint) == "accepted");
    checkpoint_ = *checkpoint;
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  const Checkpoint* operator->() const { return &*checkpoint_; }
  const Checkpoint& operator*() const { return *checkpoint_; }
  [[nodiscard]] const Zip& zip() const { return zip_; }

 private:
  Zip zip_;
  std::optional<Checkpoint> checkpoint_;
};

}  // namespace weightsonly::testing
