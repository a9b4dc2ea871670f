// Floor 5. VAL-003: what calls make out of other values is counted byte by byte. Each row says by hand what its pickle
// makes: the records, the numbers, the names and the copied bytes.
#include <cstdint>
#include <string>
#include <vector>

#include "policy/allowlist.h"
#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"
#include "tests/machine/numpy_pickles.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;
namespace np = numpy_pickles;

constexpr std::uint64_t kTensorBytes = sizeof(TensorRecord);
constexpr std::uint64_t kNumber = 8;                           // one of a shape or stride, a scale or a zero point
constexpr std::uint64_t kVector = kTensorBytes + 2 * kNumber;  // a tensor of one dimension
constexpr std::uint64_t kName = sizeof(std::string);           // and its characters

constexpr std::uint64_t kCpu = kName + 3;  // the device that the first storage names

// A class that only the user's list has: an object with the path of the class.
std::uint64_t Class(std::string_view path) { return sizeof(ObjectRecord) + kName + path.size(); }

const std::string kZero = "K\0"s;
const std::string kOne = "K\1\x85";
const std::string kTwo = "K\2\x85";
std::string TensorOver(const std::string& storage) {
  return as::Call("torch._utils._rebuild_tensor_v2", {storage, kZero, kTwo, kOne, as::kFalse, "}"});
}
const std::string kFloats = as::Storage("torch.FloatStorage", "0", 4);
const std::string kTensor = TensorOver(kFloats);
const std::string kLongs = as::Storage("torch.LongStorage", "1", 2);
const std::string kDoubles = as::Storage("torch.DoubleStorage", "7", 2);
const std::string kDict = as::Dict({"K\1", "N", "K\2", "N", "K\3", "N"});
const std::string kThree = as::List({"K\1", "K\2", "K\3"});
const std::string kAccents = as::Str("a\xc3\xa9\xc3\xa9");
const std::string kLatin1 = as::Str("latin1");

std::string Channels(const std::string& scales, const std::string& points, const std::string& size = kTwo,
                     const std::string& stride = kOne) {
  return as::Call("torch._utils._rebuild_qtensor",
                  {as::Storage("torch.QInt8Storage", "0", 16), kZero, size, stride,
                   as::Tuple({as::Global("torch.per_channel_affine"), scales, points, kZero}), as::kFalse, "}"});
}
// A hundred numbers that are all one.
const std::string kHundred = "K\x64\x85";
const std::string kStay = kZero + "\x85";
std::string Expanded(const std::string& storage) {
  return as::Call("torch._utils._rebuild_tensor_v2", {storage, kZero, kHundred, kStay, as::kFalse, "}"});
}

struct Row {
  const char* name;
  std::string pickle;
  std::uint64_t bytes;
};

const policy::Policy& EveryClass() {
  static const Allowlist kUser = Allowlist().AddNumpy("2.4").Add("training.Tagged");
  static const policy::Policy kPolicy{.release = policy::Release::k2_15, .user = &kUser, .numpy = policy::Numpy::kTwo};
  return kPolicy;
}

// The smallest limit.memory with which the pickle loads.
std::uint64_t Charged(const std::string& pickle) {
  Limits limits;
  limits.derived_per_byte = 0;
  const auto loads = [&](std::uint64_t bytes) {
    limits.derived_base = bytes;
    const std::string outcome = Loaded(pickle + as::kStop, EveryClass(), limits).outcome;
    const bool limited = outcome.starts_with("limit.memory");
    REQUIRE((limited || outcome.find(" at ") == std::string::npos));
    return !limited;
  };
  std::uint64_t low = 0, high = 1 << 16;
  REQUIRE(loads(high));
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    (loads(middle) ? high : low) = loads(middle) ? middle : middle + 1;
  }
  return low;
}

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(Charged(row.pickle) == row.bytes);
  }
}

}  // namespace

TEST_CASE("what is written in the pickle costs nothing") {
  Check({{"None", "N", 0},
         {"a str", as::Str("some text"), 0},
         {"a list", kThree, 0},
         {"a dict", kDict, 0},
         {"ASCII bytes", as::Bytes("abc"), 0}});
}

TEST_CASE("calls of builtins cost what they copy") {
  Check({
      {"OrderedDict(dict)", as::Call("collections.OrderedDict", {kDict}), 3 * sizeof(Pair)},
      {"OrderedDict(pairs)",
       as::Call("collections.OrderedDict", {as::List({as::Tuple({"K\1", "N"}), as::Tuple({"K\2", "N"})})}),
       2 * sizeof(Pair)},
      {"Counter(dict)", as::Call("collections.Counter", {kDict}), 3 * sizeof(Pair)},
      {"set(list)", as::Call("builtins.set", {kThree}), 3 * sizeof(Ref)},
      {"Size(list)", as::Call("torch.Size", {kThree}), 3 * (sizeof(Ref) + sizeof(Node))},
      {"complex", as::Call("builtins.complex", {as::Float(1), as::Float(2)}), 2 * sizeof(double)},
      {"encode", as::Call("_codecs.encode", {kAccents, kLatin1}), 3},
      {"bytearray", as::Call("builtins.bytearray", {kAccents, kLatin1}), 3},
      {"a tuple as a key", as::Dict({as::Tuple({"K\1", "K\2"}), "N"}), 32},
  });
}

TEST_CASE("tensors cost their record and their dimensions") {
  Check({
      {"a storage", kFloats, kCpu},
      {"a second storage", as::Tuple({kFloats, kLongs}), kCpu},
      {"a tensor", kTensor, kCpu + kVector},
      {"three dimensions, no stride given",
       as::Call("torch._utils._rebuild_tensor", {kFloats, kZero, "K\1K\2K\2\x87", "K\4K\2K\1\x87"}),
       kCpu + kTensorBytes + 6 * kNumber},
      {"a parameter", as::Call("torch._utils._rebuild_parameter", {kTensor, as::kFalse, "}"}),
       kCpu + kVector + kTensorBytes},
      {"attributes",
       as::Call("torch._utils._rebuild_parameter_with_state",
                {kTensor, as::kFalse, "}", as::Dict({as::Str("a"), "N", as::Str("b"), "N"})}),
       kCpu + kVector + kTensorBytes + 2 * sizeof(Pair) + sizeof(Node)},
      {"on another device",
       as::Call("torch._utils._rebuild_device_tensor_from_cpu_tensor", {kTensor, "N", as::Str("xla:0"), as::kFalse}),
       kCpu + kVector + sizeof(StorageRecord) + kTensorBytes + kName + 5},
      {"a class without arguments, then its state",
       as::New("torch.FloatTensor", {}) + as::Tuple({kFloats, kZero, kTwo, kOne}) + as::kBuild, kCpu + 2 * kVector},
      {"of a class of the user",
       as::Call("torch._tensor._rebuild_from_type_v2",
                {as::Global("torch._utils._rebuild_tensor_v2"), as::Global("training.Tagged"),
                 as::Tuple({kFloats, kZero, kTwo, kOne, as::kFalse, "}"}), "}"}),
       kCpu + kVector + sizeof(SubclassRecord) + kTensorBytes + Class("training.Tagged")},
  });
}

TEST_CASE("quantized and sparse tensors cost their parts") {
  constexpr std::uint64_t kQuantized = kCpu + kVector + sizeof(QuantizerRecord);
  Check({
      {"one scale",
       as::Call("torch._utils._rebuild_qtensor",
                {as::Storage("torch.QInt8Storage", "0", 16), kZero, kTwo, kOne,
                 as::Tuple({as::Global("torch.per_tensor_affine"), as::Float(1), kZero}), as::kFalse, "}"}),
       kQuantized},
      {"lists of scales and zero points", Channels(as::List({as::Float(1), as::Float(2)}), as::List({"K\1", "K\2"})),
       kQuantized + 4 * kNumber},
      {"tensors of them", Channels(TensorOver(kDoubles), TensorOver(kLongs)),
       kQuantized + 2 * (kVector + kTensorBytes)},
      {"tensors that are larger than their storages", Channels(Expanded(kDoubles), Expanded(kLongs), kHundred, kStay),
       kQuantized + 2 * (kVector + kTensorBytes + 100 * kNumber)},
      {"sparse",
       as::Call("torch._utils._rebuild_sparse_tensor",
                {as::Call("torch.serialization._get_layout", {as::Str("torch.sparse_coo")}),
                 as::Tuple({as::Call("torch._utils._rebuild_tensor", {kLongs, kZero, "K\1K\2\x86", "K\2K\1\x86"}),
                            kTensor, "K\5\x85", as::kFalse})}),
       kTensorBytes + 4 * kNumber + kVector + 2 * kTensorBytes + sizeof(SparseRecord) + kNumber + kCpu + kName + 16},
  });
}

TEST_CASE("arrays of numpy cost their records, their shape and what is turned") {
  const std::string small = np::Array(kTwo, np::kF4, as::kFalse, "12345678");
  constexpr std::uint64_t kDtype = sizeof(NumpyDtypeRecord);
  constexpr std::uint64_t kBuiltDtype = kDtype + kName + 3;  // <f4
  const std::uint64_t dtype = Class("numpy.dtype") + kDtype + kBuiltDtype;
  const std::uint64_t array =
      Class("numpy._core.multiarray._reconstruct") + Class("numpy.ndarray") + dtype + sizeof(NdarrayRecord) + kNumber;
  Check({
      {"a dtype", np::kF4, dtype},
      {"a scalar", np::Scalar(np::kF4, "1234"), Class(np::kScalar) + dtype + sizeof(NdarrayRecord)},
      {"a shorter text", np::Scalar(np::Dtype("U2") + np::Sized("<", 8, 4, 8) + as::kBuild, "a\0\0\0\0\0\0\0"s),
       Class(np::kScalar) + dtype + kBuiltDtype + sizeof(NdarrayRecord)},
      {"an array", small, array},
      {"an array in big-endian order", np::Array(kTwo, np::Built("f4", ">"), as::kFalse, "12345678"),
       array + kBuiltDtype + 8},
      {"a tensor over an array",
       as::Call("torch._utils._rebuild_device_tensor_from_numpy", {small, "N", "N", as::kFalse}),
       array + sizeof(StorageRecord) + kVector + kCpu},
  });
}

}  // namespace weightsonly::machine
