// Every read cut short, interrupted, failing or at the end of the file, in turn: the value is the right one or io.read
// is refused, and no byte is ever made up. The second source is the same file without a fault, or its first bytes in
// memory.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>

#include "tests/catch.h"
#include "tests/faults/faults.h"
#include "tests/support/walk.h"

namespace weightsonly::testing {
namespace {

constexpr std::string_view kReadRefused = "io.read";

// Runs `go` with the fault in read 0, 1, 2, … until none is left, and checks what `right` expects where it struck.
// Returns how many reads had it.
std::uint64_t FailInTurn(ReadFault fault, Lasting lasting, const std::function<Ending()>& go,
                         const std::function<Ending()>& right) {
  const Ending expected = go();
  for (std::uint64_t at = 0;; ++at) {
    Ending ending;
    bool struck;
    {
      const FailingRead failing(at, fault, lasting);
      ending = go();
      struck = failing.Struck();
    }
    INFO("read " << at << ", fault " << static_cast<int>(fault));
    CHECK(ending == (struck ? right() : expected));
    if (!struck) return at;
  }
}

std::string BytesOf(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Standard input is the file `path` while it lives.
class StandardInput {
 public:
  explicit StandardInput(const std::string& path) : saved_(dup(STDIN_FILENO)) {
    REQUIRE(std::freopen(path.c_str(), "rb", stdin) != nullptr);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }
  static void Rewind() { lseek(STDIN_FILENO, 0, SEEK_SET); }

 private:
  int saved_;
};

// work(go, mmap) for every sample, mapped and read; go() loads it and walks through it.
template <typename Work>
void ForEachLoad(const Work& work) {
  for (const Sample& sample : Samples()) {
    for (const bool mmap : {true, false}) {
      INFO(sample.path << (mmap ? ", mapped" : ", read"));
      Options options = sample.options;
      options.mmap = mmap;
      work([&] { return WalkLoaded(Load(sample.path, options)); }, mmap);
    }
  }
}

}  // namespace

TEST_CASE("a file whose reads are short or interrupted has its usual value") {
  std::uint64_t reads = 0;
  ForEachLoad([&](const auto& go, bool) {
    const Ending expected = go();
    for (const ReadFault fault : {ReadFault::kShort, ReadFault::kInterrupted}) {
      reads += FailInTurn(fault, Lasting::kOnce, go, [&] { return expected; });
    }
    const FailingRead all_short(0, ReadFault::kShort, Lasting::kFromThenOn);
    CHECK(go() == expected);
    CHECK(FailingRead::Count() >= FailingRead::Bytes());
  });
  CHECK(reads > 100);
}

TEST_CASE("a file that cannot be read, or ends where it did not, is refused as io.read") {
  std::uint64_t reads = 0;
  ForEachLoad([&](const auto& go, bool mmap) {
    for (const ReadFault fault : {ReadFault::kError, ReadFault::kEnd}) {
      for (const Lasting lasting : {Lasting::kOnce, Lasting::kFromThenOn}) {
        const std::uint64_t here = FailInTurn(fault, lasting, go, [] { return Ending{.refused = kReadRefused}; });
        CHECK((mmap || here > 0));  // what is deflated and small is taken from the mapping
        reads += here;
      }
    }
  });
  CHECK(reads > 200);
}

TEST_CASE("a stream whose reads fault has its value, is refused, or is what came of it") {
  for (const Sample& sample : Samples()) {
    INFO(sample.path);
    const std::string bytes = BytesOf(sample.path);
    const StandardInput input(sample.path);
    const auto go = [&] {
      StandardInput::Rewind();
      return WalkLoaded(Load("-", sample.options));
    };
    const Ending expected = WalkLoaded(Load(std::as_bytes(std::span(bytes)), sample.options));
    CHECK(go() == expected);
    const auto arrived = [&] {
      return WalkLoaded(Load(std::as_bytes(std::span(bytes)).first(FailingRead::Bytes()), sample.options));
    };
    CHECK(FailInTurn(ReadFault::kShort, Lasting::kOnce, go, [&] { return expected; }) > 1);
    CHECK(FailInTurn(ReadFault::kInterrupted, Lasting::kOnce, go, [&] { return expected; }) > 1);
    CHECK(FailInTurn(ReadFault::kError, Lasting::kOnce, go, [] { return Ending{.refused = kReadRefused}; }) > 1);
    CHECK(FailInTurn(ReadFault::kEnd, Lasting::kOnce, go, arrived) > 1);
    const FailingRead all_short(0, ReadFault::kShort, Lasting::kFromThenOn);
    CHECK(go() == expected);
    CHECK(FailingRead::Count() == bytes.size() + 1);
  }
}

}  // namespace weightsonly::testing
