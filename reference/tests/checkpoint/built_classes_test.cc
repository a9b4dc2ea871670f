// What GLOBALs do not tell: classes that BUILD asks for, objects that torch never fills. By hand from GLS-002 to
// GLS-005; that torch 2.15.0 then loads the files is seen by ci/oracle.
#include <string>

#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/checkpoint/folder.h"
#include "tests/checkpoint/legacy_builder.h"

namespace weightsonly::testing {
namespace {

const std::string kDtype = Global("numpy", "dtype");
const std::string kState = "N";
const std::string kBuild = "b";

// numpy.dtype(text, False, True)
std::string CallDtype(const std::string& text) { return kDtype + TupleOf({Text(text), "\x89", "\x88"}) + "R"; }

GlobalsReport ReportOf(const std::string& value) {
  const TestFolder folder;
  const auto report = ExamineGlobals(folder.Write("x", BuildCheckpoint({.pickle = PickleOf(value)}).bytes));
  REQUIRE(report.has_value());
  return *report;
}

// "name|name before 1.25|maker|argument@offset, …"
std::string BuiltIn(const std::string& value) {
  std::string out;
  for (const BuiltClass& built : ReportOf(value).built) {
    out += (out.empty() ? "" : ", ") + built.name + "|" + built.name_before_numpy_1_25 + "|" + built.maker + "|" +
           built.argument + "@" + std::to_string(built.offset);
    CHECK(built.record == "data.pkl");
  }
  return out;
}

std::string FilledIn(const std::string& value) {
  std::string out;
  for (const FilledClass& filled : ReportOf(value).filled) {
    out += (out.empty() ? "" : ", ") + filled.name + "@" + std::to_string(filled.offset);
  }
  return out;
}

std::string Behind(const std::string& what, std::size_t before) { return what + "@" + std::to_string(2 + before); }

const std::string kFloat32 = "numpy.dtypes.Float32DType|numpy.dtype[float32]|numpy.dtype|f4";

}  // namespace

TEST_CASE("BUILD of a dtype asks for its class") {
  const std::string call = CallDtype("f4");
  CHECK(BuiltIn(call + kState + kBuild) == Behind(kFloat32, call.size() + 1));
  CHECK(BuiltIn(call) == "");
  // What no function is takes its own two places and no more: the call of None leaves the dtype where it was.
  CHECK(BuiltIn(call + "N)R" + kBuild) == Behind(kFloat32, call.size() + 3));
  CHECK(BuiltIn(kDtype + Text("f4") + "\x85R" + kState + kBuild) != "");
  CHECK(BuiltIn(kDtype + Text("f4") + "N\x86R" + kState + kBuild) != "");
  CHECK(BuiltIn(kDtype + Text("f4") + "NN\x87R" + kState + kBuild) != "");
  // Arguments that are no tuple say nothing of the first one.
  CHECK(BuiltIn(kDtype + Text("f4") + "R" + kState + kBuild).starts_with("||numpy.dtype|@"));
  CHECK(BuiltIn("](" + kDtype + Text("f4") + kState + kBuild + "e") == "");
  CHECK(BuiltIn(kDtype +
                "U\x02"
                "f4\x85R" +
                kState + kBuild) != "");
}

TEST_CASE("function, argument, tuple and result are followed through the memo") {
  const std::string once = kDtype + "q\x01" + Text("f4") +
                           "q\x02\x85q\x03R"
                           "q\x04" +
                           kState + kBuild;
  const std::string by_name = "h\x01h\x02\x85R" + kState + kBuild;
  const std::string by_tuple = "h\x01h\x03R" + kState + kBuild;
  const std::string by_result = "h\x04" + kState + kBuild;
  CHECK(BuiltIn(once) == Behind(kFloat32, once.size() - 1));
  const std::string stored = kDtype + "q\x01" + Text("f4") +
                             "q\x02\x85q\x03R"
                             "q\x04";
  for (const std::string& use : {by_name, by_tuple, by_result}) {
    CHECK(BuiltIn(stored + use) == Behind(kFloat32, stored.size() + use.size() - 1));
  }
  const std::string index("\x2c\x01\0\0", 4);  // 300
  CHECK(BuiltIn(kDtype + Text("f4") + "r" + index + Text("i8") + "j" + index + "\x85R" + kState + kBuild) == "");
  CHECK(BuiltIn(kDtype + "r" + index + "j" + index + Text("f4") + "\x85R" + kState + kBuild).starts_with(kFloat32));
  // An index that was put again is what it was put last.
  CHECK(BuiltIn(kDtype + "q\x01" + Text("f4") + "q\x02" + Text("i8") + "q\x02h\x01h\x02\x85R" + kState + kBuild)
            .starts_with("numpy.dtypes.Int64DType|numpy.dtype[int64]|"));
}

TEST_CASE("each class is told once, in the order of its first BUILD") {
  const std::string f4 = CallDtype("f4") + kState + kBuild;
  const std::string i8 = CallDtype("i8") + kState + kBuild;
  const std::string two = BuiltIn("](" + i8 + f4 + f4 + i8 + "e");
  CHECK(two == Behind("numpy.dtypes.Int64DType|numpy.dtype[int64]|numpy.dtype|i8", 2 + i8.size() - 1) + ", " +
                   Behind(kFloat32, 2 + i8.size() + f4.size() - 1));
}

TEST_CASE("an argument that says nothing leaves the class open") {
  const auto open = [](const std::string& argument) { return BuiltIn(kDtype + argument + "R" + kState + kBuild); };
  CHECK(open(Text("float32") + "\x85").starts_with("||numpy.dtype|float32@"));
  CHECK(open(Number(4) + "\x85").starts_with("||numpy.dtype|@"));
  CHECK(open(")").starts_with("||numpy.dtype|@"));
  CHECK(open(Text(std::string(33, 'f')) + "\x85").starts_with("||numpy.dtype|@"));
  CHECK(BuiltIn(Global("training", "make") + ")R" + kState + kBuild).starts_with("||training.make|@"));
}

TEST_CASE("no class is asked for that a GLOBAL names, or that torch allows by itself") {
  const std::string thing = Global("training", "Thing");
  CHECK(BuiltIn(thing + ")R" + kState + kBuild) == "");
  CHECK(BuiltIn(thing + ")\x81" + kState + kBuild) == "");
  CHECK(BuiltIn(Global("training", "thing") + ")\x81" + kState + kBuild) == "");
  CHECK(BuiltIn(Global("copyreg", "_reconstructor") + thing + "\x85R" + kState + kBuild) == "");
  CHECK(BuiltIn(Global("collections", "OrderedDict") + ")R" + kState + kBuild) == "");
  CHECK(BuiltIn(Global("os", "mkdir") + ")R" + kState + kBuild) == "");
  CHECK(BuiltIn(thing + "}" + kState + kBuild) == "");
}

TEST_CASE("nothing is told of what stands behind the end of a load") {
  const std::string built = CallDtype("f4") + kState + kBuild;
  for (const std::string& fault : {std::string("h\x63"), std::string("t"), std::string("R"), std::string("(\x85"),
                                   std::string("e"), std::string("(e"), std::string("N(Ns"), std::string("(b"),
                                   std::string("Q"), std::string("q\x01"), std::string("(q\x01")}) {
    CAPTURE(fault);
    CHECK(BuiltIn(fault + built) == "");
    CHECK(BuiltIn(built + fault) != "");
  }
}

TEST_CASE("marks hide what lies below") {
  const std::string call = CallDtype("f4");
  CHECK(BuiltIn(call + "(" + kState + kBuild) == "");
  CHECK(BuiltIn(call + "((t" + kBuild) == "");
  CHECK(BuiltIn(call + "(NNt" + kBuild) != "");
  CHECK(BuiltIn("(" + call + "(NNt" + kBuild + "t") != "");
  CHECK(BuiltIn(call + "}(" + Text("a") + "Nu" + kBuild) != "");
  CHECK(BuiltIn(call + "](Ne" + kBuild) != "");
  CHECK(BuiltIn(call + "]Na" + kBuild) != "");
  CHECK(BuiltIn(call + "}NNs" + kBuild) != "");
  CHECK(BuiltIn(call + "NQ" + kBuild) != "");
}

TEST_CASE("generators of random numbers are of the classes that numpy makes") {
  const std::string make = Global("numpy.random._pickle", "__randomstate_ctor") + Text("MT19937") + "\x85R";
  CHECK(BuiltIn(make + kState + kBuild)
            .starts_with("numpy.random.mtrand.RandomState|numpy.random.mtrand.RandomState|"
                         "numpy.random._pickle.__randomstate_ctor|@"));
}

TEST_CASE("objects of other classes than list and dict are never filled") {
  const std::string thing = Global("training", "Thing");
  const std::string made = thing + ")\x81";
  CHECK(FilledIn(made + "Na") == Behind("training.Thing", made.size() + 1));
  CHECK(FilledIn(made + "(NNe") == Behind("training.Thing", made.size() + 3));
  CHECK(FilledIn(made + "NNs") == Behind("training.Thing", made.size() + 2));
  CHECK(FilledIn(made + "(NNu") == Behind("training.Thing", made.size() + 3));
  CHECK(FilledIn(made + "(u") == Behind("training.Thing", made.size() + 1));
  CHECK(FilledIn("(" + made + "(NNut") == Behind("training.Thing", 1 + made.size() + 3));
  CHECK(FilledIn(thing + ")R(NNu") != "");
  CHECK(FilledIn(Global("collections", "defaultdict") + ")R(NNu") != "");
  CHECK(FilledIn(made + "q\x01](h\x01Nae") != "");
  CHECK(FilledIn(made + "Na(NNe") == Behind("training.Thing", made.size() + 1));
  // What may be a list, is one, or is not filled.
  for (const char* name : {"make", "0thing", "_Thing", ""}) CHECK(FilledIn(Global("training", name) + ")R(NNu") == "");
  CHECK(FilledIn(Global("builtins", "list") + ")\x81(NNe") == "");
  CHECK(FilledIn(Global("builtins", "dict") + ")R(NNu") == "");
  CHECK(FilledIn(Global("collections", "OrderedDict") + ")R(NNu") == "");
  CHECK(FilledIn(thing + "](NNe") == "");
  CHECK(FilledIn("](" + made + "e") == "");
}

TEST_CASE("the module of a name is known, translated or not") {
  const auto module_of = [](const std::string& module, const std::string& name) {
    const auto report = ReportOf(Global(module, name));
    REQUIRE(report.named.size() == 1);
    return report.named[0].path.substr(0, report.named[0].module_size);
  };
  CHECK(module_of("training", "Config") == "training");
  CHECK(module_of("a.b", "C") == "a.b");
  CHECK(module_of("training", "Outer.Inner") == "training");
  CHECK(module_of("__builtin__", "eval") == "builtins");
  CHECK(module_of("__builtin__", "unicode") == "builtins");
  CHECK(module_of("itertools", "izip_longest") == "itertools");
  CHECK(module_of("__builtin__", "reduce") == "functools");
  CHECK(module_of("torch", "storage.UntypedStorage") == "torch");
  CHECK(module_of("", "") == "");
}

TEST_CASE("all pickles of a stream are looked at") {
  const TestFolder folder;
  const auto report = ExamineGlobals(folder.Write("x", BuildStream({.object = CallDtype("f4") + kState + kBuild})));
  REQUIRE(report.has_value());
  REQUIRE(report->built.size() == 1);
  CHECK(report->built[0].record == "legacy/object");
}

}  // namespace weightsonly::testing
