// Floor 8. One JSON document on one line, written as it is made: nothing grows with the document. SPEC.md chapter 8.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "tool/stream.h"

namespace weightsonly::tool {

// Writes keys and values in the order of the calls; puts the commas. Nests at most 64 deep, which is the caller's
// business.
class JsonWriter {
 public:
  explicit JsonWriter(Stream& stream) : stream_(stream) {}

  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }

  // Starts a member of an object; its value follows. `key` is plain ASCII of ours.
  JsonWriter& Key(std::string_view key);

  // A string. Text that is not UTF-8 becomes {"x":hex} (OUT rules of AppendJsonText).
  JsonWriter& Text(std::string_view text);
  // A number; outside of ±(2^53-1), where JavaScript would round it, a decimal string (CLI-004).
  JsonWriter& Number(std::uint64_t value);
  JsonWriter& Number(std::int64_t value);
  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Null() { return Raw("null"); }
  // A whole value that is JSON already, or the beginning of one whose rest follows through stream().
  JsonWriter& Raw(std::string_view json);

  JsonWriter& Member(std::string_view key, std::string_view text) { return Key(key).Text(text); }
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& Member(std::string_view key, T value) {
    return Key(key).Number(static_cast<std::uint64_t>(value));
  }
  JsonWriter& MemberBool(std::string_view key, bool value) { return Key(key).Bool(value); }

  // Where the document goes. Text for a value that Raw("") announced may be written to it.
  [[nodiscard]] Stream& stream() { return stream_; }

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);
  void Separate();

  Stream& stream_;
  std::uint64_t filled_ = 0;  // bit 0: the innermost object or array has a member; the next bits: those around it
  bool after_key_ = false;
};

}  // namespace weightsonly::tool
