// Floor 5. Inert objects. SPEC.md chapter 5.
#include "machine/inert.h"

#include <memory>
#include <utility>

#include "base/text.h"
#include "machine/numpy.h"
#include "machine/subject.h"
#include "value/value.h"

namespace weightsonly::machine {
namespace {

using Made = Object::Made;

Ref AddObject(State& state, Made made, std::uint32_t name, Ref arguments) {
  Graph& graph = state.graph;
  graph.ChargeMemory(sizeof(ObjectRecord), state.offset);
  Node node(ValueType::kObject);
  node.small = static_cast<std::uint8_t>(made);
  node.at = static_cast<std::uint32_t>(graph.objects.size());
  const Ref added = AddNode(state, node);
  graph.objects.push_back({.record = graph.record,
                           .offset = state.offset - graph.record_start,
                           .node = added,
                           .name = name,
                           .arguments = arguments,
                           .state = kNoPart,
                           .items = kNoPart,
                           .pairs = kNoPart});
  return added;
}

// INE-001. An instance of the class that `type` names.
Ref AddInstance(State& state, Made made, Ref type, Ref arguments) {
  return AddObject(state, made, state.graph.ObjectOf(state.graph[type]).name, arguments);
}

// "the class `__torch__.Net`", "NoneType": what a message calls a value that cannot take something.
std::string Describe(const State& state, Ref ref) {
  if (!IsInertClass(state.graph, ref)) return std::string(TypeName(state.graph[ref].type));
  return "the class `" + EscapeForTerminal(InertName(state.graph, ref)) + "`";
}

// INE-004. A part of an instance that collects what is appended or set.
struct Filling {
  Ref ObjectRecord::* part;
  ValueType type;
  RefusalKind refusal;
  std::string_view what;
  bool allowed;
};

Ref PartOfInert(State& state, Ref target, const Filling& filling) {
  if (IsInertClass(state.graph, target) || !filling.allowed) {
    const std::string_view instance = IsInertClass(state.graph, target) ? "" : "an object of ";
    const std::string name = EscapeForTerminal(InertName(state.graph, target));
    RefuseHere(state, filling.refusal,
               std::string(filling.what).append(instance).append("the class `").append(name).append("`"));
  }
  const std::uint32_t at = state.graph[target].at;
  if (state.graph.objects[at].*filling.part == kNoPart) {
    const Ref made = AddNode(state, Node(filling.type));
    state.graph.objects[at].*filling.part = made;
  }
  return state.graph.objects[at].*filling.part;
}

}  // namespace

Ref AddInertClass(State& state, std::string path, policy::ScriptGlobal script) {
  Graph& graph = state.graph;
  graph.ChargeMemory(sizeof(std::string) + path.size(), state.offset);
  const auto name = static_cast<std::uint32_t>(graph.names.size());
  graph.owned_names.push_back(std::make_unique<std::string>(std::move(path)));
  graph.names.push_back({.text = *graph.owned_names.back(), .tag = static_cast<std::uint32_t>(script)});
  return AddObject(state, Made::kClass, name, kNoPart);
}

// INE-002. TorchScript gives an enum its value alone, not in a tuple.
Ref CallInert(State& state, Ref function, Ref arguments) {
  Graph& graph = state.graph;
  if (!IsInertClass(graph, function)) {
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
  if (state.policy.numpy != policy::Numpy::kOff) {
    if (const std::optional<Ref> made = CallNumpy(state, function, arguments)) return *made;
  }
  if (state.vocabulary == Vocabulary::kCheckpoint) RequireTuple(state, function, arguments);
  return AddInstance(state, Made::kReduce, function, arguments);
}

// DEV-417: what a call gave is no class.
Ref CreateInert(State& state, Ref type, Ref arguments) {
  if (!IsInertClass(state.graph, type)) {
    RefuseAbout(state, RefusalKind::kPolicyNewobj,
                "creates an object of " + Describe(state, type) + ", which is no class", StrSubject(state, type));
  }
  RequireTuple(state, type, arguments);
  if (state.policy.numpy != policy::Numpy::kOff) RefuseNumpyNewobj(state, type);
  if (state.behaviour.must_be_built && policy::MustBeBuilt(InertName(state.graph, type))) state.has_pending = true;
  return AddInstance(state, Made::kNewobj, type, arguments);
}

// INE-003, DEV-415, NPY-004.
void BuildInert(State& state, Ref target, Ref update) {
  ObjectRecord& object = state.graph.objects[state.graph[target].at];
  if (IsInertClass(state.graph, target)) {
    RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of " + Describe(state, target));
  }
  const bool checkpoint = state.vocabulary == Vocabulary::kCheckpoint;
  if (checkpoint && InertName(state.graph, target) == "numpy.dtype") RequireDtypeClass(state, object.arguments);
  if (state.policy.numpy != policy::Numpy::kOff) RefuseNumpyBuild(state, target);
  if (object.state != kNoPart) RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of an object twice");
  object.state = update;
}

// SET-001: torch.load appends to exact lists alone.
Ref ItemsOfInert(State& state, Ref target) {
  return PartOfInert(state, target,
                     {.part = &ObjectRecord::items,
                      .type = ValueType::kList,
                      .refusal = RefusalKind::kPolicyAppendTarget,
                      .what = "appends to ",
                      .allowed = state.vocabulary == Vocabulary::kTorchScript});
}

// SET-002, POL-009.
Ref PairsOfInert(State& state, Ref target) {
  return PartOfInert(state, target,
                     {.part = &ObjectRecord::pairs,
                      .type = ValueType::kDict,
                      .refusal = RefusalKind::kPolicySetitemTarget,
                      .what = "sets an item of ",
                      .allowed = state.vocabulary == Vocabulary::kTorchScript || state.behaviour.setitem_of_any});
}

// POL-016.
void RefusePending(const State& state) {
  RefuseUnbuiltNumpy(state);
  if (!state.has_pending) return;
  for (const ObjectRecord& object : state.graph.objects) {
    const auto made = static_cast<Made>(state.graph[object.node].small);
    const std::string_view name = state.graph.names[object.name].text;
    if (made == Made::kNewobj && object.state == kNoPart && policy::MustBeBuilt(name)) {
      RefuseHere(state, RefusalKind::kPickleStopUnbuilt,
                 "an object of `" + EscapeForTerminal(name) + "` was created, and no BUILD followed");
    }
  }
}

void RequireTuple(const State& state, Ref function, Ref arguments) {
  const ValueType type = state.graph[arguments].type;
  if (type == ValueType::kTuple || type == ValueType::kSize) return;
  RefuseHere(state, RefusalKind::kValueType,
             "the arguments of " + Describe(state, function) + " are " + std::string(TypeName(type)) + ", no tuple");
}

bool IsInertClass(const Graph& graph, Ref ref) {
  return graph[ref].type == ValueType::kObject && graph[ref].small == static_cast<std::uint8_t>(Made::kClass);
}

std::string_view InertName(const Graph& graph, Ref ref) { return graph.names[graph.ObjectOf(graph[ref]).name].text; }

}  // namespace weightsonly::machine
