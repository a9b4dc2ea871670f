#include "tests/machine/harness.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "machine/machine.h"
#include "pickle/decoder.h"
#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/show.h"

namespace weightsonly::machine {
std::uint32_t FakeResolver::FindRecord(std::string_view key, std::uint64_t offset) {
  const auto folded = [](unsigned char letter) { return std::tolower(letter); };
  const auto found = std::ranges::find_if(
      records, [&](const auto& record) { return std::ranges::equal(record.first, key, {}, folded, folded); });
  if (found == records.end()) Refuse(RefusalKind::kStorageMissing, "data.pkl", offset, "no record");
  return static_cast<std::uint32_t>(std::distance(records.begin(), found));
}

StorageRecord FakeResolver::ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes,
                                           std::uint64_t offset) {
  const auto& [key, size] = *std::next(records.begin(), record);
  asked.push_back(key + " " + std::string(DtypeName(dtype)) + " " + std::to_string(nbytes) + " at " +
                  std::to_string(offset));
  if (size != nbytes) Refuse(RefusalKind::kStorageSizeMismatch, "data.pkl", offset, "another size");
  StorageRecord storage{};
  storage.nbytes = nbytes;
  return storage;
}

Handler HandlerOf(std::uint8_t byte) {
  switch (byte) {
#define WEIGHTSONLY_ACCEPTED_yes(handler, byte) \
  case byte:                                    \
    return handler;
#define WEIGHTSONLY_ACCEPTED_no(handler, byte)
#define WEIGHTSONLY_OPCODE(handler, name, byte, operand, accepted) WEIGHTSONLY_ACCEPTED_##accepted(handler, byte)
#include "pickle/opcode.def"
#undef WEIGHTSONLY_OPCODE
#undef WEIGHTSONLY_ACCEPTED_yes
#undef WEIGHTSONLY_ACCEPTED_no
    default:
      return nullptr;
  }
}

Machine::Machine(std::string_view pickle, const Limits& limits) : graph(limits), state(graph, resolver) {
  std::ranges::copy(AsBytes(pickle), graph.MakeRoom(pickle.size(), 0).begin());
}

std::string Machine::Execute() {
  pickle::Instruction instruction;
  try {
    for (std::uint64_t at = 0; at < graph.pickle.size(); at = instruction.end) {
      REQUIRE(pickle::Decode(graph.pickle, at, instruction) == pickle::DecodeStatus::kOk);
      state.offset = at;
      HandlerOf(instruction.info->byte)(state, instruction);
    }
  } catch (const Refusal& refusal) {
    return At(refusal);
  }
  return "";
}

std::string Machine::Stack() const {
  std::string text;
  std::size_t mark = 0;
  for (std::size_t i = 0; i <= state.stack.size(); ++i) {
    // The base of mark k + 1 stands in entry k + 2 of `marks`, the last one in `base`.
    for (; mark < state.marks.size(); ++mark) {
      const std::size_t base = mark + 1 < state.marks.size() ? state.marks[mark + 1] : state.base;
      if (base != i) break;
      text += text.empty() ? "|" : " |";
    }
    if (i < state.stack.size()) text += (text.empty() ? "" : " ") + Show(graph, state.stack[i]);
  }
  return text;
}

Loaded::Loaded(std::string_view pickle, bool strict, const Limits& limits, Vocabulary vocabulary) : graph(limits) {
  Run(pickle, strict, {.vocabulary = vocabulary});
}

Loaded::Loaded(std::string_view pickle, const policy::Policy& policy, const Limits& limits) : graph(limits) {
  Run(pickle, false, {.policy = policy});
}

void Loaded::Run(std::string_view pickle, bool strict, const Setting& setting) {
  std::ranges::copy(AsBytes(pickle), graph.MakeRoom(pickle.size(), 0).begin());
  try {
    machine::Run(graph, resolver, strict, setting);
    outcome = Show(graph, graph.root);
  } catch (const Refusal& refusal) {
    outcome = At(refusal);
    detail = refusal.detail;
  }
}

void CheckAccepted(const std::vector<Accepted>& rows) {
  for (const Accepted& row : rows) {
    INFO(row.name);
    CHECK(Loaded(row.pickle + assemble::kStop).outcome == row.shown);
  }
}

void CheckRefused(const std::vector<Refused>& rows) {
  for (const Refused& row : rows) {
    INFO(row.name);
    CHECK(Loaded(row.pickle + assemble::kStop).outcome == At(row.kind, row.pickle.size() - row.guilty));
  }
}

std::string At(std::string_view kind, std::uint64_t offset) {
  return std::string(kind) + " at " + std::to_string(offset);
}

std::string At(const Refusal& refusal) {
  const std::string where = refusal.record == "data.pkl" ? "" : " of " + refusal.record;
  return At(KindName(refusal.kind), refusal.offset) + where;
}

}  // namespace weightsonly::machine
