// Floor 5. Dtypes of numpy: made by REDUCE, finished by BUILD. SPEC.md chapter 5.
//
// Only what numpy writes is read (DEV-732): numpy takes much more, and with some of it corrupts memory.
#include "machine/numpy_dtype.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>

#include "base/text.h"
#include "machine/inert.h"
#include "machine/numpy.h"
#include "machine/persistent_id.h"
#include "policy/numpy.h"

namespace weightsonly::machine {
namespace {

// (version, byte order, subdtype, names, fields, item bytes, alignment, flags[, metadata])
enum DtypeState : std::uint8_t {
  kVersion,
  kOrder,
  kSubdtype,
  kNames,
  kFields,
  kItemBytes,
  kAlignment,
  kFlags,
  kMetadata
};
constexpr std::size_t kPlainParts = 8;
constexpr std::size_t kTimeParts = 9;
constexpr std::string_view kDtype = "numpy.dtype";

// The units of datetime64 and timedelta64; "generic" is none.
constexpr auto kTimeUnits =
    std::to_array<std::string_view>({"Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"});

bool IsFlag(const Node& node) {
  return node.type == ValueType::kBool ||
         (node.type == ValueType::kInt && (node.flags & kBigInt) == 0 && (node.integer == 0 || node.integer == 1));
}

bool IsTime(char kind) { return kind == 'M' || kind == 'm'; }
bool HasLength(char kind) { return kind == 'U' || kind == 'S' || kind == 'V'; }

void RequireNumber(const Arguments& state, std::size_t part, std::string_view what, std::int64_t wanted) {
  if (state.Integer(part, what) == wanted) return;
  state.Fail(RefusalKind::kValueType, std::string(what) + " is not " + std::to_string(wanted));
}

// DEV-731
void RequirePlain(const Arguments& state) {
  for (const std::size_t part : {kSubdtype, kNames, kFields}) {
    if (state.NodeAt(part).type != ValueType::kNone) {
      state.Fail(RefusalKind::kValueType, "a structured dtype, of fields or of arrays, is not read");
    }
  }
}

// True for '>'. Bytes stand for text where Python 2 wrote it.
bool ReadOrder(const State& machine, const Arguments& state, std::uint8_t unit) {
  const std::string_view order = TextOrAscii(machine, state[kOrder]);
  const bool right = unit == 1 ? order == "|" : order == "<" || order == ">";
  if (!right) {
    state.Fail(RefusalKind::kValueType,
               unit == 1 ? "the byte order is not '|'" : "the byte order is neither '<' nor '>'");
  }
  return order == ">";
}

bool IsEmpty(const Node& node) { return node.type == ValueType::kNone || (IsDict(node.type) && node.count == 0); }

// (metadata, (unit, number, 1, 1)): "[25s]", or "" for the unit "generic".
std::string ReadTimeUnit(State& machine, const Arguments& state) {
  const Node& metadata = state.NodeAt(kMetadata);
  const auto pair = metadata.type == ValueType::kTuple ? machine.graph.ItemsOf(metadata) : std::span<const Ref>{};
  if (pair.size() != 2 || !IsEmpty(machine.graph[pair[0]])) {
    state.Fail(RefusalKind::kValueType, "the metadata are not those of a time");
  }
  const Node& parts = machine.graph[pair[1]];
  if (parts.type != ValueType::kTuple || parts.count != 4) {
    state.Fail(RefusalKind::kValueType, "the unit of time is no tuple of four");
  }
  const Arguments unit(machine, kDtype, machine.graph.ItemsOf(parts));
  const std::string_view name = TextOrAscii(machine, unit[0]);
  const std::int64_t number = unit.Integer(1, "the number of units");
  const bool known = std::ranges::find(kTimeUnits, name) != kTimeUnits.end();
  const bool fits = number >= 1 && number <= std::numeric_limits<std::int32_t>::max();
  if (!known || !fits || (name == "generic" && number != 1)) {
    unit.Fail(RefusalKind::kValueType, "there is no such unit of time");
  }
  RequireNumber(unit, 2, "the divisor of the unit", 1);
  RequireNumber(unit, 3, "the number of events", 1);
  if (name == "generic") return {};
  return "[" + (number == 1 ? std::string() : std::to_string(number)) + std::string(name) + "]";
}

// The items of `update`, which must be what numpy gives for this kind.
Arguments ReadState(State& machine, Ref update, char kind) {
  const Node& node = machine.graph[update];
  if (node.type != ValueType::kTuple) {
    RefuseHere(machine, RefusalKind::kValueType,
               "the state of numpy.dtype is " + std::string(TypeName(node.type)) + ", no tuple");
  }
  const Arguments state(machine, kDtype, machine.graph.ItemsOf(node));
  const bool time = IsTime(kind);
  state.RequireCount(time ? kTimeParts : kPlainParts, kTimeParts);
  RequireNumber(state, kVersion, "the version of the state", state.size() == kTimeParts ? 4 : 3);
  if (!time && state.size() == kTimeParts && !IsEmpty(state.NodeAt(kMetadata))) {
    state.Fail(RefusalKind::kValueType, "a dtype with metadata is not read");
  }
  return state;
}

NumpyDtypeRecord& RecordAt(State& state, Ref dtype) { return state.graph.numpy_dtypes[state.graph[dtype].at]; }

policy::NumpyDtypeAnswer RequireCode(const State& state, const Arguments& arguments) {
  const auto answer = policy::NumpyDtypeOf(TextOrAscii(state, arguments[0]));
  if (!answer) arguments.Fail(RefusalKind::kValueType, "the argument is no dtype as numpy writes it");
  return *answer;
}

std::uint32_t AddName(State& state, std::string text) {
  Graph& graph = state.graph;
  const auto name = static_cast<std::uint32_t>(graph.names.size());
  graph.owned_names.push_back(std::make_unique<std::string>(std::move(text)));
  graph.names.push_back({.text = *graph.owned_names.back(), .tag = 0});
  return name;
}

[[noreturn]] void RefuseClass(const State& state, const std::string& path) {
  RefuseHere(state, RefusalKind::kPolicyBuild,
             "sets the state of a dtype of numpy, whose class `" + path +
                 "` is not on the user's list; no file names that class: allow it beside numpy.dtype");
}

}  // namespace

// DEV-732. Two flags stand behind the code; numpy has written them as numbers, too.
Ref CallNumpyDtype(State& state, const Arguments& arguments) {
  arguments.RequireCount(3, 3);
  const policy::NumpyDtypeAnswer answer = RequireCode(state, arguments);
  if (!IsFlag(arguments.NodeAt(1)) || !IsFlag(arguments.NodeAt(2))) {
    arguments.Fail(RefusalKind::kValueType, "a flag is no bool");
  }
  state.graph.ChargeMemory(sizeof(NumpyDtypeRecord), state.offset);
  Node node(ValueType::kNumpyDtype);
  node.at = static_cast<std::uint32_t>(state.graph.numpy_dtypes.size());
  const auto name = static_cast<std::uint32_t>(state.graph.names.size());
  state.graph.names.push_back({.text = kDtype, .tag = 0});
  state.graph.numpy_dtypes.push_back({.name = name,
                                      .item_bytes = answer.item_bytes,
                                      .native = node.at,
                                      .kind = answer.dtype->kind(),
                                      .unit = answer.dtype->unit,
                                      .big_endian = false,
                                      .built = false});
  return AddNode(state, node);
}

std::uint32_t AddBuiltDtype(State& state, const NumpyDtypeRecord& like, std::string_view suffix) {
  std::string text(1, like.unit == 1 ? '|' : like.big_endian ? '>' : '<');
  text.push_back(like.kind);
  text += std::to_string(like.kind == 'U' ? like.item_bytes / 4 : like.item_bytes);
  text += suffix;
  state.graph.ChargeMemory(sizeof(NumpyDtypeRecord) + sizeof(std::string) + text.size(), state.offset);
  const auto index = static_cast<std::uint32_t>(state.graph.numpy_dtypes.size());
  NumpyDtypeRecord record = like;
  record.name = AddName(state, std::move(text));
  record.native = index;
  record.built = true;
  state.graph.numpy_dtypes.push_back(record);
  return index;
}

std::uint32_t DtypeArgument(const State& state, const Arguments& arguments, std::size_t index) {
  const Node& node = arguments.NodeAt(index);
  if (node.type != ValueType::kNumpyDtype) arguments.FailType(index, "the dtype");
  if (!state.graph.numpy_dtypes[node.at].built) {
    arguments.Fail(RefusalKind::kValueType, "the dtype has no byte order yet");
  }
  return node.at;
}

void RequireDtypeClass(const State& state, Ref arguments) {
  const Node& tuple = state.graph[arguments];
  const std::string_view code = tuple.count == 0 ? "" : TextOrAscii(state, state.graph.ItemsOf(tuple)[0]);
  const auto answer = policy::NumpyDtypeOf(code);
  if (!answer) {
    RefuseHere(
        state, RefusalKind::kPolicyBuild,
        "sets the state of numpy.dtype('" + EscapeForTerminal(code.substr(0, 40)) + "'), whose class is not known");
  }
  const std::string path = policy::NumpyClassOf(*answer->dtype, state.policy.numpy);
  if (!policy::UserAllows(state.policy, path)) RefuseClass(state, path);
}

void BuildNumpyDtype(State& state, Ref target, Ref update) {
  const NumpyDtypeRecord dtype = RecordAt(state, target);
  const std::string code =
      std::string(1, dtype.kind) + (HasLength(dtype.kind) ? "0" : std::to_string(dtype.item_bytes));
  const std::string path = policy::NumpyClassOf(*policy::NumpyDtypeOf(code)->dtype, state.policy.numpy);
  if (!policy::UserAllows(state.policy, path)) RefuseClass(state, path);
  if (dtype.built) RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of a dtype of numpy twice");
  const Arguments parts = ReadState(state, update, dtype.kind);
  RequirePlain(parts);
  if (dtype.kind == 'O') {
    parts.Fail(RefusalKind::kValueType, "a dtype of Python objects is not read: its elements are no bytes");
  }
  NumpyDtypeRecord built = dtype;
  built.big_endian = ReadOrder(state, parts, dtype.unit);
  const bool length = HasLength(dtype.kind);
  RequireNumber(parts, kItemBytes, "the size of an element", length ? std::int64_t{dtype.item_bytes} : -1);
  RequireNumber(parts, kAlignment, "the alignment", length ? std::int64_t{dtype.unit} : -1);
  const std::int64_t flags = parts.Integer(kFlags, "the flags");
  if (flags < 0 || flags > 255) parts.Fail(RefusalKind::kValueType, "the flags are no byte");
  const std::string suffix = IsTime(dtype.kind) ? ReadTimeUnit(state, parts) : std::string();
  const std::uint32_t index = AddBuiltDtype(state, built, suffix);
  if (built.big_endian) {
    built.big_endian = false;
    const std::uint32_t native = AddBuiltDtype(state, built, suffix);
    state.graph.numpy_dtypes[index].native = native;
  }
  RecordAt(state, target) = state.graph.numpy_dtypes[index];
}

}  // namespace weightsonly::machine
