// Floor 5. Handlers of plain values, marks, memo and STOP, called one by one on a state.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"
#include "tests/machine/show.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

// 2^2039 and so on, by Python's int.
const std::string kTwo64 = "18446744073709551616";
const std::string kTwo63 = "9223372036854775808";

TEST_CASE("an opcode of a plain value pushes that value and leaves what lies below") {
  const std::vector<Accepted> rows = {
      {"NONE", "N", "None"},
      {"NEWTRUE", "\x88", "True"},
      {"NEWFALSE", "\x89", "False"},
      {"EMPTY_TUPLE", ")", "()"},
      {"EMPTY_LIST", "]", "[]"},
      {"EMPTY_DICT", "}", "{}"},
      {"EMPTY_SET", "\x8f", "set()"},
      {"BININT, largest", "J\xff\xff\xff\x7f", "2147483647"},
      {"BININT, smallest", "J\0\0\0\x80"s, "-2147483648"},
      {"BININT1, largest", "K\xff", "255"},
      {"BININT2, largest", "M\xff\xff", "65535"},
      {"BINFLOAT", "\x47\x3f\xf8\0\0\0\0\0\0"s, "1.5"},
      {"BINFLOAT, negative zero", "\x47\x80\0\0\0\0\0\0\0"s, "-0.0"},
      {"BINUNICODE", "X\2\0\0\0ab"s, "'ab'"},
      {"BINUNICODE, empty", "X\0\0\0\0"s, "''"},
      {"BINUNICODE with NUL", "X\3\0\0\0a\0b"s, "'a\0b'"s},
      {"SHORT_BINSTRING", "U\2ab", "'ab'"},
      {"PROTO pushes nothing", "\x80\xff", ""},
  };
  for (const Accepted& row : rows) {
    INFO(row.name);
    Machine machine("K\x05" + row.pickle);
    CHECK(machine.Execute() == "");
    CHECK(machine.Stack() == (row.shown.empty() ? "5" : "5 " + row.shown));
  }
}

// OPC-008; the numbers are Python's int.from_bytes(…, "little", signed=True).
TEST_CASE("LONG1 is two's complement of any length up to 255 bytes") {
  const std::vector<Accepted> rows = {
      {"no bytes", "", "0"},
      {"one zero", "\0"s, "0"},
      {"superfluous zeros", "\1\0\0\0\0\0\0\0\0\0"s, "1"},
      {"-1", "\xff", "-1"},
      {"-1 with superfluous sign bytes", std::string(255, '\xff'), "-1"},
      {"127", "\x7f", "127"},
      {"-128", "\x80", "-128"},
      {"128 needs a zero", "\x80\0"s, "128"},
      {"-129", "\x7f\xff", "-129"},
      {"2^63 - 1", "\xff\xff\xff\xff\xff\xff\xff\x7f", "9223372036854775807"},
      {"-2^63", "\0\0\0\0\0\0\0\x80"s, "-" + kTwo63},
      {"2^63", "\0\0\0\0\0\0\0\x80\0"s, kTwo63},
      {"-2^63 - 1", "\xff\xff\xff\xff\xff\xff\xff\x7f\xff", "-9223372036854775809"},
      {"2^64", "\0\0\0\0\0\0\0\0\1"s, kTwo64},
      {"-2^64", "\0\0\0\0\0\0\0\0\xff"s, "-" + kTwo64},
      {"2^64 with superfluous zeros", "\0\0\0\0\0\0\0\0\1\0\0\0"s, kTwo64},
      {"-2^64 with superfluous sign bytes", "\0\0\0\0\0\0\0\0\xff\xff\xff"s, "-" + kTwo64},
  };
  for (const Accepted& row : rows) {
    INFO(row.name);
    Machine machine(as::Long(row.pickle));
    CHECK(machine.Execute() == "");
    CHECK(machine.Stack() == row.shown);
  }
}

TEST_CASE("an int that fits 64 bits is kept as one, a larger one as its shortest bytes") {
  Machine machine(as::Long("\1\0\0\0\0\0\0\0\0\0"s) + as::Long("\0\0\0\0\0\0\0\0\xff\xff\xff"s) + as::Long(""));
  REQUIRE(machine.Execute() == "");
  const Node& small = machine.graph[machine.state.stack[0]];
  CHECK(small.flags == 0);
  CHECK(small.integer == 1);
  const Node& big = machine.graph[machine.state.stack[1]];
  CHECK(big.flags == kBigInt);
  CHECK(machine.graph.TextOf(big) == "\0\0\0\0\0\0\0\0\xff"s);
  CHECK(machine.graph[machine.state.stack[2]].integer == 0);
}

// OPC-009, OPC-010
TEST_CASE("text that is not in its encoding is refused, surrogates only in BINUNICODE accepted") {
  CheckAccepted({
      {"BINUNICODE, two bytes", as::Str("\xc3\xa9"), "'\xc3\xa9'"},
      {"BINUNICODE, a lone surrogate", as::Str("\xed\xa0\x80"), "'\xed\xa0\x80'"},
      {"BINUNICODE, U+10FFFF", as::Str("\xf4\x8f\xbf\xbf"), "'\xf4\x8f\xbf\xbf'"},
      {"BINUNICODE, not ASCII behind eight bytes", as::Str("12345678\xc3\xa9"), "'12345678\xc3\xa9'"},
      {"SHORT_BINSTRING, two bytes", "U\2\xc3\xa9", "'\xc3\xa9'"},
  });
  CheckRefused({
      {"BINUNICODE, an overlong NUL", as::Str("\xc0\x80"), "pickle.text", 7},
      {"BINUNICODE, a byte 0xff", as::Str("\xff"), "pickle.text", 6},
      {"BINUNICODE, 0xff in the first eight bytes", as::Str("1234567\xff"), "pickle.text", 13},
      {"BINUNICODE, above U+10FFFF", as::Str("\xf4\x90\x80\x80"), "pickle.text", 9},
      {"BINUNICODE, cut", as::Str("a\xc3"), "pickle.text", 7},
      {"SHORT_BINSTRING, Latin-1", "U\1\xe9", "pickle.text", 3},
      {"SHORT_BINSTRING, a surrogate", "U\3\xed\xa0\x80", "pickle.text", 5},
  });
}

TEST_CASE("text lies where it stands in the pickle") {
  Machine machine("N" + as::Str("ab") + "U\3xyz");
  REQUIRE(machine.Execute() == "");
  CHECK(machine.graph[machine.state.stack[1]].at == 6);
  CHECK(machine.graph[machine.state.stack[1]].count == 2);
  CHECK(machine.graph[machine.state.stack[2]].at == 10);
  CHECK(machine.graph[machine.state.stack[2]].count == 3);
}

TEST_CASE("None, True, False and the empty tuple are one object each, other values are not") {
  Machine machine("NN\x88\x88\x89\x89))(t" + as::Int(1000) + as::Int(1000) + as::Str("a") + as::Str("a") + "]]");
  REQUIRE(machine.Execute() == "");
  const auto& stack = machine.state.stack;
  for (std::size_t i : {0, 2, 4, 6}) CHECK(stack[i] == stack[i + 1]);
  CHECK(stack[8] == stack[6]);  // MARK, TUPLE
  for (std::size_t i : {9, 11, 13}) CHECK(stack[i] != stack[i + 1]);
}

// STK-001, STK-002: for each opcode the number of values that it takes from above the last mark.
TEST_CASE("an opcode with too few values above the last mark is refused at its byte") {
  struct Row {
    const char* name;
    std::string opcode;
    std::size_t needs;
  };
  const std::vector<Row> rows = {
      {"STOP", ".", 1},      {"BINPERSID", "Q", 1}, {"REDUCE", "R", 2},    {"APPEND", "a", 2},
      {"BUILD", "b", 2},     {"BINPUT", "q\1", 1},  {"SETITEM", "s", 3},   {"NEWOBJ", "\x81", 2},
      {"TUPLE1", "\x85", 1}, {"TUPLE2", "\x86", 2}, {"TUPLE3", "\x87", 3}, {"LONG_BINPUT", "r\1\0\0\0"s, 1},
  };
  for (const Row& row : rows) {
    for (std::size_t have = 0; have < row.needs; ++have) {
      for (const std::string& below : {""s, "NNN("s, "NNN(N("s}) {
        INFO(row.name << " with " << have << " values above `" << below << "`");
        const std::string values = below + std::string(have, 'N');
        CHECK(Machine(values + row.opcode).Execute() == At("pickle.stack-underflow", values.size()));
      }
    }
  }
  // With as many values as they need these go on.
  CHECK(Machine("N.").Execute() == "");
  CHECK(Machine("(NN\x86").Execute() == "");
  CHECK(Machine("]Na").Execute() == "");
}

// APPENDS and SETITEMS take what lies above the mark, and the container below it.
TEST_CASE("a closed mark needs its container below it, above the mark before") {
  for (const std::string& opcode : {"e"s, "u"s}) {
    CHECK(Machine("(" + opcode).Execute() == At("pickle.stack-underflow", 1));
    CHECK(Machine("](" + std::string("(") + opcode).Execute() == At("pickle.stack-underflow", 3));
  }
  CHECK(Machine("(](e").Execute() == "");
  CHECK(Machine("(}(u").Execute() == "");
}

// STK-003
TEST_CASE("an opcode that closes a mark is refused when none is open") {
  for (const std::string& opcode : {"t"s, "e"s, "u"s}) {
    for (const std::string& values : {""s, "]NN"s,
                                      "](NN"
                                      "t"s}) {
      INFO(opcode << " after " << values);
      CHECK(Machine(values + opcode).Execute() == At("pickle.mark-missing", values.size()));
    }
  }
}

TEST_CASE("marks hide what lies below and give it back in reverse order") {
  Machine machine(
      "N("
      "\x88("
      "("
      "\x89");
  REQUIRE(machine.Execute() == "");
  CHECK(machine.Stack() == "None | True | | False");
  CHECK(machine.state.base == 2);
  Machine closed("N(\x88((\x89ttt");
  REQUIRE(closed.Execute() == "");
  CHECK(closed.Stack() == "None (True, ((False,),))");
  CHECK(closed.state.base == 0);
  CHECK(closed.state.marks.empty());
}

// STK-004
TEST_CASE("STOP takes the topmost value and says that it stopped") {
  Machine machine("NK\x07.");
  REQUIRE(machine.Execute() == "");
  CHECK(machine.state.stopped);
  CHECK(Show(machine.graph, machine.state.result) == "7");
  CHECK(machine.Stack() == "None");
}

// MEM-001 to MEM-003
TEST_CASE("the memo gives back the object that was put last under an index") {
  CheckAccepted({
      {"BINPUT and LONG_BINGET", "]q\7" + as::Get(7) + "\x86", "([], [])"},
      {"the largest index", "]" + as::Put(0xffffffff) + as::Get(0xffffffff) + "\x86", "([], [])"},
      {"index 0 and the largest", "]" + as::Put(0) + "N" + as::Put(0xffffffff) + as::Get(0) + "\x87", "([], None, [])"},
      {"put twice", "K\1q\0K\2q\0h\0\x87"s, "(1, 2, 2)"},
      {"put twice far away", "K\1" + as::Put(1000) + "K\2" + as::Put(1000) + as::Get(1000) + "\x87", "(1, 2, 2)"},
      {"before it is filled", "]q\0K\1ah\0\x86"s, "([1], [1])"},
      {"the value stays on the stack", "K\1q\0"s, "1"},
  });
  CheckRefused({
      {"BINGET, never put", "Nh\0"s, "pickle.memo-missing", 2},
      {"LONG_BINGET, never put", "N" + as::Get(0xffffffff), "pickle.memo-missing", 5},
      {"one beside", "Nq\1h\0"s, "pickle.memo-missing", 2},
      {"one behind", "Nq\0h\1"s, "pickle.memo-missing", 2},
  });
}

TEST_CASE("the memo is right in whatever order indices are put") {
  Memo memo;
  CHECK(memo.Get(0) == nullptr);
  memo.Put(2, 20);  // beyond the end: the table
  memo.Put(0, 0);
  memo.Put(1, 10);
  CHECK(*memo.Get(2) == 20);
  memo.Put(2, 21);  // the array reaches 2 later than the table did
  CHECK(*memo.Get(2) == 21);
  memo.Put(2, 22);
  CHECK(*memo.Get(2) == 22);
  memo.Put(4000000000U, 40);
  CHECK(*memo.Get(4000000000U) == 40);
  CHECK(memo.Get(3999999999U) == nullptr);
  CHECK(memo.Get(3) == nullptr);
  CHECK(*memo.Get(0) == 0);
  CHECK(*memo.Get(1) == 10);
}

}  // namespace
}  // namespace weightsonly::machine
