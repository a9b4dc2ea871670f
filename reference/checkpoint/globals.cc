// Floor 6. GlobalsIn and ExamineGlobals: what a pickle names, without executing it. SPEC.md chapter 6 (CHK-020,
// GLS-001).
//
// Names come in the order of the instructions up to the first STOP, with no stack and no memo; what BUILD asks for
// besides them is BuiltClassTracer's. That a file names nothing forbidden does not mean that it loads.
#include <algorithm>
#include <set>
#include <utility>

#include "base/boundary.h"
#include "base/text.h"
#include "checkpoint/built_classes.h"
#include "checkpoint/check_options.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/legacy.h"
#include "checkpoint/open_archive.h"
#include "checkpoint/small_records.h"
#include "container/recognise.h"
#include "pickle/decoder.h"
#include "policy/behaviour.h"
#include "policy/globals.h"

namespace weightsonly {
namespace {

NamedGlobal::Standing StandingOf(policy::Standing standing) {
  switch (standing) {
    case policy::Standing::kAllowed:
    case policy::Standing::kUserAllowed:
      return NamedGlobal::Standing::kAllowed;
    case policy::Standing::kBlocked:
      return NamedGlobal::Standing::kBlocked;
    case policy::Standing::kNotImported:
      return NamedGlobal::Standing::kNotImported;
    case policy::Standing::kNotAllowed:
      break;
  }
  return NamedGlobal::Standing::kNotAllowed;
}

// The next instruction, one of the 34. Refuses pickle.opcode and pickle.truncated as the machine does.
pickle::Instruction Next(Bytes bytes, std::uint64_t at, std::string_view record, policy::Release release) {
  pickle::Instruction instruction;
  if (at == bytes.size()) Refuse(RefusalKind::kPickleTruncated, record, at, "the pickle ends before STOP");
  const pickle::OpcodeInfo* info = pickle::OpcodeOf(static_cast<std::uint8_t>(bytes[at]));
  const bool known = info != nullptr && info->accepted &&
                     (info->opcode != pickle::Opcode::kBinFloat || policy::BehaviourOf(release).binfloat);  // POL-009
  if (!known) {
    Refuse(RefusalKind::kPickleOpcode, record, at,
           "the byte " + std::to_string(static_cast<unsigned>(bytes[at])) + " is no opcode that is accepted");
  }
  if (pickle::Decode(bytes, at, instruction) != pickle::DecodeStatus::kOk) {
    Refuse(RefusalKind::kPickleTruncated, record, at, "the operand reaches past the end");
  }
  return instruction;
}

// How much of `path` is the module, when `name` was the second line: translated or not, it is the end of the path, but
// for the few functions that Python 2 called otherwise, whose new names have no dots.
std::size_t ModuleSize(std::string_view path, std::string_view name) {
  const std::size_t size = path.size() - std::min(path.size(), name.size() + 1);
  return path[size] == '.' && path.ends_with(name) ? size : path.rfind('.');
}

// Collects what one pickle names after the other.
class Scanner {
 public:
  Scanner(const Options& options, bool with_built)
      : with_built_(with_built), policy_(PolicyOf(options)), tracer_(options.allowlist, policy_) {}

  void Scan(Bytes bytes, std::string_view record) {
    pickle::Instruction instruction;
    do {
      instruction = Next(bytes, instruction.end, record, policy_.release);
      if (instruction.info->opcode == pickle::Opcode::kGlobal) Add(instruction, record);
    } while (instruction.info->opcode != pickle::Opcode::kStop);
    if (with_built_ && some_not_by_torch_) tracer_.Trace(bytes, record);
  }

  [[nodiscard]] GlobalsReport Take() {
    return {.named = std::move(named_), .built = tracer_.TakeBuilt(), .filled = tracer_.TakeFilled()};
  }

 private:
  void Add(const pickle::Instruction& instruction, std::string_view record) {
    if (!IsUtf8(instruction.text) || !IsUtf8(instruction.second_line)) {
      Refuse(RefusalKind::kPickleText, record, instruction.offset, "a line of GLOBAL is not UTF-8");
    }
    // Torch's own answer, then the user's list, which is asked before the names that need an import (POL-005, GLS-006).
    const policy::Answer answer =
        policy::LookUp(instruction.text, instruction.second_line, {.release = policy_.release, .user = nullptr});
    std::string path = answer.global != nullptr ? std::string(answer.global->path) : answer.path;
    if (!seen_.insert(path).second) return;
    using Standing = NamedGlobal::Standing;
    Standing standing = StandingOf(answer.standing);
    some_not_by_torch_ = some_not_by_torch_ || standing != Standing::kAllowed;
    const bool undecided = standing == Standing::kNotAllowed || standing == Standing::kNotImported;
    const bool by_user = undecided && policy_.user != nullptr && policy_.user->Get().contains(path);
    if (by_user) standing = Standing::kAllowed;
    const std::size_t module_size = ModuleSize(path, instruction.second_line);
    named_.push_back({.path = std::move(path),
                      .standing = standing,
                      .record = record,
                      .offset = instruction.offset,
                      .module_size = module_size,
                      .by_user = by_user,
                      .import = answer.import});
  }

  bool with_built_;
  bool some_not_by_torch_ = false;
  policy::Policy policy_;
  std::vector<NamedGlobal> named_;
  std::set<std::string> seen_;
  BuiltClassTracer tracer_;
};

// LST-021. All five pickles of a stream, each from a copy of its bytes.
void ScanLegacy(const container::Source& file, Scanner& scanner) {
  for (const LegacyPickle& pickle : FindLegacyPickles(file.bytes())) {
    std::vector<std::byte> bytes(pickle.size);
    file.ReadAt(pickle.offset, bytes);
    scanner.Scan(bytes, pickle.record);
  }
}

// GLS-001, with the directory as a load wants it (DEV-680).
void ScanArchive(const container::Source& file, const Options& options, Scanner& scanner) {
  const container::Archive archive(file.bytes());
  CheckArchiveKind(archive);
  const container::Extent pickle = LocatePickle(archive, options.limits);
  std::vector<std::byte> bytes(pickle.size);
  archive.ReadInto(pickle, bytes);
  scanner.Scan(bytes, "data.pkl");
}

GlobalsReport Examine(const std::string& path, const Options& options, bool with_built) {
  const auto file = OpenFile(path, options);
  Scanner scanner(options, with_built);
  if (container::Recognise(file->bytes()) == container::Format::kLegacy) {
    ScanLegacy(*file, scanner);
  } else {
    ScanArchive(*file, options, scanner);
  }
  return scanner.Take();
}

}  // namespace

std::expected<std::vector<NamedGlobal>, Refusal> GlobalsIn(const std::string& path, const Options& options) {
  return AtBoundary<std::vector<NamedGlobal>>([&] { return Examine(path, options, false).named; });
}

std::expected<GlobalsReport, Refusal> ExamineGlobals(const std::string& path, const Options& options) {
  return AtBoundary<GlobalsReport>([&] { return Examine(path, options, true); });
}

}  // namespace weightsonly
