// Floor 5. Inert objects. SPEC.md chapter 5.
#include "machine/inert.h"

#include "machine/subject.h"

#include <memory>
#include <utility>

#include "base/text.h"
#include "value/value.h"

namespace weightsonly::machine {
namespace {

using Made = Object::Made;

bool IsClass(const Graph& graph, Ref ref) {
  return graph[ref].type == ValueType::kObject && graph[ref].small == static_cast<std::uint8_t>(Made::kClass);
}

Ref AddObject(State& state, Made made, const ObjectRecord& record) {
  state.graph.ChargeMemory(sizeof record, state.offset);
  Node node(ValueType::kObject);
  node.small = static_cast<std::uint8_t>(made);
  node.at = static_cast<std::uint32_t>(state.graph.objects.size());
  state.graph.objects.push_back(record);
  return AddNode(state, node);
}

// INE-001. An instance of the class that `type` names.
Ref AddInstance(State& state, Made made, Ref type, Ref arguments) {
  const std::uint32_t name = state.graph.ObjectOf(state.graph[type]).name;
  return AddObject(state, made,
                   {.name = name, .arguments = arguments, .state = kNoPart, .items = kNoPart, .pairs = kNoPart});
}

// "the class `__torch__.Net`", "NoneType": what a message calls a value that cannot take something.
std::string Describe(const State& state, Ref ref) {
  if (!IsClass(state.graph, ref)) return std::string(TypeName(state.graph[ref].type));
  return "the class `" + EscapeForTerminal(InertName(state.graph, ref)) + "`";
}

// INE-004. The part of an instance that collects what is appended or set.
Ref PartOfInert(State& state, Ref target, Ref ObjectRecord::* part, ValueType type, RefusalKind kind,
                std::string_view what) {
  if (IsClass(state.graph, target)) RefuseHere(state, kind, std::string(what) + Describe(state, target));
  const std::uint32_t at = state.graph[target].at;
  if (state.graph.objects[at].*part == kNoPart) {
    const Ref made = AddNode(state, Node(type));
    state.graph.objects[at].*part = made;
  }
  return state.graph.objects[at].*part;
}

}  // namespace

Ref AddInertClass(State& state, std::string path, policy::ScriptGlobal script) {
  Graph& graph = state.graph;
  graph.ChargeMemory(sizeof(std::string) + path.size(), state.offset);
  const auto name = static_cast<std::uint32_t>(graph.names.size());
  graph.owned_names.push_back(std::make_unique<std::string>(std::move(path)));
  graph.names.push_back({.text = *graph.owned_names.back(), .tag = static_cast<std::uint32_t>(script)});
  return AddObject(state, Made::kClass,
                   {.name = name, .arguments = kNoPart, .state = kNoPart, .items = kNoPart, .pairs = kNoPart});
}

// INE-002. TorchScript gives an enum its value alone, not in a tuple.
Ref CallInert(State& state, Ref function, Ref arguments) {
  Graph& graph = state.graph;
  if (!IsClass(graph, function)) {
    RefuseAbout(state, RefusalKind::kPolicyReduce,
                "calls " + Describe(state, function) + ", which is no function or class", StrSubject(state, function));
  }
  const auto script = static_cast<policy::ScriptGlobal>(graph.names[graph.ObjectOf(graph[function]).name].tag);
  if (script == policy::ScriptGlobal::kStorage) {
    RefuseHere(state, RefusalKind::kPolicyReduce, Describe(state, function) + " cannot be called");
  }
  if (script == policy::ScriptGlobal::kFirst) {  // TSC-004
    const Node& node = graph[arguments];
    if (node.type != ValueType::kTuple || node.count == 0) {
      RefuseHere(state, RefusalKind::kValueArity, Describe(state, function) + " was called without an argument");
    }
    return graph.ItemsOf(node)[0];
  }
  return AddInstance(state, Made::kReduce, function, arguments);
}

Ref CreateInert(State& state, Ref type, Ref arguments) {
  if (!IsClass(state.graph, type)) {
    RefuseAbout(state, RefusalKind::kPolicyNewobj,
                "creates an object of " + Describe(state, type) + ", which is no class", StrSubject(state, type));
  }
  if (state.graph[arguments].type != ValueType::kTuple) {
    RefuseHere(state, RefusalKind::kValueType,
               "the arguments of " + Describe(state, type) + " are " +
                   std::string(TypeName(state.graph[arguments].type)) + ", no tuple");
  }
  return AddInstance(state, Made::kNewobj, type, arguments);
}

// INE-003.
void BuildInert(State& state, Ref target, Ref update) {
  ObjectRecord& object = state.graph.objects[state.graph[target].at];
  if (IsClass(state.graph, target)) {
    RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of " + Describe(state, target));
  }
  if (object.state != kNoPart) RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of an object twice");
  object.state = update;
}

Ref ItemsOfInert(State& state, Ref target) {
  return PartOfInert(state, target, &ObjectRecord::items, ValueType::kList, RefusalKind::kPolicyAppendTarget,
                     "appends to ");
}

Ref PairsOfInert(State& state, Ref target) {
  return PartOfInert(state, target, &ObjectRecord::pairs, ValueType::kDict, RefusalKind::kPolicySetitemTarget,
                     "sets an item of ");
}

std::string_view InertName(const Graph& graph, Ref ref) { return graph.names[graph.ObjectOf(graph[ref]).name].text; }

}  // namespace weightsonly::machine
