// Floor 2. A pickle as text, one instruction a line: what `weightsonly dis` prints and what a case of the conformance
// suite is written in. SPEC.md chapter 2. It shows whatever it is given, opcodes that the loader refuses too, and never
// fails; it says nothing about whether the pickle makes sense.
//
// The language (OPC-013). A line is an instruction, or a comment, or both; blanks separate its words. A `#` outside of
// quotes starts a comment. Every byte of the pickle is in exactly one instruction, so the text can be turned back into
// the same bytes:
//
//   line        = [ instruction ] [ "#" anything ] LF
//   instruction = "RAW" hex                    bytes that are no instruction, as two lower-case hex digits each
//               | NAME [ operand [ operand ] ] NAME and the kind of operand are those of opcode.def
//   operand     = integer                      U8 U16 I32 U32 U64, in decimal; LONG1 and LONG4 when their bytes are the
//                                              shortest two's complement of it, and of at most 255 bytes
//               | "bytes:" hex                 LONG1 and LONG4 otherwise
//               | float                        F64: the shortest decimal that reads back as the same bits, inf or -inf
//               | "bits:" 16 hex digits        F64 of a NaN: its bits
//               | string                       Text1 Text4 Text8 and Line: one; TwoLines (GLOBAL, INST): two
//   string      = quote { character | escape } quote
//   escape      = "\n" | "\r" | "\t" | "\\" | "\" quote
//               | "\x" 2 hex digits            one byte
//               | "\u{" hex digits "}"         the UTF-8 bytes of this code point (three bytes for a surrogate)
//
// Characters that stand for themselves are printable UTF-8: no controls, nothing that a terminal obeys or does not
// show.
//
//   PROTO 2
//   GLOBAL "torch._utils" "_rebuild_tensor_v2"
//   BINUNICODE "layers.0.weight"
//   LONG1 18446744073709551616
//   BINFLOAT 0.1
//   RAW ff
//   STOP
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace weightsonly::pickle {

struct DisassembleOptions {
  bool offsets = false;  // ends each line in a comment: the instruction's offset in the pickle, "# 0x1f"
};

// Writes a pickle line by line. The pickle must outlive it.
class Disassembler {
 public:
  Disassembler(Bytes pickle, DisassembleOptions options) : pickle_(pickle), options_(options) {}

  // Appends the next line with its line feed to `line`; false when the pickle has no more bytes, nothing is appended
  // then. Goes on behind STOP. A byte that is no opcode becomes RAW, up to 32 of them in one line; an instruction whose
  // operand reaches past the end becomes RAW with everything behind it. The whole takes time linear in the bytes.
  bool NextLine(std::string& line);

 private:
  void AppendRaw(std::string& line);

  Bytes pickle_;
  DisassembleOptions options_;
  std::uint64_t at_ = 0;
  bool cut_ = false;  // an operand reaches past the end: the rest is RAW
};

// All lines, appended to `out`.
void Disassemble(Bytes pickle, DisassembleOptions options, std::string& out);

}  // namespace weightsonly::pickle
