// The caller's allowlist through Load: entries that cannot be, constructors and how they fail (CHK-040, DEV-412).
#include <any>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/checkpoint/folder.h"

namespace weightsonly::testing {
namespace {

using Answer = Construction;

const std::string kPoint = Global("training", "Point");

// Two points, the first of them twice, and an object of another class.
std::string Points() {
  return PickleOf(ListOf({kPoint + TupleOf({Number(1)}) + "R" + PutAt(0), GetAt(0),
                          kPoint + TupleOf({Number(2)}) + "\x81" + DictOf({Text("y"), Number(7)}) + "b",
                          Global("training", "Other") + ")R", kPoint}));
}

std::string ArchiveWith(const std::string& pickle) { return BuildCheckpoint({.pickle = pickle}).bytes; }

// The first argument of a point.
Answer FirstArgument(const Object& object) {
  const auto arguments = object.arguments();
  if (!arguments || arguments->size() != 1) return {.fault = "a point has one coordinate"};
  return {.value = *arguments->item(0).AsInt()};
}

Options With(Constructor constructor) {
  Options options;
  options.allowlist.Add("training.Other").Register("training.Point", std::move(constructor));
  return options;
}

std::int64_t Made(const Value& value) { return std::any_cast<std::int64_t>(*value.AsObject()->constructed()); }

TEST_CASE("a constructor is called once for each object, in the order of the file") {
  std::vector<std::int64_t> order;
  const std::string archive = ArchiveWith(Points());
  const auto loaded = Load(AsBytes(archive), With([&](const Object& object) {
                             Answer made = FirstArgument(object);
                             order.push_back(std::any_cast<std::int64_t>(made.value));
                             return made;
                           }));
  REQUIRE(loaded.has_value());
  CHECK(order == std::vector<std::int64_t>{1, 2});
  const Value root = loaded->root();
  REQUIRE(root.size() == 5);
  CHECK(Made(root.item(0)) == 1);
  CHECK(Made(root.item(1)) == 1);
  CHECK(Made(root.item(2)) == 2);
  CHECK(root.item(2).AsObject()->state()->Find("y")->AsInt() == 7);
  CHECK(root.item(3).AsObject()->constructed() == nullptr);
  CHECK(root.item(4).AsObject()->constructed() == nullptr);
}

TEST_CASE("what a constructor answers or throws ends the load where the object was made") {
  const std::string pickle = Points();
  const std::uint64_t where = pickle.find('R');
  const auto fault = [&](Constructor constructor) {
    const auto loaded = Load(AsBytes(ArchiveWith(pickle)), With(std::move(constructor)));
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().kind == RefusalKind::kPolicyConstructor);
    CHECK(loaded.error().record == "data.pkl");
    CHECK(loaded.error().offset == where);
    return loaded.error().detail;
  };
  CHECK(fault([](const Object&) -> Answer { return {.fault = "no \x1b[1m room"}; }) ==
        "the constructor of `training.Point`: no \\x1b[1m room");
  CHECK(fault([](const Object&) -> Answer { throw std::runtime_error("broken"); }) ==
        "the constructor of `training.Point`: broken");
  CHECK(fault([](const Object&) -> Answer { throw Refusal{RefusalKind::kValueType, "x", 9, "not mine"}; }) ==
        "the constructor of `training.Point`: not mine");
  CHECK(fault([](const Object&) -> Answer { throw 7; }) ==
        "the constructor of `training.Point`: it threw something that is no std::exception");
}

TEST_CASE("short memory in a constructor is short memory") {
  const auto loaded =
      Load(AsBytes(ArchiveWith(Points())), With([](const Object&) -> Answer { throw std::bad_alloc(); }));
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().kind == RefusalKind::kHostMemory);
}

TEST_CASE("a file that is refused calls no constructor") {
  int calls = 0;
  const std::string pickle = PickleOf(ListOf({kPoint + ")R", Global("os", "mkdir")}));
  const auto loaded = Load(AsBytes(ArchiveWith(pickle)), With([&](const Object&) -> Answer {
                             ++calls;
                             return {};
                           }));
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().kind == RefusalKind::kPolicyModuleBlocked);
  CHECK(calls == 0);
}

TEST_CASE("the allowlist answers for GlobalsIn") {
  const TestFolder folder;
  const std::string path = folder.Write("points.pt", ArchiveWith(Points()));
  const auto globals = GlobalsIn(path, With(FirstArgument));
  REQUIRE(globals.has_value());
  for (const NamedGlobal& global : *globals) CHECK(global.standing != NamedGlobal::Standing::kNotAllowed);
  const auto strangers = GlobalsIn(path);
  REQUIRE(strangers.has_value());
  CHECK(strangers->front().standing == NamedGlobal::Standing::kNotAllowed);
}

}  // namespace
}  // namespace weightsonly::testing
