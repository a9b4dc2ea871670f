// The files of corpus/ and what torch said of them, for tests that use the public interface alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace weightsonly::testing {

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Every .pt file below corpus/`folder`, sorted; `folder` may be empty. The files of the conformance suite,
// corpus/cases, are left out unless they are asked for: what is expected of them stands in conformance/suite.json, and
// the suite's own runner checks it.
inline std::vector<std::filesystem::path> CorpusFiles(const std::string& folder = "", bool with_suite = false) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path top = std::filesystem::path(WEIGHTSONLY_SOURCE_DIR) / "corpus" / folder;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
    const bool of_suite = entry.path().parent_path().parent_path().filename() == "cases";
    if (entry.path().extension() == ".pt" && (with_suite || !of_suite)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// What torch 2.15.0 made of the file: a JSON document whose member "value", where it stands, is the canonical text.
inline std::string TorchSaid(std::filesystem::path file) { return ReadFile(file.replace_extension(".json")); }

}  // namespace weightsonly::testing
