// Floor 5. GLOBAL, which names a function or class, and BINPERSID, which names a storage. SPEC.md chapter 5.
#include <string>

#include "base/checked.h"
#include "base/limits.h"
#include "base/text.h"
#include "machine/device.h"
#include "machine/handlers.h"
#include "machine/state.h"

namespace weightsonly::machine {
namespace {

// GLO-003. Each allowed global is one object, however often it is named.
Ref GlobalNode(State& state, const policy::Global& global) {
  const auto table = policy::DefaultAllowlist();
  const auto row = static_cast<std::uint32_t>(&global - table.data());
  if (state.global_nodes.empty()) state.global_nodes.resize(table.size(), Ref{0});
  if (state.global_nodes[row] != 0) return state.global_nodes[row];
  const bool is_dtype = global.kind == policy::GlobalKind::kDtype;
  Node node(is_dtype                                      ? ValueType::kDtype
            : global.kind == policy::GlobalKind::kQscheme ? ValueType::kQscheme
                                                          : ValueType::kGlobal);
  if (is_dtype) node.small = static_cast<std::uint8_t>(*global.dtype);
  node.at = static_cast<std::uint32_t>(state.graph.names.size());
  state.graph.names.push_back({.text = global.path, .tag = row});
  state.global_nodes[row] = AddNode(state, node);
  return state.global_nodes[row];
}

// GLO-001. Both lines are UTF-8 by the standard; the first fault is the module's.
void RequireNames(const State& state, const pickle::Instruction& instruction) {
  for (const std::string_view line : {instruction.text, instruction.second_line}) {
    if (line.size() > kMaxGlobalLineBytes) {
      RefuseHere(state, RefusalKind::kLimitLine,
                 "a line of GLOBAL has " + std::to_string(line.size()) + " bytes, more than " +
                     std::to_string(kMaxGlobalLineBytes));
    }
    if (!IsUtf8(line)) RefuseHere(state, RefusalKind::kPickleText, "a line of GLOBAL is not UTF-8");
  }
}

struct StorageId {
  Ref type;
  Ref key;
  Ref location;
  std::int64_t numel;
};

// The text of a str, or of ASCII bytes, which torch decodes (PID-002).
std::string_view TextOrAscii(const State& state, Ref ref) {
  const Node& node = state.graph[ref];
  if (node.type != ValueType::kStr && node.type != ValueType::kBytes) return {};
  const std::string_view text = state.graph.TextOf(node);
  return node.type == ValueType::kBytes && !IsUtf8(text) ? std::string_view{} : text;
}

[[noreturn]] void RefusePersistentId(const State& state, std::string detail) {
  RefuseHere(state, RefusalKind::kPolicyPersistentId, std::move(detail));
}

// PID-001 to PID-003. ('storage', type, key, location, numel), exactly.
StorageId ReadStorageId(State& state, Ref pid) {
  const Node& node = state.graph[pid];
  if (node.type != ValueType::kTuple) {
    RefusePersistentId(state, "the persistent id is no tuple but " + std::string(TypeName(node.type)));
  }
  const auto items = state.graph.ItemsOf(node);
  if (items.empty()) RefusePersistentId(state, "the persistent id is an empty tuple");
  if (TextOrAscii(state, items[0]) != "storage") {
    RefusePersistentId(state, "the persistent id does not begin with 'storage'");
  }
  if (items.size() != 5) {
    RefusePersistentId(state, "the persistent id has " + std::to_string(items.size()) + " parts instead of 5");
  }
  const Node& numel = state.graph[items[4]];
  StorageId id{.type = items[1], .key = items[2], .location = items[3], .numel = 0};
  if (numel.type == ValueType::kBool) {
    id.numel = numel.small;
  } else if (numel.type == ValueType::kInt && (numel.flags & kBigInt) == 0) {
    id.numel = numel.integer;
  } else if (numel.type == ValueType::kInt) {
    id.numel = -1;  // far outside 64 bits: refused like any impossible size, where the size counts
  } else {
    RefuseHere(state, RefusalKind::kValueType,
               "the number of elements is no int but " + std::string(TypeName(numel.type)));
  }
  return id;
}

// PID-004. A storage class or tensor class has a dtype; torch.storage.UntypedStorage counts bytes.
Dtype DtypeOfStorageType(const State& state, Ref type) {
  const policy::Global* global = GlobalOf(state.graph, type);
  if (global != nullptr) {
    if (global->kind == policy::GlobalKind::kUntypedStorage) return Dtype::kUInt8;
    if (global->kind == policy::GlobalKind::kStorageClass || global->kind == policy::GlobalKind::kTensorClass) {
      return *global->dtype;
    }
  }
  RefuseHere(state, RefusalKind::kStorageType,
             "the storage type is " +
                 (global != nullptr ? std::string(global->path) : std::string(TypeName(state.graph[type].type))));
}

// PID-005. str(key) names the record; torch.save writes decimal strings.
std::string RecordKey(const State& state, Ref key) {
  const Node& node = state.graph[key];
  if (node.type == ValueType::kStr) return std::string(state.graph.TextOf(node));
  if (node.type == ValueType::kInt) return IntText(state.graph, key);
  if (node.type == ValueType::kNone) return "None";
  if (node.type == ValueType::kBool) return node.small != 0 ? "True" : "False";
  RefuseHere(state, RefusalKind::kValueType, "the storage key is " + std::string(TypeName(node.type)));
}

Ref AddStorageNode(State& state, std::uint32_t storage, Dtype dtype) {
  Node node(ValueType::kStorage);
  node.at = storage;
  node.small = static_cast<std::uint8_t>(dtype);
  return AddNode(state, node);
}

// PID-007. The index in graph.names of the device that a location tags.
std::uint32_t DeviceName(State& state, Ref location) {
  if (location == state.last_location) return state.last_device;
  const Device device = ParseLocation(TextOrAscii(state, location));
  if (!device.valid) {
    RefuseHere(state, RefusalKind::kStorageLocation,
               "no device of torch has the tag '" + EscapeForTerminal(TextOrAscii(state, location)) + "'");
  }
  if (device.name == "meta") {
    RefuseHere(state, RefusalKind::kUnsupported, "the storage is tagged `meta`: it has a size and no bytes");
  }
  state.last_device = state.graph[NamedNode(state, ValueType::kDevice, device.name)].at;
  state.last_location = location;
  return state.last_device;
}

// PID-006. The first mention of a key: its record, then its location.
Ref FirstMention(State& state, const StorageId& id, Dtype dtype, std::uint64_t nbytes) {
  StorageRecord record = state.resolver.ResolveStorage(RecordKey(state, id.key), dtype, nbytes, state.offset);
  record.device = DeviceName(state, id.location);
  const auto storage = static_cast<std::uint32_t>(state.graph.storages.size());
  state.graph.storages.push_back(record);
  return AddStorageNode(state, storage, dtype);
}

// PID-008. A later mention: the same storage object for the same dtype (its numel and location are not looked at); for
// another dtype of the same byte length a second view of the same bytes.
Ref LaterMention(State& state, Ref first, Dtype dtype, bool fits, std::uint64_t nbytes) {
  const Node& node = state.graph[first];
  if (static_cast<Dtype>(node.small) == dtype) return first;
  const std::uint64_t have = state.graph.storages[node.at].nbytes;
  if (!fits || have != nbytes) {
    RefuseHere(state, RefusalKind::kStorageSizeMismatch,
               "the storage was named before with " + std::to_string(have) + " bytes and another dtype");
  }
  return AddStorageNode(state, node.at, dtype);
}

}  // namespace

// GLO-001 to GLO-004.
[[gnu::noinline]] void Global(State& state, const pickle::Instruction& instruction) {
  RequireNames(state, instruction);
  const policy::Answer answer = policy::LookUp(instruction.text, instruction.second_line);
  if (answer.standing == policy::Standing::kAllowed) return Push(state, GlobalNode(state, *answer.global));
  const std::string path = "`" + EscapeForTerminal(answer.path) + "`";
  switch (answer.standing) {
    case policy::Standing::kAllowed:
      break;
    case policy::Standing::kBlocked:
      RefuseHere(state, RefusalKind::kPolicyModuleBlocked, path + " is in a blocked module");
    case policy::Standing::kNotImported:
      RefuseHere(state, RefusalKind::kPolicyNotImported, path + " needs torch.distributed.tensor");
    case policy::Standing::kNotAllowed:
      RefuseHere(state, RefusalKind::kPolicyGlobalNotAllowed, path + " is not on the allowlist");
  }
}

[[gnu::noinline]] void BinPersid(State& state, const pickle::Instruction&) {
  const StorageId id = ReadStorageId(state, Pop(state));
  const Dtype dtype = DtypeOfStorageType(state, id.type);
  std::uint64_t nbytes = 0;
  const bool fits = id.numel >= 0 && CheckedMul(static_cast<std::uint64_t>(id.numel), ItemBytes(dtype), &nbytes);
  const std::uint32_t key_class = state.keys.ClassOf(state.graph, id.key, state.offset);
  if (key_class >= state.storage_nodes.size()) state.storage_nodes.resize(state.keys.size(), 0);
  const Ref first = state.storage_nodes[key_class];
  if (first != 0) {
    Push(state, LaterMention(state, first, dtype, fits, nbytes));
    return;
  }
  if (!fits) {
    RefuseHere(
        state, RefusalKind::kStorageSizeMismatch,
        "no storage has " + std::to_string(id.numel) + " elements of " + std::to_string(ItemBytes(dtype)) + " bytes");
  }
  const Ref storage = FirstMention(state, id, dtype, nbytes);
  state.storage_nodes[key_class] = storage;
  Push(state, storage);
}

}  // namespace weightsonly::machine
