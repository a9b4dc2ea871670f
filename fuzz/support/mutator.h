// Fuzz targets: files out of files, by way of their recipes. What is made follows from a seed, whatever the engine is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/recipe_changes.h"

namespace weightsonly::fuzz {

class Mutator {
 public:
  // Keeps the recipes of up to `kept` files that it made or took apart: taking a file apart takes longer than loading
  // it. With a recipe that it kept, what comes out of a file depends on what came before.
  explicit Mutator(std::size_t kept) : kept_(kept) {}

  // `file` with a few changes, at most `most` bytes of it. Checksums, sizes and offsets are right for what the file
  // then holds, unless it is they that were changed. What has no recipe but its bytes is changed byte by byte.
  [[nodiscard]] std::string Mutate(std::string_view file, std::uint64_t seed, std::size_t most);
  // `file` with something of `other` in it.
  [[nodiscard]] std::string CrossOver(std::string_view file, std::string_view other, std::uint64_t seed,
                                      std::size_t most);

 private:
  struct Kept {
    std::string file;
    RecipeLines lines;
  };

  [[nodiscard]] RecipeLines LinesOf(std::string_view file);
  void Keep(std::string_view file, const RecipeLines& lines);

  std::vector<Kept> kept_;  // by a hash of the file; the later one stays
};

// The same of a mutator that keeps nothing: the same words give the same file.
[[nodiscard]] std::string Mutate(std::string_view file, std::uint64_t seed, std::size_t most);
[[nodiscard]] std::string CrossOver(std::string_view file, std::string_view other, std::uint64_t seed,
                                    std::size_t most);

}  // namespace weightsonly::fuzz
