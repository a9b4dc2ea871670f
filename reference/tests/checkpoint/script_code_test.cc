// The scanner of TorchScript code: which calls it lists, with which meaning, on which line.
#include "checkpoint/script_code.h"

#include <string>

#include "base/limits.h"
#include "tests/catch.h"

namespace weightsonly {
namespace {

ScriptCode Scan(const std::string& text, std::uint64_t version = 3) {
  ScriptCode code;
  code.version = version;
  ScanScriptCode(text, "code/x.py", code);
  return code;
}

// "line name" of each call.
std::string CallsIn(const std::string& text, std::uint64_t version = 3) {
  std::string out;
  for (const ScriptCall& call : Scan(text, version).calls) {
    out += (out.empty() ? "" : "; ") + std::to_string(call.line) + " " + call.name;
  }
  return out;
}

TEST_CASE("calls are listed by line") {
  CHECK(CallsIn("class N(Module):\n  def forward(self):\n    z = torch.full([2, 2], 3)\n"
                "    return torch.div(torch.add(x, z), 2)\n") == "3 torch.full; 4 torch.div");
  CHECK(CallsIn("torch.div_(x, 2)") == "1 torch.div_");
  CHECK(CallsIn("torch.div (x, 2)") == "1 torch.div");
  CHECK(CallsIn("") == "");
}

TEST_CASE("nested calls stand in the order in which they begin") {
  CHECK(CallsIn("torch.div(torch.full([1],\n 2),\n torch.div(a, b))") == "1 torch.div; 1 torch.full; 3 torch.div");
}

TEST_CASE("other names are not taken for the calls") {
  for (const char* text : {"torch.divide(x, 2)", "torch.full_like(x, 2)", "ops.torch.div(x, 2)", "(x).torch.div(2)",
                           "torch.div", "torch.div = 2", "mytorch.div(x, 2)", "torch.floor_divide(x, 2)"}) {
    INFO(text);
    CHECK(CallsIn(text) == "");
  }
  for (const char* end : {"0", "9", "A", "Z", "a", "z", "_", "\x80", "\xff"}) {
    INFO(end);
    CHECK(CallsIn(std::string("x") + end + "torch.div(x, 2)") == "");
  }
  for (const char* end : {"/", ":", "@", "[", "`", "{"}) {
    INFO(end);
    CHECK(CallsIn(std::string("x") + end + "torch.div(x, 2)") == "1 torch.div");
  }
}

TEST_CASE("strings and comments are no code") {
  CHECK(CallsIn("x = \"torch.div(a, b)\"\ntorch.full([1], 2)") == "2 torch.full");
  CHECK(CallsIn("x = \"see torch.div(a, b)\"\ntorch.full([1], 2)") == "2 torch.full");
  CHECK(CallsIn("x = 'a\\'torch.div(a, b)'\ntorch.full([1], 2)") == "2 torch.full");
  CHECK(CallsIn("\"\"\"torch.div(a, b)\n\"torch.div(\n\"\"\"\ntorch.full([1], 2)") == "4 torch.full");
  CHECK(CallsIn("# torch.div(a, b)\ntorch.full([1], 2) # torch.div(") == "2 torch.full");
  CHECK(CallsIn("x = \"not closed\ntorch.div(a, b)") == "2 torch.div");
  CHECK(CallsIn("\"\"\" not closed\ntorch.div(a, b)") == "");
  CHECK(CallsIn("x = \"a backslash hides no end of the line\\\ntorch.div(a, b)") == "2 torch.div");
  CHECK(CallsIn("torch.div(a, b)\nx = \"a backslash at the end\\") == "1 torch.div");
}

TEST_CASE("a call is left out when the version does not change what it gives") {
  CHECK(CallsIn("torch.div(x, y, rounding_mode=\"trunc\")") == "");
  CHECK(CallsIn("torch.full([2], 3, dtype=6)") == "");
  CHECK(CallsIn("torch.full([2], 3.5)") == "");
  CHECK(CallsIn("torch.full([2], 0.5)") == "");
  CHECK(CallsIn("torch.full([2], -9.5)") == "");
  CHECK(CallsIn("torch.full([2], -1e-05, dtype=None)") == "");
  CHECK(CallsIn("torch.full([2], 3, out=t)") == "");
  CHECK(CallsIn("torch.full([2], 3, dtype=6, layout=None)") == "");
  CHECK(CallsIn("torch.div(x, y, rounding_mode=\"floor\", out=t)") == "");
}

TEST_CASE("a call is listed where the version may change what it gives") {
  CHECK(CallsIn("torch.full([2], 7, dtype=None, layout=None)") == "1 torch.full");
  CHECK(CallsIn("torch.full([2], x, dtype=d)") == "1 torch.full");
  CHECK(CallsIn("torch.full([2, 3], 1, layout=f(dtype=6))") == "1 torch.full");
  CHECK(CallsIn("torch.div(f(x, rounding_mode=m), 2)") == "1 torch.div");
  CHECK(CallsIn("torch.div(x, 2.5)") == "1 torch.div");
  CHECK(CallsIn("torch.full([2], 3") == "1 torch.full");
  for (const char* value : {"-", "3.5x", "(3.5)", "2 * 3.5", ""}) {
    INFO(value);
    CHECK(CallsIn(std::string("torch.full([2],") + value + ")") == "1 torch.full");
  }
  for (const char* dtype : {"", "(d)", "-1", "\""}) {
    INFO(dtype);
    CHECK(CallsIn(std::string("torch.full([2], 3, dtype=") + dtype) == "1 torch.full");
  }
}

TEST_CASE("the meaning is that of the archive's version") {
  const auto meaning = [](const std::string& text, std::uint64_t version) {
    return std::string(Scan(text, version).calls.at(0).meaning.substr(0, 16));
  };
  CHECK(meaning("torch.div(x, 2)", 3) == "before version 4");
  CHECK(meaning("torch.div(x, 2)", 4) == "since version 4:");
  CHECK(meaning("torch.div_(x, 2)", 1) == "before version 4");
  CHECK(meaning("torch.full([1], 2)", 4) == "before version 5");
  CHECK(meaning("torch.full([1], 2)", 5) == "since version 5:");
  CHECK(meaning("torch.full([1], 2)", 10) == "since version 5:");
}

TEST_CASE("the line of a call is kept without blanks, and cut") {
  CHECK(Scan("a\n    y = torch.div(x, 2)  \nb").calls.at(0).text == "y = torch.div(x, 2)");
  const std::string far = std::string(5000, 'a') + " + torch.div(x, " + std::string(5000, 'b') + ")";
  const std::string text = Scan(far).calls.at(0).text;
  CHECK(text.size() == kMaxScriptLineBytes);
  CHECK(text.starts_with("torch.div(x, bbb"));
}

TEST_CASE("lines are counted") {
  ScriptCode code;
  CHECK(ScanScriptCode("", "x", code) == 0);
  CHECK(ScanScriptCode("a", "x", code) == 1);
  CHECK(ScanScriptCode("a\n", "x", code) == 1);
  CHECK(ScanScriptCode("a\n\"\"\"b\n\"\"\"\nc", "x", code) == 4);
}

TEST_CASE("calls beyond the limit are counted and not kept") {
  std::string text;
  for (std::uint64_t i = 0; i < kMaxScriptCalls + 5; ++i) text += "torch.div(x, 2)\n";
  const ScriptCode code = Scan(text);
  CHECK(code.calls.size() == kMaxScriptCalls);
  CHECK(code.calls_left_out == 5);
}

TEST_CASE("brackets that nest beyond the limit cost no memory and hide only what is in them") {
  const std::string deep(kMaxScriptNesting + 100, '(');
  const std::string closed(kMaxScriptNesting + 100, ')');
  const ScriptCode code = Scan(deep + "torch.div(a, b)" + closed + "\ntorch.full([1], 2)");
  REQUIRE(code.calls.size() == 1);
  CHECK(code.calls[0].name == "torch.full");
  CHECK(code.calls[0].line == 2);
  CHECK(code.calls_left_out == 1);
}

TEST_CASE("a keyword beyond the limit belongs to no call that is open") {
  const std::string deep(kMaxScriptNesting - 1, '(');
  CHECK(CallsIn(deep + "torch.div(x, y, rounding_mode=m)") == "");
  CHECK(CallsIn(deep + "torch.div(x, f(y, rounding_mode=m))") == "1 torch.div");
}

TEST_CASE("closing brackets without an opening one are passed over") {
  CHECK(CallsIn("))]}\ntorch.div(a, b)") == "2 torch.div");
}

}  // namespace
}  // namespace weightsonly
