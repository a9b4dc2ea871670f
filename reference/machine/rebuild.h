// Floor 5. What the rebuild functions share. SPEC.md chapter 5 (RBT-001 to RBT-006).
#pragma once

#include <cstddef>
#include <string>

#include "machine/arguments.h"
#include "machine/state.h"
#include "value/graph.h"

namespace weightsonly::machine {

// RBT-002. Copies the sizes of argument `at` and the strides of the one behind it into graph.dims and sets
// tensor.dims_at and tensor.ndim. No stride (None or an empty tuple) is row-major unless `needs_stride`. Refuses
// value.type, tensor.shape, tensor.overflow, limit.memory.
void ReadDimensions(State& state, const Arguments& arguments, std::size_t at, bool needs_stride, TensorRecord& tensor);
// MTA-001, MTA-002. Makes the tensor, whose dimensions were read, one without a storage: nothing is reached, so its
// sizes only have to count and its strides to be numbers; a negative one becomes the row-major one. Refuses
// tensor.shape, tensor.overflow.
void LeaveWithoutStorage(State& state, const Arguments& arguments, TensorRecord& tensor);
// RBT-001. A view of the storage in argument 0, by the offset, size and stride behind it.
TensorRecord ReadView(State& state, const Arguments& arguments, Dtype dtype);
// RBT-003. Argument 0 is a storage that the file supplies. Returns its dtype.
Dtype RequireStorage(const Arguments& arguments);
// RBT-005. Argument `index` is strictly a bool, and True only where gradients exist. Refuses tensor.requires-grad.
bool RequiresGrad(const Arguments& arguments, std::size_t index, Dtype dtype);
// RBT-005. Refuses tensor.requires-grad when gradients do not exist for `dtype`.
void RequireGradients(const Arguments& arguments, Dtype dtype);
// RBT-009. Argument `index` is a tensor or parameter that has its storage. Returns its dtype. Refuses value.type,
// tensor.state.
Dtype RequireTensor(const State& state, const Arguments& arguments, std::size_t index);
// RBT-009. A new parameter over the data of argument 0, for which RequireTensor held.
Ref AddParameter(State& state, const Arguments& arguments, bool requires_grad);
// RBT-006, DEV-504. Refuses tensor.quantizer when `dtype` is a quantized one.
void RequireReadable(const Arguments& arguments, Dtype dtype);
// Adds a kTensor with the record `tensor`.
Ref AddTensor(State& state, const TensorRecord& tensor);
// A tensor of the graph as a part of another value: a node of its own over the same bytes, without requires_grad.
Ref AddPart(State& state, Ref tensor);
// DVT-002. The device in argument `index`, as map_location maps it: its name, or "" for None. Refuses value.type,
// tensor.device.
std::string DeviceArgument(State& state, const Arguments& arguments, std::size_t index);
// A parameter over the sparse tensor in argument 0; argument 1 says whether it requires grad.
Ref AddSparseParameter(State& state, const Arguments& arguments);

}  // namespace weightsonly::machine
