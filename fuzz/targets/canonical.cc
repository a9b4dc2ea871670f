// Fuzz target: the canonical writer (output/canonical.h) and what it is made of. The input is a pickle, which the
// machine turns into values over storages of the harness (support/canonical_graph.h); what is written of them is read
// again and held against them. Its first bytes, as text, as a number or as a message, are also given to one of the
// pieces alone.
#include "output/canonical.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/big_decimal.h"
#include "base/text.h"
#include "output/json.h"
#include "output/sha256.h"
#include "output/tensor_rows.h"
#include "support/canonical_graph.h"
#include "support/canonical_reader.h"
#include "support/integers.h"
#include "support/refusals.h"
#include "support/target.h"
#include "support/uncovered.h"
#include "value/graph.h"

WEIGHTSONLY_UNCOVERED_BEGIN

namespace weightsonly::fuzz {
namespace {

using Json = nlohmann::ordered_json;

// Bytes of the input that the pieces are tried on.
constexpr std::size_t kMessage = 160;
constexpr std::size_t kText = 64;
constexpr std::size_t kInteger = 20;
// Values are written a second time for one pickle in so many, by its size, and rows of tensors for as many others.
constexpr std::size_t kSeldom = 4;
// Characters of a text that is read again: a value with shared parts can have one of any length, and nothing is in the
// longer ones alone.
constexpr std::size_t kMostText = 4096;
// The largest integer that every JSON reader keeps.
constexpr std::int64_t kExact = (std::int64_t{1} << 53) - 1;

// The text that `write` writes, or nothing for a refusal and for one that is longer than `kMostText`.
template <typename Write>
std::optional<std::string> TextOf(Write write) {
  std::string text;
  const auto written = write([&](std::string_view piece) {
    text += piece;
    return text.size() <= kMostText;
  });
  if (text.size() > kMostText) return std::nullopt;
  if (written) return text;
  CheckRefusal(written.error());
  return std::nullopt;
}

void CheckRows(const Checkpoint& checkpoint) {
  const auto rows = TextOf([&](const TextSink& sink) { return WriteTensorRows(checkpoint, sink); });
  if (rows) (void)ReadJsonText(*rows);
}

void CheckCheckpoint(const Checkpoint& checkpoint) {
  bool omitted = false;
  const auto write = [&](const TextSink& sink) {
    auto result = WriteCanonical(checkpoint, {}, sink);
    if (result) omitted = result->omitted_for_depth;
    return result;
  };
  const auto text = TextOf(write);
  const std::size_t size = checkpoint.graph()->pickle.size();
  if (size % kSeldom == 0) Require(text == TextOf(write), "the same value has two canonical texts");
  if (!text) return;
  const Json document = ReadJsonText(*text);
  Require(omitted == document.is_null(), "a document is null without a reason, or not null with one");
  if (!omitted) CheckDocument(document, checkpoint);
  if (size % kSeldom == 1) CheckRows(checkpoint);
}

// OUT-002, with a sign and without.
void CheckNumber(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  std::string out;
  output::AppendJsonNumber(out, bits);
  out += ' ';
  output::AppendJsonNumber(out, number);
  const auto quoted = [](bool exact, const std::string& digits) { return exact ? digits : '"' + digits + '"'; };
  const std::string right = quoted(bits <= std::uint64_t{kExact}, std::to_string(bits)) + ' ' +
                            quoted(number >= -kExact && number <= kExact, std::to_string(number));
  Require(out == right, "a JSON number is another one", out);
}

// OUT-001, OUT-002.
void CheckJson(Bytes bytes) {
  std::string out;
  AppendJsonText(out, AsText(bytes));
  const Json text = ReadJsonText(out);
  if (IsUtf8(AsText(bytes))) {
    Require(text.is_string() && text.get_ref<const std::string&>() == AsText(bytes), "a JSON string is another text");
  } else {
    Require(text.is_object(), "bytes that are no text are written as one");
  }
  Input input(bytes);
  CheckNumber(TakeInteger(input));
  CheckNumber(kExact + input.Byte() % 4);
}

void CheckBigDecimal(Bytes bytes) {
  std::string digits;
  AppendBigDecimal(digits, AsText(bytes));
  CheckDigits(digits, AsText(bytes));
}

// A message in one piece, and in two that the input divides.
void CheckDigest(Bytes bytes) {
  output::Sha256 whole;
  whole.Update(bytes);
  const std::size_t at = bytes.empty() ? 0 : static_cast<std::size_t>(bytes[0]) % bytes.size();
  output::Sha256 pieces;
  pieces.Update(bytes.first(at));
  pieces.Update(bytes.subspan(at));
  Require(whole.Finish() == pieces.Finish(), "a digest depends on the pieces");
}

// One of the pieces, by the size of the input.
void CheckPiece(Bytes input) {
  const auto front = [&](std::size_t most) { return input.first(std::min(input.size(), most)); };
  switch (input.size() % 3) {
    case 0:
      return CheckJson(front(kText));
    case 1:
      return CheckBigDecimal(front(kInteger));
    default:
      return CheckDigest(front(kMessage));
  }
}

void Check(Bytes input) {
  CheckPiece(input);
  if (const auto checkpoint = RunPickle(input)) CheckCheckpoint(*checkpoint);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::Check(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}

WEIGHTSONLY_UNCOVERED_END
