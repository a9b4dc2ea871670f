// Numbers are written little-endian, whatever the order of the file and of the host (OUT-007, CLI-010). The second
// source: the bytes, turned by hand, and the digest that hashlib has of them.
#include <array>
#include <string>

#include "base/text.h"
#include "tests/output/document.h"

namespace weightsonly::testing {
namespace {

constexpr std::size_t kSize = 600'000;  // more than two pieces of a source, and no whole number of them
constexpr const char* kDigest = "56dd80c0cc6d6d9dbb1ca882a7d3f61bc2df3fe032c06ed44b0c31bc3d6d3a1f";

std::string Pattern() {
  std::string out(kSize, '\0');
  for (std::size_t i = 0; i < kSize; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}

// Every `unit` bytes in the other order.
std::string Turned(const std::string& bytes, std::size_t unit) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) out += bytes[i / unit * unit + (unit - 1 - i % unit)];
  return out;
}

struct Type {
  const char* storage;
  const char* dtype;
  std::size_t item_bytes, unit;
};
constexpr Type kTypes[] = {{"ByteStorage", "uint8", 1, 1},
                           {"BFloat16Storage", "bfloat16", 2, 2},
                           {"FloatStorage", "float32", 4, 4},
                           {"LongStorage", "int64", 8, 8},
                           {"ComplexFloatStorage", "complex64", 8, 4},
                           {"ComplexDoubleStorage", "complex128", 16, 8}};

// Calls `check` with each type in files of either order, stored and deflated, that hold the same numbers.
template <typename Check>
void ForEachFile(const Check& check) {
  for (const Type& type : kTypes) {
    const auto numel = static_cast<std::int32_t>(kSize / type.item_bytes);
    for (const bool deflated : {false, true}) {
      for (const char* order : {"little", "big"}) {
        INFO(type.storage << (deflated ? ", deflated, " : ", ") << order);
        const std::string bytes = order == std::string("little") ? Pattern() : Turned(Pattern(), type.unit);
        const Loaded checkpoint({.pickle = PickleOf(RowOf("0", numel, type.storage)),
                                 .storages = {{.key = "0", .bytes = bytes, .deflated = deflated}},
                                 .byteorder = order});
        check(*checkpoint, type);
      }
    }
  }
}

}  // namespace

TEST_CASE("storages are written little-endian") {
  std::string hex;
  AppendHex(hex, Pattern());
  ForEachFile([&](const Checkpoint& checkpoint, const Type& type) {
    const std::string begin = R"({"root":{"t":"tensor","dtype":")" + std::string(type.dtype) + '"';
    const std::string digested = DocumentOf(checkpoint);
    CHECK(digested.starts_with(begin));
    CHECK(digested.ends_with(R"("nbytes":600000,"sha256":")" + std::string(kDigest) + R"("}]})"));
    CHECK(DocumentOf(checkpoint, {.all_bytes = true}).ends_with(R"("nbytes":600000,"x":")" + hex + R"("}]})"));
  });
}

TEST_CASE("the digest of a tensor is that of its little-endian elements") {
  ForEachFile([&](const Checkpoint& checkpoint, const Type&) {
    CHECK(*LogicalSha256(*checkpoint.root().AsTensor()) == kDigest);
  });
}

// A storage without a dtype takes its unit from the tensor over it: DEV-602.
TEST_CASE("a storage without a dtype is written little-endian") {
  const std::string untyped =
      TupleOf({Text("storage"), Global("torch.storage", "UntypedStorage"), Text("0"), Text("cpu"), Number(4)}) + "Q";
  const std::string tensor =
      Call(Global("torch._utils", "_rebuild_tensor_v3"),
           {untyped, Number(0), Ints({2}), Ints({1}), "\x89", OrderedDict(), Global("torch", "uint16")});
  for (const auto& [order, bytes] : {std::pair("little", "\x02\x01\x04\x03"), std::pair("big", "\x01\x02\x03\x04")}) {
    INFO(order);
    const Loaded checkpoint({.pickle = PickleOf(tensor), .storages = {{"0", bytes}}, .byteorder = order});
    CHECK(DocumentOf(*checkpoint).ends_with(R"("nbytes":4,"x":"02010403"}]})"));
    std::array<std::uint16_t, 2> numbers{};
    REQUIRE(checkpoint->root().AsTensor()->CopyTo(std::as_writable_bytes(std::span(numbers))).has_value());
    CHECK(numbers == std::array<std::uint16_t, 2>{0x0102, 0x0304});
  }
}

}  // namespace weightsonly::testing
