// Fuzz targets: files out of files, by way of their recipes.
#include "support/mutator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "container/zip.h"
#include "recipe/assemble.h"
#include "recipe/disassemble.h"
#include "recipe/words.h"
#include "support/random.h"
#include "support/recipe_changes.h"
#include "support/vocabulary.h"

namespace weightsonly::fuzz {
namespace {

// A recipe is about six times as long as its file; beyond this, changes of bytes are as good and much faster.
constexpr std::size_t kLongestFile = std::size_t{256} << 10;
constexpr int kAttempts = 4;
// Of a recipe that is kept; those that came to more by many changes are taken apart anew.
constexpr std::size_t kMostLines = 2000;

// Nothing when the lines are no recipe.
std::optional<std::string> FileOf(const RecipeLines& lines, std::size_t most) {
  recipe::Assembler assembler(most);
  for (const std::string& line : lines) assembler.Line(line);
  auto file = assembler.Finish();
  return file ? std::optional(std::move(*file)) : std::nullopt;
}

std::string ChangedBytes(std::string_view file, Random& random, std::size_t most) {
  std::string changed = Changed(std::string(file), random);
  if (random.OneIn(16)) changed.resize(random.Below(changed.size() + 1));
  changed.resize(std::min(changed.size(), most));
  return changed;
}

void ChangeOnce(RecipeLines& lines, std::uint64_t file_bytes, Random& random) {
  if (random.OneIn(3) && ChangeParts(lines, file_bytes, random)) return;
  if (!ChangeContent(lines, random)) ChangeParts(lines, file_bytes, random);
}

}  // namespace

Mutator::SharedLines Mutator::LinesOf(std::string_view file) {
  if (last_.lines && last_.file == file) return last_.lines;
  Kept* kept = kept_.empty() ? nullptr : &kept_[container::Crc32(AsBytes(file)) % kept_.size()];
  if (kept != nullptr && kept->lines && kept->file == file) return kept->lines;
  RecipeLines lines;
  recipe::Disassemble(AsBytes(file), {}, [&](std::string_view line) { lines.emplace_back(line); });
  auto shared = std::make_shared<const RecipeLines>(std::move(lines));
  if (kept != nullptr && shared->size() <= kMostLines) *kept = {.file = std::string(file), .lines = shared};
  return shared;
}

void Mutator::KeepMade(std::string_view file, RecipeLines lines) {
  if (kept_.empty() || lines.size() > kMostLines) return;
  last_ = {.file = std::string(file), .lines = std::make_shared<const RecipeLines>(std::move(lines))};
}

std::string Mutator::Mutate(std::string_view file, std::uint64_t seed, std::size_t most) {
  Random random(seed);
  if (file.size() > kLongestFile || random.OneIn(16)) return ChangedBytes(file, random, most);
  const SharedLines lines = LinesOf(file);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    RecipeLines changed = *lines;
    for (std::size_t left = random.Few(3); left > 0; --left) ChangeOnce(changed, file.size(), random);
    std::optional<std::string> made = FileOf(changed, most);
    if (!made || *made == file) continue;
    KeepMade(*made, std::move(changed));
    return random.OneIn(16) ? ChangedBytes(*made, random, most) : std::move(*made);
  }
  return ChangedBytes(file, random, most);
}

std::string Mutator::CrossOver(std::string_view file, std::string_view other, std::uint64_t seed, std::size_t most) {
  Random random(seed);
  if (file.size() > kLongestFile || other.size() > kLongestFile) return ChangedBytes(file, random, most);
  const SharedLines lines = LinesOf(file);
  const SharedLines others = LinesOf(other);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    RecipeLines changed = *lines;
    for (std::size_t left = random.Few(3); left > 0; --left) TakeFrom(changed, *others, random);
    std::optional<std::string> made = FileOf(changed, most);
    if (!made || *made == file) continue;
    KeepMade(*made, std::move(changed));
    return std::move(*made);
  }
  return ChangedBytes(file, random, most);
}

std::string Mutate(std::string_view file, std::uint64_t seed, std::size_t most) {
  return Mutator(0).Mutate(file, seed, most);
}

std::string CrossOver(std::string_view file, std::string_view other, std::uint64_t seed, std::size_t most) {
  return Mutator(0).CrossOver(file, other, seed, most);
}

}  // namespace weightsonly::fuzz
