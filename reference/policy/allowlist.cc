// Floor 4. The user's allowlist. SPEC.md chapter 4 (POL-010, POL-011, DEV-411 to DEV-413).
#include "policy/allowlist.h"

#include <utility>

#include "policy/numpy.h"

namespace weightsonly {

Allowlist& Allowlist::Add(std::string path) {
  std::string as = path;
  return Add(std::move(path), std::move(as));
}

Allowlist& Allowlist::Add(std::string path, std::string as) {
  entries_.insert_or_assign(std::move(as), std::move(path));
  return *this;
}

Allowlist& Allowlist::AddNumpy(std::string_view release) {
  const auto numpy = policy::NumpyOf(release);
  if (!numpy || *numpy == policy::Numpy::kOff) return *this;
  for (std::string& name : policy::NumpyNames(*numpy)) Add(std::move(name));
  return *this;
}

Allowlist& Allowlist::Register(std::string path, Constructor constructor) {
  Add(path);
  if (constructor) {
    constructors_.insert_or_assign(std::move(path), std::move(constructor));
  } else if (const auto earlier = constructors_.find(path); earlier != constructors_.end()) {
    constructors_.erase(earlier);
  }
  return *this;
}

const Constructor* Allowlist::ConstructorOf(std::string_view path) const {
  const auto found = constructors_.find(path);
  return found == constructors_.end() ? nullptr : &found->second;
}

Allowlist::Scope::Scope(Allowlist& list, std::span<const std::string> paths) : list_(list), before_(list.entries_) {
  for (const std::string& path : paths) list.Add(path);
}

Allowlist::Scope::~Scope() { list_.entries_.swap(before_); }

}  // namespace weightsonly
