// Floor 5. _rebuild_sparse_tensor and the sparse classes: which parts go together, and which fault is found. The second
// source is torch 2.15.0, which was asked for each row; what the indices say is tested in tests/value/sparse_test.cc.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/machine/assemble.h"
#include "tests/machine/harness.h"

namespace weightsonly::machine {
namespace {

using namespace std::string_literals;
namespace as = assemble;

const std::string kSparse = "torch._utils._rebuild_sparse_tensor";

std::string Numbers(std::initializer_list<std::int64_t> numbers) {
  std::string text = "(";
  for (const std::int64_t number : numbers) text += as::Int(number);
  return text + "t";
}
// A tensor over record 0 of 16 bytes, row-major; `more` stands for requires_grad, hooks and metadata.
std::string Tensor(const std::string& type, std::int64_t stored, std::initializer_list<std::int64_t> size,
                   const std::string& stride = "N", const std::string& more = as::kFalse + "}") {
  return as::Call("torch._utils._rebuild_tensor_v2",
                  {as::Storage("torch." + type + "Storage", "0", stored), "K\0"s, Numbers(size), stride, more});
}
std::string Longs(std::initializer_list<std::int64_t> size) { return Tensor("Long", 2, size); }
std::string Ints(std::initializer_list<std::int64_t> size) { return Tensor("Int", 4, size); }
std::string Floats(std::initializer_list<std::int64_t> size) { return Tensor("Float", 4, size); }

std::string Layout(const std::string& name) {
  return as::Call("torch.serialization._get_layout", {as::Str("torch." + name)});
}
std::string Make(const std::string& layout, std::initializer_list<std::string> parts) {
  return as::Call(kSparse, {Layout(layout), as::Tuple(parts)});
}
std::string Coo(const std::string& indices, const std::string& values, const std::string& size,
                const std::string& claim = as::kFalse) {
  return Make("sparse_coo", {indices, values, size, claim});
}
std::string Csr(const std::string& counts, const std::string& plain, const std::string& values, const std::string& size,
                const std::string& layout = "sparse_csr") {
  return Make(layout, {counts, plain, values, size});
}
const std::string kOne = Longs({1, 1});
const std::string kTwo = Longs({2, 1});

// The sparse tensor without its parts' geometry.
std::string Head(const std::string& pickle) {
  const std::string shown = Loaded(pickle + as::kStop).outcome;
  return shown.substr(0, shown.find(", tensor(")) +
         (shown.find(", coalesced") != std::string::npos ? " coalesced" : "") +
         (shown.find(", grad") != std::string::npos ? " grad" : "");
}

}  // namespace

// SPR-001
TEST_CASE("_rebuild_sparse_tensor takes a layout and a tuple or list of parts") {
  CHECK(Head(as::Call(kSparse, {Layout("sparse_coo"), as::List({kOne, Floats({1}), Numbers({2})})})) ==
        "sparse_coo([2] coalesced");
  CheckRefused({
      {"one", as::Call(kSparse, {Layout("sparse_coo")}), "value.arity"},
      {"three", as::Call(kSparse, {Layout("sparse_coo"), ")", "N"}), "value.arity"},
      {"strided", Make("strided", {kOne, Floats({1}), Numbers({2})}), "tensor.sparse-invariant"},
      {"layout text", as::Call(kSparse, {as::Str("torch.sparse_coo"), ")"}), "value.type"},
      {"data None", as::Call(kSparse, {Layout("sparse_coo"), "N"}), "value.type"},
      {"no data", as::Call(kSparse, {Layout("sparse_coo"), ")"}), "value.arity"},
      {"two items", Make("sparse_coo", {kOne, Floats({1})}), "value.arity"},
      {"five items", Make("sparse_coo", {kOne, Floats({1}), Numbers({2}), "N", "N"}), "value.arity"},
      {"csr of three", Make("sparse_csr", {kOne, kOne, Floats({1})}), "value.arity"},
      {"csr of five", Make("sparse_csr", {kOne, kOne, Floats({1}), Numbers({2}), "N"}), "value.arity"},
  });
}

// SPR-003
TEST_CASE("the claim of sparse_coo: given, or true below two elements") {
  const std::string size = Numbers({2, 3});
  CHECK(Head(Make("sparse_coo", {kTwo, Floats({1}), size})) == "sparse_coo([2, 3] coalesced");
  CHECK(Head(Coo(kTwo, Floats({1}), size, "N")) == "sparse_coo([2, 3] coalesced");
  CHECK(Head(Coo(kTwo, Floats({1}), size)) == "sparse_coo([2, 3]");
  CHECK(Head(Coo(Longs({1, 2}), Floats({2}), Numbers({3}), as::kTrue)) == "sparse_coo([3] coalesced");
  CHECK(Head(Coo(Longs({1, 2}), Floats({2}), Numbers({3}), "N")) == "sparse_coo([3]");
  CheckRefused({
      {"claim 1", Coo(kTwo, Floats({1}), size, "K\1"), "value.type"},
      {"claim text", Coo(kTwo, Floats({1}), size, as::Str("a")), "value.type"},
  });
}

// SPR-002, SPR-003
TEST_CASE("indices, values and size of sparse_coo go together") {
  CHECK(Head(Coo(kOne, Floats({1, 2, 2}), Numbers({4, 2, 2}))) == "sparse_coo([4, 2, 2]");
  CHECK(Head(Coo(Longs({0, 1}), Floats({1}), ")")) == "sparse_coo([]");
  std::string many;
  for (int i = 0; i <= 1 << 20; ++i) many += "K\1";
  CheckRefused({
      {"fewer values", Coo(Longs({1, 2}), Floats({1}), Numbers({2})), "tensor.sparse-invariant"},
      {"more values", Coo(kOne, Floats({2}), Numbers({2})), "tensor.sparse-invariant"},
      {"values without dimensions", Coo(kOne, Floats({}), Numbers({2})), "tensor.sparse-invariant"},
      {"indices of one dimension", Coo(Longs({1}), Floats({1}), Numbers({2})), "tensor.sparse-invariant"},
      {"indices of three dimensions", Coo(Longs({1, 1, 1}), Floats({1}), Numbers({2})), "tensor.sparse-invariant"},
      {"size short", Coo(kTwo, Floats({1}), Numbers({2})), "tensor.sparse-invariant"},
      {"size long", Coo(kTwo, Floats({1}), Numbers({2, 3, 1})), "tensor.sparse-invariant"},
      {"another dense size", Coo(kOne, Floats({1, 2}), Numbers({2, 3})), "tensor.sparse-invariant"},
      {"indices int32 (DEV-550)", Coo(Ints({1, 1}), Floats({1}), Numbers({2})), "tensor.sparse-invariant"},
      {"indices None", Coo("N", Floats({1}), Numbers({2})), "value.type"},
      {"indices list (DEV-550)", Coo(as::List({as::List({"K\0"s})}), Floats({1}), Numbers({2})), "value.type"},
      {"values None", Coo(kOne, "N", Numbers({2})), "value.type"},
      {"size None", Coo(kOne, Floats({1}), "N"), "value.type"},
      {"size number", Coo(kOne, Floats({1}), "K\2"), "value.type"},
      {"size of float", Coo(kOne, Floats({1}), as::Tuple({as::Float(2)})), "value.type"},
      {"size of True", Coo(kOne, Floats({1}), as::Tuple({as::kTrue})), "value.type"},
      {"size negative", Coo(kOne, Floats({1}), Numbers({-2})), "tensor.shape"},
      {"size of 2^20 + 1 dimensions", Coo(kOne, Floats({1}), "(" + many + "t"), "limit.memory"},
      {"size 2^64", Coo(kTwo, Floats({1}), Numbers({1LL << 32, 1LL << 32})), "tensor.overflow"},
      {"values sparse", Coo(kOne, Coo(kOne, Floats({1}), Numbers({2})), Numbers({2})), "tensor.sparse-invariant"},
      {"values conj (DEV-551)",
       Coo(kOne, Tensor("ComplexFloat", 2, {1}, "N", as::kFalse + "}" + as::Dict({as::Str("conj"), as::kTrue})),
           Numbers({2})),
       "tensor.sparse-invariant"},
      {"values sparse, as a parameter",
       Coo(kOne, as::Call("torch._utils._rebuild_parameter", {Coo(kOne, Floats({1}), Numbers({2})), as::kFalse, "}"}),
           Numbers({2})),
       "tensor.sparse-invariant"},
      {"values that wait for their BUILD", Coo(kOne, as::Call("torch.FloatTensor", {}), Numbers({2})), "tensor.state"},
      {"values quantized (DEV-553)",
       Coo(kOne,
           as::Call("torch._utils._rebuild_qtensor",
                    {as::Storage("torch.QInt8Storage", "1", 16), "K\0"s, Numbers({1}), Numbers({1}),
                     as::Tuple({as::Global("torch.per_tensor_affine"), "K\1", "K\0"s}), as::kFalse, "}"}),
           Numbers({2})),
       "tensor.sparse-invariant"},
      {"indices meta (DEV-551)",
       Coo(as::Call("torch._utils._rebuild_meta_tensor_no_storage",
                    {as::Global("torch.int64"), Numbers({1, 1}), Numbers({1, 1}), as::kFalse}),
           Floats({1}), Numbers({2})),
       "tensor.sparse-invariant"},
  });
}

// SPR-004
TEST_CASE("the parts of a compressed layout go together") {
  CHECK(Head(Csr(Longs({2}), Longs({2}), Floats({2}), Numbers({1, 3}))) == "sparse_csr([1, 3]");
  CHECK(Head(Csr(Longs({2}), Longs({2}), Floats({2}), Numbers({3, 1}), "sparse_csc")) == "sparse_csc([3, 1]");
  CHECK(Head(Csr(Ints({3}), Ints({2}), Floats({2, 1}), Numbers({2, 3, 1}))) == "sparse_csr([2, 3, 1]");
  CHECK(Head(Csr(Longs({2}), Longs({1}), Floats({1, 2, 2}), Numbers({2, 4}), "sparse_bsr")) == "sparse_bsr([2, 4]");
  CHECK(Head(Csr(Longs({2}), Longs({1}), Floats({1, 2, 2}), Numbers({4, 2}), "sparse_bsc")) == "sparse_bsc([4, 2]");
  CHECK(Head(Csr(Longs({1, 2}), Longs({1, 1}), Floats({1, 1}), Numbers({1, 1, 2}))) == "sparse_csr([1, 1, 2]");
  const std::string size = Numbers({1, 3});
  const std::string strided = Tensor("Long", 2, {2}, Numbers({0}));
  const std::string apart = Tensor("Long", 2, {1}, Numbers({7}));
  const std::string none = Tensor("Long", 2, {0}, Numbers({7}));
  CHECK(Head(Csr(Longs({2}), none, Floats({0}), Numbers({1, 1}))) == "sparse_csr([1, 1]");
  const auto csr = [&](const std::string& counts, const std::string& plain, const std::string& values) {
    return Csr(counts, plain, values, size);
  };
  const auto bsr = [&](std::initializer_list<std::int64_t> values, const std::string& shape) {
    return Csr(Longs({2}), Longs({1}), Floats(values), shape, "sparse_bsr");
  };
  std::vector<Refused> rows;
  const auto refused = [&](const char* name, const std::string& pickle) {
    rows.push_back({name, pickle, "tensor.sparse-invariant"});
  };
  refused("counts short", csr(Longs({1}), Longs({2}), Floats({2})));
  refused("counts long", csr(Ints({3}), Ints({2}), Floats({2})));
  refused("counts none", csr(Longs({0}), Longs({2}), Floats({2})));
  refused("counts without dimensions", csr(Longs({}), Longs({2}), Floats({2})));
  refused("counts of a batch", csr(Longs({1, 2}), Longs({2}), Floats({2})));
  refused("plain of a batch", csr(Longs({2}), Longs({1, 2}), Floats({2})));
  refused("plain of a dimension more", csr(Longs({2}), Longs({2, 1}), Floats({2})));
  refused("plain short", csr(Longs({2}), Longs({1}), Floats({2})));
  refused("plain long", csr(Longs({2}), Longs({2}), Floats({1})));
  refused("values without dimensions", csr(Longs({2}), Longs({1}), Floats({})));
  refused("a dense dimension too many", csr(Longs({2}), Longs({2}), Floats({2, 2})));
  refused("another dense size (DEV-554)", Csr(Longs({2}), Longs({2}), Floats({2, 2}), Numbers({1, 3, 1})));
  refused("int32 and int64", csr(Ints({2}), Longs({2}), Floats({2})));
  refused("int64 and int32", csr(Longs({2}), Ints({2}), Floats({2})));
  refused("int16", csr(Tensor("Short", 8, {2}), Tensor("Short", 8, {2}), Floats({2})));
  refused("counts expanded", csr(strided, Longs({2}), Floats({2})));
  refused("plain expanded", csr(Longs({2}), strided, Floats({2})));
  refused("one count with another stride", Csr(apart, Longs({0}), Floats({0}), Numbers({0, 1})));
  refused("no counts with another stride",
          Csr(Tensor("Long", 2, {0, 2}, Numbers({1, 7})), Longs({0, 1}), Floats({0, 1}), Numbers({0, 1, 1})));
  refused("one index with another stride", Csr(Longs({2}), apart, Floats({1}), Numbers({1, 1})));
  refused("int32 and 2^31 columns", Csr(Ints({2}), Ints({2}), Floats({2}), Numbers({1, 1LL << 31})));
  refused("one dimension", Csr(Longs({2}), Longs({2}), Floats({2}), Numbers({3})));
  refused("a column more of csc", Csr(Longs({2}), Longs({2}), Floats({2}), Numbers({3, 2}), "sparse_csc"));
  refused("another batch of counts", Csr(Longs({2, 1}), Longs({1, 1}), Floats({1, 1}), Numbers({1, 0, 3})));
  refused("another batch of the size", Csr(Longs({1, 2}), Longs({1, 1}), Floats({1, 1}), Numbers({2, 1, 3})));
  refused("another batch of plain indices", Csr(Longs({1, 2}), Longs({2, 1}), Floats({1, 1}), Numbers({1, 1, 3})));
  refused("another batch of values", Csr(Longs({1, 2}), Longs({1, 1}), Floats({2, 1}), Numbers({1, 1, 3})));
  refused("blocks that do not divide the rows", bsr({1, 2, 2}, Numbers({3, 4})));
  refused("blocks that do not divide the columns", bsr({1, 2, 2}, Numbers({2, 3})));
  refused("blocks of nothing (DEV-555)", bsr({1, 1, 0}, Numbers({1, 2})));
  refused("values without blocks", bsr({1}, Numbers({1, 2})));
  refused("values with half a block", bsr({1, 2}, Numbers({1, 2})));
  CheckRefused(rows);
}

// SPR-009
TEST_CASE("a sparse tensor requires grad with its values, and a parameter as it says") {
  const std::string grad = Tensor("Float", 4, {1}, "N", as::kTrue + "}");
  const auto parameter = [](const std::string& data, const std::string& flag) {
    return as::Call("torch._utils._rebuild_parameter", {data, flag, "}"});
  };
  const std::string plain = Coo(kOne, Floats({1}), Numbers({2}));
  CHECK(Head(Coo(kOne, grad, Numbers({2}))) == "sparse_coo([2] grad");
  CHECK(Head(parameter(plain, as::kTrue)) == "parameter of sparse_coo([2] grad");
  CHECK(Head(as::Call("torch._utils._rebuild_parameter_with_state",
                      {plain, as::kTrue, "}", as::Dict({as::Str("a"), "K\1"})})) == "parameter of sparse_coo([2] grad");
  CHECK(Head(parameter(Coo(kOne, grad, Numbers({2})), as::kFalse)) == "parameter of sparse_coo([2]");
  CheckRefused({
      {"of ints", parameter(Coo(kOne, Longs({1}), Numbers({2})), as::kTrue), "tensor.requires-grad"},
      {"requires_grad 1", parameter(plain, "K\1"), "tensor.requires-grad"},
      {"the data that BUILD gives a dense parameter (RBT-009)",
       as::Call("torch.nn.parameter.Parameter", {Floats({1})}) + as::Tuple({plain, "N", "}", as::kFalse, as::kFalse}) +
           as::kBuild,
       "tensor.sparse-invariant"},
  });
}

// SPR-010
TEST_CASE("a sparse class with three arguments is a sparse_coo tensor") {
  CHECK(Head(as::Call("torch.sparse.FloatTensor", {kOne, Floats({1}), Numbers({2})})) == "sparse_coo([2] coalesced");
  CHECK(Head(as::New("torch.cuda.sparse.LongTensor", {kTwo, Floats({1}), Numbers({2, 3})})) ==
        "sparse_coo([2, 3] coalesced");
  CheckRefused({{"fewer values", as::Call("torch.sparse.FloatTensor", {Longs({1, 2}), Floats({1}), Numbers({2})}),
                 "tensor.sparse-invariant"}});
}

TEST_CASE("storages of indices are used as copies, those of values where they lie") {
  const Loaded loaded(Csr(Longs({2}), Longs({1}),
                          as::Call("torch._utils._rebuild_tensor_v2", {as::Storage("torch.FloatStorage", "1", 4),
                                                                       "K\0"s, Numbers({1}), "N", as::kFalse, "}"}),
                          Numbers({1, 3})) +
                      as::kStop);
  REQUIRE(loaded.graph.storages.size() == 2);
  CHECK(loaded.graph.storages[0].copied);
  CHECK_FALSE(loaded.graph.storages[1].copied);
}

}  // namespace weightsonly::machine
