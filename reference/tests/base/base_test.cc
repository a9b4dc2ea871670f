// Integers from bytes, checked arithmetic, the hash, the table of refusals. The second source of the arithmetic is the
// same computed in 128 bits.
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/hash.h"
#include "base/refusal.h"
#include "tests/catch.h"

namespace weightsonly::testing {

TEST_CASE("integers are read little-endian at any alignment") {
  const std::string text = "\x01\x23\x45\x67\x89\xab\xcd\xef\x10";
  const Bytes bytes = AsBytes(text);
  CHECK(Load16(bytes.data() + 1) == 0x4523);
  CHECK(Load32(bytes.data() + 1) == 0x89674523);
  CHECK(Load64(bytes.data() + 1) == 0x10efcdab89674523);
  CHECK(AsText(bytes) == text);
}

TEST_CASE("a limit that does not fit 64 bits is the largest number that does") {
  CHECK(SaturatingSum(5, 3, 4) == 17);
  CHECK(SaturatingSum(5, 0, ~0ULL) == 5);
  CHECK(SaturatingSum(0, 1ULL << 32, 1ULL << 32) == ~0ULL);
  CHECK(SaturatingSum(2, 1, ~0ULL - 1) == ~0ULL);
  CHECK(SaturatingSum(1, 1, ~0ULL - 1) == ~0ULL);
  CHECK(SaturatingSum(~0ULL, 0, 0) == ~0ULL);
}

TEST_CASE("checked arithmetic says when a result does not fit") {
  const std::uint64_t values[] = {
      0, 1, 2, 0xffffffff, 1ULL << 32, 0x9e3779b97f4a7c15, (1ULL << 63) - 1, 1ULL << 63, ~0ULL - 1, ~0ULL};
  for (const std::uint64_t a : values) {
    for (const std::uint64_t b : values) {
      using Wide = unsigned __int128;
      using SignedWide = __int128;
      std::uint64_t result = 0;
      CHECK(CheckedAdd(a, b, &result) == (Wide{a} + b <= ~0ULL));
      CHECK(CheckedMul(a, b, &result) == (Wide{a} * b <= ~0ULL));
      CHECK(HashMixByHalves(a, b) == static_cast<std::uint64_t>((Wide{a} * b >> 64) ^ (Wide{a} * b)));
      CHECK(HashMixByHalves(a, b) == HashMix(a, b));
      CHECK(Fits(a, b, ~0ULL - 1) == (Wide{a} + b <= ~0ULL - 1));
      const auto x = static_cast<std::int64_t>(a);
      const auto y = static_cast<std::int64_t>(b);
      std::int64_t signed_result = 0;
      const auto fits = [](SignedWide exact) { return exact >= INT64_MIN && exact <= INT64_MAX; };
      CHECK(CheckedAdd(x, y, &signed_result) == fits(SignedWide{x} + y));
      CHECK(CheckedMul(x, y, &signed_result) == fits(SignedWide{x} * y));
    }
  }
}

TEST_CASE("the hash depends on every byte, the length and the seed") {
  std::set<std::uint64_t> seen;
  std::size_t made = 0;
  for (const std::uint64_t seed : {0x0123456789abcdefULL, 0xfeedfacecafebeefULL}) {
    for (std::size_t size = 0; size <= 17; ++size) {
      for (std::size_t at = 0; at <= size; ++at) {
        std::string text(size, '\0');
        if (at < size) text[at] = 'x';
        seen.insert(HashBytes(text, seed));
        ++made;
      }
      seen.insert(HashInteger(size, seed));
      ++made;
    }
  }
  CHECK(seen.size() == made);
  CHECK(ProcessSeed() == ProcessSeed());
}

TEST_CASE("every kind of refusal has a name of its own, a sentence and an advice") {
  std::set<std::string_view> names;
  for (int i = 0; i < kRefusalKindCount; ++i) {
    const auto kind = static_cast<RefusalKind>(i);
    const std::string_view name = KindName(kind);
    INFO(name);
    CHECK(names.insert(name).second);
    CHECK(KindFromName(name) == kind);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos);
    CHECK(KindSentence(kind).ends_with('.'));
    CHECK(KindAdvice(kind).ends_with('.'));
  }
  CHECK_FALSE(KindFromName("container"));
  CHECK_FALSE(KindFromName(""));
  CHECK(KindInUse(RefusalKind::kZipEocd));
}

TEST_CASE("a refusal is thrown with all that it was given") {
  try {
    Refuse(RefusalKind::kZipCrc, "data/0", 42, "why");
    FAIL("nothing was thrown");
  } catch (const Refusal& refusal) {
    CHECK(refusal.kind == RefusalKind::kZipCrc);
    CHECK(refusal.record == "data/0");
    CHECK(refusal.offset == 42);
    CHECK(refusal.detail == "why");
  }
  try {
    RefuseInternal("what");
    FAIL("nothing was thrown");
  } catch (const Refusal& refusal) {
    CHECK(refusal.kind == RefusalKind::kInternal);
    CHECK(refusal.detail == "what");
  }
}

}  // namespace weightsonly::testing
