// Floor 6. Which classes BUILD asks for that no GLOBAL names, and which objects torch never fills. SPEC.md chapter 6
// (GLS-002 to GLS-005).
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "checkpoint/checkpoint.h"
#include "policy/globals.h"

namespace weightsonly {

// Collects over several pickles.
class BuiltClassTracer {
 public:
  // Keeps the reference `user`.
  BuiltClassTracer(const Allowlist& user, const policy::Policy& policy) : user_(user), policy_(policy) {}

  // `pickle`: instructions up to a STOP, all accepted and whole. Stops at the first that a load would refuse for want
  // of a value, a mark or a memo entry. Time is linear in the pickle, memory a small multiple of it, 30 times at most.
  void Trace(Bytes pickle, std::string_view record);

  // Each in the order of the first mention: what BUILD asks for, what is filled in vain.
  [[nodiscard]] std::vector<BuiltClass> TakeBuilt() { return std::move(built_); }
  [[nodiscard]] std::vector<FilledClass> TakeFilled() { return std::move(filled_); }

 private:
  class Run;
  // A function or class that is not allowed by default, and what was told of it.
  struct Maker {
    const std::string* path = nullptr;  // the key
    bool is_class = false;              // by its name
    bool filled = false;
    std::set<std::string_view> built = {};  // names of static storage, "" for an open one
  };

  // Whether the user allowed an object of that name, under whichever name a file says.
  [[nodiscard]] bool IsAllowed(std::string_view path) const;

  const Allowlist& user_;
  policy::Policy policy_;
  std::map<std::string, Maker> makers_;
  std::vector<BuiltClass> built_;
  std::vector<FilledClass> filled_;
};

}  // namespace weightsonly
