// Every file of the corpus, and files made of them by breaking bytes, come back from their recipes.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "recipe/assemble.h"
#include "recipe/disassemble.h"
#include "tests/api/corpus.h"
#include "tests/catch.h"

namespace weightsonly::recipe {
namespace {

using weightsonly::testing::CorpusFiles;
using weightsonly::testing::ReadFile;

// The recipe of the file, and what it is shown as.
Form Recipe(std::string_view file, std::string& text) {
  text.clear();
  return Disassemble(AsBytes(file), {}, [&](std::string_view line) { text.append(line).append("\n"); }).form;
}

void RequireBack(std::string_view file, const std::string& text) {
  const auto back = Assemble(text);
  if (!back) FAIL("line " << back.error().line << ": " << back.error().text);
  REQUIRE(*back == file);
}

TEST_CASE("every file of the corpus comes back from its recipe, and few are nothing but bytes") {
  std::set<std::string> raw;
  std::string text;
  std::size_t count = 0;
  for (const auto& path : CorpusFiles("", true)) {
    CAPTURE(path.string());
    const std::string file = ReadFile(path);
    if (Recipe(file, text) == Form::kRaw) raw.insert(path.stem().string());
    RequireBack(file, text);
    ++count;
  }
  CHECK(count > 4700);
  for (const std::string& name : raw) UNSCOPED_INFO(name);
  CHECK(raw.size() <= 20);
}

// Numbers that are the same everywhere: the xorshift of Marsaglia.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  std::uint64_t Below(std::uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

 private:
  std::uint64_t state_;
};

// A few bytes changed, or a piece cut out, doubled, or moved to the front.
std::string Broken(std::string file, Random& random) {
  if (file.empty()) return file;
  const std::size_t at = random.Below(file.size());
  const std::size_t size = 1 + random.Below(std::min<std::size_t>(file.size() - at, 200));
  switch (random.Below(6)) {
    case 0:
      return file.erase(at, size);
    case 1:
      return file.insert(at, file.substr(at, size));
    case 2:
      return file.substr(at, size) + file;
    case 3:
      return file.substr(0, at);
    default:
      for (std::uint64_t i = random.Below(4) + 1; i > 0; --i) {
        file[random.Below(file.size())] = static_cast<char>(random.Below(3) == 0 ? 0xff : random.Below(256));
      }
      return file;
  }
}

TEST_CASE("broken files come back from their recipes") {
  std::string text;
  std::size_t count = 0;
  std::size_t raw = 0;
  for (const auto& path : CorpusFiles("forged")) {
    const std::string file = ReadFile(path);
    const std::string name = path.stem().string();
    if (file.empty() || file.size() > 8192 || name.starts_with("tar") || name == "gzip") continue;
    const bool is_container = name.starts_with("zip") || name.starts_with("legacy");
    for (std::uint64_t i = 0; i < (is_container ? 20U : 1U); ++i) {
      CAPTURE(path.string(), i);
      Random random(count);
      const std::string broken = Broken(Broken(file, random), random);
      ++count;
      if (Recipe(broken, text) == Form::kRaw) ++raw;
      RequireBack(broken, text);
    }
  }
  CHECK(count > 3000);
  CHECK(raw <= 2);
}

}  // namespace
}  // namespace weightsonly::recipe
