// Floor 6. GlobalsIn: what a pickle names, without executing it. SPEC.md chapter 6 (CHK-020).
//
// No stack, no memo: names in the order of the instructions up to the first STOP. That a file names nothing forbidden
// does not mean that it loads.
#include <set>
#include <utility>

#include "base/boundary.h"
#include "base/text.h"
#include "checkpoint/check_options.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/legacy.h"
#include "checkpoint/open_archive.h"
#include "checkpoint/small_records.h"
#include "container/recognise.h"
#include "pickle/decoder.h"
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
pickle::Instruction Next(Bytes bytes, std::uint64_t at, std::string_view record) {
  pickle::Instruction instruction;
  if (at == bytes.size()) Refuse(RefusalKind::kPickleTruncated, record, at, "the pickle ends before STOP");
  const pickle::OpcodeInfo* info = pickle::OpcodeOf(static_cast<std::uint8_t>(bytes[at]));
  if (info == nullptr || !info->accepted) {
    Refuse(RefusalKind::kPickleOpcode, record, at,
           "the byte " + std::to_string(static_cast<unsigned>(bytes[at])) + " is no opcode that is accepted");
  }
  if (pickle::Decode(bytes, at, instruction) != pickle::DecodeStatus::kOk) {
    Refuse(RefusalKind::kPickleTruncated, record, at, "the operand reaches past the end");
  }
  return instruction;
}

// Collects what one pickle names after the other.
class Scanner {
 public:
  explicit Scanner(const Options& options) : policy_(PolicyOf(options)) {}

  void Scan(Bytes bytes, std::string_view record) {
    pickle::Instruction instruction;
    do {
      instruction = Next(bytes, instruction.end, record);
      if (instruction.info->opcode == pickle::Opcode::kGlobal) Add(instruction, record);
    } while (instruction.info->opcode != pickle::Opcode::kStop);
  }

  [[nodiscard]] std::vector<NamedGlobal> Take() { return std::move(found_); }

 private:
  void Add(const pickle::Instruction& instruction, std::string_view record) {
    if (!IsUtf8(instruction.text) || !IsUtf8(instruction.second_line)) {
      Refuse(RefusalKind::kPickleText, record, instruction.offset, "a line of GLOBAL is not UTF-8");
    }
    policy::Answer answer = policy::LookUp(instruction.text, instruction.second_line, policy_);
    std::string path = answer.global != nullptr ? std::string(answer.global->path) : std::move(answer.path);
    if (!seen_.insert(path).second) return;
    found_.push_back({.path = std::move(path),
                      .standing = StandingOf(answer.standing),
                      .record = record,
                      .offset = instruction.offset});
  }

  policy::Policy policy_;
  std::vector<NamedGlobal> found_;
  std::set<std::string> seen_;
};

// LST-021. All five pickles of a stream, each from a copy of its bytes.
void ScanLegacy(const container::Source& file, Scanner& scanner) {
  for (const LegacyPickle& pickle : FindLegacyPickles(file.bytes())) {
    std::vector<std::byte> bytes(pickle.size);
    file.ReadAt(pickle.offset, bytes);
    scanner.Scan(bytes, pickle.record);
  }
}

void ScanArchive(const container::Source& file, const Options& options, Scanner& scanner) {
  const container::Archive archive(file.bytes());
  CheckSmallRecords(archive, options);
  const container::Extent pickle = LocatePickle(archive, options.limits);
  std::vector<std::byte> bytes(pickle.size);
  archive.ReadInto(pickle, bytes);
  scanner.Scan(bytes, "data.pkl");
}

}  // namespace

std::expected<std::vector<NamedGlobal>, Refusal> GlobalsIn(const std::string& path, const Options& options) {
  return AtBoundary<std::vector<NamedGlobal>>([&] {
    const auto file = OpenFile(path, options);
    Scanner scanner(options);
    if (container::Recognise(file->bytes()) == container::Format::kLegacy) {
      ScanLegacy(*file, scanner);
    } else {
      ScanArchive(*file, options, scanner);
    }
    return scanner.Take();
  });
}

}  // namespace weightsonly
