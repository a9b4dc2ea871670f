// Floor 5. What a refusal says beside its kind and place: the number, the name or the part that the reader looks for.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kBytearray = "builtins.bytearray";

const std::string kStorage = as::Storage("torch.FloatStorage", "0", 4);
const std::string kTensor =
    as::Call("torch._utils._rebuild_tensor_v2", {kStorage, "K\0"s, "K\2\x85", "K\1\x85", as::kFalse, "}"});

struct Row {
  const char* name;
  std::string pickle;
  const char* detail;  // a part of it
};

}  // namespace

TEST_CASE("a refusal counts what the stack lacks") {
  for (const auto& [name, pickle, detail] : std::vector<Row>{
           {"REDUCE", "NR", "needs 2 values, 1 lie above the last mark"},
           {"NEWOBJ", "N\x81", "needs 2 values, 1 lie above the last mark"},
           {"NEWOBJ above a mark", "NN(\x81", "needs 2 values, 0 lie above the last mark"},
           {"BUILD", "Nb", "needs 2 values, 1 lie above the last mark"},
       }) {
    INFO(name);
    const Loaded loaded(pickle + as::kStop);
    CHECK(loaded.outcome.starts_with("pickle.stack-underflow"));
    CHECK(loaded.detail == detail);
  }
}

TEST_CASE("a refusal names the argument and what is wrong with it") {
  for (const auto& [name, pickle, detail] : std::vector<Row>{
           {"bytearray of a number", as::Call(kBytearray, {"K\1"}), "bytearray: the argument is int"},
           {"bytearray of bytes and a codec", as::Call(kBytearray, {as::Bytes("ab"), as::Str("latin1")}),
            "bytearray: the text is bytes"},
           {"dtype of a device tensor",
            as::Call("torch._utils._rebuild_device_tensor_from_cpu_tensor",
                     {kTensor, as::Str("float32"), "N", as::kFalse}),
            "the dtype is str"},
           {"data of a device tensor",
            as::Call("torch._utils._rebuild_device_tensor_from_cpu_tensor", {"]", "N", as::Str("cpu"), as::kFalse}),
            "the data is list"},
           {"storage of a tensor",
            as::Call("torch._utils._rebuild_tensor_v2", {"]", "K\0"s, "K\2\x85", "K\1\x85", as::kFalse, "}"}),
            "the storage is list"},
           {"encode of a number", as::Call("_codecs.encode", {"K\1"}), "encode: the text is int"},
           {"OrderedDict of a number", as::Call("collections.OrderedDict", {"K\1"}), "the argument is int"},
           {"complex of a text", as::Call("builtins.complex", {as::Float(1), as::Str("a")}), "a part is str"},
           {"dtype of a wrapper",
            as::Call(
                "torch._utils._rebuild_wrapper_subclass",
                {as::Global("torch.Tensor"), as::Str("float32"), "K\2\x85", "K\1\x85", "K\0"s,
                 as::Call("torch.serialization._get_layout", {as::Str("torch.strided")}), as::Str("cpu"), as::kFalse}),
            "the dtype is str"},
           {"layout of a sparse tensor", as::Call("torch._utils._rebuild_sparse_tensor", {"]", ")"}),
            "the layout is list"},
           {"SHORT_BINSTRING", "U\1\xff", "the byte string is not UTF-8"},
       }) {
    INFO(name);
    const Loaded loaded(pickle + as::kStop);
    INFO(loaded.outcome << ": " << loaded.detail);
    CHECK(loaded.detail.find(detail) != std::string::npos);
  }
}

}  // namespace weightsonly::machine
