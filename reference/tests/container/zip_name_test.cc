// How names are compared, against the plain way to do it.
#include "container/zip_name.h"

#include <algorithm>
#include <string>

#include "tests/catch.h"

namespace weightsonly::testing {
namespace {

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool SamePlainly(std::string a, std::string b) {
  std::ranges::transform(a, a.begin(), LowerAscii);
  std::ranges::transform(b, b.begin(), LowerAscii);
  return a == b;
}

}  // namespace

TEST_CASE("any two bytes at any place of a name compare as ASCII letters of any case do") {
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 12U, 16U, 17U}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int first = 0; first < 256; ++first) {
        for (const int second : {first, first ^ 0x20, first ^ 0x80, (first + 1) & 255}) {
          std::string a(size, 'x');
          std::string b(size, 'X');
          a[at] = static_cast<char>(first);
          b[at] = static_cast<char>(second);
          const bool same = SamePlainly(a, b);
          if (container::SameName(a, b) != same)
            FAIL("size " << size << " at " << at << ": " << first << " " << second);
          if (same && container::HashName(a, 77) != container::HashName(b, 77)) FAIL("hash of size " << size);
        }
      }
    }
  }
  SUCCEED();
}

TEST_CASE("texts are the same when every byte is, at any place") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text = std::string("archive/data/0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ").substr(0, size);
    if (!container::SameText(text, std::string(text))) FAIL("size " << size);
    if (container::SameText(text, text + 'x')) FAIL("a longer one than " << size);
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = static_cast<char>(other[at] ^ 0x20);
      if (container::SameText(text, other)) FAIL("size " << size << " at " << at);
    }
  }
  SUCCEED();
}

TEST_CASE("a plain name of four bytes or more holds ASCII and no NUL") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string name(size, '\1');  // the byte next to NUL
        name[at] = static_cast<char>(byte);
        const bool plain = size >= 4 && byte > 0 && byte < 0x80;
        if (container::IsPlain(name) != plain) FAIL("size " << size << " at " << at << ": " << byte);
      }
    }
  }
  CHECK_FALSE(container::IsPlain(""));
}

TEST_CASE("names of different length differ, whatever stands behind them") {
  CHECK_FALSE(container::SameName("data/1", "data/10"));
  CHECK_FALSE(container::SameName("", std::string_view("\0", 1)));
  CHECK(container::SameName("", ""));
  CHECK(container::HashName("a", 5) != container::HashName(std::string_view("a\0", 2), 5));
}

TEST_CASE("the hash depends on the seed, so that a file cannot choose its collisions") {
  CHECK(container::HashName("data.pkl", 1) != container::HashName("data.pkl", 2));
}

}  // namespace weightsonly::testing
