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
// Where none stands beside the file, it is that of the newest release's file of the same name.
inline std::string TorchSaid(std::filesystem::path file) {
  file.replace_extension(".json");
  for (const char* release : {"torch-2.15.0", "torch-2.10.0", "torch-2.6.0", "torch-2.0.1"}) {
    const std::filesystem::path newer = file.parent_path().parent_path() / release / file.filename();
    if (!std::filesystem::exists(file) && std::filesystem::exists(newer)) return ReadFile(newer);
  }
  return ReadFile(file);
}

}  // namespace weightsonly::testing
