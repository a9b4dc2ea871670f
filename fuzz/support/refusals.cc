// Fuzz targets: what must hold of every refusal.
#include "support/refusals.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "output/torch_message.h"
#include "support/kinds.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// "At most about 1 KiB" (base/refusal.h): names from the file are cut to 256 bytes each, and a sentence has a few.
constexpr std::size_t kMostDetailBytes = 1536;
// The size of a name is 16 bits in a zip; the loader adds folders of its own making to it at most.
constexpr std::size_t kMostRecordBytes = 0xFFFF + 64;
// A bit of deflate makes at most 258 bytes out of 2 bits.
constexpr std::uint64_t kMostInflation = 1032;

// Fit for a terminal: UTF-8 in which nothing moves the cursor.
bool IsPrintable(std::string_view text) {
  const bool controls = std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  return !controls && IsUtf8(text);
}

// Kinds that no bytes of a file may lead to.
bool IsOursToAnswerFor(RefusalKind kind) {
  return kind == RefusalKind::kInternal || kind == RefusalKind::kUnsupported || kind == RefusalKind::kHostMemory;
}

}  // namespace

void CheckRefusal(const Refusal& refusal) {
  NoteKind(refusal.kind);
  const std::string_view name = KindName(refusal.kind);
  Require(KindInUse(refusal.kind), "a refusal of a kind that is only reserved", name);
  if (IsOursToAnswerFor(refusal.kind)) Fail("a refusal for which the loader is to blame", refusal.detail);
  Require(refusal.detail.size() <= kMostDetailBytes, "the detail of a refusal is long", refusal.detail);
  Require(IsPrintable(refusal.detail), "the detail of a refusal is not printable", refusal.detail);
  Require(refusal.record.size() <= kMostRecordBytes, "the record of a refusal has a longer name than a zip can hold",
          refusal.record);
  Require(IsPrintable(EscapeForTerminal(refusal.record)), "an escaped name is not printable", refusal.record);
}

void CheckRefusal(const Refusal& refusal, std::uint64_t file_bytes) {
  CheckRefusal(refusal);
  const std::uint64_t most = refusal.record.empty() ? file_bytes : file_bytes * kMostInflation;
  Require(refusal.offset <= most, "a refusal points outside of the file", KindName(refusal.kind));
  Require(KindFromName(KindName(refusal.kind)) == refusal.kind, "a kind has the name of another",
          KindName(refusal.kind));
  const std::optional<TorchText> text = TorchMessage(refusal);
  Require(!text || !text->exception.empty(), "torch's text comes without an exception", KindName(refusal.kind));
}

}  // namespace weightsonly::fuzz
