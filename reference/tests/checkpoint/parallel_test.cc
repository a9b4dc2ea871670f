// Materialize, CopyAll and Verify over many storages and tensors, by 1, 2 and 8 threads. The second source: the bytes
// that the test put into the archive.
#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/host_order.h"

namespace weightsonly::testing {
namespace {

constexpr int kStorages = 40;
constexpr unsigned kThreads[] = {0, 1, 2, 8};

std::string BytesOf(int index) {
  std::string out;
  for (int i = 0; i < 4 * (index + 1); ++i) out += static_cast<char>('a' + (index + i) % 26);
  return out;
}

// A list of kStorages float tensors, every second one deflated; `bad` have a deflate stream that is none.
Checkpointed Many(const std::vector<int>& bad = {}) {
  Checkpointed from;
  std::string items;
  for (int i = 0; i < kStorages; ++i) {
    items += RowOf(std::to_string(i), i + 1);
    from.storages.push_back({.key = std::to_string(i), .bytes = BytesOf(i), .deflated = i % 2 == 1});
  }
  for (const int index : bad) from.storages[static_cast<std::size_t>(index)].stream = "\xff\xff";
  from.pickle = PickleOf(ListOf({items}));
  return from;
}

struct Jobs {
  explicit Jobs(const Checkpoint& checkpoint) {
    for (std::size_t i = 0; i < checkpoint.root().size(); ++i) {
      const Tensor tensor = *checkpoint.root().item(i).AsTensor();
      copies.emplace_back(tensor.nbytes(), '?');
      jobs.push_back({tensor, {}});
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].out = std::as_writable_bytes(std::span(copies[i]));
  }
  std::vector<std::string> copies;
  std::vector<CopyJob> jobs;
};

}  // namespace

TEST_CASE("Materialize makes every storage, whatever the number of threads") {
  for (const unsigned threads : kThreads) {
    const Loaded checkpoint(Many());
    REQUIRE(checkpoint->Materialize(threads).has_value());
    REQUIRE(checkpoint->storage_count() == kStorages);
    for (int i = 0; i < kStorages; ++i) {
      CHECK(AsText(*checkpoint->storage(static_cast<std::size_t>(i)).data()) == OnHost(BytesOf(i), 4));
    }
    CHECK(checkpoint->Materialize(threads).has_value());
  }
}

TEST_CASE("CopyAll copies every tensor, whatever the number of threads") {
  const Loaded checkpoint(Many());
  for (const unsigned threads : kThreads) {
    Jobs jobs(*checkpoint);
    REQUIRE(CopyAll(jobs.jobs, threads).has_value());
    REQUIRE(jobs.copies.size() == kStorages);
    for (int i = 0; i < kStorages; ++i) CHECK(jobs.copies[static_cast<std::size_t>(i)] == OnHost(BytesOf(i), 4));
  }
  CHECK(CopyAll({}, 2).has_value());
}

TEST_CASE("CopyStorages copies every storage, whatever the number of threads") {
  const Loaded checkpoint(Many());
  for (const unsigned threads : kThreads) {
    std::vector<std::string> copies(kStorages);
    std::vector<StorageCopyJob> jobs;
    for (std::size_t i = 0; i < kStorages; ++i) {
      copies[i].resize(checkpoint->storage(i).nbytes(), '?');
      jobs.push_back({checkpoint->storage(i), std::as_writable_bytes(std::span(copies[i]))});
    }
    REQUIRE(CopyStorages(jobs, threads).has_value());
    for (int i = 0; i < kStorages; ++i) CHECK(copies[static_cast<std::size_t>(i)] == OnHost(BytesOf(i), 4));
    jobs[3].out = jobs[3].out.first(15);
    CHECK(OutcomeOf(CopyStorages(jobs, threads)) == At("options.invalid", 0));
  }
}

TEST_CASE("the refusal is that of the lowest index, whatever the number of threads") {
  for (const unsigned threads : kThreads) {
    const Loaded checkpoint(Many({9, 11, 39}));
    const std::string refused = At("container.zip.inflate", checkpoint.zip().local[1 + 9]);
    for (int i = 0; i < 20; ++i) CHECK(OutcomeOf(checkpoint->Materialize(threads)) == refused);
    Jobs jobs(*checkpoint);
    CHECK(OutcomeOf(CopyAll(jobs.jobs, threads)) == refused);
    CHECK(OutcomeOf(checkpoint->Verify()) == refused);
  }
}

TEST_CASE("a refusal that comes later does not replace that of a lower index") {
  // Streams of 1 to 8 MiB that end one byte too late: all are begun at once, and the lowest index is refused first.
  Checkpointed from;
  std::string items;
  for (int i = 0; i < 8; ++i) {
    const int size = (i + 1) << 20;
    items += StorageAt(std::to_string(i), size, "ByteStorage");
    from.storages.push_back({.key = std::to_string(i),
                             .bytes = std::string(static_cast<std::size_t>(size), '\0'),
                             .deflated = true,
                             .stream = Deflate(std::string(static_cast<std::size_t>(size) + 1, '\0'))});
  }
  from.pickle = PickleOf(ListOf({items}));
  const Loaded checkpoint(from);
  const std::string refused = At("container.zip.inflate", checkpoint.zip().local[1]);
  for (const unsigned threads : {1, 8}) CHECK(OutcomeOf(checkpoint->Materialize(threads)) == refused);
}

TEST_CASE("a job whose room has another size is refused") {
  const Loaded checkpoint(Many());
  Jobs jobs(*checkpoint);
  jobs.jobs[3].out = jobs.jobs[3].out.first(15);
  for (const unsigned threads : kThreads) CHECK(OutcomeOf(CopyAll(jobs.jobs, threads)) == At("options.invalid", 0));
}

TEST_CASE("a checkpoint without storages has nothing to make and nothing to verify") {
  const Loaded checkpoint(Checkpointed{.pickle = PickleOf("N")});
  CHECK(checkpoint->storage_count() == 0);
  CHECK(checkpoint->Materialize(8).has_value());
  CHECK(checkpoint->Verify().has_value());
}

}  // namespace weightsonly::testing
