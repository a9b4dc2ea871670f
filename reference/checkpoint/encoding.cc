// Floor 6. Options::encoding. SPEC.md chapter 5.
#include "checkpoint/encoding.h"

#include "base/text.h"
#include "machine/codec.h"

namespace weightsonly {

machine::StringEncoding EncodingOf(const Options& options) {
  using machine::StringEncoding;
  if (options.encoding == "bytes") return StringEncoding::kBytes;
  switch (machine::CodecOf(options.encoding)) {
    case machine::Codec::kUtf8:
      return StringEncoding::kUtf8;
    case machine::Codec::kAscii:
      return StringEncoding::kAscii;
    case machine::Codec::kLatin1:
      return StringEncoding::kLatin1;
    case machine::Codec::kUnknown:
      break;
  }
  Refuse(RefusalKind::kOptionsInvalid, {}, 0,
         "the encoding '" + EscapeForTerminal(options.encoding, 64) + "' is none of utf-8, ascii, latin1 and bytes");
}

}  // namespace weightsonly
