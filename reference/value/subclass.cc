// Floor 3. The handle of a tensor of a class of the user's. SPEC.md chapter 5.
#include "value/subclass.h"

#include "value/graph.h"

namespace weightsonly {

std::string_view Subclass::class_name() const { return graph_->names[graph_->SubclassOf((*graph_)[node_]).name].text; }

Tensor Subclass::data() const { return {graph_, graph_->SubclassOf((*graph_)[node_]).data}; }

std::optional<Value> Subclass::attributes() const { return value().attributes(); }

std::optional<Value> Subclass::state() const {
  const Ref state = graph_->SubclassOf((*graph_)[node_]).state;
  return state == kNoPart ? std::nullopt : std::optional<Value>(std::in_place, graph_, state);
}

}  // namespace weightsonly
