// Floor 6. GlobalsIn: what a pickle names, without executing it. SPEC.md chapter 6 (CHK-020).
//
// No stack, no memo: names in the order of the instructions up to the first STOP. That a file names nothing forbidden
// does not mean that it loads.
#include <set>
#include <utility>

#include "base/text.h"
#include "checkpoint/archive_source.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/open_archive.h"
#include "checkpoint/small_records.h"
#include "pickle/decoder.h"
#include "policy/globals.h"

namespace weightsonly {
namespace {

NamedGlobal::Standing StandingOf(policy::Standing standing) {
  switch (standing) {
    case policy::Standing::kAllowed:
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
pickle::Instruction Next(Bytes bytes, std::uint64_t at) {
  pickle::Instruction instruction;
  if (at == bytes.size()) Refuse(RefusalKind::kPickleTruncated, "data.pkl", at, "the pickle ends before STOP");
  const pickle::OpcodeInfo* info = pickle::OpcodeOf(static_cast<std::uint8_t>(bytes[at]));
  if (info == nullptr || !info->accepted) {
    Refuse(RefusalKind::kPickleOpcode, "data.pkl", at,
           "the byte " + std::to_string(static_cast<unsigned>(bytes[at])) + " is no opcode that is accepted");
  }
  if (pickle::Decode(bytes, at, instruction) != pickle::DecodeStatus::kOk) {
    Refuse(RefusalKind::kPickleTruncated, "data.pkl", at, "the operand reaches past the end");
  }
  return instruction;
}

std::vector<NamedGlobal> Scan(Bytes bytes) {
  std::vector<NamedGlobal> found;
  std::set<std::string> seen;
  pickle::Instruction instruction;
  do {
    instruction = Next(bytes, instruction.end);
    if (instruction.info->opcode != pickle::Opcode::kGlobal) continue;
    if (!IsUtf8(instruction.text) || !IsUtf8(instruction.second_line)) {
      Refuse(RefusalKind::kPickleText, "data.pkl", instruction.offset, "a line of GLOBAL is not UTF-8");
    }
    policy::Answer answer = policy::LookUp(instruction.text, instruction.second_line);
    std::string path = answer.global != nullptr ? std::string(answer.global->path) : std::move(answer.path);
    if (!seen.insert(path).second) continue;
    found.push_back({.path = std::move(path), .standing = StandingOf(answer.standing), .offset = instruction.offset});
  } while (instruction.info->opcode != pickle::Opcode::kStop);
  return found;
}

}  // namespace

std::expected<std::vector<NamedGlobal>, Refusal> GlobalsIn(const std::string& path, const Options& options) {
  return AtBoundary<std::vector<NamedGlobal>>([&] {
    const auto file = container::OpenPath(path, options.mmap, options.limits);
    const container::Archive archive = OpenArchive(*file, options.limits);
    CheckSmallRecords(archive, options);
    return Scan(ReadPickle(archive, options.limits));
  });
}

}  // namespace weightsonly
