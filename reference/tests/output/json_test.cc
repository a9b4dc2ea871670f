// Strings, numbers and path elements as JSON. By hand from OUT-001, OUT-002, OUT-009 and RFC 8259; the strings are
// those that Python's json.loads reads back.
#include "output/json.h"

#include "base/limits.h"
#include "output/canonical.h"
#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "+";
  output::AppendJsonString(out, text);
  return out;
}
std::string JsonText(std::string_view text) {
  std::string out = "+";
  AppendJsonText(out, text);
  return out;
}
template <typename Number>
std::string JsonNumber(Number value) {
  std::string out = "+";
  output::AppendJsonNumber(out, value);
  return out;
}
std::string Element(const PathElement& element) {
  std::string out = "+";
  AppendPathElement(out, element);
  return out;
}
// The path element of the one key of a dict that holds one tensor.
std::string KeyElement(const std::string& key) {
  const Loaded checkpoint(Checkpointed{.pickle = PickleOf(DictOf({key, RowOf("0", 1)})), .storages = {{"0", "abcd"}}});
  TensorRange range = checkpoint->tensors();
  std::string out;
  for (const auto& [path, tensor] : range) {
    REQUIRE(path.size() == 1);
    out += Element(path[0]);
  }
  return out;
}

}  // namespace

TEST_CASE("a string escapes the quote, the backslash and the controls below U+0020 and nothing else") {
  CHECK(Quoted("") == "+\"\"");
  CHECK(Quoted("plain text") == "+\"plain text\"");
  CHECK(Quoted("\"\\/") == R"(+"\"\\/")");
  CHECK(Quoted("\b\f\n\r\t") == R"(+"\b\f\n\r\t")");
  CHECK(Quoted(std::string_view("\0\x01\x07\x0b\x0e\x1a\x1f", 7)) ==
        R"(+"\u0000\u0001\u0007\u000b\u000e\u001a\u001f")");
  CHECK(Quoted("\x7f\xc2\x85\xe2\x80\xa8\xf0\x9f\x98\x80") == "+\"\x7f\xc2\x85\xe2\x80\xa8\xf0\x9f\x98\x80\"");
  CHECK(Quoted("a\nb\"c") == R"(+"a\nb\"c")");
}

TEST_CASE("text that is not UTF-8 is written in hex") {
  CHECK(JsonText("caf\xc3\xa9") == "+\"caf\xc3\xa9\"");
  CHECK(JsonText("") == "+\"\"");
  CHECK(JsonText("a\xff") == R"(+{"x":"61ff"})");
  CHECK(JsonText("\xed\xa0\x80") == R"(+{"x":"eda080"})");
  CHECK(JsonText("\xc0\x80") == R"(+{"x":"c080"})");
}

TEST_CASE("numbers beyond 2^53 - 1 are written as strings") {
  CHECK(JsonNumber(std::int64_t{0}) == "+0");
  CHECK(JsonNumber(std::int64_t{-1}) == "+-1");
  CHECK(JsonNumber(std::int64_t{9007199254740991}) == "+9007199254740991");
  CHECK(JsonNumber(std::int64_t{9007199254740992}) == "+\"9007199254740992\"");
  CHECK(JsonNumber(std::int64_t{-9007199254740991}) == "+-9007199254740991");
  CHECK(JsonNumber(std::int64_t{-9007199254740992}) == "+\"-9007199254740992\"");
  CHECK(JsonNumber(INT64_MIN) == "+\"-9223372036854775808\"");
  CHECK(JsonNumber(std::uint64_t{9007199254740991}) == "+9007199254740991");
  CHECK(JsonNumber(std::uint64_t{9007199254740992}) == "+\"9007199254740992\"");
  CHECK(JsonNumber(UINT64_MAX) == "+\"18446744073709551615\"");
}

TEST_CASE("lists of numbers have commas between and nothing else") {
  const auto list = [](std::vector<std::int64_t> values) {
    std::string out = "+";
    output::AppendJsonNumbers(out, values);
    return out;
  };
  CHECK(list({}) == "+[]");
  CHECK(list({7}) == "+[7]");
  CHECK(list({2, 0, -3, 9007199254740992}) == "+[2,0,-3,\"9007199254740992\"]");
  const auto digits = [](std::vector<std::int64_t> values) {
    std::string out = "+";
    output::AppendJsonDigits(out, values);
    return out;
  };
  CHECK(digits({}) == "+[]");
  CHECK(digits({7}) == R"(+["7"])");
  CHECK(digits({2, -3, INT64_MIN}) == R"(+["2","-3","-9223372036854775808"])");
}

TEST_CASE("a path element is a string, a number, an attribute or the canonical value of a key") {
  CHECK(Element("w\n") == R"(+"w\n")");
  CHECK(Element("\xed\xa0\x80") == R"(+{"x":"eda080"})");
  CHECK(Element(std::int64_t{-3}) == "+-3");
  CHECK(Element(std::int64_t{9007199254740991}) == "+9007199254740991");
  CHECK(Element(std::int64_t{9007199254740992}) == R"(+{"t":"int","v":"9007199254740992"})");
  CHECK(Element(std::int64_t{-9007199254740992}) == R"(+{"t":"int","v":"-9007199254740992"})");
  CHECK(Element(AttributeName{"_metadata"}) == R"(+{"attr":"_metadata"})");
  CHECK(Element(AttributeName{"\xff"}) == R"(+{"attr":{"x":"ff"}})");
  CHECK(KeyElement(Text("k")) == R"(+"k")");
  CHECK(KeyElement(Number(5)) == "+5");
  CHECK(KeyElement("N") == R"(+{"t":"none"})");
  CHECK(KeyElement("\x88") == R"(+{"t":"bool","v":true})");
  CHECK(KeyElement(Real(-0.0)) == R"(+{"t":"float","v":"8000000000000000"})");
  CHECK(KeyElement(Long(std::string_view("\0\0\0\0\0\0\0\x80\0", 9))) == R"(+{"t":"int","v":"9223372036854775808"})");
  CHECK(KeyElement(TupleOf({Text("a"), Number(1)})) ==
        R"(+{"t":"tuple","v":[{"t":"str","v":"a"},{"t":"int","v":"1"}]})");
  CHECK(KeyElement(RowOf("0", 1)) ==
        R"(+{"t":"tensor","dtype":"float32","shape":[1],"stride":[1],"offset":0,"storage":0,"requires_grad":false})");
}

TEST_CASE("a key that is too long or too deep for a path says so") {
  // {"t":"tuple","v":[{"t":"str","v":"…"}]} takes 38 bytes beside the text: 65,536 in all fit.
  CHECK(KeyElement(TupleOf({Text(std::string(65'498, 'k'))})).size() == 1 + 65'536);
  CHECK(KeyElement(TupleOf({Text(std::string(65'499, 'k'))})) == R"(+{"omitted":"limit.output"})");
  CHECK(KeyElement(TupleOf({Text(std::string(200'000, 'k'))})) == R"(+{"omitted":"limit.output"})");
  CHECK(KeyElement(TupleOf({Text(std::string(9'000, 'k'))})) ==
        R"(+{"t":"tuple","v":[{"t":"str","v":")" + std::string(9'000, 'k') + "\"}]}");
  std::string deep = ")";
  for (int i = 0; i < kMaxPrintedDepth - 1; ++i) deep += "\x85";
  CHECK(KeyElement(deep).starts_with(R"(+{"t":"tuple","v":[{"t":"tuple")"));
  CHECK(KeyElement(deep + "\x85") == "+null");
}

}  // namespace weightsonly::testing
