// Floor 5. Runs a pickle. SPEC.md chapter 5.
#pragma once

#include "machine/state.h"
#include "policy/globals.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly::machine {

// How a load wants its pickles to be run.
struct Setting {
  const LocationResolver* locations = nullptr;  // when given, decides where storages go; outlives the run
  Vocabulary vocabulary = Vocabulary::kCheckpoint;
  StringEncoding encoding = StringEncoding::kUtf8;
  policy::Policy policy = {};
};

// Executes graph.pickle up to its first STOP and sets graph.root. One pass; work and memory are linear in the pickle,
// but for calls, whose work is bounded by Limits. Refuses whatever a handler refuses, pickle.opcode and
// pickle.truncated; the record of every refusal is data.pkl. With `strict`: also pickle.trailing (bytes after STOP,
// values or marks left).
void Run(Graph& graph, StorageResolver& resolver, bool strict, const Setting& setting = {});

// What Run is made of, for pickles that follow each other (machine/stream.h). Runs the instructions from `at` to the
// first STOP and returns where that ends; the result is in the state.
std::uint64_t Execute(State& state, Bytes bytes, std::uint64_t at);
// Sets what a load sets before the first instruction.
void Prepare(State& state, const Setting& setting);
// STK-005. Refuses pickle.trailing when values or marks are left.
void RefuseLeftValues(const State& state);
// Merges the equal keys of every dict that nobody has looked at.
void MergeAll(State& state);

}  // namespace weightsonly::machine
