// Fuzz targets: the program that shapes a state of the machine. The rest of an input is taken for it, instruction by
// instruction; any bytes are a program.
//
//   below 128      pushes that value of the menu (machine_menu.h), counted modulo its size
//   128            runs the handler under test; its operand follows (OperandOf)
//   129            a piece of a pickle: two bytes of length, then the bytes
//   130 …          one opcode of kSteps, with its operand; left out where the state at hand has nothing for it
//   255            the persistent id of a storage: its type as a row of the allowlist, a key of one character, a
//                  location, the number of elements (integers.h); in a legacy stream also a view, or none
//
// All instructions become one pickle, for texts are views of it. Each of them ends in NONE and STOP, which leave the
// stack as it was, and the machine stops there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/state.h"
#include "pickle/instruction.h"
#include "support/input.h"
#include "support/machine_setting.h"

namespace weightsonly::fuzz {

inline constexpr std::uint8_t kRunHandler = 128;
inline constexpr std::uint8_t kRunPickle = 129;
inline constexpr std::uint8_t kFirstStep = 130;
inline constexpr std::uint8_t kPersistentId = 255;

class Program {
 public:
  enum class What : std::uint8_t { kAlways, kHandler, kStep };
  struct Piece {
    What what;
    pickle::Opcode opcode;  // of a kStep
    std::size_t begin;      // in pickle()
    std::size_t end;
  };

  // Translates `input`. The handler of `opcode` runs where it is asked for, at most once, and at the end otherwise.
  Program(Input& input, pickle::Opcode opcode, const MachineSetting& setting);

  [[nodiscard]] const std::string& pickle() const { return pickle_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  void TakeInstruction(Input& input, const MachineSetting& setting);
  void AddHandler(Input& input);
  void TakeStep(Input& input, unsigned which);
  void TakePersistentId(Input& input, bool stream);
  void Append(std::uint8_t byte) { pickle_.push_back(static_cast<char>(byte)); }
  void AppendOperand(Input& input, pickle::Opcode opcode);
  void End(What what, pickle::Opcode opcode, std::size_t begin);

  pickle::Opcode handler_;
  bool has_handler_ = false;
  std::string pickle_;
  std::vector<Piece> pieces_;
};

// Whether the state has what a step of that opcode needs. Says nothing about what the step then makes of it.
[[nodiscard]] bool HasOperands(const machine::State& state, const pickle::Instruction& instruction);

}  // namespace weightsonly::fuzz
