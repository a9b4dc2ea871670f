// The rows of corpus/allow, and our answer to one. See fixtures-gen/allowed.py for what a row says.
#pragma once

#include <weightsonly/weightsonly.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/api/answer.h"
#include "tests/api/corpus.h"
#include "tests/checkpoint/checkpoint_builder.h"

namespace weightsonly::testing {

using Json = nlohmann::json;

// Every row with the name of its table, in the order of the tables.
inline std::vector<std::pair<std::string, Json>> AllowRows() {
  std::vector<std::filesystem::path> tables;
  for (const auto& entry : std::filesystem::directory_iterator(WEIGHTSONLY_SOURCE_DIR "/corpus/allow")) {
    if (entry.path().extension() == ".jsonl") tables.push_back(entry.path());
  }
  std::ranges::sort(tables);
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& table : tables) {
    std::istringstream lines(ReadFile(table));
    for (std::string line; std::getline(lines, line);) rows.emplace_back(table.stem().string(), Json::parse(line));
  }
  return rows;
}

inline Options OptionsOf(const Json& load) {
  Options options;
  options.torch = load.value("torch", "2.15");
  options.numpy = load.value("numpy", "");
  for (const Json& entry : load.value("allow", Json::array())) {
    if (entry.is_string()) {
      options.allowlist.Add(entry.get<std::string>());
    } else {
      options.allowlist.Add(entry[0].get<std::string>(), entry[1].get<std::string>());
    }
  }
  return options;
}

inline std::string BytesOfHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// Our answer to the file of a row, or to the archive around its pickle.
inline Answer AnswerTo(const Json& row, const Options& options) {
  if (row.contains("file")) {
    return AnswerOf(Load(WEIGHTSONLY_SOURCE_DIR "/corpus/" + row["file"].get<std::string>(), options));
  }
  const std::string bytes = BuildCheckpoint({.pickle = BytesOfHex(row["pickle"])}).bytes;
  return AnswerOf(Load(std::as_bytes(std::span(bytes)), options));
}

}  // namespace weightsonly::testing
