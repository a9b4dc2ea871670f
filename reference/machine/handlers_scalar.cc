// Floor 5. Handlers of the opcodes that push one plain value, set marks, use the memo or end the pickle. SPEC.md
// chapter 5.
#include <bit>
#include <cstring>

#include "base/text.h"
#include "machine/handlers.h"
#include "machine/state.h"

namespace weightsonly::machine {
namespace {

// VAL-006. Most ints of a checkpoint are sizes, strides and offsets below 256: one node for each is a third of all
// nodes less, and no one can tell, because an int carries no identity.
void PushInteger(State& state, std::int64_t value) {
  const bool small = value >= 0 && value < static_cast<std::int64_t>(state.small_integers.size());
  if (small && state.small_integers[static_cast<std::size_t>(value)] != 0) {
    return Push(state, state.small_integers[static_cast<std::size_t>(value)]);
  }
  Node node(ValueType::kInt);
  node.integer = value;
  const Ref ref = AddNode(state, node);
  if (small) state.small_integers[static_cast<std::size_t>(value)] = ref;
  Push(state, ref);
}

// Text is a view of data.pkl, which is smaller than 4 GiB (kMaxPickleBytes).
void PushText(State& state, std::string_view text) {
  Node node(ValueType::kStr);
  node.count = static_cast<std::uint32_t>(text.size());
  node.at = static_cast<std::uint32_t>(AsBytes(text).data() - state.graph.pickle.data());
  Push(state, AddNode(state, node));
}

[[nodiscard]] bool IsAscii(std::string_view text) {
  std::uint64_t high = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    high |= word;
  }
  for (; at < text.size(); ++at) high |= static_cast<unsigned char>(text[at]) & 0x80U;
  return (high & 0x8080808080808080U) == 0;
}

// Each byte is the character of that number: a copy in UTF-8.
[[gnu::cold, gnu::noinline]] void PushLatin1(State& state, std::string_view text) {
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) made.push_back(static_cast<char>(0xc0U | byte >> 6));
    made.push_back(static_cast<char>(byte < 0x80 ? byte : 0x80U | (byte & 0x3fU)));
  }
  state.graph.ChargeMemory(made.size(), state.offset);
  Node node(ValueType::kStr);
  node.flags = kOwnedBytes;
  node.at = static_cast<std::uint32_t>(state.graph.blobs.size());
  node.count = static_cast<std::uint32_t>(made.size());
  std::memcpy(state.graph.blobs.append(made.size()), made.data(), made.size());
  Push(state, AddNode(state, node));
}

[[noreturn, gnu::cold, gnu::noinline]] void RefuseNoEntry(const State& state, std::int64_t index) {
  RefuseHere(state, RefusalKind::kPickleMemoMissing, "memo entry " + std::to_string(index) + " was never put");
}

void PutMemo(State& state, std::int64_t index) { state.memo.Put(static_cast<std::uint32_t>(index), Top(state)); }

void GetMemo(State& state, std::int64_t index) {
  const Ref* value = state.memo.Get(static_cast<std::uint32_t>(index));
  if (value == nullptr) [[unlikely]]
    RefuseNoEntry(state, index);
  Push(state, *value);
}

}  // namespace

// STK-002. What lies below a mark is out of reach until it is closed.
void Mark(State& state, const pickle::Instruction&) {
  state.marks.push_back(state.base);
  state.base = static_cast<std::uint32_t>(state.stack.size());
}

// STK-004. The result is the topmost value; what else is left is ignored (refused in strict).
void Stop(State& state, const pickle::Instruction&) {
  state.result = Pop(state);
  state.stopped = true;
}

// OPC-006. Any number, anywhere, any number of times.
void Proto(State&, const pickle::Instruction&) {}

void None(State& state, const pickle::Instruction&) { Push(state, Graph::kNone); }
void NewTrue(State& state, const pickle::Instruction&) { Push(state, Graph::kTrue); }
void NewFalse(State& state, const pickle::Instruction&) { Push(state, Graph::kFalse); }

void BinInt(State& state, const pickle::Instruction& instruction) { PushInteger(state, instruction.integer); }
void BinInt1(State& state, const pickle::Instruction& instruction) { PushInteger(state, instruction.integer); }
void BinInt2(State& state, const pickle::Instruction& instruction) { PushInteger(state, instruction.integer); }

// OPC-008. Two's complement, little-endian, 0 to 255 bytes; no bytes are 0. Kept as bytes when it does not fit 64 bits,
// without superfluous sign bytes, so that equal numbers have equal bytes.
[[gnu::noinline]] void Long1(State& state, const pickle::Instruction& instruction) {
  std::string_view bytes = instruction.text;
  const auto superfluous = [&] {
    const auto top = static_cast<unsigned char>(bytes[bytes.size() - 1]);
    const auto next = static_cast<unsigned char>(bytes[bytes.size() - 2]);
    return (top == 0 && next < 0x80) || (top == 0xff && next >= 0x80);
  };
  while (bytes.size() > 1 && superfluous()) bytes.remove_suffix(1);
  if (bytes.size() <= 8) {
    const bool negative = !bytes.empty() && static_cast<unsigned char>(bytes.back()) >= 0x80;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
    PushInteger(state, static_cast<std::int64_t>(value));
    return;
  }
  PushText(state, bytes);
  Node& node = state.graph.at(state.stack.back());
  node.type = ValueType::kInt;
  node.flags = kBigInt;
}

void BinFloat(State& state, const pickle::Instruction& instruction) {
  if (!state.behaviour.binfloat) [[unlikely]]  // POL-009
    RefuseHere(state, RefusalKind::kPickleOpcode, "BINFLOAT is not accepted: byte 71");
  Node node(ValueType::kFloat);
  node.real = std::bit_cast<double>(instruction.bits);
  Push(state, AddNode(state, node));
}

// OPC-009. UTF-8 in which lone surrogates may stand as three bytes.
void BinUnicode(State& state, const pickle::Instruction& instruction) {
  if (!IsAscii(instruction.text) && !IsUtf8WithSurrogates(instruction.text)) {
    RefuseHere(state, RefusalKind::kPickleText, "the string is not UTF-8");
  }
  PushText(state, instruction.text);
}

// OPC-010. Python 2's byte string, decoded as torch.load's `encoding` says: UTF-8 by the standard unless told
// otherwise.
void ShortBinString(State& state, const pickle::Instruction& instruction) {
  const std::string_view text = instruction.text;
  if (state.encoding == StringEncoding::kBytes) {
    PushText(state, text);
    state.graph.at(state.stack.back()).type = ValueType::kBytes;
    return;
  }
  if (IsAscii(text)) return PushText(state, text);
  if (state.encoding == StringEncoding::kLatin1) return PushLatin1(state, text);
  if (state.encoding == StringEncoding::kAscii || !IsUtf8(text)) {
    RefuseHere(
        state, RefusalKind::kPickleText,
        state.encoding == StringEncoding::kAscii ? "the byte string is not ASCII" : "the byte string is not UTF-8");
  }
  PushText(state, text);
}

// MEM-001 to MEM-003.
void BinGet(State& state, const pickle::Instruction& instruction) { GetMemo(state, instruction.integer); }
void LongBinGet(State& state, const pickle::Instruction& instruction) { GetMemo(state, instruction.integer); }
void BinPut(State& state, const pickle::Instruction& instruction) { PutMemo(state, instruction.integer); }
void LongBinPut(State& state, const pickle::Instruction& instruction) { PutMemo(state, instruction.integer); }

}  // namespace weightsonly::machine
