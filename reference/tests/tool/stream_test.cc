// Streams into memory: what a command writes, to look at it in the same process.
#include <string>

#include "tests/catch.h"
#include "tool/stream.h"

namespace weightsonly::tool {
namespace {

TEST_CASE("a stream into memory gives everything to it, in order, and is no terminal") {
  std::string memory = "before ";
  const std::string large(100'000, 'x');
  {
    Stream stream(memory);
    stream << "small " << large;
    CHECK(memory == "before small " + large);  // beyond what is kept back
    stream << " rest";
    CHECK(stream.position() == large.size() + 11);
    CHECK_FALSE(stream.IsTerminal());
    CHECK(stream.Columns() == 80);
  }
  CHECK(memory == "before small " + large + " rest");
}

TEST_CASE("what a stream into memory keeps back can be taken back, and nothing else") {
  std::string memory;
  {
    Stream stream(memory);
    stream << "kept ";
    const std::uint64_t position = stream.position();
    stream << "gone";
    CHECK(stream.DropSince(position));
    stream.Flush();
    CHECK_FALSE(stream.DropSince(0));
  }
  CHECK(memory == "kept ");
}

}  // namespace
}  // namespace weightsonly::tool
