// Fuzz targets: the values that a shaped state of the machine is made of. They are written as recipes
// (conformance/FORMAT.md), so that nothing can stand here that a file could not hold.
#include "support/machine_menu.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "machine/machine.h"
#include "machine/state.h"
#include "recipe/assemble.h"
#include "support/input.h"
#include "support/machine_storages.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

// What a setting must have for a value of the menu.
enum class Needs : std::uint8_t { kNothing, kUser, kNumpy, kScript };

struct Item {
  std::string archive;  // the recipe where storages are those of an archive …
  std::string stream;   // … and of a legacy stream
  Needs needs = Needs::kNothing;
};

std::string Global(std::string_view module, std::string_view name) {
  return "GLOBAL \"" + std::string(module) + "\" \"" + std::string(name) + "\"\n";
}
std::string Text(std::string_view text) { return "BINUNICODE \"" + std::string(text) + "\"\n"; }
std::string Number(std::int64_t number) { return "BININT " + std::to_string(number) + "\n"; }
std::string Tuple(std::string_view items) { return "MARK\n" + std::string(items) + "TUPLE\n"; }
std::string List(std::string_view items) { return "EMPTY_LIST\nMARK\n" + std::string(items) + "APPENDS\n"; }
std::string Dict(std::string_view pairs) { return "EMPTY_DICT\nMARK\n" + std::string(pairs) + "SETITEMS\n"; }
std::string Call(std::string_view function, std::string_view arguments) {
  return std::string(function) + Tuple(arguments) + "REDUCE\n";
}
std::string OrderedDict() { return Call(Global("collections", "OrderedDict"), ""); }

// The persistent id of a storage; in a legacy stream it has a part more.
std::string StorageOf(bool stream, std::string_view type, std::string_view key, std::string_view location,
                      int elements) {
  return Tuple(Text("storage") + std::string(type) + Text(key) + Text(location) + Number(elements) +
               (stream ? "NONE\n" : "")) +
         "BINPERSID\n";
}

struct Strided {
  std::string_view type;  // of the storage, in torch
  std::string_view key;
  int elements;
  std::string shape;
  std::string stride;
  std::string_view requires_grad = "NEWFALSE\n";
  std::string_view location = "cpu";
};

std::string Arguments(bool stream, const Strided& tensor) {
  return StorageOf(stream, Global("torch", tensor.type), tensor.key, tensor.location, tensor.elements) + Number(0) +
         tensor.shape + tensor.stride;
}
std::string Tensor(bool stream, const Strided& tensor) {
  return Call(Global("torch._utils", "_rebuild_tensor_v2"),
              Arguments(stream, tensor) + std::string(tensor.requires_grad) + OrderedDict());
}
std::string Parameter(const std::string& tensor) {
  return Call(Global("torch._utils", "_rebuild_parameter"), tensor + "NEWTRUE\n" + OrderedDict());
}
std::string Quantized(bool stream, std::string_view parameters) {
  const Strided tensor{"QInt8Storage", "8", 4, Tuple(Number(2) + Number(2)), Tuple(Number(2) + Number(1))};
  return Call(Global("torch._utils", "_rebuild_qtensor"),
              Arguments(stream, tensor) + Tuple(parameters) + "NEWFALSE\n" + OrderedDict());
}
std::string Layout(std::string_view name) { return Call(Global("torch.serialization", "_get_layout"), Text(name)); }
std::string Device(std::string_view name) { return Call(Global("torch", "device"), Text(name)); }

std::string Floats(bool stream) {
  return Tensor(stream, {"FloatStorage", "0", 4, Tuple(Number(2) + Number(2)), Tuple(Number(2) + Number(1))});
}
std::string Longs(bool stream, std::string_view key, int elements) {
  return Tensor(stream, {"LongStorage", key, elements, Tuple(Number(elements)), Tuple(Number(1))});
}
std::string Coo(bool stream) {
  const std::string indices =
      Tensor(stream, {"LongStorage", "2", 2, Tuple(Number(1) + Number(2)), Tuple(Number(2) + Number(1))});
  const std::string values = Tensor(stream, {"FloatStorage", "3", 2, Tuple(Number(2)), Tuple(Number(1))});
  return Call(Global("torch._utils", "_rebuild_sparse_tensor"),
              Layout("torch.sparse_coo") + Tuple(indices + values + Tuple(Number(9))));
}
std::string Csr(bool stream) {
  const std::string values = Tensor(stream, {"FloatStorage", "3", 2, Tuple(Number(2)), Tuple(Number(1))});
  return Call(Global("torch._utils", "_rebuild_sparse_tensor"),
              Layout("torch.sparse_csr") +
                  Tuple(Longs(stream, "4", 3) + Longs(stream, "5", 2) + values + Tuple(Number(2) + Number(9))));
}
std::string NumpyDtype(std::string_view code, std::string_view order) {
  const std::string state = Number(3) + Text(order) + "NONE\nNONE\nNONE\n" + Number(-1) + Number(-1) + Number(0);
  return Call(Global("numpy", "dtype"), Text(code) + "NEWFALSE\nNEWTRUE\n") + Tuple(state) + "BUILD\n";
}
std::string BytesOf(std::string_view text) { return Call(Global("_codecs", "encode"), Text(text) + Text("latin1")); }
std::string UnbuiltArray() {
  return Call(Global("numpy._core.multiarray", "_reconstruct"),
              Global("numpy", "ndarray") + Tuple(Number(0)) + BytesOf("b"));
}

// What adds values that are the same in archives and in legacy streams.
auto Adder(std::vector<Item>& menu) {
  return [&menu](const std::string& recipe, Needs needs = Needs::kNothing) {
    menu.push_back({.archive = recipe, .stream = recipe, .needs = needs});
  };
}

void AddScalars(std::vector<Item>& menu) {
  const auto add = Adder(menu);
  for (const char* recipe : {"NONE",
                             "NEWTRUE",
                             "NEWFALSE",
                             "EMPTY_TUPLE",
                             "EMPTY_LIST",
                             "EMPTY_DICT",
                             "EMPTY_SET",
                             "BININT1 0",
                             "BININT1 1",
                             "BININT1 2",
                             "BININT2 300",
                             "BININT -1",
                             "BININT 2147483647",
                             "LONG1 9223372036854775807",
                             "LONG1 -9223372036854775808",
                             "LONG1 9223372036854775808",
                             "LONG1 -36893488147419103232",
                             "BINFLOAT 0.0",
                             "BINFLOAT -0.0",
                             "BINFLOAT 1.0",
                             "BINFLOAT 0.5",
                             "BINFLOAT 9223372036854775808.0",
                             "BINFLOAT inf",
                             "BINFLOAT bits:7ff8000000000000",
                             "BINUNICODE \"\"",
                             "BINUNICODE \"a\"",
                             "BINUNICODE \"conj\"",
                             "BINUNICODE \"\\xed\\xa0\\x80\"",
                             "BINUNICODE \"\\u{e9}\"",
                             "BINUNICODE \"storage\"",
                             "BINUNICODE \"cpu\"",
                             "BINUNICODE \"cuda:1\"",
                             "BINUNICODE \"meta\"",
                             "BINUNICODE \"0\"",
                             "BINUNICODE \"latin1\"",
                             "SHORT_BINSTRING \"a\""}) {
    add(recipe);
  }
  add(BytesOf("a\\u{ff}"));
  add(Call(Global("builtins", "bytearray"), BytesOf("ab")));
  add(Call(Global("builtins", "complex"), "BINFLOAT 1.0\nBINFLOAT -2.5\n"));
}

void AddContainers(std::vector<Item>& menu) {
  const auto add = Adder(menu);
  add(Call(Global("builtins", "set"), List(Number(1) + Number(2) + Text("a"))));
  add(Tuple(Number(2) + Number(3)));
  add(Tuple(Number(3) + Number(1)));
  add(Tuple(Text("a") + Tuple("NONE\n")));
  add(Call(Global("torch", "Size"), Tuple(Number(2) + Number(2))));
  add(List(Number(1) + "NEWTRUE\n"));
  add(List(Tuple(Text("a") + Number(1)) + Tuple(Text("b") + Number(2))));
  add(Dict(Text("a") + Number(1) + Text("b") + Number(2) + Text("a") + "NONE\n"));
  add(Dict(Number(1) + Text("x") + "BINFLOAT 1.0\n" + Text("y") + "NEWTRUE\n" + Text("z")));
  add(Dict(Text("neg") + "NEWTRUE\n" + Text("conj") + "NEWTRUE\n"));
  add(Tuple(Dict(Text("tag") + Number(7)) + Dict("")));
  add(OrderedDict());
  add(Call(Global("collections", "Counter"), Dict(Text("a") + Number(3))));
  add(OrderedDict() + Dict(Text("_metadata") + Number(1)) + "BUILD\n");
}

void AddObjects(std::vector<Item>& menu) {
  const auto add = Adder(menu);
  for (const char* name : {"cpu", "cuda:1", "meta"}) add(Device(name));
  for (const char* name : {"torch.strided", "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_bsc"}) {
    add(Layout(name));
  }
  add(Global("training", "Tagged"), Needs::kUser);
  add(Global("training", "Plain") + "EMPTY_TUPLE\nNEWOBJ\n", Needs::kUser);
  add(Call(Global("datetime", "timedelta"), Number(1)), Needs::kUser);
  add(Global("torch.distributed.tensor.placement_types", "Shard") + Tuple(Number(0)) + "NEWOBJ\n", Needs::kUser);
  add(Global("numpy", "dtype"), Needs::kNumpy);
  add(Global("numpy._core.multiarray", "scalar"), Needs::kNumpy);
  add(NumpyDtype("f4", "<"), Needs::kNumpy);
  add(NumpyDtype("i8", ">"), Needs::kNumpy);
  add(Call(Global("numpy", "dtype"), Text("U2") + "NEWFALSE\nNEWTRUE\n"), Needs::kNumpy);
  add(UnbuiltArray(), Needs::kNumpy);
  add(UnbuiltArray() +
          Tuple(Number(1) + Tuple(Number(1) + Number(2)) + NumpyDtype("f4", ">") + "NEWFALSE\n" + BytesOf("abcdefgh")) +
          "BUILD\n",
      Needs::kNumpy);
  add(Call(Global("numpy._core.multiarray", "scalar"), NumpyDtype("u1", "|") + BytesOf("a")), Needs::kNumpy);
  add(Global("__torch__.m", "Module"), Needs::kScript);
  add(Global("__torch__.m", "Module") + "EMPTY_TUPLE\nNEWOBJ\n", Needs::kScript);
  add(Global("torch.jit._pickle", "build_intlist"), Needs::kScript);
}

void AddTensors(std::vector<Item>& menu) {
  const auto add = [&](auto recipe, Needs needs = Needs::kNothing) {
    menu.push_back({.archive = recipe(false), .stream = recipe(true), .needs = needs});
  };
  const std::string one = Tuple(Number(1));
  const std::string two = Tuple(Number(2));
  add([](bool s) { return StorageOf(s, Global("torch", "FloatStorage"), "0", "cpu", 4); });
  add([](bool s) { return StorageOf(s, Global("torch", "ComplexFloatStorage"), "6", "cpu", 2); });
  add([](bool s) { return StorageOf(s, Global("torch", "QUInt4x2Storage"), "7", "cpu", 4); });
  add([](bool s) { return StorageOf(s, Global("torch", s ? "ByteStorage" : "BoolStorage"), "9", "meta", 8); });
  add([](bool s) {
    return StorageOf(s, Global(s ? "torch" : "torch.storage", s ? "ByteStorage" : "UntypedStorage"), "10", "cuda:1",
                     16);
  });
  add(Floats);
  add([&](bool s) { return Tensor(s, {"DoubleStorage", "1", 2, two, one, "NEWTRUE\n"}); });
  add([](bool s) { return Tensor(s, {"HalfStorage", "11", 1, "EMPTY_TUPLE\n", "EMPTY_TUPLE\n"}); });
  add([](bool s) { return Tensor(s, {"FloatStorage", "12", 0, Tuple(Number(0)), Tuple(Number(1))}); });
  add([](bool s) { return Tensor(s, {"FloatStorage", "13", 1, Tuple(Number(9)), Tuple(Number(0))}); });
  add([&](bool s) { return Tensor(s, {"FloatStorage", "14", 2, two, one, "NEWFALSE\n", "cuda:1"}); });
  add([&](bool s) { return Tensor(s, {"ByteStorage", "15", 2, two, one, "NEWFALSE\n", "meta"}); });
  add([](bool s) { return Longs(s, "4", 3); });
  add([](bool s) { return Longs(s, "5", 2); });
  add([](bool s) { return Parameter(Floats(s)); });
  add([](bool) { return Global("torch", "FloatTensor") + "EMPTY_TUPLE\nREDUCE\n"; });
  add([](bool) { return Global("torch.nn.parameter", "Parameter") + "EMPTY_TUPLE\nREDUCE\n"; });
  add([](bool) {
    return Call(Global("torch._utils", "_rebuild_meta_tensor_no_storage"),
                Global("torch", "float32") + Tuple(Number(3)) + Tuple(Number(1)) + "NEWFALSE\n");
  });
  add([](bool s) { return Quantized(s, Global("torch", "per_tensor_affine") + "BINFLOAT 0.5\n" + Number(3)); });
  add([](bool s) {
    return Quantized(s, Global("torch", "per_channel_affine") + List("BINFLOAT 0.5\nBINFLOAT 2.0\n") +
                            List(Number(0) + Number(1)) + Number(0));
  });
  add(Coo);
  add(Csr);
  add(
      [](bool s) {
        return Call(Global("torch._tensor", "_rebuild_from_type_v2"),
                    Global("torch._utils", "_rebuild_tensor_v2") + Global("training", "Tagged") +
                        Tuple(Arguments(s, {"FloatStorage", "0", 4, Tuple(Number(4)), Tuple(Number(1))}) +
                              "NEWFALSE\n" + OrderedDict()) +
                        "EMPTY_DICT\n");
      },
      Needs::kUser);
}

struct Compiled {
  std::string archive;
  std::string stream;
  Needs needs;
};

std::string Assembled(const std::string& recipe) {
  auto bytes = recipe::Assemble(recipe);
  if (!bytes) Fail("a value of the menu is no recipe", bytes.error().text + " in " + recipe);
  return *std::move(bytes);
}

// A value that a machine refuses, or that is more than one value, would make every program useless that has it.
void RequireOneValue(const std::string& bytes, Needs needs, machine::StorageIds ids) {
  // With the longest of the user's lists, and the vocabulary of TorchScript where that is needed.
  const std::array<std::byte, 2> longest = {std::byte{needs == Needs::kScript}, std::byte{0x78}};
  Input input(longest);
  const MachineSetting setting = ReadMachineSetting(input);
  Graph graph(setting.limits);
  std::ranges::copy(AsBytes(bytes + "N."), graph.MakeRoom(bytes.size() + 2, FakeResolver::kRecords).begin());
  graph.file_bytes = kStorageArrayBytes;
  FakeResolver resolver(false);
  machine::State state(graph, resolver);
  machine::Prepare(state, setting.machine);
  state.storage_ids = ids;
  try {
    machine::Execute(state, graph.pickle, 0);
  } catch (const Refusal& refusal) {
    Fail("a value of the menu is refused", refusal.detail);
  }
  Require(state.stack.size() == 1 && state.marks.empty(), "a value of the menu is not one value");
}

const std::vector<Compiled>& Menu() {
  static const std::vector<Compiled> menu = [] {
    std::vector<Item> items;
    AddScalars(items);
    AddContainers(items);
    AddObjects(items);
    AddTensors(items);
    std::vector<Compiled> compiled;
    for (const Item& item : items) {
      compiled.push_back({Assembled(item.archive), Assembled(item.stream), item.needs});
      RequireOneValue(compiled.back().archive, item.needs, machine::StorageIds::kArchive);
      RequireOneValue(compiled.back().stream, item.needs, machine::StorageIds::kStream);
    }
    return compiled;
  }();
  return menu;
}

bool Has(const MachineSetting& setting, Needs needs) {
  switch (needs) {
    case Needs::kNothing:
      return true;
    case Needs::kUser:
      return setting.machine.policy.user != nullptr;
    case Needs::kNumpy:
      return setting.machine.policy.user != nullptr && setting.machine.policy.user->Get().contains("numpy.dtype");
    case Needs::kScript:
      return setting.machine.vocabulary == machine::Vocabulary::kTorchScript;
  }
  return false;
}

}  // namespace

std::size_t MenuSize() { return Menu().size(); }

std::string_view MenuItem(std::size_t index, const MachineSetting& setting) {
  const Compiled& item = Menu().at(index);
  if (!Has(setting, item.needs)) return Menu().front().archive;
  return setting.storage_ids == machine::StorageIds::kStream ? item.stream : item.archive;
}

}  // namespace weightsonly::fuzz
