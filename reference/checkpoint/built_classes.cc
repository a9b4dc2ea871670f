// Floor 6. The shadow machine behind BuiltClassTracer. SPEC.md chapter 6 (GLS-002 to GLS-004).
#include "checkpoint/built_classes.h"

#include <optional>

#include "base/limits.h"
#include "base/pod_vector.h"
#include "machine/memo.h"
#include "pickle/decoder.h"
#include "policy/globals.h"
#include "policy/numpy_classes.h"

namespace weightsonly {
namespace {

using pickle::Instruction;
using pickle::Opcode;

// What is kept of a value: small, because a value can cost the file as little as four bytes.
struct Trait {
  enum class Kind : std::uint8_t { kText, kGlobal, kTuple, kResult, kInstance };
  Kind kind;
  std::uint32_t at;  // kText, kGlobal: the instruction in the pickle; kResult (of REDUCE) and kInstance (of NEWOBJ):
                     // that of the GLOBAL of the function or class
  Ref first;         // kTuple: its first item; kResult: the first argument; kPlain when that is of no interest
};

constexpr Ref kPlain = 0;                 // every value that is none of these; the trait of value n is the (n-1)-th
constexpr std::size_t kShortestText = 2;  // an argument that is shorter or longer is no dtype
constexpr std::size_t kLongestText = 32;
static_assert(kMaxPickleBytes < std::uint64_t{1} << 32, "a place in a pickle and the number of a value fit 32 bits");

class Shadow {
 public:
  // What follows from one instruction; false: a load ends here.
  bool Take(const Instruction& instruction);
  // What the instruction, which was not taken yet, sets the state or an item of, when a GLOBAL made it.
  [[nodiscard]] const Trait* TargetOf(const Instruction& instruction) const;
  [[nodiscard]] const Trait* TraitOf(Ref value) const { return value == kPlain ? nullptr : &traits_[value - 1]; }

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
  bool Text(const Instruction& instruction);
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

const Trait* Shadow::TargetOf(const Instruction& instruction) const {
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

bool Shadow::OpenMark() {
  marks_.push_back(static_cast<std::uint32_t>(base_));
  base_ = stack_.size();
  return true;
}

bool Shadow::CloseMark(Ref& first) {
  if (marks_.empty()) return false;
  first = stack_.size() > base_ ? stack_[base_] : kPlain;
  stack_.truncate(base_);
  base_ = marks_.back();
  marks_.pop_back();
  return true;
}

bool Shadow::PutTop(std::uint32_t index) {
  if (!Has(1)) return false;
  memo_.Put(index, stack_.back());
  return true;
}

bool Shadow::Recall(std::uint32_t index) {
  const Ref* value = memo_.Get(index);
  return value != nullptr && Push(*value);
}

bool Shadow::Text(const Instruction& instruction) {
  const std::size_t size = instruction.text.size();
  if (size < kShortestText || size > kLongestText) return Push(kPlain);
  return Push(Add({Trait::Kind::kText, static_cast<std::uint32_t>(instruction.offset), kPlain}));
}

// A tuple counts only for what a function could learn from its first item.
Ref Shadow::TupleOf(Ref first) {
  const Trait* item = TraitOf(first);
  if (item == nullptr || (item->kind != Trait::Kind::kText && item->kind != Trait::Kind::kGlobal)) return kPlain;
  return Add({Trait::Kind::kTuple, 0, first});
}

bool Shadow::Make(Trait::Kind kind) {
  if (!Has(2)) return false;
  const Trait* arguments = TraitOf(Below(0));
  const Trait* maker = TraitOf(Below(1));
  if (maker == nullptr || maker->kind != Trait::Kind::kGlobal) return Replace(2, kPlain);
  const bool tuple = arguments != nullptr && arguments->kind == Trait::Kind::kTuple;
  return Replace(2, Add({kind, maker->at, tuple ? arguments->first : kPlain}));
}

bool Shadow::Take(const Instruction& instruction) {
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

// The instruction at a place where one was decoded before.
Instruction InstructionAt(Bytes pickle, std::uint64_t at) {
  Instruction instruction;
  (void)pickle::Decode(pickle, at, instruction);
  return instruction;
}

// The last part of a name starts with a capital: as classes are called, whose results are of that class.
bool LooksLikeClass(std::string_view path) {
  const char first = path.substr(path.rfind('.') + 1).front();
  return first >= 'A' && first <= 'Z';
}

// The GLOBAL that made a value, when it is one that torch does not allow by itself.
std::optional<std::string> MakerOf(Bytes pickle, const Trait& made) {
  const Instruction maker = InstructionAt(pickle, made.at);
  policy::Answer answer = policy::LookUp(maker.text, maker.second_line);
  if (answer.standing != policy::Standing::kNotAllowed || answer.path.ends_with('.')) return std::nullopt;
  return std::move(answer.path);
}

// GLS-002 to GLS-004. What BUILD asks for, or nothing when a GLOBAL names it: of NEWOBJ's objects always.
std::optional<BuiltClass> ClassOf(Bytes pickle, const Shadow& shadow, const Trait& made) {
  if (made.kind == Trait::Kind::kInstance) return std::nullopt;
  std::optional<std::string> maker = MakerOf(pickle, made);
  if (!maker) return std::nullopt;
  BuiltClass built = {.name = {}, .name_before_numpy_1_25 = {}, .maker = std::move(*maker), .argument = {}};
  const Trait* argument = shadow.TraitOf(made.first);
  const bool text = argument != nullptr && argument->kind == Trait::Kind::kText;
  if (text && built.maker == "numpy.dtype") built.argument = InstructionAt(pickle, argument->at).text;
  const auto names =
      policy::NumpyClassOf(built.maker, text ? InstructionAt(pickle, argument->at).text : std::string_view());
  if (names) {
    built.name = names->name;
    built.name_before_numpy_1_25 = names->before_1_25;
    return built;
  }
  // `_reconstruct(numpy.ndarray, …)`, `copyreg._reconstructor(Thing, …)`: an object of the class that is handed over.
  if (argument != nullptr && argument->kind == Trait::Kind::kGlobal) return std::nullopt;
  if (LooksLikeClass(built.maker)) return std::nullopt;
  return built;
}

// GLS-005. Torch fills no objects but those of four classes; what these makers give is of another.
bool IsNeverFilled(const std::string& maker, Trait::Kind kind) {
  if (maker == "builtins.list" || maker == "builtins.dict") return false;
  return kind == Trait::Kind::kInstance || LooksLikeClass(maker) || maker == "collections.defaultdict" ||
         maker == "collections.deque";
}

}  // namespace

void BuiltClassTracer::Trace(Bytes pickle, std::string_view record) {
  Shadow shadow;
  Instruction instruction;
  do {
    if (pickle::Decode(pickle, instruction.end, instruction) != pickle::DecodeStatus::kOk) return;
    const Trait* target = shadow.TargetOf(instruction);
    if (target != nullptr && instruction.info->opcode == Opcode::kBuild) {
      std::optional<BuiltClass> built = ClassOf(pickle, shadow, *target);
      if (built && seen_.emplace(built->maker, built->name).second) {
        built->record = record;
        built->offset = instruction.offset;
        built_.push_back(std::move(*built));
      }
    } else if (target != nullptr) {
      std::optional<std::string> maker = MakerOf(pickle, *target);
      if (maker && IsNeverFilled(*maker, target->kind) && seen_filled_.insert(*maker).second) {
        filled_.push_back({.name = std::move(*maker), .record = record, .offset = instruction.offset});
      }
    }
    if (!shadow.Take(instruction)) return;
  } while (instruction.info->opcode != Opcode::kStop);
}

}  // namespace weightsonly
