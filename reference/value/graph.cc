// Floor 3. The rare parts of the arena.
#include "value/graph.h"

#include <limits>

namespace weightsonly {
namespace {

// base + factor * size, at most 2^64 - 1.
std::uint64_t BudgetFor(std::uint64_t base, std::uint64_t factor, std::uint64_t size) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  if (factor != 0 && size > (kMost - base) / factor) return kMost;
  return base + factor * size;
}

}  // namespace

void Graph::SetPickle(std::vector<std::byte> copy) {
  pickle_copy = std::move(copy);
  pickle = pickle_copy;
  memory_left_ = BudgetFor(limits_.derived_base, limits_.derived_per_byte, pickle.size());
  steps_left_ = BudgetFor(limits_.steps_base, limits_.steps_per_byte, pickle.size());
}

Ref Graph::AttributesOf(Ref ref) const {
  const auto found = attributes_.find(ref);
  return found == attributes_.end() ? kNone : found->second;
}

void Graph::SetAttributes(Ref ref, Ref attributes) {
  attributes_[ref] = attributes;
  nodes_[ref].flags |= kHasAttributes;
}

void Graph::RefuseTooManyNodes(std::uint64_t offset) const {
  Refuse(RefusalKind::kLimitNodes, "data.pkl", offset,
         "more than " + std::to_string(limits_.nodes) + " values (Limits::nodes)");
}

void Graph::RefuseMemory(std::uint64_t offset) const {
  Refuse(RefusalKind::kLimitMemory, "data.pkl", offset,
         "calls of the pickle make more than " + std::to_string(limits_.derived_base) + " + " +
             std::to_string(limits_.derived_per_byte) +
             " bytes for each of its bytes (Limits::derived_base, Limits::derived_per_byte)");
}

void Graph::RefuseSteps(std::uint64_t offset) const {
  Refuse(RefusalKind::kLimitSteps, "data.pkl", offset,
         "calls of the pickle walk over more than " + std::to_string(limits_.steps_base) + " + " +
             std::to_string(limits_.steps_per_byte) +
             " items for each of its bytes (Limits::steps_base, Limits::steps_per_byte)");
}

}  // namespace weightsonly
