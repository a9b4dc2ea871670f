// Storages without a dtype in an archive of the other byte order: DEV-602. The second source: numbers whose bytes are
// written here in the order of the archive, and torch's units for the dtypes that it does swap (big-endian-* of the
// corpus).
#include "tests/checkpoint/checkpoint_builder.h"
#include "tests/host_order.h"

namespace weightsonly::testing {
namespace {

// The bytes 0, 1, 2, … as every `unit` of them lies on a host of the other byte order.
std::string Turned(std::size_t size, std::size_t unit) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i / unit * unit + (unit - 1 - i % unit));
  return out;
}
std::string Counted(std::size_t size) { return Turned(size, 1); }

std::string Untyped(std::string_view key, std::int32_t nbytes) {
  return TupleOf({Text("storage"), Global("torch.storage", "UntypedStorage"), Text(key), Text("cpu"), Number(nbytes)}) +
         "Q";
}
std::string V3(const std::string& storage, std::string_view dtype, std::int32_t size) {
  return Call(Global("torch._utils", "_rebuild_tensor_v3"),
              {storage, Number(0), Ints({size}), Ints({1}), "\x89", OrderedDict(), Global("torch", dtype)});
}

Checkpointed Foreign(const std::string& value, const std::string& bytes, bool deflated = false) {
  return {.pickle = PickleOf(value),
          .storages = {{.key = "0", .bytes = bytes, .deflated = deflated}},
          .byteorder = kLittleHost ? "big" : "little"};
}

std::string BytesOf(const Checkpoint& checkpoint) { return std::string(AsText(*checkpoint.storage(0).data())); }

}  // namespace

TEST_CASE("a tensor of _v3 says in which units its storage changes order") {
  const std::pair<const char*, std::size_t> units[] = {
      {"uint16", 2},     {"uint32", 4},  {"uint64", 8},    {"bits16", 2},         {"complex32", 2},
      {"bcomplex32", 2}, {"float64", 8}, {"complex64", 4}, {"complex128", 8},     {"int16", 2},
      {"bfloat16", 2},   {"uint8", 1},   {"bits8", 1},     {"float8_e5m2", 1},    {"bits1x8", 1},
      {"uint7", 1},      {"int1", 1},    {"bool", 1},      {"float8_e8m0fnu", 1}, {"float4_e2m1fn_x2", 1}};
  for (const auto& [dtype, unit] : units) {
    for (const bool deflated : {false, true}) {
      INFO(dtype << (deflated ? ", deflated" : ""));
      const Loaded checkpoint(Foreign(V3(Untyped("0", 32), dtype, 2), Turned(32, unit), deflated));
      CHECK(BytesOf(*checkpoint) == Counted(32));
      CHECK(checkpoint->storage(0).in_place() == (unit == 1 && !deflated));
      std::string copy(32, '?');
      REQUIRE(checkpoint->storage(0).CopyTo(std::as_writable_bytes(std::span(copy))).has_value());
      CHECK(copy == Counted(32));
    }
  }
}

TEST_CASE("a number of _v3 is the number that the other host saved") {
  // 258 and 1, and 2^32 + 2, as a host of the other order has them.
  const std::string small = kLittleHost ? std::string("\1\2\0\1", 4) : std::string("\2\1\1\0", 4);
  const Loaded words(Foreign(V3(Untyped("0", 4), "uint16", 2), small));
  const auto numbers = words->root().AsTensor()->As<std::uint16_t>();
  REQUIRE(numbers.has_value());
  CHECK((*numbers)[0] == 258);
  CHECK((*numbers)[1] == 1);
  const std::string wide = kLittleHost ? std::string("\0\0\0\1\0\0\0\2", 8) : std::string("\2\0\0\0\1\0\0\0", 8);
  const Loaded longs(Foreign(V3(Untyped("0", 8), "uint64", 1), wide));
  CHECK((*longs->root().AsTensor()->As<std::uint64_t>())[0] == (std::uint64_t{1} << 32) + 2);
}

TEST_CASE("the first tensor with elements of more than one byte decides for its storage") {
  const std::string bytes = V3(Untyped("0", 16) + PutAt(0), "uint8", 16);
  const auto then = [&](const std::string& more) {
    return BytesOf(*Loaded(Foreign(ListOf({bytes, more}), Counted(16))));
  };
  CHECK(then("N") == Counted(16));
  CHECK(then(V3(GetAt(0), "uint16", 8)) == Turned(16, 2));
  CHECK(then(V3(GetAt(0), "uint32", 4) + V3(GetAt(0), "uint16", 8)) == Turned(16, 4));
  CHECK(then(V3(GetAt(0), "uint16", 8) + V3(GetAt(0), "uint32", 4)) == Turned(16, 2));
}

TEST_CASE("a storage class decides before any tensor does") {
  const std::string floats = StorageAt("0", 4, "FloatStorage");
  CHECK(BytesOf(*Loaded(Foreign(V3(floats, "uint16", 8), Counted(16)))) == Turned(16, 4));
}

TEST_CASE("an archive in the host's byte order is used where it lies") {
  Checkpointed from = Foreign(V3(Untyped("0", 16), "uint16", 8), Counted(16));
  from.byteorder = kLittleHost ? "little" : "big";
  const Loaded checkpoint(from);
  CHECK(checkpoint->storage(0).in_place());
  CHECK(BytesOf(*checkpoint) == Counted(16));
}

TEST_CASE("without the record the options decide, for storages of both kinds") {
  for (const std::string& value : {V3(Untyped("0", 16), "uint32", 4), RowOf("0", 4)}) {
    Checkpointed from = Foreign(value, Counted(16));
    from.byteorder = std::nullopt;
    const auto read = [&](Endianness order) {
      Options options;
      options.default_load_endianness = order;
      return BytesOf(*Loaded(from, options));
    };
    CHECK(read(Endianness::kNative) == Counted(16));
    CHECK(read(Endianness::kLittle) == (kLittleHost ? Counted(16) : Turned(16, 4)));
    CHECK(read(Endianness::kBig) == (kLittleHost ? Turned(16, 4) : Counted(16)));
  }
}

}  // namespace weightsonly::testing
