// Writes legacy streams for tests: five pickles, then counts and elements, each part replaceable. Independent of
// checkpoint/legacy.cc.
#pragma once

#include <string>
#include <vector>

#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {

// A count and what follows it.
struct Payload {
  std::uint64_t count;
  std::string bytes;
};

struct Stream {
  std::string object = "N";
  std::string keys = "]";
  std::vector<Payload> payloads = {};
  std::string tail = {};
  std::string magic = Long("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
  std::string protocol = Number(1001);
  std::string sys_info =
      DictOf({Text("protocol_version"), Number(1001), Text("little_endian"), "\x88", Text("type_sizes"),
              DictOf({Text("short"), Number(2), Text("int"), Number(4), Text("long"), Number(4)})});
};

inline std::string BuildStream(const Stream& stream) {
  std::string out;
  for (const std::string* part : {&stream.magic, &stream.protocol, &stream.sys_info, &stream.object, &stream.keys}) {
    out += PickleOf(*part);
  }
  for (const Payload& payload : stream.payloads) {
    Put(out, payload.count, 8);
    out += payload.bytes;
  }
  return out + stream.tail;
}

struct StreamId {
  std::string type = Global("torch", "FloatStorage");
  std::string key = Text("0");
  std::string location = Text("cpu");
  std::string numel = Number(4);
  std::string view = "N";
  std::string more = {};
};
inline std::string IdOf(const StreamId& id) {
  return TupleOf({Text("storage"), id.type, id.key, id.location, id.numel, id.view, id.more}) + "Q";
}
inline std::string ViewTo(const std::string& key, std::int32_t offset, std::int32_t numel) {
  return TupleOf({key, Number(offset), Number(numel)});
}
// A row of all `numel` elements of a storage.
inline std::string StreamRow(const std::string& storage, std::int32_t numel) {
  return TensorOf({.storage = storage, .size = {numel}, .stride = {1}});
}

// Little-endian float32.
inline std::string Floats(std::initializer_list<float> values) {
  std::string out;
  for (const float value : values) Put(out, std::bit_cast<std::uint32_t>(value), 4);
  return out;
}

}  // namespace weightsonly::testing
