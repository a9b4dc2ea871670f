// Floor 8. The JSON writer of the tool's documents. SPEC.md chapter 8.
#include "tool/json.h"

#include "base/text.h"
#include "output/canonical.h"

namespace weightsonly::tool {
namespace {

constexpr std::uint64_t kMaxExact = (std::uint64_t{1} << 53) - 1;  // CLI-004

}  // namespace

void JsonWriter::Separate() {
  if (!after_key_ && (filled_ & 1) != 0) stream_.buffer() += ',';
  if (!after_key_) filled_ |= 1;
  after_key_ = false;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Separate();
  stream_.buffer() += bracket;
  filled_ <<= 1;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  stream_.buffer() += bracket;
  filled_ >>= 1;
  stream_.FlushWhenLarge();
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  Separate();
  stream_.buffer().append("\"").append(key).append("\":");
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::Text(std::string_view text) {
  Separate();
  AppendJsonText(stream_.buffer(), text);
  return *this;
}

JsonWriter& JsonWriter::Number(std::uint64_t value) {
  Separate();
  std::string& out = stream_.buffer();
  if (value > kMaxExact) out += '"';
  AppendDecimal(out, value);
  if (value > kMaxExact) out += '"';
  return *this;
}

JsonWriter& JsonWriter::Number(std::int64_t value) {
  if (value >= 0) return Number(static_cast<std::uint64_t>(value));
  Separate();
  std::string& out = stream_.buffer();
  const bool exact = value >= -static_cast<std::int64_t>(kMaxExact);
  if (!exact) out += '"';
  AppendDecimal(out, value);
  if (!exact) out += '"';
  return *this;
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Separate();
  stream_.buffer() += json;
  return *this;
}

}  // namespace weightsonly::tool
