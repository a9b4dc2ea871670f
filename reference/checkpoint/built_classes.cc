// Floor 6. What the shadow of a pickle tells of its objects. SPEC.md chapter 6 (GLS-002 to GLS-004).
#include "checkpoint/built_classes.h"

#include <algorithm>

#include "checkpoint/pickle_shadow.h"
#include "pickle/decoder.h"
#include "policy/behaviour.h"
#include "policy/globals.h"
#include "policy/numpy_classes.h"

namespace weightsonly {
namespace {

using pickle::Instruction;
using pickle::Opcode;

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

}  // namespace

// One pickle. What a GLOBAL is gets found out once for each, because its name can be as long as the pickle.
class BuiltClassTracer::Run {
 public:
  Run(BuiltClassTracer& tracer, Bytes pickle, std::string_view record)
      : tracer_(tracer), pickle_(pickle), record_(record) {}

  void Trace() {
    Instruction instruction;
    do {
      if (pickle::Decode(pickle_, instruction.end, instruction) != pickle::DecodeStatus::kOk) return;
      const Trait* target = shadow_.TargetOf(instruction);
      if (target != nullptr) Note(*target, instruction);
      if (!shadow_.Take(instruction)) return;
    } while (instruction.info->opcode != Opcode::kStop);
  }

 private:
  void Note(const Trait& target, const Instruction& instruction) {
    Maker* maker = MakerOf(target);
    if (maker == nullptr) return;
    if (instruction.info->opcode != Opcode::kBuild) {
      NoteFilled(*maker, target, instruction);
    } else if (target.kind == Trait::Kind::kResult) {  // the class of what NEWOBJ makes is a GLOBAL
      NoteBuilt(*maker, target, instruction.offset);
    }
  }

  // Null when torch allows it by itself, or never.
  Maker* MakerOf(const Trait& made);
  void NoteBuilt(Maker& maker, const Trait& made, std::uint64_t offset);
  void NoteFilled(Maker& maker, const Trait& made, const Instruction& instruction);

  BuiltClassTracer& tracer_;
  Bytes pickle_;
  std::string_view record_;
  PickleShadow shadow_;
  std::vector<Maker*> makers_;  // of GLOBALs in the order in which they were asked for
};

BuiltClassTracer::Maker* BuiltClassTracer::Run::MakerOf(const Trait& made) {
  Trait& called = shadow_.CalledFor(made);
  if (called.first == 0) {
    const Instruction global = InstructionAt(pickle_, called.at);
    // What the user allowed is as unknown to torch's own list as what nobody did.
    policy::Answer answer =
        policy::LookUp(global.text, global.second_line, {.release = tracer_.policy_.release, .user = nullptr});
    Maker* maker = nullptr;
    if (answer.standing == policy::Standing::kNotAllowed && !answer.path.ends_with('.')) {
      const bool is_class = LooksLikeClass(answer.path);
      const auto entry = tracer_.makers_.try_emplace(std::move(answer.path), Maker{.is_class = is_class}).first;
      maker = &entry->second;
      maker->path = &entry->first;
    }
    makers_.push_back(maker);
    called.first = static_cast<Ref>(makers_.size());
  }
  return makers_[called.first - 1];
}

// GLS-002 to GLS-004.
void BuiltClassTracer::Run::NoteBuilt(Maker& maker, const Trait& made, std::uint64_t offset) {
  const Trait* argument = shadow_.TraitOf(made.first);
  std::string_view text;
  if (argument != nullptr && argument->kind == Trait::Kind::kText) text = InstructionAt(pickle_, argument->at).text;
  const auto names = policy::NumpyClassOf(*maker.path, text);
  if (!names) {
    // `_reconstruct(numpy.ndarray, …)`, `copyreg._reconstructor(Thing, …)`: an object of the class that is handed over.
    if (argument != nullptr && argument->kind == Trait::Kind::kGlobal) return;
    if (maker.is_class) return;
  }
  if (!maker.built.insert(names ? names->name : std::string_view()).second) return;
  tracer_.built_.push_back(
      {.name = std::string(names ? names->name : ""),
       .name_before_numpy_1_25 = std::string(names ? names->before_1_25 : ""),
       .maker = *maker.path,
       .argument = std::string(*maker.path == "numpy.dtype" ? text : ""),
       .record = record_,
       .offset = offset,
       .allowed = names && (tracer_.IsAllowed(names->name) || tracer_.IsAllowed(names->before_1_25))});
}

// GLS-005. Torch fills no objects but those of four classes; what these makers give is of another.
void BuiltClassTracer::Run::NoteFilled(Maker& maker, const Trait& made, const Instruction& instruction) {
  const Opcode opcode = instruction.info->opcode;
  const bool pairs = opcode == Opcode::kSetItem || opcode == Opcode::kSetItems;
  if (pairs && policy::BehaviourOf(tracer_.policy_.release).setitem_of_any) return;
  const std::string_view path = *maker.path;
  if (maker.filled || path == "builtins.list" || path == "builtins.dict") return;
  const bool is_class = made.kind == Trait::Kind::kInstance || maker.is_class || path == "collections.defaultdict" ||
                        path == "collections.deque";
  if (!is_class) return;
  maker.filled = true;
  tracer_.filled_.push_back({.name = *maker.path, .record = record_, .offset = instruction.offset});
}

bool BuiltClassTracer::IsAllowed(std::string_view path) const {
  return std::ranges::any_of(user_.Get(), [path](const auto& entry) { return entry.second == path; });
}

void BuiltClassTracer::Trace(Bytes pickle, std::string_view record) { Run(*this, pickle, record).Trace(); }

}  // namespace weightsonly
