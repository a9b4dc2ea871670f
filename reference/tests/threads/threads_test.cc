// Eight threads at once: loads of different files with different options, one checkpoint, one storage, one handle. The
// second source is what one thread alone makes of the same. Under ThreadSanitizer (ci/threads) a race is a failure.
#include <weightsonly/weightsonly.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>

#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/host_order.h"
#include "tests/support/walk.h"

namespace weightsonly::testing {
namespace {

constexpr std::size_t kThreads = 8;

// Runs work(0) … work(kThreads - 1), each on a thread of its own, begun together.
void Together(const std::function<void(std::size_t)>& work) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// A storage of kBytes bytes, which must be made before it can be used: it is deflated, or in the other byte order.
constexpr int kBytes = 1 << 16;
std::string Payload() {
  std::string out;
  for (int i = 0; i < kBytes; ++i) out += static_cast<char>(i * 31 / 7);
  return out;
}
std::string OneStorage(bool deflated) {
  return BuildCheckpoint({.pickle = PickleOf(ListOf({RowOf("0", kBytes / 4)})),
                          .storages = {{.key = "0", .bytes = Payload(), .deflated = deflated}},
                          .byteorder = deflated      ? "little"
                                       : kLittleHost ? "big"
                                                     : "little"})
      .bytes;
}
// What a host of this order makes of it.
std::string Made(bool deflated) {
  if (deflated) return OnHost(Payload(), 4);
  std::string out = Payload();
  for (std::size_t i = 0; i < out.size(); i += 4) std::reverse(&out[i], &out[i] + 4);
  return out;
}

std::expected<Checkpoint, Refusal> LoadBytes(const std::string& bytes) { return Load(std::as_bytes(std::span(bytes))); }

}  // namespace

TEST_CASE("threads that load different files with different options get what one thread gets") {
  const std::vector<Sample> samples = Samples();
  REQUIRE(samples.size() > 2 * kThreads);
  std::vector<Ending> expected;
  for (const Sample& sample : samples) expected.push_back(WalkLoaded(Load(sample.path, sample.options)));
  std::vector<Ending> found(samples.size() * kThreads);
  Together([&](std::size_t thread) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::size_t which = (i + thread * 3) % samples.size();
      const Sample& sample = samples[which];
      found[thread * samples.size() + which] = WalkLoaded(Load(sample.path, sample.options));
    }
  });
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(samples[i % samples.size()].path << " on thread " << i / samples.size());
    CHECK(found[i] == expected[i % samples.size()]);
  }
}

TEST_CASE("threads that share one checkpoint each get all of it") {
  int shared = 0;
  for (const Sample& sample : Samples()) {
    INFO(sample.path);
    const auto loaded = Load(sample.path, sample.options);
    if (!loaded) continue;
    const Ending expected = WalkLoaded(Load(sample.path, sample.options));
    std::vector<Ending> found(kThreads);
    Together([&](std::size_t thread) { found[thread] = WalkCheckpoint(*loaded); });
    CHECK(found == std::vector<Ending>(kThreads, expected));
    ++shared;
  }
  CHECK(shared >= 16);
}

TEST_CASE("threads that ask for one storage get the same bytes, made once") {
  for (const bool deflated : {true, false}) {
    const std::string bytes = OneStorage(deflated);
    const std::string expected = Made(deflated);
    for (int round = 0; round < 20; ++round) {
      const auto loaded = LoadBytes(bytes);
      REQUIRE(loaded);
      REQUIRE_FALSE(loaded->storage(0).in_place());
      std::vector<const std::byte*> where(kThreads);
      std::vector<std::string> found(kThreads);
      Together([&](std::size_t thread) {
        if (thread % 4 == 1 && !loaded->Materialize(2)) return;
        const auto data = loaded->storage(0).data();
        if (!data) return;
        where[thread] = data->data();
        found[thread] = AsText(*data);
      });
      CHECK(where == std::vector<const std::byte*>(kThreads, where[0]));
      CHECK(found == std::vector<std::string>(kThreads, expected));
    }
  }
}

TEST_CASE("threads that ask for a storage which cannot be made are all refused") {
  const auto loaded = Load(CorpusPath("cases/zip/zip-inflate-short.pt"));
  REQUIRE(loaded);
  std::vector<std::string> found(kThreads);
  Together([&](std::size_t thread) {
    const auto refused = thread % 2 == 0 ? loaded->Materialize(2) : loaded->Verify();
    if (!refused) found[thread] = KindName(refused.error().kind);
  });
  CHECK(found == std::vector<std::string>(kThreads, "container.zip.inflate"));
}

TEST_CASE("a handle keeps the file for its thread when every other one has let go") {
  const std::string bytes = OneStorage(true);
  const std::string expected = Made(true);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::optional<Tensor>> tensors(kThreads);
    {
      const auto loaded = LoadBytes(bytes);
      REQUIRE(loaded);
      for (auto& tensor : tensors) tensor = loaded->root().item(0).AsTensor();
    }
    std::vector<std::string> found(kThreads, std::string(kBytes, '?'));
    Together([&](std::size_t thread) {
      const auto copied = tensors[thread]->CopyTo(std::as_writable_bytes(std::span(found[thread])));
      tensors[thread].reset();
      if (!copied) found[thread].clear();
    });
    CHECK(found == std::vector<std::string>(kThreads, expected));
  }
}

TEST_CASE("threads that load with one set of options call its functions for every storage") {
  std::atomic<int> calls = 0;
  Options options;
  options.map_location = [&](const StorageTag&, std::string_view) -> std::optional<std::string> {
    ++calls;
    return "cuda:3";
  };
  const std::string path = CorpusPath("torch-2.15.0/checkpoint-Adam.pt");
  const auto alone = Load(path, options);
  REQUIRE(alone);
  const int once = calls;
  CHECK(once > 1);
  std::vector<std::string> devices(kThreads);
  Together([&](std::size_t thread) {
    const auto loaded = Load(path, options);
    if (loaded) devices[thread] = loaded->storage(0).device();
  });
  CHECK(devices == std::vector<std::string>(kThreads, "cuda:3"));
  CHECK(calls == once * (1 + static_cast<int>(kThreads)));
}

TEST_CASE("threads that go through the C interface get what one thread gets") {
  for (const char* name : {"checkpoint-Adam", "legacy-views", "sparse-coo-shared", "user-class"}) {
    const std::string path = CorpusPath("torch-2.15.0/" + std::string(name) + ".pt");
    INFO(path);
    const Ending expected = WalkByC(path);
    std::vector<Ending> found(kThreads);
    Together([&](std::size_t thread) { found[thread] = WalkByC(path); });
    CHECK(found == std::vector<Ending>(kThreads, expected));
  }
}

}  // namespace weightsonly::testing
