// Floor 4. The tables against what torch itself printed (allowlist-<version>.txt), and names that only look allowed.
#include "policy/globals.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace weightsonly::policy {
namespace {

using namespace std::string_literals;

// The lines of a dump of fixtures-gen/dump_allowlist.py, each split at tabs.
std::vector<std::vector<std::string>> Dump(std::string_view version) {
  const std::string path =
      std::string(WEIGHTSONLY_SOURCE_DIR "/reference/tests/policy/allowlist-").append(version).append(".txt");
  std::ifstream file(path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    auto& row = rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
  }
  if (rows.empty()) FAIL("no rows in " << path);
  return rows;
}

bool IsTable(const std::string& word) { return word == "blocked" || word == "module" || word == "pair"; }

std::string_view TypeInTorch(GlobalKind kind) {
  switch (kind) {
    case GlobalKind::kDtype:
      return "dtype";
    case GlobalKind::kTensorClass:
      return "tensortype";
    case GlobalKind::kStorageClass:
      return "StorageType";
    case GlobalKind::kQscheme:
      return "qscheme";
    case GlobalKind::kTensorBase:
      return "_TensorMeta";
    case GlobalKind::kParameter:
      return "_ParameterMeta";
    case GlobalKind::kCodecsEncode:
      return "builtin_function_or_method";
    case GlobalKind::kOrderedDict:
    case GlobalKind::kCounter:
    case GlobalKind::kSize:
    case GlobalKind::kDevice:
    case GlobalKind::kBytearray:
    case GlobalKind::kSet:
    case GlobalKind::kComplex:
    case GlobalKind::kTypedStorage:
    case GlobalKind::kUntypedStorage:
      return "type";
    default:
      return "function";
  }
}

// The path that is allowed, or what else the answer is.
std::string Verdict(std::string_view module, std::string_view name) {
  const Answer answer = LookUp(module, name);
  switch (answer.standing) {
    case Standing::kAllowed:
      return std::string(answer.global->path);
    case Standing::kUserAllowed:
      return "user's " + answer.path;
    case Standing::kBlocked:
      return "blocked " + answer.path;
    case Standing::kNotImported:
      return "not imported " + answer.path;
    case Standing::kNotAllowed:
      return "not allowed " + answer.path;
  }
  return "none of the four";
}

TEST_CASE("the allowlist is the one of torch 2.15.0") {
  std::map<std::string, std::pair<std::string, std::string>> torch;
  for (const auto& row : Dump("2.15.0")) {
    if (!IsTable(row.at(0))) torch[row.at(0)] = {row.at(1), row.at(2)};
  }
  CHECK(torch.size() == 144);
  std::size_t rows = 0;
  for (const Global& global : DefaultAllowlist()) {
    INFO(global.path);
    if (!AllowedIn(global, Release::k2_15)) continue;
    ++rows;
    const auto found = torch.find(std::string(global.path));
    REQUIRE(found != torch.end());
    CHECK(found->second.first == TypeInTorch(global.kind));
    CHECK(found->second.second == (global.dtype ? "torch."s.append(DtypeName(*global.dtype)) : "-"s));
  }
  CHECK(rows == torch.size());
}

TEST_CASE("each allowed path is found wherever its dot stands, and is one object") {
  for (const Global& global : DefaultAllowlist()) {
    INFO(global.path);
    if (!AllowedIn(global, Release::k2_15)) continue;
    for (std::size_t dot = global.path.find('.'); dot != global.path.npos; dot = global.path.find('.', dot + 1)) {
      const Answer answer = LookUp(global.path.substr(0, dot), global.path.substr(dot + 1));
      CHECK(answer.standing == Standing::kAllowed);
      CHECK(answer.global == &global);
      CHECK(answer.path.empty());
    }
  }
}

TEST_CASE("a callable kind stands for exactly one path") {
  std::map<GlobalKind, int> count;
  for (const Global& global : DefaultAllowlist()) {
    if (AllowedIn(global, Release::k2_15)) ++count[global.kind];
  }
  const std::map<GlobalKind, int> many = {{GlobalKind::kDtype, 47},
                                          {GlobalKind::kTensorClass, 38},
                                          {GlobalKind::kStorageClass, 29},
                                          {GlobalKind::kQscheme, 5}};
  for (const auto& [kind, times] : count) {
    INFO("kind " << static_cast<int>(kind));
    CHECK(times == (many.contains(kind) ? many.at(kind) : 1));
  }
}

// The releases whose lists torch itself printed.
const std::vector<std::pair<Release, std::string>> kDumped = {{Release::k1_13, "1.13.1"}, {Release::k2_0, "2.0.1"},
                                                              {Release::k2_6, "2.6.0"},   {Release::k2_10, "2.10.0"},
                                                              {Release::k2_13, "2.13.0"}, {Release::k2_15, "2.15.0"}};

TEST_CASE("each release allows exactly the names that it printed") {
  for (const auto& [release, version] : kDumped) {
    INFO(version);
    std::set<std::string> printed;
    for (const auto& row : Dump(version)) {
      if (!IsTable(row.at(0))) printed.insert(row.at(0));
    }
    std::set<std::string> ours;
    for (const Global& global : DefaultAllowlist()) {
      const std::size_t dot = global.path.rfind('.');
      const Answer answer =
          LookUp(global.path.substr(0, dot), global.path.substr(dot + 1), {.release = release, .user = nullptr});
      CHECK((answer.standing == Standing::kAllowed) == AllowedIn(global, release));
      if (answer.standing == Standing::kAllowed) ours.emplace(global.path);
    }
    CHECK(ours == printed);
  }
}

TEST_CASE("torch's own Python 2 names are translated, pairs before modules") {
  for (const auto& row : Dump("2.15.0")) {
    if (row.at(0) == "pair") {
      const std::string to = row.at(3) + "." + row.at(4);
      INFO(row.at(1) << " " << row.at(2));
      CHECK(LookUp(row.at(1), row.at(2)).path == to);
    }
    if (row.at(0) == "module") {
      INFO(row.at(1));
      CHECK(LookUp(row.at(1), "nothing").path == row.at(2) + ".nothing");
    }
  }
}

TEST_CASE("Python 2 names that CPython translates and torch does not stay as they are") {
  CHECK(Verdict("cPickle", "loads") == "not allowed cPickle.loads");
  CHECK(Verdict("commands", "getoutput") == "not allowed commands.getoutput");
  CHECK(Verdict("exceptions", "ValueError") == "not allowed exceptions.ValueError");
}

TEST_CASE("a Python 2 name reaches the allowlist") {
  CHECK(Verdict("__builtin__", "set") == "builtins.set");
  CHECK(Verdict("__builtin__", "bytearray") == "builtins.bytearray");
  CHECK(Verdict("UserDict", "OrderedDict") == "collections.OrderedDict");
  CHECK(Verdict("UserString", "Counter") == "collections.Counter");
}

TEST_CASE("a translated name is not translated again and only the exact module is translated") {
  CHECK(Verdict("itertools", "ifilterfalse") == "not allowed itertools.filterfalse");
  CHECK(Verdict("__builtin__.x", "set") == "not allowed __builtin__.x.set");
  CHECK(Verdict("__Builtin__", "set") == "not allowed __Builtin__.set");
  CHECK(Verdict("builtins", "xrange") == "not allowed builtins.xrange");
}

TEST_CASE("the blocked modules are those of torch, whatever the name") {
  std::set<std::string> blocked;
  for (const auto& row : Dump("2.15.0")) {
    if (row.at(0) == "blocked") blocked.insert(row.at(1));
  }
  CHECK(blocked == std::set<std::string>{"nt", "os", "posix", "sys"});
  for (const std::string& module : blocked) {
    CHECK(Verdict(module, "mkdir") == "blocked " + module + ".mkdir");
    CHECK(Verdict(module, "") == "blocked " + module + ".");
  }
}

TEST_CASE("the blocklist looks at the module after its translation, and only at the whole module") {
  CHECK(Verdict("__builtin__", "intern") == "blocked sys.intern");
  CHECK(Verdict("os.path", "join") == "not allowed os.path.join");
  CHECK(Verdict("OS", "mkdir") == "not allowed OS.mkdir");
  CHECK(Verdict("os\r", "mkdir") == "not allowed os\r.mkdir");
  CHECK(Verdict("", "os.mkdir") == "not allowed .os.mkdir");
}

TEST_CASE("seven names need an import that never happened") {
  for (const char* path :
       {"torch.distributed.device_mesh.DeviceMesh", "torch.distributed.tensor._dtensor_spec.DTensorSpec",
        "torch.distributed.tensor._dtensor_spec.TensorMeta", "torch.distributed.tensor.DTensor",
        "torch.distributed.tensor.placement_types.Partial", "torch.distributed.tensor.placement_types.Replicate",
        "torch.distributed.tensor.placement_types.Shard"}) {
    const std::string_view text(path);
    const std::size_t dot = text.rfind('.');
    CHECK(Verdict(text.substr(0, dot), text.substr(dot + 1)) == "not imported "s + path);
  }
  CHECK(Verdict("torch.distributed.tensor.placement_types", "_StridedShard") ==
        "not allowed torch.distributed.tensor.placement_types._StridedShard");
}

TEST_CASE("releases before 2.15 need imports for names of theirs") {
  const auto import_for = [](std::string_view module, std::string_view name, Release release) {
    return std::string(LookUp(module, name, {.release = release, .user = nullptr}).import);
  };
  const std::string nested = "torch.nested._internal.nested_tensor";
  CHECK(import_for(nested, "_rebuild_njt", Release::k2_13) == "torch.nested");
  CHECK(import_for(nested, "NestedTensor", Release::k2_13) == "torch.nested");
  CHECK(import_for("torch._dynamo.decorators", "_DimRange", Release::k2_13) == "torch._dynamo");
  CHECK(import_for("torch._dynamo.decorators", "_DimRange", Release::k2_15) == "");
  CHECK(import_for("torch._dynamo", "decorators", Release::k2_13) == "");
}

TEST_CASE("without a list of the user nothing is on it") {
  CHECK_FALSE(UserAllows({.user = nullptr}, "training.Config"));
  const Allowlist list = Allowlist().Add("training.Config");
  CHECK(UserAllows({.user = &list}, "training.Config"));
  CHECK_FALSE(UserAllows({.user = &list}, "training.Confi"));
}

// DEV-401
TEST_CASE("the names that torch allows only where torch.distributed is built are not allowed") {
  CHECK(Verdict("torch.distributed._mesh_layout", "_MeshLayout") ==
        "not allowed torch.distributed._mesh_layout._MeshLayout");
  CHECK(Verdict("torch.distributed._mesh_layout", "_FlatLayout") ==
        "not allowed torch.distributed._mesh_layout._FlatLayout");
}

TEST_CASE("what only looks like an allowed name is not allowed") {
  const std::vector<std::pair<std::string, std::string>> lookalikes = {
      {"collections\r", "OrderedDict"},
      {"collections", "OrderedDict\r"},
      {"Collections", "OrderedDict"},
      {"collections", "ordereddict"},
      {"collections", "OrderedDict "},
      {" collections", "OrderedDict"},
      {"c\u043ellections", "OrderedDict"},  // a Cyrillic o
      {"collections", "OrderedDict\0"s},
      {"collections\0"s, "OrderedDict"},
      {"collections", "OrderedDic"},
      {"collections", "OrderedDictX"},
      {"collections", "OrderedDict.fromkeys"},
      {"collections.", "OrderedDict"},
      {"collections", ".OrderedDict"},
      {"", "collections.OrderedDict"},
      {"collections.OrderedDict", ""},
      {"collectionsOrderedDict", ""},
      {"", ""},
      {"torch", ""},
      {"torch", "float"},
      {"torch", "long"},
      {"torch._utils", "_rebuild_nested_tensor"},
      {"torch._utils", "_rebuild_sparse_csr_tensor"},
      {"torch", "UntypedStorage"},
      {"torch.nn", "Parameter"},
      {"builtins", "bytes"},
      {"builtins", "eval"},
      {"\xff\xfe", "\x80"},
      {std::string(100000, 'a'), std::string(100000, 'b')},
  };
  for (const auto& [module, name] : lookalikes) {
    const Answer answer = LookUp(module, name);
    INFO(module.substr(0, 40) << "|" << name.substr(0, 40));
    CHECK(answer.standing == Standing::kNotAllowed);
    CHECK(answer.global == nullptr);
    CHECK(answer.path == module + "." + name);
  }
}

}  // namespace
}  // namespace weightsonly::policy
