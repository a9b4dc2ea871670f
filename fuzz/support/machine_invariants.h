// Fuzz targets: what must hold of the machine and its values, whatever ran. What does not is a finding.
#pragma once

#include <cstdint>

#include "base/refusal.h"
#include "machine/state.h"
#include "value/graph.h"

namespace weightsonly::fuzz {

// How far the machine came.
enum class Reached : std::uint8_t {
  kRefusal,      // in the middle of an instruction: values that it was about to fill are nobody's any more
  kInstruction,  // between two instructions
  kEnd,          // behind STOP: nothing waits for its BUILD, no equal keys are left
};

// The stack, the marks, the memo and every value (CheckGraph).
void CheckState(const machine::State& state, Reached reached);

// Every value that has been made, reached from the root or not, and what they cost.
void CheckGraph(const Graph& graph, Reached reached);

// A refusal for a limit comes when that limit is used up.
void CheckLimitRefusal(const Graph& graph, const Refusal& refusal);

}  // namespace weightsonly::fuzz
