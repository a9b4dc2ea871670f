// Floor 4. What the user allows beside torch's own list. Public. SPEC.md chapter 4 (POL-010, POL-011, NPY-004, DEV-411
// to DEV-413).
#pragma once

#include <any>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/export.h"

namespace weightsonly {

class Object;

// What a constructor makes: the value that Object::constructed() is to hold, or why it cannot be made.
struct Construction {
  std::any value = {};
  std::optional<std::string> fault = {};
};

// Makes the caller's own value of a finished inert object: its state, items and pairs are set. It may throw, too.
using Constructor = std::function<Construction(const Object&)>;

// The user's list: what torch.serialization.add_safe_globals is in torch, but a value of the caller's and not the
// process's. A plain value: copies are independent; const calls are thread-safe. Nothing that stands in it is ever
// looked up, imported or run: an allowed name gives inert objects (Object, value/value.h), and where it is the class of
// a tensor, tensors with that name (Subclass, value/subclass.h).
//
// A name says module, dot, name as a file of today spells it ("training.Config", "builtins.list"): the Python 2 names
// of a file are translated first (POL-003). Names are compared byte by byte. What can match nothing (no dot in it, or
// longer than a line of GLOBAL may be) is refused by Load with options.invalid.
class WEIGHTSONLY_EXPORT Allowlist {
 public:
  // By the name that a file says: the object that it stands for.
  using Entries = std::map<std::string, std::string, std::less<>>;

  // Allows `path`. Returns *this, so that calls can be chained.
  Allowlist& Add(std::string path);
  // Torch's tuple form: where a file says `as`, it means the object `path`. `path` can be one of torch's own list, and
  // then is that global. The later of two entries for one `as` counts (DEV-411).
  Allowlist& Add(std::string path, std::string as);
  // Allows every name that arrays, scalars and dtypes of the numpy release `release` ("1.24", "2.4") need: those that
  // files name, in the spellings of numpy 1 and 2, and the classes of the dtypes, which BUILD asks for although no file
  // names them (NPY-004). Nothing when Options::numpy does not take that text.
  Allowlist& AddNumpy(std::string_view release);
  // Every entry, sorted by the name that a file says.
  [[nodiscard]] const Entries& Get() const { return entries_; }
  // Forgets every entry. Constructors stay.
  void Clear() { entries_.clear(); }

  // Allows `path` as Add does, and has `constructor` called for each object of that class or call of that function,
  // after the pickle has ended, in the order in which the file makes them, and for no Subclass. An empty constructor
  // takes the earlier one back. What it throws or refuses ends the load with policy.constructor.
  Allowlist& Register(std::string path, Constructor constructor);
  // The constructor of `path`, or null.
  [[nodiscard]] const Constructor* ConstructorOf(std::string_view path) const;
  [[nodiscard]] bool HasConstructors() const { return !constructors_.empty(); }

  // Allows `paths` until the returned Scope dies; then the list is exactly as it was before, whatever was added
  // meanwhile (DEV-412). The Scope must not outlive the list.
  class WEIGHTSONLY_EXPORT Scope {
   public:
    Scope(Allowlist& list, std::span<const std::string> paths);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Allowlist& list_;
    Entries before_;
  };
  [[nodiscard]] Scope SafeGlobals(std::span<const std::string> paths) { return {*this, paths}; }

 private:
  Entries entries_;
  std::map<std::string, Constructor, std::less<>> constructors_;
};

}  // namespace weightsonly
