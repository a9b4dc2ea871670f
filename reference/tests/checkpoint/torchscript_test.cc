// LoadTorchScript and ScriptCodeIn on archives put together by hand, and the handles and paths of inert objects.
#include "checkpoint/torchscript.h"

#include <cstring>
#include <string>

#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/checkpoint/legacy_builder.h"
#include "tests/host_order.h"

namespace weightsonly::testing {
namespace {

std::string NewOf(std::string_view name, const std::string& state) {
  return Global("__torch__", name) + ")\x81" + state + "b";
}

// A module with a tensor, a list of tensors, a submodule under "0" and plain attributes; one constant.
Checkpointed Script(const std::string& data, const std::string& constants = RowOf("0", 2) + "\x85") {
  return {.pickle = PickleOf(data),
          .storages = {{"0", "datadatadata"}, {"1", "morebyte"}},
          .version = "4",
          .more = {{.name = "constants.pkl", .payload = PickleOf(constants)},
                   {.name = "constants/0", .payload = "constant"},
                   {.name = "code/__torch__.py", .payload = "class N(Module):\n  torch.div(x, 2)\n"},
                   {.name = "code/__torch__.py.debug_pkl", .payload = "torch.div(x, 2)"},
                   {.name = "extra/notes.py", .payload = "torch.div(x, 2)"}}};
}
const std::string kModule = NewOf("Net", DictOf({Text("weight"), RowOf("0", 3), Text("training"), "\x88", Text("pair"),
                                                 ListOf({Number(1), RowOf("1", 2)}), Text("0"),
                                                 NewOf("Sub", DictOf({Text("bias"), RowOf("1", 2)}))}));

std::string ScriptOutcome(const Checkpointed& from, const Options& options = {}) {
  const Zip zip = BuildCheckpoint(from);
  return OutcomeOf(LoadTorchScript(AsBytes(zip.bytes), options));
}

std::string PathsOf(const Checkpoint& checkpoint) {
  std::string out;
  for (const auto& [path, tensor] : checkpoint.tensors()) {
    if (!out.empty()) out += " ";
    for (const PathElement& element : path) {
      if (const auto* attribute = std::get_if<AttributeName>(&element)) {
        out += (attribute->of_object ? "." : "@") + std::string(attribute->name);
      } else if (const auto* number = std::get_if<std::int64_t>(&element)) {
        out += "[" + std::to_string(*number) + "]";
      } else {
        out += "'" + std::string(std::get<std::string_view>(element)) + "'";
      }
    }
  }
  return out;
}

// The paths in a module with this value as its attribute `a`.
std::string PathsIn(const std::string& value) {
  const Zip zip = BuildCheckpoint(Script(NewOf("Net", DictOf({Text("a"), value}))));
  const auto script = LoadTorchScript(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(script) == "accepted");
  return PathsOf(script->data);
}

}  // namespace

TEST_CASE("both pickles of a TorchScript archive are read, each with its own storages") {
  const Zip zip = BuildCheckpoint(Script(kModule));
  const auto script = LoadTorchScript(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(script) == "accepted");
  CHECK(script->version == 4);
  CHECK(PathsOf(script->data) == ".weight .pair[1] .0.bias");
  CHECK(PathsOf(script->constants) == "[0]");
  CHECK(script->data.storage_count() == 2);
  REQUIRE(script->constants.storage_count() == 1);
  CHECK(script->constants.storage(0).record() == "constants/0");
  const auto bytes = script->constants.storage(0).data();
  REQUIRE(bytes.has_value());
  CHECK(AsText(*bytes) == OnHost("constant", 4));
  CHECK(AsText(*script->data.storage(0).data()) == OnHost("datadatadata", 4));
}

TEST_CASE("a meta tensor of a TorchScript archive has no bytes, whatever its record has") {
  const auto meta = [](std::int32_t numel) {
    return TensorOf({.storage = StorageAt("0", numel, "FloatStorage", "meta"), .size = {numel}, .stride = {1}});
  };
  for (const std::int32_t numel : {6, 3, 0}) {  // its record has 12 bytes
    const Zip zip = BuildCheckpoint(Script(NewOf("Net", DictOf({Text("w"), meta(numel), Text("b"), RowOf("1", 2)}))));
    const auto script = LoadTorchScript(AsBytes(zip.bytes));
    REQUIRE(OutcomeOf(script) == "accepted");
    auto tensors = script->data.tensors();
    const auto [path, tensor] = *tensors.begin();
    CHECK(tensor.is_meta());
    CHECK(tensor.nbytes() == 4 * static_cast<std::uint64_t>(numel));
    CHECK(AsText(*script->data.storage(1).data()) == OnHost("morebyte", 4));
    CHECK(script->data.Verify().has_value());
  }
  Options options;
  options.map_location = std::string("cpu");
  CHECK_THAT(ScriptOutcome(Script(NewOf("Net", DictOf({Text("w"), meta(6)}))), options),
             Catch::Contains("storage.size-mismatch"));
  CHECK(ScriptOutcome(Script(NewOf("Net", DictOf({Text("w"), meta(3)}))), options) == "accepted");
  // In a checkpoint the record counts.
  Checkpointed plain;
  plain.pickle = PickleOf(meta(6));
  plain.storages = {{"0", "datadatadata"}};
  CHECK_THAT(OutcomeOf(Load(AsBytes(BuildCheckpoint(plain).bytes))), Catch::Contains("storage.size-mismatch"));
}

TEST_CASE("deflated sparse indices are inflated and checked by Load") {
  const auto number = [](std::int64_t value) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &value, 8);
    return kLittleHost ? bytes : std::string(bytes.rbegin(), bytes.rend());
  };
  // One row of indices 0, 2 for three places: by hand in range, and with 3 in place of 2 outside.
  for (const std::int64_t last : {2, 3}) {
    INFO(last);
    Checkpointed from;
    from.pickle = PickleOf(
        Call(Global("torch._utils", "_rebuild_sparse_tensor"),
             {Call(Global("torch.serialization", "_get_layout"), {Text("torch.sparse_coo")}),
              TupleOf({TensorOf({.storage = StorageAt("0", 2, "LongStorage"), .size = {1, 2}, .stride = {2, 1}}),
                       RowOf("1", 2), Ints({3}), "\x88"})}));
    from.storages = {{.key = "0", .bytes = number(0) + number(last), .deflated = true}, {"1", "morebyte"}};
    const Zip zip = BuildCheckpoint(from);
    const auto checkpoint = Load(AsBytes(zip.bytes));
    const std::string outcome = OutcomeOf(checkpoint);
    if (last == 2) {
      REQUIRE(outcome == "accepted");
      const auto sparse = checkpoint->root().AsSparse();
      REQUIRE(sparse.has_value());
      CHECK(sparse->is_coalesced());
      CHECK_FALSE(sparse->requires_grad());
      CHECK_FALSE(sparse->is_parameter());
    } else {
      CHECK_THAT(outcome, Catch::Contains("tensor.sparse-invariant"));
    }
  }
}

TEST_CASE("the handle of an object gives its class and its parts") {
  const Zip zip = BuildCheckpoint(Script(kModule));
  const auto script = LoadTorchScript(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(script) == "accepted");
  const Value root = script->data.root();
  CHECK(root.type() == ValueType::kObject);
  CHECK(root.name() == "__torch__.Net");
  CHECK_FALSE(root.attributes().has_value());
  const auto object = root.AsObject();
  REQUIRE(object.has_value());
  CHECK(object->class_name() == "__torch__.Net");
  CHECK(object->made() == Object::Made::kNewobj);
  REQUIRE(object->arguments().has_value());
  CHECK(object->arguments()->size() == 0);
  REQUIRE(object->state().has_value());
  CHECK(object->state()->Find("training")->AsBool());
  CHECK_FALSE(object->items().has_value());
  CHECK_FALSE(object->pairs().has_value());
  CHECK_FALSE(script->constants.root().AsObject().has_value());
}

TEST_CASE("every part of an object is on the path to what it holds") {
  const std::string row = RowOf("0", 3);
  CHECK(PathsIn(Global("__torch__", "E") + TupleOf({row}) + "R") == ".a.__args__[0]");
  CHECK(PathsIn(NewOf("S", TupleOf({Number(1), row}))) == ".a.__state__[1]");
  CHECK(PathsIn(NewOf("S", row)) == ".a.__state__");
  CHECK(PathsIn(NewOf("S", DictOf({Number(7), row, Text("k"), RowOf("1", 2)}))) == ".a[7] .a.k");
  const std::string object = Global("__torch__", "S") + ")\x81";
  CHECK(PathsIn(object + "(" + Number(0) + row + "e") == ".a[1]");
  CHECK(PathsIn(object + "(" + Text("k") + row + "u") == ".a'k'");
}

TEST_CASE("all parts of one object are listed in order") {
  const std::string a = RowOf("0", 3), b = RowOf("1", 2);
  const std::string whole =
      Global("__torch__", "S") + TupleOf({a}) + "R" + DictOf({Text("x"), b}) + "b(" + a + "e(" + Text("k") + b + "u";
  CHECK(PathsIn(whole) == ".a.__args__[0] .a.x .a[0] .a'k'");
}

TEST_CASE("an object that holds itself is entered once") {
  CHECK(PathsIn(Global("__torch__", "S") + ")\x81" + PutAt(3) +
                DictOf({Text("me"), GetAt(3), Text("w"), RowOf("0", 3)}) + "b") == ".a.w");
}

TEST_CASE("what makes values of numpy takes a tuple in a TorchScript archive too") {
  Options options;
  options.allowlist.AddNumpy("2.4");
  options.numpy = "2.4";
  for (const char* name : {"scalar", "_reconstruct"}) {
    const std::string call = Global("numpy._core.multiarray", name) + Text("abcdefgh") + "R";
    INFO(name);
    CHECK(ScriptOutcome(Script(call), options) == "data.pkl:" + At("value.type", 2 + call.size() - 1));
    CHECK(ScriptOutcome(Script(call)) == "data.pkl:" + At("policy.global-not-allowed", 2));
  }
  const std::string dtype = Global("numpy", "dtype") + ListOf({Text("f4"), "\x89", "\x88"}) + "R";
  CHECK(ScriptOutcome(Script(dtype), options) == "data.pkl:" + At("value.type", 2 + dtype.size() - 1));
}

TEST_CASE("Load refuses what LoadTorchScript reads, and the other way round") {
  const Zip zip = BuildCheckpoint(Script(kModule));
  CHECK(OutcomeOf(Load(AsBytes(zip.bytes))) == At("container.torchscript", zip.central[5]));
  Checkpointed plain = {.pickle = PickleOf("}")};
  CHECK(ScriptOutcome(plain) == At("container.record-missing", 0));
  plain.more = {{.name = "Constants.pkl", .payload = PickleOf(")")}};
  CHECK(ScriptOutcome(plain) == At("container.record-missing", 0));
  const std::string stream = BuildStream({});
  CHECK(OutcomeOf(Load(AsBytes(stream))) == "accepted");
  const auto script = LoadTorchScript(AsBytes(stream));
  REQUIRE(OutcomeOf(script) == At("container.record-missing", 0));
  CHECK_THAT(script.error().detail, Catch::Contains("a legacy stream is no TorchScript archive"));
}

TEST_CASE("a refusal names the pickle that it is about") {
  CHECK(ScriptOutcome(Script(kModule)) == "accepted");
  CHECK(ScriptOutcome(Script("cos\nmkdir\n")) == "data.pkl:" + At("policy.module-blocked", 2));
  CHECK(ScriptOutcome(Script(kModule, "cos\nmkdir\n")) == "constants.pkl:" + At("policy.module-blocked", 2));
  CHECK(ScriptOutcome(Script(kModule, "0")) == "constants.pkl:" + At("pickle.opcode", 2));
  CHECK(ScriptOutcome(Script(kModule, RowOf("1", 2))).starts_with("constants.pkl:storage.missing"));
}

TEST_CASE("the small records of a TorchScript archive are checked as those of a checkpoint") {
  Checkpointed from = Script(kModule);
  from.version = "11";
  CHECK(ScriptOutcome(from).starts_with("container.version"));
  from.version = std::nullopt;
  CHECK(ScriptOutcome(from) == At("container.record-missing", 0));
  from.version = "3";
  from.byteorder = "middle";
  CHECK(ScriptOutcome(from).starts_with("container.byteorder"));
  from.byteorder = std::nullopt;
  CHECK(ScriptOutcome(from) == "accepted");
}

TEST_CASE("strict holds for both pickles") {
  Options strict;
  strict.strict = true;
  CHECK(ScriptOutcome(Script(kModule), strict) == "accepted");
  CHECK(ScriptOutcome(Script(kModule, ")N"), strict).starts_with("constants.pkl:pickle.trailing"));
  CHECK(ScriptOutcome(Script("N" + kModule), strict).starts_with("data.pkl:pickle.trailing"));
}

TEST_CASE("strict lets the archive have what torch.save does not write, and compares the CRC of what it inflates") {
  Options strict;
  strict.strict = true;
  Checkpointed from = Script(kModule);
  from.storages[0].deflated = true;
  from.more.back().comment = "mine";
  Zip zip = BuildCheckpoint(from);
  zip.bytes += "behind";
  for (const auto& [crc, wrong] : {std::pair(0U, false), std::pair(1U, true)}) {
    SetCrc(zip, 1, crc);
    const auto script = LoadTorchScript(AsBytes(zip.bytes), strict);
    REQUIRE(OutcomeOf(script) == "accepted");
    CHECK(OutcomeOf(script->data.Verify()) == (wrong ? At("container.zip.crc", zip.local[1]) : "accepted"));
  }
}

TEST_CASE("the code of an archive is its records code/….py") {
  const Zip zip = BuildCheckpoint(Script(kModule));
  const auto code = ScriptCodeIn(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(code) == "accepted");
  CHECK(code->version == 4);
  REQUIRE(code->files.size() == 1);
  CHECK(code->files[0].record == "code/__torch__.py");
  CHECK(code->files[0].bytes == 35);
  CHECK(code->files[0].lines == 2);
  CHECK(code->files[0].fault.empty());
  REQUIRE(code->calls.size() == 1);
  CHECK(code->calls[0].record == "code/__torch__.py");
  CHECK(code->calls[0].line == 2);
  CHECK(code->calls[0].meaning.starts_with("since version 4"));
}

TEST_CASE("a code file that cannot be read is listed with its fault, the others are read") {
  Checkpointed from = Script(kModule);
  from.more.push_back({.name = "code/bad.py", .payload = "torch.div(x, 2)", .method = 99});
  from.more.push_back({.name = "code/good.py", .payload = "torch.full([1], 2)"});
  const Zip zip = BuildCheckpoint(from);
  const auto code = ScriptCodeIn(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(code) == "accepted");
  REQUIRE(code->files.size() == 3);
  CHECK(code->files[1].fault.starts_with("container.zip.method: "));
  CHECK(code->files[2].fault.empty());
  REQUIRE(code->calls.size() == 2);
  CHECK(code->calls[1].record == "code/good.py");
}

TEST_CASE("code beyond the limit of bytes is listed and not read") {
  Checkpointed from = Script(kModule);
  const std::string big(kMaxScriptCodeBytes - 20, ' ');
  from.more.push_back({.name = "code/big.py", .payload = big, .method = 8});
  from.more.push_back({.name = "code/small.py", .payload = "#"});
  const Zip zip = BuildCheckpoint(from);
  const auto code = ScriptCodeIn(AsBytes(zip.bytes));
  REQUIRE(OutcomeOf(code) == "accepted");
  REQUIRE(code->files.size() == 3);
  CHECK(code->files[1].bytes == big.size());
  CHECK(code->files[1].fault.starts_with("limit.record-size: "));
  CHECK(code->files[2].fault.empty());
}

}  // namespace weightsonly::testing
