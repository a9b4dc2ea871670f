// Pickles put together by hand: each function gives the bytes of one instruction, or of the few that make one value.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace weightsonly::machine::assemble {

using Parts = std::initializer_list<std::string>;

inline const std::string kNone = "N";
inline const std::string kTrue = "\x88";
inline const std::string kFalse = "\x89";
inline const std::string kMark = "(";
inline const std::string kStop = ".";
inline const std::string kEmptyTuple = ")";
inline const std::string kEmptyList = "]";
inline const std::string kEmptyDict = "}";
inline const std::string kEmptySet = "\x8f";
inline const std::string kTuple = "t";
inline const std::string kTuple1 = "\x85";
inline const std::string kTuple2 = "\x86";
inline const std::string kTuple3 = "\x87";
inline const std::string kAppend = "a";
inline const std::string kAppends = "e";
inline const std::string kSetItem = "s";
inline const std::string kSetItems = "u";
inline const std::string kReduce = "R";
inline const std::string kNewObj = "\x81";
inline const std::string kBuild = "b";
inline const std::string kBinPersid = "Q";

inline std::string Join(Parts parts) {
  std::string joined;
  for (const std::string& part : parts) joined += part;
  return joined;
}

// The `bytes` lowest bytes of `value`, little-endian.
inline std::string Little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  return text;
}

// LONG1 of these bytes, at most 255.
inline std::string Long(std::string_view bytes) {
  return std::string("\x8a") + static_cast<char>(bytes.size()) + std::string(bytes);
}
// LONG1 of 2^exponent + add, or of its negative; `add` only touches the lowest byte.
inline std::string Power(unsigned exponent, bool negative = false, unsigned char add = 0) {
  std::string bytes(exponent / 8 + 2, '\0');
  bytes[exponent / 8] = static_cast<char>(1U << (exponent % 8));
  bytes[0] = static_cast<char>(bytes[0] | static_cast<char>(add));
  unsigned carry = 1;
  for (char& byte : bytes) {
    if (!negative) break;
    const unsigned sum = (~static_cast<unsigned char>(byte) & 0xffU) + carry;
    byte = static_cast<char>(sum & 0xffU);
    carry = sum >> 8;
  }
  return Long(bytes);
}
// BININT, or LONG1 of eight bytes.
inline std::string Int(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value == static_cast<std::int32_t>(value) ? "J" + Little(bits, 4) : Long(Little(bits, 8));
}
inline std::string Float(double value) { return "G" + Little(std::byteswap(std::bit_cast<std::uint64_t>(value)), 8); }
inline std::string Str(std::string_view text) { return "X" + Little(text.size(), 4) + std::string(text); }

inline std::string Put(std::uint32_t index) { return "r" + Little(index, 4); }
inline std::string Get(std::uint32_t index) { return "j" + Little(index, 4); }

// GLOBAL of a dotted path, divided at its last dot.
inline std::string Global(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return "c" + std::string(path.substr(0, dot)) + "\n" + std::string(path.substr(dot + 1)) + "\n";
}

inline std::string Tuple(Parts items) { return kMark + Join(items) + kTuple; }
inline std::string List(Parts items) { return kEmptyList + kMark + Join(items) + kAppends; }
// Keys and values in turn.
inline std::string Dict(Parts items) { return kEmptyDict + kMark + Join(items) + kSetItems; }
inline std::string Call(std::string_view path, Parts arguments) { return Global(path) + Tuple(arguments) + kReduce; }
inline std::string New(std::string_view path, Parts arguments) { return Global(path) + Tuple(arguments) + kNewObj; }
// Python's bytes at protocol 2; ASCII only.
inline std::string Bytes(std::string_view ascii) { return Call("_codecs.encode", {Str(ascii), Str("latin1")}); }

inline std::string StorageId(std::string_view type, std::string_view key, std::int64_t numel,
                             std::string_view location = "cpu") {
  return Tuple({Str("storage"), Global(type), Str(key), Str(location), Int(numel)});
}
inline std::string Storage(std::string_view type, std::string_view key, std::int64_t numel,
                           std::string_view location = "cpu") {
  return StorageId(type, key, numel, location) + kBinPersid;
}

}  // namespace weightsonly::machine::assemble
