// Floor 5. The calls that make Python's and torch's plain values. SPEC.md chapter 5 (CAL-002 to CAL-010).
//
// Each takes the forms that torch.save has written in any release; forms that torch only takes because Python happens
// to are refused (DEV-502).
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/text.h"
#include "machine/arguments.h"
#include "machine/codec.h"
#include "machine/device.h"
#include "machine/state.h"

namespace weightsonly::machine {
namespace {

// A new dict of type `type` with the pairs of `from`.
Ref CopyDict(State& state, ValueType type, Ref from) {
  MergeNow(state, from);
  const std::uint32_t count = state.graph[from].count;
  state.graph.ChargeMemory(count * sizeof(Pair), state.offset);
  const Ref copy = AddNode(state, Node(type));
  if (count == 0) return copy;
  Pair* pairs = GrowDict(state.graph, copy, count);
  std::copy_n(state.graph.PairsOf(state.graph[from]).begin(), count, pairs);
  return copy;
}

// A new OrderedDict of [[key, value], …]: how Python 2 wrote one.
Ref DictOfPairs(State& state, const Arguments& arguments) {
  const auto items = arguments.Sequence(0, "the argument");
  state.graph.ChargeMemory(items.size() * sizeof(Pair), state.offset);
  const Ref dict = AddNode(state, Node(ValueType::kOrderedDict));
  if (items.empty()) return dict;
  Pair* pairs = GrowDict(state.graph, dict, static_cast<std::uint32_t>(items.size()));
  for (const Ref item : items) {
    const Node& node = state.graph[item];
    const bool sequence = node.type == ValueType::kTuple || node.type == ValueType::kList;
    if (!sequence || node.count != 2) arguments.Fail(RefusalKind::kValueType, "an item of the argument is no pair");
    const auto pair = state.graph.ItemsOf(node);
    *pairs++ = {pair[0], pair[1], state.keys.ClassOf(state.graph, pair[0], state.offset)};
  }
  state.graph.at(dict).flags |= kUnmerged;
  state.unmerged.push_back(dict);
  return dict;
}

// The Latin-1 bytes of a UTF-8 text; false when a character is above U+00FF.
bool ToLatin1(std::string_view text, std::string& made) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      made.push_back(text[i]);
    } else if (byte == 0xc2 || byte == 0xc3) {
      made.push_back(static_cast<char>(((byte & 0x03U) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3fU)));
    } else {
      return false;
    }
  }
  return true;
}

// A node of `type` over the bytes of `text` in `codec`: in place when they are the same, otherwise over a copy.
Ref EncodedNode(State& state, const Arguments& arguments, ValueType type, Ref text_ref, Codec codec) {
  const std::string_view text = state.graph.TextOf(state.graph[text_ref]);
  state.graph.ChargeSteps(text.size() / 16 + 1, state.offset);
  const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const bool unchanged = ascii || (codec == Codec::kUtf8 && IsUtf8(text));
  Node node(type);
  if (unchanged) {
    const Node& source = state.graph[text_ref];
    node.flags = source.flags & kOwnedBytes;  // a text that `encoding` made is itself a copy
    node.at = source.at;
    node.count = source.count;
    return AddNode(state, node);
  }
  std::string made;
  if (codec != Codec::kLatin1 || !ToLatin1(text, made)) {
    arguments.Fail(RefusalKind::kValueType, "the text has characters that the codec does not have");
  }
  state.graph.ChargeMemory(made.size(), state.offset);
  node.flags = kOwnedBytes;
  node.at = static_cast<std::uint32_t>(state.graph.blobs.size());
  node.count = static_cast<std::uint32_t>(made.size());
  std::memcpy(state.graph.blobs.append(made.size()), made.data(), made.size());
  return AddNode(state, node);
}

Codec RequireCodec(const Arguments& arguments, std::size_t index) {
  const Codec codec = CodecOf(arguments.Text(index, "the codec"));
  if (codec == Codec::kUnknown) arguments.Fail(RefusalKind::kValueType, "the codec is none of latin1, ascii and utf-8");
  return codec;
}

double RealArgument(const Arguments& arguments, std::size_t index) {
  const Node& node = arguments.NodeAt(index);
  if (node.type == ValueType::kFloat) return node.real;
  if (node.type == ValueType::kBool) return node.small;
  if (node.type != ValueType::kInt || (node.flags & kBigInt) != 0) arguments.FailType(index, "a part");
  return static_cast<double>(node.integer);
}

}  // namespace

// CAL-002. Nothing, a dict, or a sequence of pairs.
Ref CallOrderedDict(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 1);
  if (arguments.size() == 0) return AddNode(state, Node(ValueType::kOrderedDict));
  if (IsDict(arguments.NodeAt(0).type)) return CopyDict(state, ValueType::kOrderedDict, arguments[0]);
  return DictOfPairs(state, arguments);
}

// CAL-003. Nothing, None, or a dict.
Ref CallCounter(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 1);
  if (arguments.size() == 0 || arguments.NodeAt(0).type == ValueType::kNone) {
    return AddNode(state, Node(ValueType::kCounter));
  }
  if (!IsDict(arguments.NodeAt(0).type)) arguments.FailType(0, "the argument");
  return CopyDict(state, ValueType::kCounter, arguments[0]);
}

// CAL-004. Nothing, or a list, tuple or set of members.
Ref CallSet(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 1);
  Node node(ValueType::kSet);
  if (arguments.size() == 1) {
    const bool is_set = arguments.NodeAt(0).type == ValueType::kSet;
    const auto items = is_set ? state.graph.ItemsOf(arguments.NodeAt(0)) : arguments.Sequence(0, "the argument");
    state.graph.ChargeMemory(items.size() * sizeof(Ref), state.offset);
    const auto at = static_cast<std::uint32_t>(state.graph.refs.size());
    node.count = state.keys.AppendDistinct(state.graph, items, state.offset);
    node.at = at;
  }
  return AddNode(state, node);
}

// CAL-005. Nothing, bytes, or (text, codec): how Python writes one at protocol 2.
Ref CallBytearray(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 2);
  if (arguments.size() == 0) return AddNode(state, Node(ValueType::kBytearray));
  if (arguments.size() == 2) {
    const Codec codec = RequireCodec(arguments, 1);
    if (arguments.NodeAt(0).type != ValueType::kStr) arguments.FailType(0, "the text");
    return EncodedNode(state, arguments, ValueType::kBytearray, arguments[0], codec);
  }
  if (arguments.NodeAt(0).type != ValueType::kBytes) arguments.FailType(0, "the argument");
  Node node = arguments.NodeAt(0);  // bytes never change, so both may lie on the same ones
  node.type = ValueType::kBytearray;
  node.extra = 0;
  return AddNode(state, node);
}

// CAL-006. Up to two real numbers.
Ref CallComplex(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 2);
  const double real = arguments.size() > 0 ? RealArgument(arguments, 0) : 0.0;
  const double imaginary = arguments.size() > 1 ? RealArgument(arguments, 1) : 0.0;
  state.graph.ChargeMemory(2 * sizeof(double), state.offset);
  Node node(ValueType::kComplex);
  node.at = static_cast<std::uint32_t>(state.graph.complexes.size());
  state.graph.complexes.push_back(real);
  state.graph.complexes.push_back(imaginary);
  return AddNode(state, node);
}

// CAL-007. _codecs.encode(text[, codec]): how Python writes bytes at protocol 2.
Ref CallEncode(State& state, const Arguments& arguments) {
  arguments.RequireCount(1, 2);
  const Codec codec = arguments.size() == 2 ? RequireCodec(arguments, 1) : Codec::kUtf8;
  if (arguments.NodeAt(0).type != ValueType::kStr) arguments.FailType(0, "the text");
  return EncodedNode(state, arguments, ValueType::kBytes, arguments[0], codec);
}

// CAL-008. Nothing, or a tuple, list or Size of ints; a bool becomes an int.
Ref CallSize(State& state, const Arguments& arguments) {
  arguments.RequireCount(0, 1);
  Node node(ValueType::kSize);
  if (arguments.size() == 1) {
    const auto items = arguments.Sequence(0, "the argument");
    const auto count = static_cast<std::uint32_t>(items.size());
    const std::uint64_t from = count == 0 ? 0 : static_cast<std::uint64_t>(items.data() - state.graph.refs.data());
    state.graph.ChargeMemory(items.size() * (sizeof(Ref) + sizeof(Node)), state.offset);
    node.at = static_cast<std::uint32_t>(state.graph.refs.size());
    node.count = count;
    state.graph.refs.append(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      Ref item = state.graph.refs[from + i];
      const Node source = state.graph[item];
      if (source.type == ValueType::kBool) {
        Node number(ValueType::kInt);
        number.integer = source.small;
        item = AddNode(state, number);
      } else if (source.type != ValueType::kInt) {
        arguments.Fail(RefusalKind::kValueType, "an item is " + std::string(TypeName(source.type)));
      }
      state.graph.refs[std::size_t{node.at} + i] = item;
    }
  }
  return AddNode(state, node);
}

// CAL-009. A device's name, or its type and an index or None. DVC-003: an index above 127, which torch wraps, is
// refused.
Ref CallDevice(State& state, const Arguments& arguments) {
  arguments.RequireCount(1, 2);
  std::string text;
  if (arguments.NodeAt(0).type == ValueType::kDevice && arguments.size() == 1) return arguments[0];
  if (arguments.NodeAt(0).type == ValueType::kInt) {
    arguments.Fail(RefusalKind::kTensorDevice, "a device by number alone depends on the machine");  // DEV-503
  }
  text = arguments.Text(0, "the device");
  if (arguments.size() == 2) {
    if (text.find(':') != std::string::npos) arguments.Fail(RefusalKind::kTensorDevice, "the index is given twice");
    if (arguments.NodeAt(1).type != ValueType::kNone) text += ":" + std::to_string(arguments.Integer(1, "the index"));
  }
  const Device device = ParseDevice(text);
  if (!device.valid) {
    arguments.Fail(RefusalKind::kTensorDevice, "no device of torch is called '" + EscapeForTerminal(text) + "'");
  }
  return NamedNode(state, ValueType::kDevice, device.name);
}

// CAL-010. The name of one of torch's layouts.
Ref CallGetLayout(State& state, const Arguments& arguments) {
  static constexpr auto kLayouts =
      std::to_array<std::string_view>({"torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc",
                                       "torch.sparse_bsr", "torch.sparse_bsc", "torch._mkldnn", "torch.jagged"});
  arguments.RequireCount(1, 1);
  const std::string_view name = arguments.Text(0, "the layout");
  if (std::ranges::find(kLayouts, name) == kLayouts.end()) {
    arguments.Fail(RefusalKind::kValueType, "no layout of torch is called '" + EscapeForTerminal(name) + "'");
  }
  return NamedNode(state, ValueType::kLayout, name);
}

}  // namespace weightsonly::machine
