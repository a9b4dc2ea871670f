// Floor 5. GLOBAL, which names a function or class, and BINPERSID, which names a storage. SPEC.md chapter 5.
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/limits.h"
#include "base/text.h"
#include "machine/device.h"
#include "machine/handlers.h"
#include "machine/inert.h"
#include "machine/persistent_id.h"
#include "machine/state.h"
#include "machine/subject.h"

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

// GLO-001, CHK-042. Both lines are UTF-8 by the standard; the first fault is the module's.
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

// TSC-003 to TSC-006. Pushes a global that only TorchScript has; false for any other.
[[gnu::cold, gnu::noinline]] bool PushScriptGlobal(State& state, const pickle::Instruction& instruction) {
  const policy::ScriptAnswer answer = policy::LookUpScript(instruction.text, instruction.second_line);
  if (answer.kind == policy::ScriptGlobal::kOther) return false;
  std::string path = std::string(instruction.text).append(1, '.').append(instruction.second_line);
  Push(state, AddInertClass(state, std::move(path), answer.kind));
  return true;
}

// MSG-004. How torch's message shows a path.
std::string WithoutBuiltins(const std::string& path) {
  constexpr std::string_view kModule = "builtins.";
  return path.starts_with(kModule) ? path.substr(kModule.size()) : path;
}

// POL-010. What the user allows is one inert class or function for each object that the entries stand for.
[[gnu::cold, gnu::noinline]] Ref UserGlobalNode(State& state, std::string path) {
  if (const auto known = state.user_nodes.find(path); known != state.user_nodes.end()) return known->second;
  const Ref node = AddInertClass(state, std::move(path), policy::ScriptGlobal::kInert);
  state.user_nodes.emplace(InertName(state.graph, node), node);
  return node;
}

struct StorageId {
  Ref type;
  Ref key;
  Ref location;
  std::int64_t numel;
};

}  // namespace

std::string_view TextOrAscii(const State& state, Ref ref) {
  const Node& node = state.graph[ref];
  if (node.type != ValueType::kStr && node.type != ValueType::kBytes) return {};
  const std::string_view text = state.graph.TextOf(node);
  return node.type == ValueType::kBytes && !IsUtf8(text) ? std::string_view{} : text;
}

void RefusePersistentId(const State& state, std::string detail) {
  RefuseHere(state, RefusalKind::kPolicyPersistentId, std::move(detail));
}

// PID-001.
std::span<const Ref> PartsOfId(const State& state, Ref pid, std::size_t count) {
  const Node& node = state.graph[pid];
  if (node.type != ValueType::kTuple) {
    RefusePersistentId(state, "the persistent id is no tuple but " + std::string(TypeName(node.type)));
  }
  const auto items = state.graph.ItemsOf(node);
  if (items.empty()) RefusePersistentId(state, "the persistent id is an empty tuple");
  if (TextOrAscii(state, items[0]) != "storage") {
    RefusePersistentId(state, "the persistent id does not begin with 'storage'");
  }
  if (items.size() != count) {
    RefusePersistentId(
        state, "the persistent id has " + std::to_string(items.size()) + " parts instead of " + std::to_string(count));
  }
  return items;
}

// PID-003.
std::int64_t ElementsOfId(const State& state, Ref ref) {
  const Node& numel = state.graph[ref];
  if (numel.type == ValueType::kBool) return numel.small;
  if (numel.type == ValueType::kInt && (numel.flags & kBigInt) == 0) return numel.integer;
  if (numel.type == ValueType::kInt) return -1;  // far outside 64 bits: impossible like any negative number
  RefuseHere(state, RefusalKind::kValueType,
             "the number of elements is no int but " + std::string(TypeName(numel.type)));
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
  if (state.vocabulary == Vocabulary::kTorchScript && state.graph[type].type == ValueType::kObject) {
    if (const auto dtype = policy::ScriptStorageDtype(InertName(state.graph, type))) return *dtype;
  }
  RefuseHere(state, RefusalKind::kStorageType,
             "the storage type is " +
                 (global != nullptr ? std::string(global->path) : std::string(TypeName(state.graph[type].type))));
}

namespace {

// PID-001 to PID-003. ('storage', type, key, location, numel), exactly.
StorageId ReadStorageId(const State& state, Ref pid) {
  const auto parts = PartsOfId(state, pid, 5);
  return {.type = parts[1], .key = parts[2], .location = parts[3], .numel = ElementsOfId(state, parts[4])};
}

// PID-005, DEV-640. str(key) names the record; torch.save writes decimal strings.
std::string RecordKey(const State& state, Ref key) {
  const Node& node = state.graph[key];
  if (node.type == ValueType::kStr) return std::string(state.graph.TextOf(node));
  if (node.type == ValueType::kInt) return IntText(state.graph, key);
  if (node.type == ValueType::kNone) return "None";
  if (node.type == ValueType::kBool) return node.small != 0 ? "True" : "False";
  RefuseHere(state, RefusalKind::kValueType, "the storage key is " + std::string(TypeName(node.type)));
}

}  // namespace

Ref AddStorageNode(State& state, std::uint32_t storage, Dtype dtype) {
  Node node(ValueType::kStorage);
  node.at = storage;
  node.small = static_cast<std::uint8_t>(dtype);
  return AddNode(state, node);
}

// PID-007. The index in graph.names of the device that a location tags, or, where the caller maps locations, of the one
// that the storage `record` with this key and dtype gets: that is asked for each storage (CHK-023).
std::uint32_t DeviceName(State& state, Ref location, const StorageRecord& record, Ref key, Dtype dtype) {
  if (location == state.last_location) return state.last_device;
  const std::string_view tag = TextOrAscii(state, location);
  if (state.locations != nullptr) {
    const std::string text =
        state.storage_ids == StorageIds::kArchive ? RecordKey(state, key) : StreamKey(state.graph, key);
    const std::string name = state.resolver.RecordNamed(text);
    const std::string label = state.locations->Restore(record, dtype, name, tag, state.offset);
    return state.graph[NamedNode(state, ValueType::kDevice, label)].at;
  }
  const Device device = ParseLocation(tag);
  if (!device.valid) RefuseLocation(tag, state.offset);
  state.last_device = state.graph[NamedNode(state, ValueType::kDevice, device.name)].at;
  state.last_location = location;
  return state.last_device;
}

void RefuseElements(const State& state, std::int64_t numel, Dtype dtype) {
  RefuseHere(state, RefusalKind::kStorageSizeMismatch,
             "no storage has " + std::to_string(numel) + " elements of " + std::to_string(ItemBytes(dtype)) + " bytes");
}

namespace {

// PID-006. The first mention of a key: its record, then its location.
Ref NewStorage(State& state, const StorageId& id, std::uint32_t record_number, Dtype dtype, std::uint64_t nbytes) {
  // TSC-013
  const bool script_meta = state.vocabulary == Vocabulary::kTorchScript && TextOrAscii(state, id.location) == "meta" &&
                           state.locations == nullptr;
  StorageRecord record = script_meta ? StorageRecord{.offset = 0,
                                                     .nbytes = nbytes,
                                                     .entry = record_number,
                                                     .device = 0,
                                                     .deflated = false,
                                                     .meta = true}
                                     : state.resolver.ResolveStorage(record_number, dtype, nbytes, state.offset);
  record.device = DeviceName(state, id.location, record, id.key, dtype);
  // MTA-004. torch lets tensors grow such a storage; here its size counts (DEV-520).
  record.meta = state.graph.names[record.device].text == "meta";
  const auto storage = static_cast<std::uint32_t>(state.graph.storages.size());
  state.graph.storages.push_back(record);
  return AddStorageNode(state, storage, dtype);
}

// Where the machine remembers the storage that a key named first, and the number of the key's record.
struct Mention {
  Ref* storage;
  std::uint32_t record;
};

// PID-008: equal keys name the same storage, other keys another one, even when the record is the same. A str, and
// picklers write no other keys, is told by its record; what is no str, or a str that differs from the first one of its
// record in letter case, by its key class.
Mention FindMention(State& state, Ref key) {
  const Node& node = state.graph[key];
  if (node.type == ValueType::kStr) {
    const std::string_view text = state.graph.TextOf(node);
    const std::uint32_t record = state.resolver.FindRecord(text, state.offset);
    FirstMention& first = state.mentions[record];
    if (first.storage == 0) first.key = key;
    if (first.key == key || state.graph.TextOf(state.graph[first.key]) == text) return {&first.storage, record};
  }
  const std::uint32_t key_class = state.keys.ClassOf(state.graph, key, state.offset);
  const std::uint32_t record = state.resolver.FindRecord(RecordKey(state, key), state.offset);
  if (key_class >= state.storage_nodes.size()) state.storage_nodes.resize(state.keys.size(), 0);
  return {&state.storage_nodes[key_class], record};
}

}  // namespace

// PID-008. A later mention: the same storage object for the same dtype (its numel and location are not looked at); for
// another dtype of the same byte length a second view of the same bytes.
Ref LaterMention(State& state, Ref first, Dtype dtype, bool fits, std::uint64_t nbytes) {
  const Node& node = state.graph[first];
  if (static_cast<Dtype>(node.small) == dtype) return first;
  const std::uint64_t have = state.graph.storages[node.at].nbytes;
  if (!fits || have != nbytes) {
    RefuseAbout(state, RefusalKind::kStorageSizeMismatch,
                "the storage was named before with " + std::to_string(have) + " bytes and another dtype",
                fits && state.storage_ids == StorageIds::kArchive
                    ? std::vector<std::string>{std::to_string(have), std::to_string(nbytes)}
                    : std::vector<std::string>{});
  }
  return AddStorageNode(state, node.at, dtype);
}

// GLO-001 to GLO-004.
[[gnu::noinline]] void Global(State& state, const pickle::Instruction& instruction) {
  RequireNames(state, instruction);
  if (state.vocabulary == Vocabulary::kTorchScript && PushScriptGlobal(state, instruction)) return;
  policy::Answer answer = policy::LookUp(instruction.text, instruction.second_line, state.policy);
  if (answer.standing == policy::Standing::kAllowed) return Push(state, GlobalNode(state, *answer.global));
  if (answer.standing == policy::Standing::kUserAllowed) {
    return Push(state, UserGlobalNode(state, std::move(answer.path)));
  }
  const std::string path = "`" + EscapeForTerminal(answer.path) + "`";
  switch (answer.standing) {
    case policy::Standing::kAllowed:
    case policy::Standing::kUserAllowed:
      break;
    case policy::Standing::kBlocked:
      RefuseAbout(state, RefusalKind::kPolicyModuleBlocked, path + " is in a blocked module",
                  {answer.path, answer.path.substr(0, answer.path.find('.'))});
    case policy::Standing::kNotImported:
      RefuseHere(state, RefusalKind::kPolicyNotImported, path + " needs " + std::string(answer.import));
    case policy::Standing::kNotAllowed:
      RefuseAbout(state, RefusalKind::kPolicyGlobalNotAllowed, path + " is not on the allowlist",
                  {WithoutBuiltins(answer.path)});
  }
}

[[gnu::noinline]] void BinPersid(State& state, const pickle::Instruction&) {
  if (state.storage_ids != StorageIds::kArchive) [[unlikely]]
    return StreamPersid(state);
  const StorageId id = ReadStorageId(state, Pop(state));
  const Dtype dtype = DtypeOfStorageType(state, id.type);
  std::uint64_t nbytes = 0;
  const bool fits = id.numel >= 0 && CheckedMul(static_cast<std::uint64_t>(id.numel), ItemBytes(dtype), &nbytes);
  if (id.key == state.last_mention.key && state.last_mention.storage != 0) {
    return Push(state, LaterMention(state, state.last_mention.storage, dtype, fits, nbytes));
  }
  const Mention mention = FindMention(state, id.key);
  const bool later = *mention.storage != 0;
  if (!later && !fits) RefuseElements(state, id.numel, dtype);
  if (!later) *mention.storage = NewStorage(state, id, mention.record, dtype, nbytes);
  state.last_mention = {.key = id.key, .storage = *mention.storage};
  Push(state, later ? LaterMention(state, *mention.storage, dtype, fits, nbytes) : *mention.storage);
}

}  // namespace weightsonly::machine
