// Floor 7. Writes one value and its storages as a canonical document. SPEC.md chapter 7.
#pragma once

#include <cstdint>
#include <string>

#include "output/canonical.h"
#include "value/graph.h"

namespace weightsonly::output {

// {"root":…,"storages":[…]} for what `root` reaches, or `null` when it nests too deep. Refuses limit.output (see
// SurveyValue, before the first piece), and as StorageSource::ReadPieces. Stops early when the sink returns false.
CanonicalResult WriteDocument(const Graph& graph, Ref root, const CanonicalOptions& options, std::uint64_t& text_left,
                              const TextSink& sink);

// The canonical value of `ref` alone, without storages (a tensor in it counts its storage from 0), or `null` when it
// nests too deep. Refuses limit.output before anything is appended.
void AppendValue(std::string& out, const Graph& graph, Ref ref, std::uint64_t& text_left);

}  // namespace weightsonly::output
