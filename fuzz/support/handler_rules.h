// Fuzz targets handler_*: what the opcode under test demands of its operands, and what it makes of them, in a second
// writing that shares nothing with the handlers but the tables of dtypes and names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "machine/state.h"
#include "pickle/instruction.h"
#include "value/graph.h"

namespace weightsonly::fuzz {

// Made of the state before the handler runs; Check looks at the state that a handler without a refusal left.
class HandlerRules {
 public:
  HandlerRules(const machine::State& state, pickle::Opcode opcode);
  void Check() const;

 private:
  void TakeOperands();
  void TakeItems(std::size_t from, Ref target);
  void CheckList() const;
  void CheckDict() const;
  void CheckStorage() const;
  void CheckCall() const;

  const machine::State& state_;
  pickle::Opcode opcode_;
  Ref target_ = Graph::kNone;  // what is filled, called or looked up
  std::uint32_t count_ = 0;    // items or pairs that the target had
  std::vector<Ref> items_;     // what is added to it
  std::size_t nodes_ = 0;      // that there were
  std::size_t storages_ = 0;   // that there were
  std::size_t arguments_ = 0;  // of a call
};

}  // namespace weightsonly::fuzz
