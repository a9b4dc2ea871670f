// Every allocation made to fail in turn: the answer is host.memory or what it is without a fault, nothing is lost, and
// the next load gives what it gave before. The second source is the run without a fault.
#include <functional>

#include "base/pod_vector.h"
#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/faults/faults.h"
#include "tests/support/walk.h"

namespace weightsonly::testing {
namespace {

using Walk = std::function<Ending()>;

constexpr Lasting kLastings[] = {Lasting::kOnce, Lasting::kFromThenOn};

struct Trial {
  Ending ending;
  bool struck = false, leaked = false;
};

Trial WithFault(std::uint64_t at, Lasting lasting, const Walk& go) {
  Trial trial;
  const Held before = HeldNow();
  {
    const FailingAllocation failing(at, lasting);
    trial.ending = go();
    trial.struck = failing.Struck();
  }
  trial.leaked = HeldNow() != before;
  return trial;
}

// Runs `go` with allocation 0, 1, 2, … failing until none is left to fail; ends at the first wrong answer. Returns how
// many allocations failed.
std::uint64_t FailInTurn(const Walk& go) {
  WithFault(0, Lasting::kOnce, go);  // the first throw of a program may keep memory for those to come
  const Ending expected = go();
  std::uint64_t failed = 0;
  for (const Lasting lasting : kLastings) {
    for (std::uint64_t at = 0;; ++at, ++failed) {
      const Trial trial = WithFault(at, lasting, go);
      const bool refused = trial.struck && trial.ending.refused == kNoMemory;
      const Ending next = go();
      if (trial.leaked || next != expected || !(refused || trial.ending == expected)) {
        INFO("allocation " << at << (lasting == Lasting::kOnce ? " alone" : " and all that follow"));
        CHECK_FALSE(trial.leaked);
        CHECK(next == expected);
        CHECK(trial.ending == expected);
        return failed;
      }
      if (!trial.struck) break;
    }
  }
  return failed;
}

// Numbers enough for every array of a load to be mapped instead of allocated, where that is done.
std::string ManyNumbers() {
  constexpr int kNumbers = 70000;
  std::string items;
  for (int i = 0; i < kNumbers; ++i) items += Number(1000 + i);
  return BuildCheckpoint({.pickle = PickleOf(ListOf({items, RowOf("0", 1)})), .storages = {{"0", "abcd"}}}).bytes;
}

}  // namespace

TEST_CASE("a load has no memory or its usual answer, whichever allocation fails") {
  std::uint64_t failed = 0;
  for (const Sample& sample : Samples()) {
    INFO(sample.path);
    const std::uint64_t here = FailInTurn([&] { return WalkLoaded(Load(sample.path, sample.options)); });
    CHECK(here > 4);
    failed += here;
  }
  CHECK(failed > 2000);
}

TEST_CASE("a large load has no memory or its usual answer, whichever allocation or mapping fails") {
  const std::string bytes = ManyNumbers();
  const auto load = [&] { return Load(std::as_bytes(std::span(bytes))); };
  const auto go = [&] { return WalkLoaded(load()); };
  const std::int64_t mapped = HeldNow().mapped_bytes;
  CHECK(go().refused.empty());
  if (void* map = MapArray(kHugePage)) {
    UnmapArray(map, kHugePage);
    const auto loaded = load();
    CHECK(HeldNow().mapped_bytes > mapped);
  }
  CHECK(FailInTurn(go) > 50);
}

TEST_CASE("what a pickle names is told or there is no memory, whichever allocation fails") {
  for (const Sample& sample : Samples()) {
    INFO(sample.path);
    CHECK(FailInTurn([&] { return WalkGlobals(sample.path, sample.options); }) > 4);
  }
}

TEST_CASE("a TorchScript archive is listed or there is no memory, whichever allocation fails") {
  for (const char* name : {"torchscript", "torchscript-traced-linear", "torchscript-version-2"}) {
    const std::string path = CorpusPath("torch-2.15.0/" + std::string(name) + ".pt");
    INFO(path);
    CHECK(WalkScript(path).refused.empty());
    CHECK(FailInTurn([&] { return WalkScript(path); }) > 50);
  }
}

TEST_CASE("the C interface has no memory or its usual answer, whichever allocation fails") {
  for (const Sample& sample : Samples()) {
    INFO(sample.path);
    CHECK(FailInTurn([&] { return WalkByC(sample.path); }) > 4);
  }
}

TEST_CASE("threads whose storages are refused end with a refusal, whichever allocation fails") {
  Checkpointed from;
  std::string items;
  for (int i = 0; i < 16; ++i) {
    items += RowOf(std::to_string(i), 1);
    from.storages.push_back({.key = std::to_string(i), .bytes = "abcd", .deflated = true, .stream = "\xff\xff"});
  }
  from.pickle = PickleOf(ListOf({items}));
  const std::string bytes = BuildCheckpoint(from).bytes;
  const auto loaded = Load(std::as_bytes(std::span(bytes)));
  REQUIRE(loaded);
  const auto go = [&] {
    const auto made = loaded->Materialize(4);
    return Ending{.refused = made ? "" : KindName(made.error().kind)};
  };
  CHECK(go().refused == "container.zip.inflate");
  for (int round = 0; round < 20; ++round) CHECK(FailInTurn(go) > 4);
}

TEST_CASE("a checkpoint that had no memory for its bytes has them when there is memory again") {
  int retried = 0;
  for (const Sample& sample : Samples()) {
    INFO(sample.path);
    const Ending expected = WalkLoaded(Load(sample.path, sample.options));
    if (!Load(sample.path, sample.options)) continue;
    for (std::uint64_t at = 0;; ++at) {
      const auto loaded = Load(sample.path, sample.options);
      const Trial trial = WithFault(at, Lasting::kFromThenOn, [&] { return WalkCheckpoint(*loaded); });
      if (!trial.struck) break;
      ++retried;
      const Ending again = WalkCheckpoint(*loaded);
      if (again == expected) continue;
      INFO("allocation " << at);
      CHECK(again == expected);
      break;
    }
  }
  CHECK(retried > 200);
}

}  // namespace weightsonly::testing
