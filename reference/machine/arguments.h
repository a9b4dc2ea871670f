// Floor 5. The arguments of one call, with typed access that refuses value.arity and value.type. SPEC.md chapter 5
// (CAL-001).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "machine/state.h"

namespace weightsonly::machine {

// A view of a call's argument tuple. Valid until graph.refs grows: read the arguments first, then make nodes.
class Arguments {
 public:
  Arguments(State& state, std::string_view function, std::span<const Ref> items)
      : state_(state), function_(function), items_(items) {}

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] Ref operator[](std::size_t index) const { return items_[index]; }
  [[nodiscard]] const Node& NodeAt(std::size_t index) const { return state_.graph[items_[index]]; }

  // value.arity unless there are `least` to `most` arguments.
  void RequireCount(std::size_t least, std::size_t most) const;
  // An int (no bool) that fits 64 bits.
  [[nodiscard]] std::int64_t Integer(std::size_t index, std::string_view what) const;
  [[nodiscard]] bool Boolean(std::size_t index, RefusalKind kind, std::string_view what) const;
  // The text of a str.
  [[nodiscard]] std::string_view Text(std::size_t index, std::string_view what) const;
  // The items of a tuple, list or torch.Size; their number is charged as steps.
  [[nodiscard]] std::span<const Ref> Sequence(std::size_t index, std::string_view what) const;

  // Refuses `kind`: "torch._utils._rebuild_tensor_v2: <what>".
  [[noreturn]] void Fail(RefusalKind kind, std::string_view what) const;
  // Refuses value.type: "<function>: <what> is <type>".
  [[noreturn]] void FailType(std::size_t index, std::string_view what) const;

 private:
  State& state_;
  std::string_view function_;
  std::span<const Ref> items_;
};

// Python's truth: None, False, 0, 0.0, 0j and empty containers and texts are false.
[[nodiscard]] bool IsTruthy(const Graph& graph, Ref ref);

// The kinds of call that REDUCE makes. Each takes the arguments, makes the value and returns its node.
Ref CallOrderedDict(State& state, const Arguments& arguments);
Ref CallCounter(State& state, const Arguments& arguments);
Ref CallSet(State& state, const Arguments& arguments);
Ref CallBytearray(State& state, const Arguments& arguments);
Ref CallComplex(State& state, const Arguments& arguments);
Ref CallEncode(State& state, const Arguments& arguments);
Ref CallSize(State& state, const Arguments& arguments);
Ref CallDevice(State& state, const Arguments& arguments);
Ref CallGetLayout(State& state, const Arguments& arguments);
Ref CallRebuildTensor(State& state, const Arguments& arguments);
Ref CallRebuildTensorV2(State& state, const Arguments& arguments);
Ref CallRebuildTensorV3(State& state, const Arguments& arguments);
Ref CallRebuildParameter(State& state, const Arguments& arguments);
Ref CallRebuildMetaTensor(State& state, const Arguments& arguments);
Ref CallRebuildQtensor(State& state, const Arguments& arguments);
Ref CallRebuildParameterWithState(State& state, const Arguments& arguments);
Ref CallRebuildFromTypeV2(State& state, const Arguments& arguments);
Ref CallRebuildDeviceTensorFromCpuTensor(State& state, const Arguments& arguments);
Ref CallRebuildDeviceTensorFromNumpy(State& state, const Arguments& arguments);
Ref CallRebuildWrapperSubclass(State& state, const Arguments& arguments);
Ref CallRebuildSparseTensor(State& state, const Arguments& arguments);
Ref CallSparseClass(State& state, const Arguments& arguments);

}  // namespace weightsonly::machine
