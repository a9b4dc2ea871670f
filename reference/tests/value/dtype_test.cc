// Floor 3. The table of dtypes against what torch 2.15.0 says of each (torch.<name>.itemsize).
#include "value/dtype.h"

#include <map>
#include <string_view>

#include "tests/catch.h"

namespace weightsonly {
namespace {

TEST_CASE("every dtype has the item size that torch gives it, and complex halves swap apart") {
  const std::map<std::string_view, unsigned> torch = {
      {"bcomplex32", 4},
      {"bfloat16", 2},
      {"bits16", 2},
      {"bits1x8", 1},
      {"bits2x4", 1},
      {"bits4x2", 1},
      {"bits8", 1},
      {"bool", 1},
      {"complex128", 16},
      {"complex32", 4},
      {"complex64", 8},
      {"float16", 2},
      {"float32", 4},
      {"float4_e2m1fn_x2", 1},
      {"float64", 8},
      {"float8_e4m3fn", 1},
      {"float8_e4m3fnuz", 1},
      {"float8_e5m2", 1},
      {"float8_e5m2fnuz", 1},
      {"float8_e8m0fnu", 1},
      {"int1", 1},
      {"int16", 2},
      {"int2", 1},
      {"int3", 1},
      {"int32", 4},
      {"int4", 1},
      {"int5", 1},
      {"int6", 1},
      {"int64", 8},
      {"int7", 1},
      {"int8", 1},
      {"qint32", 4},
      {"qint8", 1},
      {"quint2x4", 1},
      {"quint4x2", 1},
      {"quint8", 1},
      {"uint1", 1},
      {"uint16", 2},
      {"uint2", 1},
      {"uint3", 1},
      {"uint32", 4},
      {"uint4", 1},
      {"uint5", 1},
      {"uint6", 1},
      {"uint64", 8},
      {"uint7", 1},
      {"uint8", 1},
  };
  CHECK(kDtypes.size() == torch.size());
  for (const DtypeInfo& info : kDtypes) {
    INFO(info.name);
    REQUIRE(torch.contains(info.name));
    CHECK(info.item_bytes == torch.at(info.name));
    CHECK(info.swap_bytes == (info.category == DtypeCategory::Complex ? info.item_bytes / 2 : info.item_bytes));
  }
  CHECK(DtypeName(Dtype::kBFloat16) == "bfloat16");
  CHECK(ItemBytes(Dtype::kComplex128) == 16);
}

}  // namespace
}  // namespace weightsonly
