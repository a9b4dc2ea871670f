// A pickle of any bytes, run as a load runs it: two or three bytes of setting (support/machine_setting.h), then
// data.pkl.
#include <algorithm>

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

void FuzzRun(const MachineSetting& setting, Graph& graph, FakeResolver& resolver) {
  try {
    machine::Run(graph, resolver, setting.strict, setting.machine);
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
  std::ranges::copy(pickle, graph.MakeRoom(pickle.size(), FakeResolver::kRecords).begin());
  graph.file_bytes = kStorageArrayBytes;
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
