// Floor 5. Values of numpy: what REDUCE and BUILD make of the names of numpy that the user allows. SPEC.md chapter 5
// (NPY-001 to NPY-010).
//
// An array or scalar stands for no number in torch's own calls (DEV-736).
//
// Reached only behind inert objects (machine/inert.h): a file that names nothing of the user's costs nothing more.
#pragma once

#include <optional>

#include "machine/state.h"

namespace weightsonly::machine {

// NPY-002. REDUCE of the inert class `function` with `arguments`, in TorchScript's vocabulary a tuple or not: an array,
// scalar or dtype, or nothing when it is no name of numpy that makes one. Only with Policy::numpy on. Refuses
// value.type, value.arity, storage.size-mismatch, policy.uninitialised.
std::optional<Ref> CallNumpy(State& state, Ref function, Ref arguments);
// NPY-002. NEWOBJ, likewise; no pickler writes it.
void RefuseNumpyNewobj(const State& state, Ref type);

// NPY-004, DEV-730. BUILD of what an inert `numpy.dtype` made of `arguments`. Refuses policy.build unless its class is
// allowed.
void RequireDtypeClass(const State& state, Ref arguments);

// NPY-005, NPY-006. BUILD of a kNumpyDtype and of a kNdarray. Refuse policy.build, value.type, value.arity,
// tensor.shape, tensor.overflow, storage.size-mismatch.
void BuildNumpyDtype(State& state, Ref target, Ref update);
void BuildNdarray(State& state, Ref target, Ref update);

// BUILD of the inert object `target`, with Policy::numpy on: refuses value.type for a masked array.
void RefuseNumpyBuild(const State& state, Ref target);

// NPY-010. Refuses pickle.stop-unbuilt at STOP when a dtype or an array has no state.
void RefuseUnbuiltNumpy(const State& state);

}  // namespace weightsonly::machine
