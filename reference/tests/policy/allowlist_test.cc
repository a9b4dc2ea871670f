// Floor 4. The user's allowlist as a container: entries, scopes, constructors.
#include "policy/allowlist.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace weightsonly {
namespace {

using Entries = Allowlist::Entries;

const Constructor kAnswersNothing = [](const Object&) { return Construction{}; };

TEST_CASE("entries are kept by the name that a file says") {
  Allowlist list;
  CHECK(list.Get().empty());
  list.Add("b.B").Add("a.A").Add("a.A", "old.A");
  CHECK(list.Get() == Entries{{"a.A", "a.A"}, {"b.B", "b.B"}, {"old.A", "a.A"}});
  list.Add("c.C", "old.A");
  CHECK(list.Get().at("old.A") == "c.C");
  list.Clear();
  CHECK(list.Get().empty());
}

TEST_CASE("a copy goes its own way") {
  Allowlist list;
  list.Add("a.A");
  Allowlist copy = list;
  copy.Add("b.B");
  CHECK(list.Get().size() == 1);
  CHECK(copy.Get().size() == 2);
}

TEST_CASE("a scope leaves the list as it was before") {
  Allowlist list;
  list.Add("a.A");
  {
    const std::vector<std::string> outer = {"a.A", "b.B"};
    const auto first = list.SafeGlobals(outer);
    CHECK(list.Get() == Entries{{"a.A", "a.A"}, {"b.B", "b.B"}});
    {
      const std::vector<std::string> inner = {"b.B", "c.C"};
      const auto second = list.SafeGlobals(inner);
      list.Add("d.D");
      CHECK(list.Get().size() == 4);
    }
    CHECK(list.Get() == Entries{{"a.A", "a.A"}, {"b.B", "b.B"}});
    list.Clear();
  }
  CHECK(list.Get() == Entries{{"a.A", "a.A"}});
}

TEST_CASE("a registered constructor allows its class, until it is taken back") {
  Allowlist list;
  CHECK_FALSE(list.HasConstructors());
  list.Register("a.A", kAnswersNothing);
  CHECK(list.Get() == Entries{{"a.A", "a.A"}});
  CHECK(list.HasConstructors());
  CHECK(list.ConstructorOf("a.A") != nullptr);
  CHECK(list.ConstructorOf("a.B") == nullptr);
  list.Register("a.A", {});
  CHECK(list.ConstructorOf("a.A") == nullptr);
  CHECK_FALSE(list.HasConstructors());
  list.Register("b.B", {});
  CHECK_FALSE(list.HasConstructors());
}

}  // namespace
}  // namespace weightsonly
