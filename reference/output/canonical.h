// Floor 7. The canonical value: one JSON text for one loaded value, the same from every conforming writer. Public.
// SPEC.md chapter 7; conformance suite, "Canonical value".
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "base/export.h"
#include "base/refusal.h"
#include "checkpoint/checkpoint.h"
#include "value/value.h"

namespace weightsonly {

// Receives the text piece by piece, in order; pieces are of no particular size. Returning false stops the writer.
using TextSink = std::function<bool(std::string_view)>;

struct CanonicalOptions {
  // True: storages in full as hex. False: in full up to 4 KiB, otherwise their SHA-256.
  bool all_bytes = false;
};

// Writes {"root":…,"storages":[…]} as compact JSON. Iterative: any nesting, sharing and cycles. Writes `null` and
// returns false in `omitted` terms when containers nest deeper than 500 (see CanonicalResult). Refuses as
// Storage::data(), before the first piece when Checkpoint::Verify() would refuse.
struct CanonicalResult {
  bool omitted_for_depth = false;  // nothing but `null` was written
};
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<CanonicalResult, Refusal> WriteCanonical(const Checkpoint& checkpoint,
                                                                                        const CanonicalOptions& options,
                                                                                        const TextSink& sink);

// One path element as JSON: a string, a number, {"attr":name}, or the key's canonical value.
WEIGHTSONLY_EXPORT void AppendPathElement(std::string& out, const PathElement& element);
// `text` as a JSON string with its quotes. Text that is not UTF-8 becomes an object {"x":hex} instead.
WEIGHTSONLY_EXPORT void AppendJsonText(std::string& out, std::string_view text);

// SHA-256 of the logical bytes of a tensor (row-major, little-endian, conj and neg resolved), 64 hex digits.
// Refuses as Tensor::CopyTo; works in pieces, so the memory it needs does not grow with the tensor.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<std::string, Refusal> LogicalSha256(const Tensor& tensor);

}  // namespace weightsonly
