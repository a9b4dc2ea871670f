// Floor 7. The pass before a canonical value is written: which containers are shared, how deep they nest, in which
// order a set's members stand, how long the text can get. SPEC.md chapter 7 (OUT-003 to OUT-007).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "value/graph.h"

namespace weightsonly::output {

// True for what gets an "id" when it is referenced more than once (OUT-003): list, dict kinds, set, non-empty tuple,
// bytearray, tensor, parameter, inert object that is no class.
[[nodiscard]] bool CarriesId(const Node& node);
// The dict of attributes that is written with a value; kNone when it has none or an empty one.
[[nodiscard]] Ref AttributesOf(const Graph& graph, Ref ref);

struct Survey {
  std::unordered_map<Ref, std::uint8_t> references;  // of what carries an id: 1, or 2 for more
  std::unordered_map<Ref, std::vector<Ref>>
      set_order;          // the members of each set in the order in which they are written
  bool too_deep = false;  // a value lies below level 500 (OUT-006)
};

// Walks what `root` reaches in document order, without recursion. Linear, but for the members of sets, which are
// written down to be sorted. Refuses limit.output when the text would be longer than `text_left`, which it lowers by an
// upper bound of that length (storage bytes apart).
Survey SurveyValue(const Graph& graph, Ref root, std::uint64_t& text_left);

}  // namespace weightsonly::output
