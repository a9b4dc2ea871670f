// Floor 6. A shadow of the pickle machine. SPEC.md chapter 6 (GLS-002).
//
// It follows the stack, the marks and the memo as the machine does, and keeps of each value no more than whether it is
// a short text, a GLOBAL, a tuple that starts with one of these, or what a GLOBAL made. No value is made, no storage is
// looked for, nothing is called.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/pod_vector.h"
#include "machine/memo.h"
#include "pickle/instruction.h"
#include "value/graph.h"

namespace weightsonly {

// What is kept of a value: small, because a value can cost the file as little as four bytes.
struct Trait {
  enum class Kind : std::uint8_t { kText, kGlobal, kTuple, kResult, kInstance };
  Kind kind;
  std::uint32_t at;  // kText, kGlobal: the instruction in the pickle; kResult (of REDUCE) and kInstance (of NEWOBJ):
                     // the value of the GLOBAL that was called
  Ref first;         // kTuple: its first item; kResult: the first argument; kPlain when that is of no interest;
                     // kGlobal: 0, or a number that is the caller's
};

inline constexpr Ref kPlain = 0;  // every value that is none of these; the trait of value n is the (n-1)-th

class PickleShadow {
 public:
  // What follows from one instruction; false: a load ends here.
  bool Take(const pickle::Instruction& instruction);
  // What the instruction, which was not taken yet, sets the state or an item of, when a GLOBAL made it.
  [[nodiscard]] const Trait* TargetOf(const pickle::Instruction& instruction) const;
  [[nodiscard]] const Trait* TraitOf(Ref value) const { return value == kPlain ? nullptr : &traits_[value - 1]; }
  // The GLOBAL that was called to make `made`.
  [[nodiscard]] Trait& CalledFor(const Trait& made) { return traits_[made.at - 1]; }

 private:
  bool Has(std::size_t count) const { return stack_.size() - base_ >= count; }
  bool Push(Ref value) {
    stack_.push_back(value);
    return true;
  }
  bool Drop(std::size_t count) {
    if (!Has(count)) return false;
    stack_.truncate(stack_.size() - count);
    return true;
  }
  Ref Add(const Trait& trait) {
    traits_.push_back(trait);
    return static_cast<Ref>(traits_.size());
  }
  // `count` values below become one.
  bool Replace(std::size_t count, Ref value) { return Drop(count) && Push(value); }

  bool OpenMark();
  // The values above the last mark go; `first` becomes the lowest of them.
  bool CloseMark(Ref& first);
  bool PutTop(std::uint32_t index);
  bool Recall(std::uint32_t index);
  Ref TupleOf(Ref first);
  bool Text(const pickle::Instruction& instruction);
  bool Tuple(std::size_t count) { return Has(count) && Replace(count, TupleOf(stack_[stack_.size() - count])); }
  // REDUCE and NEWOBJ.
  bool Make(Trait::Kind kind);
  // The value `depth` below the top of the stack, 0 being the top; kPlain when it is not above the mark.
  [[nodiscard]] Ref Below(std::size_t depth) const {
    return Has(depth + 1) ? stack_[stack_.size() - 1 - depth] : kPlain;
  }

  PodVector<Ref> stack_;
  PodVector<std::uint32_t> marks_;
  std::size_t base_ = 0;
  machine::Memo memo_;
  PodVector<Trait> traits_;
};

}  // namespace weightsonly
