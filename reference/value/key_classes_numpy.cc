// Floor 3. Dtypes and scalars of numpy as keys. SPEC.md chapter 5 (NPY-011).
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <type_traits>

#include "value/half.h"
#include "value/key_classes.h"

namespace weightsonly {
namespace {

// Little-endian bytes as a number; `T` has at most that many.
template <typename T>
T NumberAt(std::string_view bytes, std::size_t at = 0) {
  std::uint64_t number = 0;
  for (std::size_t i = sizeof(T); i > 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  if constexpr (std::is_same_v<T, double>) return std::bit_cast<double>(number);
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<float>(static_cast<std::uint32_t>(number));
  return static_cast<T>(number);
}

std::int64_t SignedOf(std::string_view bytes) {
  switch (bytes.size()) {
    case 1:
      return NumberAt<std::int8_t>(bytes);
    case 2:
      return NumberAt<std::int16_t>(bytes);
    case 4:
      return NumberAt<std::int32_t>(bytes);
    default:
      return NumberAt<std::int64_t>(bytes);
  }
}

std::uint64_t UnsignedOf(std::string_view bytes) {
  switch (bytes.size()) {
    case 1:
      return NumberAt<std::uint8_t>(bytes);
    case 2:
      return NumberAt<std::uint16_t>(bytes);
    case 4:
      return NumberAt<std::uint32_t>(bytes);
    default:
      return NumberAt<std::uint64_t>(bytes);
  }
}

double RealOf(std::string_view bytes) {
  if (bytes.size() == 2) return HalfToDouble(NumberAt<std::uint16_t>(bytes));
  return bytes.size() == 4 ? double{NumberAt<float>(bytes)} : NumberAt<double>(bytes);
}

void AppendContinuation(std::string& text, std::uint32_t point, int sextet) {
  text.push_back(static_cast<char>(0x80U | ((point >> (6 * sextet)) & 0x3fU)));
}

// Up to U+10FFFF; a lone surrogate takes three bytes (VAL-004).
void AppendUtf8(std::string& text, std::uint32_t point) {
  const int rest = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr std::array<std::uint32_t, 4> kLead = {0, 0xc0, 0xe0, 0xf0};
  text.push_back(static_cast<char>(kLead[static_cast<std::size_t>(rest)] | (point >> (6 * rest))));
  for (int sextet = rest - 1; sextet >= 0; --sextet) AppendContinuation(text, point, sextet);
}

// The UTF-8 text of code points of four bytes each, up to U+10FFFF.
std::string TextOfCodePoints(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 4) AppendUtf8(text, NumberAt<std::uint32_t>(bytes, at));
  return text;
}

}  // namespace

// A scalar is the number or text that it holds, by its exact value; an array has no class, and neither have the scalars
// whose equality is numpy's own business (DEV-735).
std::uint32_t KeyClasses::NumpyClass(Graph& graph, Ref ref, std::uint64_t offset) {
  const Node& node = graph[ref];
  if (node.type == ValueType::kNumpyDtype && graph.numpy_dtypes[node.at].built) {
    return InternBlob(Kind::kNumpyDtype, graph.names[graph.numpy_dtypes[node.at].name].text);
  }
  const bool scalar = node.type == ValueType::kNdarray && graph.ndarrays[node.at].scalar;
  if (!scalar) {
    graph.RefuseAt(RefusalKind::kValueUnhashable, offset,
                   "a dict key or set member is, or holds, a numpy array or an unfinished dtype");
  }
  const std::string_view bytes = graph.TextOf(graph[graph.ndarrays[node.at].bytes]);
  const char kind = graph.numpy_dtypes[graph.ndarrays[node.at].dtype].kind;
  if (kind == 'b') return InternWord(Kind::kInteger, UnsignedOf(bytes));
  if (kind == 'i') return InternWord(Kind::kInteger, static_cast<std::uint64_t>(SignedOf(bytes)));
  if (kind == 'u') {
    const std::uint64_t number = UnsignedOf(bytes);
    if (number >> 63 == 0) return InternWord(Kind::kInteger, number);
    return InternBlob(Kind::kBig, std::string(bytes).append(1, '\0'));
  }
  if (kind == 'f' && bytes.size() <= 8) return RealClass(RealOf(bytes), ref);
  if (kind == 'c' && bytes.size() <= 16) {
    const std::size_t half = bytes.size() / 2;
    return ComplexClass(RealOf(bytes.substr(0, half)), RealOf(bytes.substr(half)), ref);
  }
  if (kind == 'S') return InternBlob(Kind::kBytes, bytes);
  if (kind == 'U') return InternCodePoints(graph, TextOfCodePoints(bytes), offset);
  graph.RefuseAt(
      RefusalKind::kValueUnhashable, offset,
      "a dict key or set member is, or holds, a numpy scalar of time, of void bytes or of more than 64 bits");
}

// The class of a str with this text, which a node of its own holds.
std::uint32_t KeyClasses::InternCodePoints(Graph& graph, std::string_view text, std::uint64_t offset) {
  graph.ChargeMemory(text.size(), offset);
  graph.ChargeSteps(text.size() / 16 + 1, offset);
  Node node(ValueType::kStr);
  node.flags = kOwnedBytes;
  node.at = static_cast<std::uint32_t>(graph.blobs.size());
  node.count = static_cast<std::uint32_t>(text.size());
  if (!text.empty()) std::memcpy(graph.blobs.append(text.size()), text.data(), text.size());
  return InternText(graph, graph.Add(node, offset));
}

}  // namespace weightsonly
