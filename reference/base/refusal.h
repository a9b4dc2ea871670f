// Floor 0. The refusal: the one way in which a file is turned down.
//
// Inside the library a Refusal is thrown where the fault is seen and caught in one place, the public boundary
// (checkpoint/), which returns it in std::expected. Nothing else is thrown across that boundary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/export.h"

namespace weightsonly {

// The closed list of reasons (base/refusal.def): the enumerator order is the table's and may change between releases,
// the dotted names never do.
enum class RefusalKind : std::uint8_t {
#define WEIGHTSONLY_REFUSAL(enumerator, name, when, sentence, advice) enumerator,
#include "base/refusal.def"
#undef WEIGHTSONLY_REFUSAL
};

// Number of kinds in the table.
inline constexpr int kRefusalKindCount = 0
#define WEIGHTSONLY_REFUSAL(enumerator, name, when, sentence, advice) +1
#include "base/refusal.def"
#undef WEIGHTSONLY_REFUSAL
    ;

// Why a file was refused, and where.
struct Refusal {
  RefusalKind kind = RefusalKind::kInternal;
  // The record that holds the guilty byte, without the archive's prefix ("data.pkl"). Empty: `offset` counts in the
  // file. May hold any byte that a zip name may hold: escape it before it reaches a terminal.
  std::string record;
  // First byte of the guilty element, in bytes: inside the uncompressed record for faults of a pickle (the opcode's
  // byte), in the file otherwise. 0 where the file as a whole is meant.
  std::uint64_t offset = 0;
  // What exactly is wrong, for people: valid UTF-8 without control characters (names from the file stand in it
  // escaped), at most about 1 KiB. Its wording is no interface.
  std::string detail;
  // What torch's message about such a file names, in its order and its words (output/torch_message.h): a path, the repr
  // of a type, two numbers. From the file, unescaped, any length that the file has. Empty where torch names nothing, or
  // it cannot be known.
  std::vector<std::string> subject = {};
};

// The dotted name of a kind ("container.zip.eocd"). Static storage.
WEIGHTSONLY_EXPORT std::string_view KindName(RefusalKind kind);
// One sentence that says what is wrong with such a file. Static storage.
WEIGHTSONLY_EXPORT std::string_view KindSentence(RefusalKind kind);
// What the reader of the message can do about it. Static storage.
WEIGHTSONLY_EXPORT std::string_view KindAdvice(RefusalKind kind);
// False for names that the suite reserves and that this release never refuses with.
WEIGHTSONLY_EXPORT bool KindInUse(RefusalKind kind);
// The kind of a dotted name, or nothing when the table has no such name.
WEIGHTSONLY_EXPORT std::optional<RefusalKind> KindFromName(std::string_view name);

// Throws Refusal{kind, record, offset, detail}. `record` empty: `offset` counts in the file.
[[noreturn, gnu::cold, gnu::noinline]] void Refuse(RefusalKind kind, std::string_view record, std::uint64_t offset,
                                                   std::string detail, std::vector<std::string> subject = {});

// Throws an `internal` refusal: a state that cannot be reached unless the loader has a bug. Fuzzers turn it into an
// abort.
[[noreturn, gnu::cold, gnu::noinline]] void RefuseInternal(std::string_view what);

}  // namespace weightsonly
