// Digests of the logical elements of tensors. Expected: hashlib.sha256 of the bytes written out by hand.
#include "tests/output/document.h"

namespace weightsonly::testing {
namespace {

constexpr const char* kBytes = "abcdefghijklmnopqrstuvwx";  // 6 floats, 3 complex numbers
constexpr const char* kEmptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kWholeDigest = "93b0cabf8668e0c534c52a568957499e12a284f59d97dc9b2725ef836804875b";

std::string DigestOf(const Checkpointed& from, const Options& options = {}) {
  const Loaded checkpoint(from, options);
  const auto digest = LogicalSha256(*checkpoint->root().AsTensor());
  return digest ? *digest : OutcomeOf(digest);
}
std::string DigestOf(const View& view) {
  return DigestOf(Checkpointed{.pickle = PickleOf(TensorOf(view)), .storages = {{"0", kBytes}}});
}

std::string Pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}
Checkpointed Bytes8(const std::string& bytes, const std::vector<std::int32_t>& size,
                    const std::vector<std::int32_t>& stride) {
  return {
      .pickle = PickleOf(TensorOf({.storage = StorageAt("0", static_cast<std::int32_t>(bytes.size()), "ByteStorage"),
                                   .size = size,
                                   .stride = stride})),
      .storages = {{"0", bytes}}};
}

}  // namespace

TEST_CASE("a tensor that is its whole storage has the digest of the storage") {
  CHECK(DigestOf({.storage = StorageAt("0", 6), .size = {2, 3}, .stride = {3, 1}}) == kWholeDigest);
  CHECK(DigestOf(Bytes8(Pattern(600'000), {600'000}, {1})) ==
        "56dd80c0cc6d6d9dbb1ca882a7d3f61bc2df3fe032c06ed44b0c31bc3d6d3a1f");
}

TEST_CASE("a tensor has the digest of its elements in row-major order") {
  // Elements 1 to 3; 0 3 1 4 2 5; 0 1 2 0 1 2.
  CHECK(DigestOf({.storage = StorageAt("0", 6), .offset = 1, .size = {3}, .stride = {1}}) ==
        "c1bd5d19aa6cb54b0e25a256c403a38b3e3bbc8925c52a70909cf83a8d11a9ab");
  CHECK(DigestOf({.storage = StorageAt("0", 6), .size = {3, 2}, .stride = {1, 3}}) ==
        "06c5e55fbec99537788c157b85e4dd51beec56f18d1e69278a739d0f65f1d3cb");
  CHECK(DigestOf({.storage = StorageAt("0", 6), .size = {2, 3}, .stride = {0, 1}}) ==
        "94121b51812b89090694f7d5e345f3a0ec150f50855607d67c957652430dbc57");
  // Every third byte of 600,000; 100,003 bytes five times: more than one piece, and rows that end inside of one.
  CHECK(DigestOf(Bytes8(Pattern(600'000), {200'000}, {3})) ==
        "17439851d2f5135d0128f212ca42fa86ca99c527a157475819e790c9ffc76b50");
  CHECK(DigestOf(Bytes8(Pattern(100'003), {5, 100'003}, {0, 1})) ==
        "59d038740ff035349860ef58b16ed469d501e7fb18584ba4b5c5b8011dd86107");
}

TEST_CASE("a tensor without elements has the digest of nothing") {
  CHECK(DigestOf({.storage = StorageAt("0", 6), .size = {0}, .stride = {1}}) == kEmptyDigest);
  CHECK(DigestOf({.storage = StorageAt("0", 6), .size = {2, 0}, .stride = {1, 1}}) == kEmptyDigest);
}

TEST_CASE("elements that share a byte have a digest only where they lie one after the other") {
  const auto digest = [](std::int32_t size, std::int32_t stride) {
    const std::string tensor =
        Call(Global("torch._utils", "_rebuild_qtensor"),
             {StorageAt("0", 2, "QUInt4x2Storage"), Number(0), Ints({size}), Ints({stride}),
              TupleOf({Global("torch", "per_tensor_affine"), Real(1), Number(0)}), "\x89", OrderedDict()});
    return DigestOf(Checkpointed{.pickle = PickleOf(tensor), .storages = {{"0", "ab"}}});
  };
  CHECK(digest(2, 1) == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");  // of "a"
  CHECK(digest(2, 2) == At("unsupported", 0));
}

TEST_CASE("conj and neg bits are resolved") {
  const std::string conj = DictOf({Text("conj"), "\x88"});
  const std::string neg = DictOf({Text("neg"), "\x88"});
  const std::string both = DictOf({Text("conj"), "\x88", Text("neg"), "\x88"});
  const auto complex = [](const std::string& more) {
    return DigestOf({.storage = StorageAt("0", 3, "ComplexFloatStorage"), .size = {3}, .stride = {1}, .more = more});
  };
  // The sign bits of the imaginary parts; of all parts; of the real parts.
  CHECK(complex(conj) == "053d6dbfd6af2dd557905243eda567ea9d6eb6f72e2c21050fe8ff446bf8f9d3");
  CHECK(complex(neg) == "157628020aaad1b1f8c896d3ca61d7ce6ca4b99393f19c778ac4bc6d86ae1c09");
  CHECK(complex(both) == "b1ee5045673748bbc6df58c88d38e0dbbdbeed5de5565c923136147996ce58c6");
  CHECK(DigestOf({.storage = StorageAt("0", 6), .size = {6}, .stride = {1}, .more = neg}) ==
        "157628020aaad1b1f8c896d3ca61d7ce6ca4b99393f19c778ac4bc6d86ae1c09");
}

TEST_CASE("deflated storages and storages of either byte order are digested as elements") {
  Checkpointed from = {.pickle = PickleOf(RowOf("0", 6)),
                       .storages = {{.key = "0", .bytes = kBytes, .deflated = true}}};
  CHECK(DigestOf(from) == kWholeDigest);
  from.byteorder = "big";
  CHECK(DigestOf(from) == "ddeb2518fe5cc33df27545c2506b22be91ecc35ae501f8f04e06ca61845a2048");
  from.storages[0].deflated = false;
  CHECK(DigestOf(from) == "ddeb2518fe5cc33df27545c2506b22be91ecc35ae501f8f04e06ca61845a2048");
}

TEST_CASE("a storage that cannot be inflated is refused") {
  for (const auto& [size, stride] : {std::pair(24, 1), std::pair(12, 2)}) {
    Checkpointed from = Bytes8(kBytes, {size}, {stride});
    from.storages[0].deflated = true;
    from.storages[0].stream = "\xff\xff";
    CHECK(DigestOf(from) == At("container.zip.inflate", BuildCheckpoint(from).local[1]));
  }
}

TEST_CASE("a tensor of more logical bytes than the limit, its storage and its file allow is refused") {
  const auto digest = [](std::int32_t size, std::uint64_t limit) {
    Options options;
    options.limits.logical_bytes = limit;
    return DigestOf(Bytes8("a", {size}, {0}), options);
  };
  CHECK(digest(1000, 1 << 20) == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
  CHECK(digest(10'000, 10'000).size() == 64);
  CHECK(digest(10'000, 9'999) == At("limit.output", 0));
  // Four times the file is always allowed.
  const auto file = static_cast<std::int32_t>(BuildCheckpoint(Bytes8("a", {1}, {0})).bytes.size());
  CHECK(digest(4 * file, 0).size() == 64);
  CHECK(digest(4 * file + 1, 0) == At("limit.output", 0));
  // And four times the storage, which a deflated record can hold in a smaller file.
  const auto deflated = [](std::int32_t size) {
    Checkpointed from = Bytes8(std::string(100'000, 'a'), {size, 100'000}, {0, 1});
    from.storages[0].deflated = true;
    Options options;
    options.limits.logical_bytes = 0;
    return DigestOf(from, options);
  };
  CHECK(deflated(4).size() == 64);
  CHECK(deflated(5) == At("limit.output", 0));
}

}  // namespace weightsonly::testing
