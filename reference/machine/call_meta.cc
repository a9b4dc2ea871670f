// Floor 5. Tensors on the meta device that were saved without a storage. SPEC.md chapter 5 (MTA-001 to MTA-003).
//
// Not here: views of storages that are tagged `meta`, which call_tensor.cc makes like all others.
#include <span>
#include <string>

#include "machine/arguments.h"
#include "machine/rebuild.h"
#include "machine/state.h"
#include "value/geometry.h"

namespace weightsonly::machine {

void LeaveWithoutStorage(State& state, const Arguments& arguments, TensorRecord& tensor) {
  GeometryFault fault;
  const auto shape = state.graph.ShapeOf(tensor);
  if (!CountElements(shape, tensor.numel, fault)) arguments.Fail(fault.kind, fault.detail);
  const std::span<std::int64_t> stride(state.graph.dims.data() + tensor.dims_at + tensor.ndim, tensor.ndim);
  if (!NormaliseStride(shape, stride, false)) {
    arguments.Fail(RefusalKind::kTensorOverflow, "a row-major stride does not fit 63 bits");
  }
  tensor.storage = kNoStorage;
}

// MTA-001. _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad)
Ref CallRebuildMetaTensor(State& state, const Arguments& arguments) {
  arguments.RequireCount(4, 4);
  if (arguments.NodeAt(0).type != ValueType::kDtype) {  // DEV-506: for None torch takes its default dtype of the moment
    arguments.Fail(RefusalKind::kTensorDtype, "the dtype is " + std::string(TypeName(arguments.NodeAt(0).type)));
  }
  TensorRecord tensor{};
  tensor.dtype = static_cast<Dtype>(arguments.NodeAt(0).small);
  RequireReadable(arguments, tensor.dtype);
  ReadDimensions(state, arguments, 1, true, tensor);
  LeaveWithoutStorage(state, arguments, tensor);
  tensor.requires_grad = RequiresGrad(arguments, 3, tensor.dtype);
  return AddTensor(state, tensor);
}

}  // namespace weightsonly::machine
