// Floor 0. Integers of any size as text; the digits were printed by Python's int.from_bytes(..., "little",
// signed=True).
#include "base/big_decimal.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace weightsonly {
namespace {

using namespace std::string_literals;

TEST_CASE("an integer of any size is written in decimal") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {""s, "0"},
      {"\x00"s, "0"},
      {"\xff"s, "-1"},
      {"\x7f"s, "127"},
      {"\x80"s, "-128"},
      {"\x80\x00"s, "128"},
      {"\x00\x00\x00\x80"s, "-2147483648"},
      {"\xff\xff\xff\xff"s, "-1"},
      {"\x00\xca\x9a\x3b"s, "1000000000"},
      {"\xff\xc9\x9a\x3b"s, "999999999"},
      {"\x00\x00\x64\xa7\xb3\xb6\xe0\x0d"s, "1000000000000000000"},
      {"\x00\x00\x00\x18\xc3\x7f\x2f\x60\xc3\xd1\xc4\xfc"s, "-1000000000000000000000000000"},
      {"\x00\x00\x00\x00\x00\x00\x00\x80"s, "-9223372036854775808"},
      {"\x00\x00\x00\x00\x00\x00\x00\x00\x01"s, "18446744073709551616"},
      {"\x00\x00\x00\x00\x00\x00\x00\x00\xff"s, "-18446744073709551616"},
      {"\x05\x00\x00\x00\x00\x00\x00\x00\x00"s, "5"},
      {"\xfb\xff\xff\xff\xff\xff\xff\xff\xff"s, "-5"},
      {std::string(254, '\0') + "\x80",
       "-63119152483029311134208743532558499922742388026788054750254580913134092068101349400775784006880690358767027267"
       "425582069324452263965802580263844047629781802969982182358009757991699604981229789271086050074968881969290609802"
       "036366711253590028004836270450354777054758408286889796663166144157436625779538926534222488932401695981290400341"
       "380008924794640968818996722769683214178380910532633711551074723814187845931105358601012620815151559279594339152"
       "157038471900846264123490479852950820722119447464310412741151715903477845113154386713414751950465264697590604369"
       "795983597920768026571572887653525297164440538776584100773888"},
  };
  for (const auto& [bytes, digits] : rows) {
    std::string out = "=";
    AppendBigDecimal(out, bytes);
    CHECK(out == "=" + digits);
  }
}

}  // namespace
}  // namespace weightsonly
