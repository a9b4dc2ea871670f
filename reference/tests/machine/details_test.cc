// Floor 5. What a refusal says beside its kind and place: the number, the name or the part that the reader looks for.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kBytearray = "builtins.bytearray";

struct Row {
  const char* name;
  std::string pickle;
  const char* detail;  // a part of it
};

}  // namespace

TEST_CASE("a refusal counts what the stack lacks") {
  for (const auto& [name, pickle, detail] : std::vector<Row>{
           {"REDUCE", "NR", "needs 2 values, 1 lie above the last mark"},
           {"NEWOBJ", "N\x81", "needs 2 values, 1 lie above the last mark"},
           {"NEWOBJ above a mark", "NN(\x81", "needs 2 values, 0 lie above the last mark"},
           {"BUILD", "Nb", "needs 2 values, 1 lie above the last mark"},
       }) {
    INFO(name);
    const Loaded loaded(pickle + as::kStop);
    CHECK(loaded.outcome.starts_with("pickle.stack-underflow"));
    CHECK(loaded.detail == detail);
  }
}

TEST_CASE("a refusal names the argument and what is wrong with it") {
  for (const auto& [name, pickle, detail] : std::vector<Row>{
           {"bytearray of a number", as::Call(kBytearray, {"K\1"}), "bytearray: the argument is int"},
           {"bytearray of bytes and a codec", as::Call(kBytearray, {as::Bytes("ab"), as::Str("latin1")}),
            "bytearray: the text is bytes"},
           {"SHORT_BINSTRING", "U\1\xff", "the byte string is not UTF-8"},
       }) {
    INFO(name);
    const Loaded loaded(pickle + as::kStop);
    INFO(loaded.outcome << ": " << loaded.detail);
    CHECK(loaded.detail.find(detail) != std::string::npos);
  }
}

}  // namespace weightsonly::machine
