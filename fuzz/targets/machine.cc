// A pickle of any bytes, run as a load runs it: two or three bytes of setting (support/machine_setting.h), then
// data.pkl.
#include <algorithm>
#include <optional>

#include "base/checked.h"
#include "machine/machine.h"
#include "support/input.h"
#include "support/machine_invariants.h"
#include "support/machine_result.h"
#include "support/machine_setting.h"
#include "support/machine_storages.h"
#include "support/machine_values.h"
#include "support/refusals.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// As machine::Run does it for an archive; storage ids of other kinds are those of machine/stream.h.
void RunPickle(machine::State& state, const MachineSetting& setting) {
  machine::Prepare(state, setting.machine);
  state.storage_ids = setting.storage_ids;
  const std::uint64_t end = machine::Execute(state, state.graph.pickle, 0);
  Require(end <= state.graph.pickle.size(), "STOP lies behind the pickle");
  CheckState(state, Reached::kInstruction);
  machine::MergeAll(state);
  state.graph.root = state.result;
}

void FuzzStates(const MachineSetting& setting, Graph& graph, FakeResolver& resolver) {
  machine::State state(graph, resolver);
  try {
    RunPickle(state, setting);
  } catch (const Refusal& refusal) {
    CheckState(state, Reached::kRefusal);
    CheckRefusal(refusal);
    CheckLimitRefusal(graph, refusal);
  }
}

// Classes that the machine hands out: few values have more than one.
constexpr std::size_t kClassesPerNode = 2;

// Pickles are run again with less for one in so many of them, by their size.
constexpr std::size_t kSeldom = 8;

// The pickle in its place, before it runs.
void Prepare(Graph& graph, Bytes pickle) {
  std::ranges::copy(pickle, graph.MakeRoom(pickle.size(), FakeResolver::kRecords).begin());
  graph.file_bytes = kStorageArrayBytes;
}

// What becomes of the pickle when calls may make so many bytes in so many steps.
std::optional<RefusalKind> RefusalWithin(const MachineSetting& setting, Bytes pickle, std::uint64_t bytes,
                                         std::uint64_t steps) {
  Limits limits = setting.limits;
  limits.derived_base = bytes;
  limits.steps_base = steps;
  limits.derived_per_byte = limits.steps_per_byte = 0;
  Graph graph(limits);
  Prepare(graph, pickle);
  FakeResolver resolver(setting.foreign);
  try {
    machine::Run(graph, resolver, setting.strict, setting.machine);
    return std::nullopt;
  } catch (const Refusal& refusal) {
    return refusal.kind;
  }
}

// VAL-003. What a run took is enough for it, and one byte or one step less is not.
void CheckBudgets(const MachineSetting& setting, const Graph& graph) {
  const std::uint64_t size = graph.pickle.size();
  const Limits& limits = setting.limits;
  const std::uint64_t bytes = SaturatingSum(limits.derived_base, limits.derived_per_byte, size) - graph.memory_left();
  const std::uint64_t steps = SaturatingSum(limits.steps_base, limits.steps_per_byte, size) - graph.steps_left();
  const auto within = [&](std::uint64_t most_bytes, std::uint64_t most_steps) {
    return RefusalWithin(setting, graph.pickle, most_bytes, most_steps);
  };
  Require(!within(bytes, steps), "a pickle is refused within what it took");
  if (bytes > 0) {
    Require(within(bytes - 1, steps) == RefusalKind::kLimitMemory, "calls make more bytes than they may");
  }
  if (steps > 0) {
    Require(within(bytes, steps - 1) == RefusalKind::kLimitSteps, "calls take more steps than they may");
  }
}

void FuzzRun(const MachineSetting& setting, Graph& graph, FakeResolver& resolver) {
  try {
    machine::Run(graph, resolver, setting.strict, setting.machine);
    if (graph.pickle.size() % kSeldom == 0) CheckBudgets(setting, graph);
    CheckGraph(graph, Reached::kEnd);
    CheckKeyClasses(graph, kClassesPerNode * graph.node_count());
    if (setting.finish) WriteAndCheck(graph);
  } catch (const Refusal& refusal) {
    CheckGraph(graph, Reached::kRefusal);
    CheckRefusal(refusal);
    CheckLimitRefusal(graph, refusal);
  }
}

void FuzzMachine(Bytes bytes) {
  Input input(bytes);
  const MachineSetting setting = ReadMachineSetting(input);
  const Bytes pickle = input.Rest();
  Graph graph(setting.limits);
  Prepare(graph, pickle);
  FakeResolver resolver(setting.foreign);
  if (setting.storage_ids == machine::StorageIds::kArchive) {
    FuzzRun(setting, graph, resolver);
  } else {
    FuzzStates(setting, graph, resolver);
  }
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weightsonly::fuzz::FuzzMachine(weightsonly::fuzz::BytesOf(data, size));
  return 0;
}
