// Inert objects, by the pickles that torch.jit.save writes and by others: what becomes an object, and what is refused.
#include <string>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace assemble;

std::string ScriptOutcome(const std::string& pickle, const Limits& limits = {}) {
  return Loaded(pickle + kStop, false, limits, Vocabulary::kTorchScript).outcome;
}

const std::string kNet = Global("__torch__.Net");

TEST_CASE("a TorchScript module is an object with the attributes that BUILD gave") {
  CHECK(ScriptOutcome(kNet + kEmptyTuple + kNewObj + Dict({Str("training"), kTrue}) + kBuild) ==
        "newobj(__torch__.Net, (), state {'training': True})");
  CHECK(ScriptOutcome(Global("__torch__.torch.nn.modules.linear.___torch_mangle_5.Linear") + kEmptyTuple + kNewObj) ==
        "newobj(__torch__.torch.nn.modules.linear.___torch_mangle_5.Linear, ())");
}

TEST_CASE("a state that is no dict is kept as it is") {
  CHECK(ScriptOutcome(kNet + kEmptyTuple + kNewObj + Tuple({Int(1), Str("a")}) + kBuild) ==
        "newobj(__torch__.Net, (), state (1, 'a'))");
  CHECK(ScriptOutcome(kNet + kEmptyTuple + kNewObj + kNone + kBuild) == "newobj(__torch__.Net, (), state None)");
}

TEST_CASE("an enum member is a call with its bare value") {
  CHECK(ScriptOutcome(Global("__torch__.Color") + "K\x02" + kReduce) == "reduce(__torch__.Color, 2)");
}

TEST_CASE("the type tags of TorchScript give their first argument itself") {
  for (const char* name : {"build_intlist", "build_doublelist", "build_boollist", "build_tensorlist"}) {
    INFO(name);
    CHECK(ScriptOutcome(Call("torch.jit._pickle." + std::string(name), {List({Int(1), Int(300)})})) == "[1, 300]");
  }
  CHECK(ScriptOutcome(Call("torch.jit._pickle.restore_type_tag", {Dict({Str("x"), Int(1)}), Str("Dict[str, int]")})) ==
        "{'x': 1}");
  const std::string shared = kEmptyList + Put(0) + kTuple1;
  CHECK(ScriptOutcome(kMark + Global("torch.jit._pickle.build_intlist") + shared + kReduce + Get(0) + Int(7) + kAppend +
                      kTuple) == "([7], [7])");
}

TEST_CASE("a type tag without an argument is refused") {
  const std::string name = Global("torch.jit._pickle.build_intlist");
  CHECK(ScriptOutcome(name + kEmptyTuple + kReduce) == At("value.arity", name.size() + 1));
  CHECK(ScriptOutcome(name + kEmptyList + kReduce) == At("value.arity", name.size() + 1));
}

TEST_CASE("a sparse tensor of TorchScript keeps its arguments") {
  CHECK(ScriptOutcome(Call("torch._utils._rebuild_sparse_tensor", {Int(1), Tuple({Int(2)}), kFalse, kNone, kNone})) ==
        "reduce(torch._utils._rebuild_sparse_tensor, (1, (2,), False, None, None))");
}

TEST_CASE("storages of dtypes that Python has no storage class for") {
  CHECK(ScriptOutcome(Storage("torch.UInt16Storage", "0", 8)) == "storage(uint16, 16)");
  CHECK(ScriptOutcome(Storage("torch.ComplexHalfStorage", "0", 4)) == "storage(complex32, 16)");
  CHECK(ScriptOutcome(Storage("torch.FloatStorage", "0", 4)) == "storage(float32, 16)");
  const std::string call = Global("torch.UInt16Storage") + kEmptyTuple;
  CHECK(ScriptOutcome(call + kReduce) == At("policy.reduce", call.size()));
  const std::string wrong = StorageId("__torch__.FloatStorage", "0", 4);
  CHECK(ScriptOutcome(wrong + kBinPersid) == At("storage.type", wrong.size()));
}

TEST_CASE("what is appended to an object and set on it is kept apart from its state") {
  const std::string object = kNet + kEmptyTuple + kNewObj;
  CHECK(ScriptOutcome(object + kMark + Int(1) + Int(2) + kAppends + Int(3) + kAppend) ==
        "newobj(__torch__.Net, (), items [1, 2, 3])");
  CHECK(ScriptOutcome(object + kMark + Str("a") + Int(1) + kSetItems + Str("a") + Int(2) + kSetItem) ==
        "newobj(__torch__.Net, (), pairs {'a': 2})");
}

TEST_CASE("a class is no object: it takes no state, items or pairs") {
  CHECK(ScriptOutcome(kNet) == "class(__torch__.Net)");
  CHECK(ScriptOutcome(kNet + kNone + kBuild) == At("policy.build", kNet.size() + 1));
  CHECK(ScriptOutcome(kNet + kNone + kAppend) == At("policy.append-target", kNet.size() + 1));
  CHECK(ScriptOutcome(kNet + kNone + kNone + kSetItem) == At("policy.setitem-target", kNet.size() + 2));
}

TEST_CASE("an object is no class: it is not called and creates nothing") {
  const std::string object = kNet + kEmptyTuple + kNewObj;
  CHECK(ScriptOutcome(object + kEmptyTuple + kReduce) == At("policy.reduce", object.size() + 1));
  CHECK(ScriptOutcome(object + kEmptyTuple + kNewObj) == At("policy.newobj", object.size() + 1));
}

TEST_CASE("NEWOBJ takes a tuple, and BUILD comes once") {
  CHECK(ScriptOutcome(kNet + kEmptyList + kNewObj) == At("value.type", kNet.size() + 1));
  const std::string built = kNet + kEmptyTuple + kNewObj + kEmptyDict + kBuild + kEmptyDict;
  CHECK(ScriptOutcome(built + kBuild) == At("policy.build", built.size()));
}

TEST_CASE("an object is a key by identity") {
  const std::string object = kNet + kEmptyTuple + kNewObj;
  CHECK(ScriptOutcome(kEmptyDict + kMark + object + Int(1) + object + Int(2) + kSetItems) ==
        "{newobj(__torch__.Net, ()): 1, newobj(__torch__.Net, ()): 2}");
}

TEST_CASE("names outside of TorchScript's are answered as for a checkpoint") {
  CHECK(ScriptOutcome(Global("os.mkdir")) == At("policy.module-blocked", 0));
  CHECK(ScriptOutcome(Global("builtins.print")) == At("policy.global-not-allowed", 0));
  CHECK(ScriptOutcome(Global("__torch__x.Net")) == At("policy.global-not-allowed", 0));
  CHECK(ScriptOutcome(Global("torch.jit._pickle.build_tensor_from_id")) == At("policy.global-not-allowed", 0));
  CHECK(ScriptOutcome(Call("torch.device", {Str("cuda:1")})) == "device(cuda:1)");
}

TEST_CASE("a checkpoint knows none of TorchScript's names") {
  for (const char* name : {"__torch__.Net", "torch.jit._pickle.build_intlist", "torch.UInt16Storage"}) {
    INFO(name);
    CHECK(Loaded(Global(name) + kStop).outcome == At("policy.global-not-allowed", 0));
  }
}

TEST_CASE("the memory of inert objects is bounded by the pickle") {
  Limits limits;
  limits.derived_base = 100;
  limits.derived_per_byte = 0;
  const std::string two = kNet + Put(0) + kEmptyTuple + kNewObj + Get(0) + kEmptyTuple + kNewObj;
  CHECK(ScriptOutcome(kNet, limits) == "class(__torch__.Net)");
  CHECK(ScriptOutcome(kMark + two + two + kTuple, limits).starts_with("limit.memory"));
}

}  // namespace
}  // namespace weightsonly::machine
