// Floor 1. The zip64 field, in extra fields that end where their memory ends: a step too far ends the test.
#include "container/zip_extra.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "container/zip_format.h"
#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {
namespace {

using container::kMarker32;
using container::WideFields;
using container::Zip64;

// Two pages, of which the second cannot be touched.
class Pages {
 public:
  Pages() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* const start = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(start != MAP_FAILED);
    start_ = static_cast<std::byte*>(start);
    REQUIRE(mprotect(start_ + page_, page_, PROT_NONE) == 0);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() { munmap(start_, 2 * page_); }

  // A copy that ends with the first page.
  [[nodiscard]] Bytes AtEnd(const std::string& bytes) const {
    std::byte* const at = start_ + page_ - bytes.size();
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }

 private:
  std::size_t page_;
  std::byte* start_ = nullptr;
};

// What becomes of three values that are all ones.
Zip64 Resolve(const std::string& extra) {
  const Pages pages;
  WideFields fields{.size = kMarker32, .compressed_size = kMarker32, .header_offset = kMarker32};
  return container::ResolveZip64(pages.AtEnd(extra), &fields);
}

}  // namespace

TEST_CASE("an extra field that is cut anywhere is read to its end and no further") {
  const std::string other("\x78\x75\3\0abc", 7);
  const std::string whole = other + Zip64Field({1, 2, 3});
  CHECK(Resolve(whole) == Zip64::kComplete);
  CHECK(Resolve("") == Zip64::kMissing);
  CHECK(Resolve(other) == Zip64::kMissing);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    if (size != other.size() && Resolve(whole.substr(0, size)) != Zip64::kBroken) FAIL("cut at " << size);
  }
  CHECK(Resolve(Zip64Field({1, 2})) == Zip64::kShort);
  CHECK(Resolve(Zip64Field({})) == Zip64::kShort);
  // A field of half a value, and behind it bytes of another field in which values would find room.
  const std::string half("\1\0\4\0abcd", 8);
  CHECK(Resolve(half + std::string("\x78\x75\x20\0", 4) + std::string(32, 'x')) == Zip64::kShort);
}

}  // namespace weightsonly::testing
