// What the tests of the machine share: an archive that is only a table of sizes, a machine whose handlers are called
// one by one, a load of a whole pickle, and tables of what is accepted and refused.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "machine/handlers.h"
#include "machine/machine.h"
#include "machine/state.h"
#include "value/graph.h"
#include "value/storage_source.h"

namespace weightsonly::machine {

// Has the records "0", "1" and "7" of 16 bytes, "big" of 1 MiB and "empty" of none, until a test says otherwise.
class FakeResolver : public StorageResolver {
 public:
  std::uint32_t FindRecord(std::string_view key, std::uint64_t offset) override;
  [[nodiscard]] std::size_t record_count() const override { return records.size(); }
  [[nodiscard]] std::string RecordNamed(std::string_view key) const override { return "data/" + std::string(key); }
  StorageRecord ResolveStorage(std::uint32_t record, Dtype dtype, std::uint64_t nbytes, std::uint64_t offset) override;

  std::map<std::string, std::uint64_t, std::less<>> records = {
      {"0", 16}, {"1", 16}, {"7", 16}, {"big", 1 << 20}, {"empty", 0}};
  std::vector<std::string> asked;  // "key dtype nbytes at offset", one for each question
};

using Handler = void (*)(State&, const pickle::Instruction&);
// The handler of an accepted opcode, by its byte; null for any other byte.
Handler HandlerOf(std::uint8_t byte);

// A state on which the handlers of `pickle` are called one after the other, without machine::Run.
struct Machine {
  explicit Machine(std::string_view pickle, const Limits& limits = {});

  // "" or, when a handler refuses, "kind at offset".
  std::string Execute();
  // The stack from the bottom, each value as Show writes it, between blanks; a `|` where a mark is open.
  std::string Stack() const;

  Graph graph;
  FakeResolver resolver;
  State state;
};

// What machine::Run makes of `pickle`: the result as Show writes it, or "kind at offset". `graph` is what it built.
struct Loaded {
  explicit Loaded(std::string_view pickle, bool strict = false, const Limits& limits = {},
                  Vocabulary vocabulary = Vocabulary::kCheckpoint);
  // As a load of torch.load whose globals and opcodes are answered by `policy`.
  Loaded(std::string_view pickle, const policy::Policy& policy, const Limits& limits = {});

  Graph graph;
  FakeResolver resolver;
  std::string outcome;
  std::string detail;  // of the refusal

 private:
  void Run(std::string_view pickle, bool strict, const Setting& setting);
};

struct Accepted {
  std::string name;
  std::string pickle;  // without STOP
  std::string shown;
};
struct Refused {
  std::string name;
  std::string pickle;  // without STOP; its last `guilty` bytes are the instruction that is refused
  std::string kind;
  std::size_t guilty = 1;
};
void CheckAccepted(const std::vector<Accepted>& rows);
void CheckRefused(const std::vector<Refused>& rows);

// "kind at offset"
std::string At(std::string_view kind, std::uint64_t offset);
std::string At(const Refusal& refusal);

}  // namespace weightsonly::machine
