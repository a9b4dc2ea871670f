// Fuzz targets: what a load does with the values when the machine is done.
#include "support/machine_result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "output/document.h"
#include "support/machine_storages.h"
#include "support/target.h"
#include "value/sparse.h"

#include "nlohmann/json.hpp"

namespace weightsonly::fuzz {
namespace {

// Bytes of text without those of storages: a survey of them costs less than an execution without.
constexpr std::uint64_t kMostText = std::uint64_t{32} << 10;

}  // namespace

void WriteAndCheck(Graph& graph) {
  graph.file_bytes = kStorageArrayBytes;
  graph.source = std::make_unique<FakeSource>(graph);
  CheckSparseTensors(graph);
  std::uint64_t text_left = kMostText;
  std::string text;
  const auto written = output::WriteDocument(graph, graph.root, {}, text_left, [&](std::string_view piece) {
    text += piece;
    return true;
  });
  Require(!written.omitted_for_depth || text == "null", "a value that is too deep is written down", text);
  Require(nlohmann::json::accept(text), "a canonical value that is no JSON", text);
}

}  // namespace weightsonly::fuzz
