// Floor 6. What each instruction does to the shadow. SPEC.md chapter 6 (GLS-002).
#include "checkpoint/pickle_shadow.h"

#include "base/limits.h"

namespace weightsonly {

using pickle::Instruction;
using pickle::Opcode;

namespace {

constexpr std::size_t kShortestText = 2;  // an argument that is shorter or longer is no dtype
constexpr std::size_t kLongestText = 32;
static_assert(kMaxPickleBytes < std::uint64_t{1} << 32, "a place in a pickle and the number of a value fit 32 bits");

}  // namespace

const Trait* PickleShadow::TargetOf(const Instruction& instruction) const {
  Ref value = kPlain;
  switch (instruction.info->opcode) {
    case Opcode::kBuild:
    case Opcode::kAppend:
      value = Below(1);
      break;
    case Opcode::kSetItem:
      value = Below(2);
      break;
    case Opcode::kAppends:
    case Opcode::kSetItems:
      if (!marks_.empty() && base_ > marks_[marks_.size() - 1]) value = stack_[base_ - 1];
      break;
    default:
      break;
  }
  const Trait* target = TraitOf(value);
  const bool made =
      target != nullptr && (target->kind == Trait::Kind::kResult || target->kind == Trait::Kind::kInstance);
  return made ? target : nullptr;
}

bool PickleShadow::OpenMark() {
  marks_.push_back(static_cast<std::uint32_t>(base_));
  base_ = stack_.size();
  return true;
}

bool PickleShadow::CloseMark(Ref& first) {
  if (marks_.empty()) return false;
  first = stack_.size() > base_ ? stack_[base_] : kPlain;
  stack_.truncate(base_);
  base_ = marks_.back();
  marks_.pop_back();
  return true;
}

bool PickleShadow::PutTop(std::uint32_t index) {
  if (!Has(1)) return false;
  memo_.Put(index, stack_.back());
  return true;
}

bool PickleShadow::Recall(std::uint32_t index) {
  const Ref* value = memo_.Get(index);
  return value != nullptr && Push(*value);
}

bool PickleShadow::Text(const Instruction& instruction) {
  const std::size_t size = instruction.text.size();
  if (size < kShortestText || size > kLongestText) return Push(kPlain);
  return Push(Add({Trait::Kind::kText, static_cast<std::uint32_t>(instruction.offset), kPlain}));
}

// A tuple counts only for what a function could learn from its first item.
Ref PickleShadow::TupleOf(Ref first) {
  const Trait* item = TraitOf(first);
  if (item == nullptr || (item->kind != Trait::Kind::kText && item->kind != Trait::Kind::kGlobal)) return kPlain;
  return Add({Trait::Kind::kTuple, 0, first});
}

bool PickleShadow::Make(Trait::Kind kind) {
  if (!Has(2)) return false;
  const Trait* arguments = TraitOf(Below(0));
  const Ref called = Below(1);
  const Trait* maker = TraitOf(called);
  if (maker == nullptr || maker->kind != Trait::Kind::kGlobal) return Replace(2, kPlain);
  const bool tuple = arguments != nullptr && arguments->kind == Trait::Kind::kTuple;
  return Replace(2, Add({kind, called, tuple ? arguments->first : kPlain}));
}

bool PickleShadow::Take(const Instruction& instruction) {
  Ref first = kPlain;
  switch (instruction.info->opcode) {
    case Opcode::kProto:
    case Opcode::kStop:
      return true;
    case Opcode::kMark:
      return OpenMark();
    case Opcode::kBinUnicode:
    case Opcode::kShortBinString:
      return Text(instruction);
    case Opcode::kGlobal:
      return Push(Add({Trait::Kind::kGlobal, static_cast<std::uint32_t>(instruction.offset), kPlain}));
    case Opcode::kBinPut:
    case Opcode::kLongBinPut:
      return PutTop(static_cast<std::uint32_t>(instruction.integer));
    case Opcode::kBinGet:
    case Opcode::kLongBinGet:
      return Recall(static_cast<std::uint32_t>(instruction.integer));
    case Opcode::kTuple:
      return CloseMark(first) && Push(TupleOf(first));
    case Opcode::kTuple1:
      return Tuple(1);
    case Opcode::kTuple2:
      return Tuple(2);
    case Opcode::kTuple3:
      return Tuple(3);
    case Opcode::kReduce:
      return Make(Trait::Kind::kResult);
    case Opcode::kNewObj:
      return Make(Trait::Kind::kInstance);
    case Opcode::kBinPersid:
      return Replace(1, kPlain);
    case Opcode::kBuild:
    case Opcode::kAppend:
      return Has(2) && Drop(1);
    case Opcode::kSetItem:
      return Has(3) && Drop(2);
    case Opcode::kAppends:
    case Opcode::kSetItems:
      return CloseMark(first) && Has(1);
    default:  // the others push one value that is never a function, a text or a tuple with items
      return Push(kPlain);
  }
}

}  // namespace weightsonly
