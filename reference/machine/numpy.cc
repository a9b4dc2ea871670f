// Floor 5. Arrays and scalars of numpy. SPEC.md chapter 5.
#include "machine/numpy.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "base/checked.h"
#include "machine/arguments.h"
#include "machine/inert.h"
#include "machine/numpy_dtype.h"
#include "machine/persistent_id.h"
#include "policy/numpy.h"

namespace weightsonly::machine {
namespace {

using policy::NumpyGlobal;

constexpr std::string_view kNdarray = "numpy.ndarray";

NumpyGlobal GlobalOfNumpy(const State& state, Ref ref) {
  const Node& node = state.graph[ref];
  if (node.type != ValueType::kObject || node.small != static_cast<std::uint8_t>(Object::Made::kClass)) {
    return NumpyGlobal::kNone;
  }
  return policy::NumpyGlobalOf(InertName(state.graph, ref));
}

Ref AddArray(State& state, const NdarrayRecord& array) {
  state.graph.ChargeMemory(sizeof array, state.offset);
  Node node(ValueType::kNdarray);
  node.at = static_cast<std::uint32_t>(state.graph.ndarrays.size());
  state.graph.ndarrays.push_back(array);
  return AddNode(state, node);
}

// A kBytes node over a copy that the caller fills.
Ref AddBytes(State& state, std::size_t size) {
  state.graph.ChargeMemory(size, state.offset);
  Node node(ValueType::kBytes);
  node.flags = kOwnedBytes;
  node.at = static_cast<std::uint32_t>(state.graph.blobs.size());
  node.count = static_cast<std::uint32_t>(size);
  state.graph.blobs.append(size);
  return AddNode(state, node);
}

std::span<std::byte> OwnedBytes(State& state, Ref bytes) {
  const Node& node = state.graph[bytes];
  return {state.graph.blobs.data() + node.at, node.count};
}

// NPY-007. The elements in little-endian order: numpy turns arrays to that of the host while it loads them.
Ref LittleEndian(State& state, Ref bytes, const NumpyDtypeRecord& dtype) {
  if (!dtype.big_endian) return bytes;
  const std::uint32_t size = state.graph[bytes].count;
  state.graph.ChargeSteps(size / 16 + 1, state.offset);
  const Ref turned = AddBytes(state, size);
  const std::span<std::byte> out = OwnedBytes(state, turned);
  if (size != 0) std::memcpy(out.data(), state.graph.TextOf(state.graph[bytes]).data(), size);
  for (std::size_t at = 0; at < out.size(); at += dtype.unit) std::ranges::reverse(out.subspan(at, dtype.unit));
  return turned;
}

// The bytes of `count` elements of `dtype` in argument `index`. Refuses value.type, storage.size-mismatch.
Ref ElementsArgument(State& state, const Arguments& arguments, std::size_t index, std::uint64_t count,
                     const NumpyDtypeRecord& dtype) {
  if (arguments.NodeAt(index).type != ValueType::kBytes) arguments.FailType(index, "the data");
  const std::uint64_t have = arguments.NodeAt(index).count;
  std::uint64_t wanted = 0;
  if (!CheckedMul(count, dtype.item_bytes, &wanted) || wanted != have) {
    arguments.Fail(RefusalKind::kStorageSizeMismatch, std::to_string(count) + " elements of " +
                                                          std::to_string(dtype.item_bytes) + " bytes have " +
                                                          std::to_string(have) + " bytes of data");
  }
  return LittleEndian(state, arguments[index], dtype);
}

// NPY-008. A text or a byte string is a scalar without the NULs at its end, and a text is made of code points.
std::uint32_t ScalarLength(const Arguments& arguments, std::string_view bytes, const NumpyDtypeRecord& dtype) {
  if (dtype.kind != 'U' && dtype.kind != 'S') return dtype.item_bytes;
  std::size_t length = bytes.find_last_not_of('\0') + 1;
  if (dtype.kind == 'S') return static_cast<std::uint32_t>(length);
  length = (length + 3) / 4 * 4;
  constexpr unsigned char kHighestPlane = 0x10;
  for (std::size_t at = 0; at < length; at += 4) {
    if (bytes[at + 3] != 0 || static_cast<unsigned char>(bytes[at + 2]) > kHighestPlane) {
      arguments.Fail(RefusalKind::kValueType, "the text has a number that is no character");
    }
  }
  return static_cast<std::uint32_t>(length);
}

// scalar(dtype, bytes)
Ref CallScalar(State& state, const Arguments& arguments) {
  arguments.RequireCount(2, 2);
  std::uint32_t dtype = DtypeArgument(state, arguments, 0);
  const Ref bytes = ElementsArgument(state, arguments, 1, 1, state.graph.numpy_dtypes[dtype]);
  dtype = state.graph.numpy_dtypes[dtype].native;
  const NumpyDtypeRecord record = state.graph.numpy_dtypes[dtype];
  const std::string_view text = state.graph.TextOf(state.graph[bytes]);
  if (record.kind == 'b' && static_cast<unsigned char>(text[0]) > 1) {  // DEV-734
    arguments.Fail(RefusalKind::kValueType, "a bool is neither 0 nor 1");
  }
  const std::uint32_t length = ScalarLength(arguments, text, record);
  Ref elements = bytes;
  if (length != record.item_bytes) {
    Node shorter = state.graph[bytes];
    shorter.count = length;
    shorter.extra = 0;  // other bytes, another key class
    elements = AddNode(state, shorter);
    NumpyDtypeRecord like = record;
    like.item_bytes = length;
    dtype = AddBuiltDtype(state, like, "");
  }
  return AddArray(state, {.dtype = dtype,
                          .bytes = elements,
                          .dims_at = 0,
                          .ndim = 0,
                          .column_major = false,
                          .scalar = true,
                          .built = true});
}

// _reconstruct(numpy.ndarray, (0,), b"b"), and nothing else (DEV-732): an array that waits for its BUILD.
Ref CallReconstruct(State& state, const Arguments& arguments) {
  arguments.RequireCount(3, 3);
  if (GlobalOfNumpy(state, arguments[0]) != NumpyGlobal::kNdarray) {  // DEV-731
    arguments.Fail(RefusalKind::kValueType, "the class is not numpy.ndarray: subclasses of it are not read");
  }
  const Node& shape = arguments.NodeAt(1);
  const bool one = shape.type == ValueType::kTuple && shape.count == 1;
  const Node* size = one ? &state.graph[state.graph.ItemsOf(shape)[0]] : nullptr;
  if (size == nullptr || size->type != ValueType::kInt || (size->flags & kBigInt) != 0 || size->integer != 0) {
    arguments.Fail(RefusalKind::kValueType, "the shape is not (0,)");
  }
  if (TextOrAscii(state, arguments[2]) != "b") arguments.Fail(RefusalKind::kValueType, "the type code is not b'b'");
  return AddArray(state, {.dtype = 0,
                          .bytes = Graph::kNone,
                          .dims_at = 0,
                          .ndim = 0,
                          .column_major = false,
                          .scalar = false,
                          .built = false});
}

// Copies the shape of argument `index` into graph.dims; returns the number of elements, at most 2^63 - 1.
std::uint64_t ReadShape(State& state, const Arguments& arguments, std::size_t index, NdarrayRecord& array) {
  const Node& shape = arguments.NodeAt(index);
  if (shape.type != ValueType::kTuple) arguments.FailType(index, "the shape");
  const std::uint32_t most = policy::NumpyDimensions(state.policy.numpy);
  if (shape.count > most) {
    arguments.Fail(RefusalKind::kTensorShape,
                   std::to_string(shape.count) + " dimensions, more than " + std::to_string(most));
  }
  const Arguments sizes(state, kNdarray, state.graph.ItemsOf(shape));
  state.graph.ChargeMemory(shape.count * sizeof(std::int64_t), state.offset);
  array.ndim = shape.count;
  array.dims_at = static_cast<std::uint32_t>(state.graph.dims.size());
  std::uint64_t numel = 1;
  bool empty = false;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t size = sizes.Integer(i, "a size");
    if (size < 0) arguments.Fail(RefusalKind::kTensorShape, "a size is negative");
    if (size == 0) {
      empty = true;
    } else if (!CheckedMul(numel, static_cast<std::uint64_t>(size), &numel) ||
               numel > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      arguments.Fail(RefusalKind::kTensorOverflow, "the number of elements does not fit 64 bits");
    }
    state.graph.dims.push_back(size);
  }
  return empty ? 0 : numel;
}

// Whether column-major order differs from row-major order.
bool OrderMatters(const State& state, const NdarrayRecord& array, std::uint64_t numel) {
  const auto shape = state.graph.dims.view(array.dims_at, array.ndim);
  return numel != 0 && std::ranges::count_if(shape, [](std::int64_t size) { return size > 1; }) > 1;
}

}  // namespace

std::optional<Ref> CallNumpy(State& state, Ref function, Ref tuple) {
  const NumpyGlobal global = GlobalOfNumpy(state, function);
  if (global == NumpyGlobal::kNone) return std::nullopt;
  RequireTuple(state, function, tuple);  // INE-002 lets TorchScript's calls have anything
  const Arguments arguments(state, InertName(state.graph, function), state.graph.ItemsOf(state.graph[tuple]));
  switch (global) {
    case NumpyGlobal::kDtype:
      return CallNumpyDtype(state, arguments);
    case NumpyGlobal::kReconstruct:
      return CallReconstruct(state, arguments);
    case NumpyGlobal::kScalar:
      return CallScalar(state, arguments);
    case NumpyGlobal::kNdarray:  // DEV-733
      arguments.Fail(RefusalKind::kPolicyUninitialised, "makes memory of a size and leaves it unfilled");
    case NumpyGlobal::kMasked:  // refused with its state, whose dtypes come first
      break;
    case NumpyGlobal::kBytes:  // NPY-009
      if (arguments.size() == 0) return AddBytes(state, 0);
      break;
    case NumpyGlobal::kNone:
      break;
  }
  return std::nullopt;
}

// DEV-733
void RefuseNumpyNewobj(const State& state, Ref type) {
  const NumpyGlobal global = GlobalOfNumpy(state, type);
  if (global == NumpyGlobal::kNdarray) {
    RefuseHere(state, RefusalKind::kPolicyUninitialised,
               "numpy.ndarray: makes memory of a size and leaves it unfilled");
  }
  if (global == NumpyGlobal::kDtype) RefuseHere(state, RefusalKind::kPolicyNewobj, "creates a numpy.dtype");
}

// (version, shape, dtype, is_fortran, data)
void BuildNdarray(State& state, Ref target, Ref update) {
  enum : std::uint8_t { kVersion, kShape, kDtype, kFortran, kData, kParts };
  const NdarrayRecord before = state.graph.ndarrays[state.graph[target].at];
  if (before.scalar) RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of a scalar of numpy");
  if (before.built) RefuseHere(state, RefusalKind::kPolicyBuild, "sets the state of an array of numpy twice");
  const Node& node = state.graph[update];
  if (node.type != ValueType::kTuple) {
    RefuseHere(state, RefusalKind::kValueType,
               "the state of numpy.ndarray is " + std::string(TypeName(node.type)) + ", no tuple");
  }
  const Arguments parts(state, kNdarray, state.graph.ItemsOf(node));
  parts.RequireCount(kParts, kParts);
  if (parts.Integer(kVersion, "the version of the state") != 1) {
    parts.Fail(RefusalKind::kValueType, "the version of the state is not 1");
  }
  const std::uint32_t dtype = DtypeArgument(state, parts, kDtype);
  const bool fortran = parts.Boolean(kFortran, RefusalKind::kValueType, "the order");
  NdarrayRecord array = before;
  const std::uint64_t numel = ReadShape(state, parts, kShape, array);
  array.bytes = ElementsArgument(state, parts, kData, numel, state.graph.numpy_dtypes[dtype]);
  array.dtype = state.graph.numpy_dtypes[dtype].native;
  array.column_major = fortran && OrderMatters(state, array, numel);
  array.built = true;
  state.graph.ndarrays[state.graph[target].at] = array;
}

// DEV-731
void RefuseNumpyBuild(const State& state, Ref target) {
  if (policy::NumpyGlobalOf(InertName(state.graph, target)) != NumpyGlobal::kMasked) return;
  RefuseHere(state, RefusalKind::kValueType, "a masked array of numpy is not read");
}

void RefuseUnbuiltNumpy(const State& state) {
  const auto unbuilt = [](const auto& record) { return !record.built; };
  if (std::ranges::any_of(state.graph.numpy_dtypes, unbuilt) || std::ranges::any_of(state.graph.ndarrays, unbuilt)) {
    RefuseHere(state, RefusalKind::kPickleStopUnbuilt, "a dtype or array of numpy was created, and no BUILD followed");
  }
}

}  // namespace weightsonly::machine
