// Load from a path, mapped and read, and from bytes; what a handle keeps alive. The second source: the bytes and
// numbers that the test put into the archive.
#include <atomic>
#include <new>
#include <stdexcept>
#include <thread>

#include "checkpoint/archive_source.h"
#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/checkpoint/folder.h"
#include "tests/host_order.h"

namespace weightsonly::testing {
namespace {

Checkpointed Example() {
  return {.pickle = PickleOf(DictOf({Text("w"), RowOf("0", 3), Text("z"), RowOf("1", 2), Text("step"), Number(7)})),
          .storages = {{"0", "abcdefghijkl"}, {.key = "1", .bytes = "mnopqrst", .deflated = true}}};
}

const std::string kStored = OnHost("abcdefghijkl", 4);
const std::string kDeflated = OnHost("mnopqrst", 4);

Options Read() {
  Options options;
  options.mmap = false;
  return options;
}
Options Strict() {
  Options options;
  options.strict = true;
  return options;
}

std::string CopyOf(const Tensor& tensor) {
  std::string out(tensor.nbytes(), '?');
  REQUIRE(tensor.CopyTo(std::as_writable_bytes(std::span(out))).has_value());
  return out;
}

}  // namespace

TEST_CASE("a checkpoint is the same mapped, read and lent") {
  const TestFolder folder;
  const Zip zip = BuildCheckpoint(Example());
  const std::string path = folder.Write("x.pt", zip.bytes);
  for (const auto& loaded : {Load(path), Load(path, Read()), Load(AsBytes(zip.bytes))}) {
    REQUIRE(loaded.has_value());
    CHECK(loaded->file_bytes() == zip.bytes.size());
    CHECK(loaded->pickle_bytes() == Example().pickle.size());
    CHECK(loaded->storage_count() == 2);
    CHECK(loaded->foreign_byte_order() == !kLittleHost);
    CHECK(loaded->Verify().has_value());
    CHECK(loaded->root().Find("step")->AsInt() == 7);
    CHECK(CopyOf(*loaded->root().Find("w")->AsTensor()) == kStored);
    CHECK(CopyOf(*loaded->root().Find("z")->AsTensor()) == kDeflated);
  }
}

TEST_CASE("handles outlive the checkpoint that they came from") {
  const TestFolder folder;
  const std::string path = folder.Write("x.pt", BuildCheckpoint(Example()).bytes);
  for (const Options& options : {Options(), Read()}) {
    std::optional<Value> root;
    std::optional<Tensor> stored, deflated;
    std::optional<Storage> storage;
    {
      const auto checkpoint = Load(path, options);
      REQUIRE(checkpoint.has_value());
      root = checkpoint->root();
      for (const auto& [name, tensor] : checkpoint->tensors()) (stored ? deflated : stored) = tensor;
      storage = checkpoint->storage(1);
    }
    CHECK(root->Find("step")->AsInt() == 7);
    CHECK(CopyOf(*stored) == kStored);
    CHECK(CopyOf(*deflated) == kDeflated);
    CHECK(AsText(*storage->data()) == kDeflated);
    root.reset();
    stored.reset();
    CHECK(AsText(*deflated->data()) == kDeflated);
  }
}

TEST_CASE("a range outlives the checkpoint that it came from") {
  const Zip zip = BuildCheckpoint(Example());
  TensorRange range = Load(AsBytes(zip.bytes))->tensors();
  std::uint64_t elements = 0;
  for (const auto& [path, tensor] : range) elements += tensor.numel();
  CHECK(elements == 5);
}

TEST_CASE("a checkpoint of thousands of storages has the same bytes mapped, read and lent") {
  Checkpointed from;
  std::string items, expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string bytes = {static_cast<char>(i), static_cast<char>(i >> 8), 'x', '.'};
    items += RowOf(std::to_string(i), 1);
    expected += bytes;
    from.storages.push_back({std::to_string(i), bytes});
  }
  from.pickle = PickleOf(ListOf({items}));
  const Zip zip = BuildCheckpoint(from);
  const TestFolder folder;
  const std::string path = folder.Write("x.pt", zip.bytes);
  for (const auto& loaded : {Load(path), Load(path, Read()), Load(AsBytes(zip.bytes))}) {
    REQUIRE(loaded.has_value());
    std::string found;
    for (const auto& [name, tensor] : loaded->tensors()) found += AsText(*tensor.data());
    CHECK(found == OnHost(expected, 4));
    CHECK(loaded->storage_count() == 5000);
  }
}

TEST_CASE("many threads load and read at once") {
  const TestFolder folder;
  const std::string path = folder.Write("x.pt", BuildCheckpoint(Example()).bytes);
  const auto shared = Load(path);
  REQUIRE(shared.has_value());
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto own = Load(path);
        const Tensor tensor = *(own ? *own : *shared).root().Find("z")->AsTensor();
        const Tensor other = *shared->root().Find("z")->AsTensor();
        if (own && AsText(*tensor.data()) == kDeflated && AsText(*other.data()) == kDeflated) ++right;
      });
    }
  }
  CHECK(right == 8);
}

TEST_CASE("a fault is a refusal and nothing is thrown") {
  const TestFolder folder;
  CHECK(OutcomeOf(Load(folder.Write("x", "") + "/missing")) == At("io.open", 0));
  CHECK(OutcomeOf(Load(std::span<const std::byte>())).starts_with("container."));
  const Zip zip = BuildCheckpoint({.pickle = PickleOf("R")});
  CHECK(OutcomeOf(Load(AsBytes(zip.bytes))) == "data.pkl:pickle.stack-underflow@2");
}

TEST_CASE("strict refuses what torch.save never writes, and the default does not") {
  const Zip trailing = BuildCheckpoint({.pickle = PickleOf("N") + "N"});
  CHECK(OutcomeOf(Load(AsBytes(trailing.bytes))) == "accepted");
  CHECK_FALSE(Load(AsBytes(trailing.bytes), Strict()).has_value());
  const Zip left = BuildCheckpoint({.pickle = PickleOf("NN")});
  CHECK(OutcomeOf(Load(AsBytes(left.bytes))) == "accepted");
  CHECK_FALSE(Load(AsBytes(left.bytes), Strict()).has_value());
  Checkpointed stored = Example();
  for (StoragePayload& storage : stored.storages) storage.deflated = false;
  const Zip plain = BuildCheckpoint(stored);
  CHECK(OutcomeOf(Load(AsBytes(plain.bytes), Strict())) == "accepted");
}

TEST_CASE("what is thrown by the standard library for want of memory becomes host.memory") {
  CHECK(OutcomeOf(AtBoundary<int>([]() -> int { throw std::bad_alloc(); })) == At("host.memory", 0));
  CHECK(OutcomeOf(AtBoundary<void>([] { throw std::length_error("long"); })) == At("host.memory", 0));
  CHECK(OutcomeOf(AtBoundary<void>([] { Refuse(RefusalKind::kZipCrc, "r", 5, "d"); })) == "r:container.zip.crc@5");
  CHECK(*AtBoundary<int>([] { return 7; }) == 7);
}

}  // namespace weightsonly::testing
