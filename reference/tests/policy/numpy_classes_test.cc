// Floor 4. The classes of numpy's results against what numpy 1.24.4 and 2.4.6 gave (numpy-classes-<version>.txt,
// written by fixtures-gen/dump_numpy_classes.py).
#include "policy/numpy_classes.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace weightsonly::policy {
namespace {

struct Row {
  std::string function, argument, name;
};

std::vector<Row> Dump(const std::string& version) {
  std::ifstream file(WEIGHTSONLY_SOURCE_DIR "/reference/tests/policy/numpy-classes-" + version + ".txt");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    Row row;
    std::getline(fields, row.function, '\t');
    std::getline(fields, row.argument, '\t');
    std::getline(fields, row.name, '\t');
    rows.push_back(row);
  }
  REQUIRE(rows.size() > 30);
  return rows;
}

}  // namespace

TEST_CASE("a pickled dtype or generator is of the class that numpy says") {
  for (const Row& row : Dump("1.24.4")) {
    CAPTURE(row.function, row.argument);
    const auto found = NumpyClassOf(row.function, row.argument);
    REQUIRE(found);
    CHECK(found->before_1_25 == row.name);
  }
  for (const Row& row : Dump("2.4.6")) {
    CAPTURE(row.function, row.argument);
    const auto found = NumpyClassOf(row.function, row.argument);
    if (row.function == "numpy.random._pickle.__bit_generator_ctor" && row.argument.empty()) {
      CHECK_FALSE(found);  // it is called with the class itself
    } else {
      REQUIRE(found);
      CHECK(found->name == row.name);
    }
  }
}

TEST_CASE("a text that numpy does not write into pickles has no class") {
  for (const std::string text : {"", "f", "f3", "f44", "float32", "<f4", "b2", "U", "U-1", "U 1", "U12345678901", "V1x",
                                 "T16", "O", "M4", "f4,i4", "1f4", "\xff\xff"}) {
    CAPTURE(text);
    CHECK_FALSE(NumpyClassOf("numpy.dtype", text));
  }
  CHECK_FALSE(NumpyClassOf("numpy.dtypes", "f4"));
  CHECK_FALSE(NumpyClassOf("training.dtype", "f4"));
  CHECK_FALSE(NumpyClassOf("numpy.random._pickle.__bit_generator_ctor", "_mt19937.MT19937"));
}

}  // namespace weightsonly::policy
