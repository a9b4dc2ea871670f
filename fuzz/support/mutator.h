// Fuzz targets: files out of files, by way of their recipes. What is made follows from a seed, whatever the engine is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/recipe_changes.h"

namespace weightsonly::fuzz {

class Mutator {
 public:
  // Keeps the recipes of up to `kept` files that it took apart, which takes longer than loading one, and of the one
  // that it made last. With a recipe that it kept, what comes out of a file depends on what came before.
  explicit Mutator(std::size_t kept) : kept_(kept) {}

  // `file` with a few changes, at most `most` bytes of it. Checksums, sizes and offsets are right for what the file
  // then holds, unless it is they that were changed. What has no recipe but its bytes is changed byte by byte.
  [[nodiscard]] std::string Mutate(std::string_view file, std::uint64_t seed, std::size_t most);
  // `file` with something of `other` in it.
  [[nodiscard]] std::string CrossOver(std::string_view file, std::string_view other, std::uint64_t seed,
                                      std::size_t most);

 private:
  using SharedLines = std::shared_ptr<const RecipeLines>;
  struct Kept {
    std::string file;
    SharedLines lines;
  };

  [[nodiscard]] SharedLines LinesOf(std::string_view file);
  void KeepMade(std::string_view file, RecipeLines lines);

  std::vector<Kept> kept_;  // of files that were taken apart, by a hash; the later one stays
  Kept last_;               // what was made last
};

// The same of a mutator that keeps nothing: the same words give the same file.
[[nodiscard]] std::string Mutate(std::string_view file, std::uint64_t seed, std::size_t most);
[[nodiscard]] std::string CrossOver(std::string_view file, std::string_view other, std::uint64_t seed,
                                    std::size_t most);

}  // namespace weightsonly::fuzz
