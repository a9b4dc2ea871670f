// What the user allows, and the machines of earlier releases: what becomes of a pickle. What torch answered to the same
// pickles stands in SPEC.md (POL-008 to POL-016, DEV-411 to DEV-416).
#include "policy/allowlist.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace assemble;
using policy::Release;

const std::string kConfig = Global("training.Config");
const std::string kSet = Global("builtins.set");
const std::string kOrderedDict = Global("collections.OrderedDict");

std::string Outcome(const std::string& pickle, const Allowlist& allowlist, Release release = Release::k2_15) {
  return Loaded(pickle + kStop, {.release = release, .user = &allowlist}).outcome;
}
std::string OutcomeIn(Release release, const std::string& pickle) {
  return Loaded(pickle + kStop, {.release = release, .user = nullptr}).outcome;
}

Allowlist Allowed(const std::string& path) { return Allowlist().Add(path); }

TEST_CASE("what the user allows is an object with arguments and state") {
  const Allowlist allowlist = Allowed("training.Config");
  CHECK(Outcome(kConfig, allowlist) == "class(training.Config)");
  CHECK(Outcome(kConfig + kEmptyTuple + kNewObj, allowlist) == "newobj(training.Config, ())");
  CHECK(Outcome(Call("training.Config", {Int(1), Str("a")}), allowlist) == "reduce(training.Config, (1, 'a'))");
  CHECK(Outcome(kConfig + kEmptyTuple + kNewObj + Dict({Str("rate"), Int(3)}) + kBuild, allowlist) ==
        "newobj(training.Config, (), state {'rate': 3})");
  CHECK(Outcome(kConfig + kEmptyTuple + kNewObj + Tuple({kNone, Dict({Str("x"), Int(1)})}) + kBuild, allowlist) ==
        "newobj(training.Config, (), state (None, {'x': 1}))");
}

TEST_CASE("what the user does not allow is refused beside it") {
  const Allowlist allowlist = Allowed("training.Config");
  for (const char* path : {"training.Confi", "training.Config2", "training.config", "Training.Config", "a.b"}) {
    INFO(path);
    CHECK(Outcome(Global(path), allowlist) == At("policy.global-not-allowed", 0));
  }
  CHECK(Outcome(kConfig, Allowlist()) == At("policy.global-not-allowed", 0));
}

TEST_CASE("a name is the same wherever its two lines are divided") {
  CHECK(Outcome("ctraining.sub\nConfig\n" + kEmptyTuple + kNewObj, Allowed("training.sub.Config")) ==
        "newobj(training.sub.Config, ())");
  CHECK(Outcome("ctraining\nsub.Config\n" + kEmptyTuple + kNewObj, Allowed("training.sub.Config")) ==
        "newobj(training.sub.Config, ())");
}

TEST_CASE("a Python 2 name is translated before the user is asked") {
  CHECK(Outcome(Global("__builtin__.list") + kEmptyTuple + kReduce, Allowed("builtins.list")) ==
        "reduce(builtins.list, ())");
  CHECK(Outcome(Global("__builtin__.list"), Allowed("__builtin__.list")) == At("policy.global-not-allowed", 0));
}

TEST_CASE("the user's list overrides neither torch's own nor the blocked modules") {
  CHECK(Outcome(kSet + kEmptyTuple + kReduce, Allowlist().Add("builtins.dict", "builtins.set")) == "set()");
  for (const char* path : {"os.mkdir", "posix.mkdir", "nt.mkdir", "sys.exit"}) {
    INFO(path);
    CHECK(Outcome(Global(path), Allowed(path)) == At("policy.module-blocked", 0));
  }
  CHECK(Outcome(Global("__builtin__.intern"), Allowed("sys.intern")) == At("policy.module-blocked", 0));
}

TEST_CASE("an entry of the user's is asked before the names that need an import") {
  const std::string tensor = "torch.distributed.tensor.DTensor";
  CHECK(Outcome(Global(tensor), Allowlist()) == At("policy.not-imported", 0));
  CHECK(Outcome(Global(tensor), Allowed(tensor)) == "class(" + tensor + ")");
}

TEST_CASE("an object under another name is allowed under that name alone") {
  const Allowlist renamed = Allowlist().Add("training.Config", "old.Name");
  CHECK(Outcome(Global("old.Name") + kEmptyTuple + kReduce, renamed) == "reduce(training.Config, ())");
  CHECK(Outcome(kConfig, renamed) == At("policy.global-not-allowed", 0));
}

TEST_CASE("one of torch's own globals under another name is that global") {
  const Allowlist renamed = Allowlist().Add("collections.OrderedDict", "old.Name");
  CHECK(Outcome(Global("old.Name") + kEmptyTuple + kReduce + Dict({Str("a"), Int(1)}) + kBuild, renamed) ==
        "OrderedDict{}@{'a': 1}");
}

TEST_CASE("an object under two names is one object") {
  const Allowlist both = Allowlist().Add("training.Config").Add("training.Config", "old.Name");
  Loaded loaded(
      kEmptyDict + kMark + kConfig + Int(1) + Global("old.Name") + Int(2) + kConfig + Int(3) + kSetItems + kStop,
      {.release = Release::k2_15, .user = &both});
  CHECK(loaded.outcome == "{class(training.Config): 3}");
}

TEST_CASE("arguments are a tuple") {
  const Allowlist allowlist = Allowed("training.Config");
  CHECK(Outcome(kConfig + List({Int(1)}) + kReduce, allowlist) == At("value.type", (kConfig + List({Int(1)})).size()));
  CHECK(Outcome(kConfig + kNone + kNewObj, allowlist) == At("value.type", kConfig.size() + 1));
}

TEST_CASE("instances and other values are not called or created") {
  const Allowlist allowlist = Allowed("training.Config");
  const std::string instance = kConfig + kEmptyTuple + kNewObj;
  CHECK(Outcome(instance + kEmptyTuple + kReduce, allowlist) == At("policy.reduce", instance.size() + 1));
  CHECK(Outcome(instance + kEmptyTuple + kNewObj, allowlist) == At("policy.newobj", instance.size() + 1));
  CHECK(Outcome(kConfig + kEmptyDict + kBuild, allowlist) == At("policy.build", kConfig.size() + 1));
}

// DEV-415
TEST_CASE("a second state is refused") {
  const std::string built = kConfig + kEmptyTuple + kNewObj + kEmptyDict + kBuild;
  CHECK(Outcome(built, Allowed("training.Config")) == "newobj(training.Config, (), state {})");
  CHECK(Outcome(built + kEmptyDict + kBuild, Allowed("training.Config")) == At("policy.build", built.size() + 1));
}

TEST_CASE("objects are filled as torch fills them: never appended to, and their items set before 2.10 alone") {
  const Allowlist allowlist = Allowed("training.D");
  const std::string object = Global("training.D") + kEmptyTuple + kNewObj;
  for (const Release release : {Release::k2_6, Release::k2_10, Release::k2_13, Release::k2_15}) {
    INFO(policy::ReleaseName(release));
    CHECK(Outcome(object + Int(1) + kAppend, allowlist, release) ==
          At("policy.append-target", object.size() + Int(1).size()));
    CHECK(Outcome(object + kMark + kAppends, allowlist, release) == At("policy.append-target", object.size() + 1));
    const std::string set = Outcome(object + Int(1) + Int(2) + kSetItem, allowlist, release);
    const std::string sets = Outcome(object + kMark + Int(1) + Int(2) + kSetItems, allowlist, release);
    if (release == Release::k2_6) {
      CHECK(set == "newobj(training.D, (), pairs {1: 2})");
      CHECK(sets == set);
    } else {
      CHECK(set == At("policy.setitem-target", object.size() + 2 * Int(1).size()));
      CHECK(sets == At("policy.setitem-target", object.size() + 1 + 2 * Int(1).size()));
    }
  }
}

// DEV-416
TEST_CASE("items of lists and tensors are set under no release") {
  for (const Release release : {Release::k1_13, Release::k2_6, Release::k2_15}) {
    const std::string list = kEmptyList + Int(0) + kAppend;
    CHECK(OutcomeIn(release, list + Int(0) + Int(5) + kSetItem) ==
          At("policy.setitem-target", list.size() + 2 * Int(0).size()));
  }
}

TEST_CASE("an inert class is no storage type, whatever it is called") {
  CHECK(
      Outcome(Storage("torch.UInt16Storage", "0", 8), Allowed("torch.UInt16Storage")).starts_with("storage.type at "));
}

// POL-016
TEST_CASE("a placement that NEWOBJ created waits for its BUILD, since 2.15") {
  const std::string path = "torch.distributed.tensor.placement_types.Shard";
  const Allowlist allowlist = Allowed(path);
  const std::string created = Global(path) + kEmptyTuple + kNewObj;
  CHECK(Outcome(created, allowlist) == At("pickle.stop-unbuilt", created.size()));
  CHECK(Outcome(kEmptyList + created + kAppend, allowlist) == At("pickle.stop-unbuilt", created.size() + 2));
  CHECK(Outcome(created + kEmptyDict + kBuild, allowlist) == "newobj(" + path + ", (), state {})");
  CHECK(Outcome(Call(path, {Int(0)}), allowlist) == "reduce(" + path + ", (0,))");
  CHECK(Outcome(created, allowlist, Release::k2_6) == "newobj(" + path + ", ())");
  CHECK(Outcome(Global("training.Shard") + kEmptyTuple + kNewObj, Allowed("training.Shard")) ==
        "newobj(training.Shard, ())");
  Allowlist both = Allowed(path);
  both.Add("training.Shard");
  const std::string other = Global("training.Shard") + kEmptyTuple + kNewObj;
  CHECK(Outcome(other + created + kEmptyDict + kBuild + kTuple2, both) ==
        "(newobj(training.Shard, ()), newobj(" + path + ", (), state {}))");
  CHECK(Outcome(other + created + kTuple2, both) == At("pickle.stop-unbuilt", other.size() + created.size() + 1));
}

// POL-009
TEST_CASE("BINFLOAT is an opcode since 2.0") {
  CHECK(OutcomeIn(Release::k1_13, Float(0.5)) == At("pickle.opcode", 0));
  CHECK(OutcomeIn(Release::k2_0, Float(0.5)) == "0.5");
}

TEST_CASE("NEWOBJ creates parameters alone before 2.6, and BUILD takes tensors and OrderedDicts alone") {
  const std::string created = kOrderedDict + kEmptyTuple + kNewObj;
  const std::string size = Global("torch.Size") + kEmptyTuple + kReduce + kNone + kBuild;
  const std::string parameter = Global("torch.nn.parameter.Parameter") + kEmptyTuple + kNewObj;
  for (const Release release : {Release::k1_13, Release::k2_0}) {
    INFO(policy::ReleaseName(release));
    CHECK(OutcomeIn(release, created) == At("policy.newobj", created.size() - 1));
    CHECK(OutcomeIn(release, size) == At("policy.build", size.size() - 1));
    CHECK(OutcomeIn(release, parameter) == At("pickle.stop-unbuilt", parameter.size()));
    CHECK(OutcomeIn(release, kOrderedDict + kEmptyTuple + kReduce + Dict({Str("a"), Int(1)}) + kBuild) ==
          "OrderedDict{}@{'a': 1}");
  }
  CHECK(OutcomeIn(Release::k2_6, created) == "OrderedDict{}");
  CHECK(OutcomeIn(Release::k2_6, size) == "Size()");
}

TEST_CASE("Python 2 names and blocked modules are known since 2.6") {
  CHECK(OutcomeIn(Release::k2_0, Global("UserDict.OrderedDict")) == At("policy.global-not-allowed", 0));
  CHECK(OutcomeIn(Release::k2_6, Global("UserDict.OrderedDict") + kEmptyTuple + kReduce) == "OrderedDict{}");
  CHECK(OutcomeIn(Release::k2_0, Global("os.mkdir")) == At("policy.global-not-allowed", 0));
  CHECK(OutcomeIn(Release::k2_6, Global("os.mkdir")) == At("policy.module-blocked", 0));
}

TEST_CASE("names that need an import, by release") {
  const std::string shard = Global("torch.distributed.tensor.placement_types.Shard");
  const std::string range = Global("torch._dynamo.decorators._DimRange");
  CHECK(OutcomeIn(Release::k2_0, shard) == At("policy.global-not-allowed", 0));
  CHECK(OutcomeIn(Release::k2_6, shard) == At("policy.not-imported", 0));
  CHECK(OutcomeIn(Release::k2_13, range) == At("policy.not-imported", 0));
  CHECK(OutcomeIn(Release::k2_15, range) == At("policy.global-not-allowed", 0));
}

// DEV-414
TEST_CASE("functions that only earlier releases allow are named there and never called") {
  const std::string nested = Global("torch._utils._rebuild_nested_tensor");
  const std::string csr = Global("torch._utils._rebuild_sparse_csr_tensor");
  CHECK(OutcomeIn(Release::k2_13, nested) == "torch._utils._rebuild_nested_tensor");
  CHECK(OutcomeIn(Release::k2_13, nested + kEmptyTuple + kReduce) == At("policy.reduce", nested.size() + 1));
  CHECK(OutcomeIn(Release::k2_15, nested) == At("policy.global-not-allowed", 0));
  CHECK(OutcomeIn(Release::k1_13, csr + kEmptyTuple + kReduce) == At("policy.reduce", csr.size() + 1));
  CHECK(OutcomeIn(Release::k2_0, csr) == At("policy.global-not-allowed", 0));
}

}  // namespace
}  // namespace weightsonly::machine
