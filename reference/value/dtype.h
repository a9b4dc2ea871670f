// Floor 3. The dtypes of torch 2.15, as an enum generated from dtype.def.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weightsonly {

enum class Dtype : std::uint8_t {
#define WEIGHTSONLY_DTYPE(enumerator, name, item_bytes, swap_bytes, category, typed) enumerator,
#include "value/dtype.def"
#undef WEIGHTSONLY_DTYPE
};

enum class DtypeCategory : std::uint8_t { Float, Complex, Integer, Bool, Quantized, Bits };

// One row of dtype.def. Static storage.
struct DtypeInfo {
  std::string_view name;    // without "torch."
  std::uint8_t item_bytes;  // bytes of one element in a storage, 1 to 16
  std::uint8_t swap_bytes;  // bytes that change order together between hosts, 1 to 8
  DtypeCategory category;
  bool typed;  // has a typed storage (torch.FloatStorage)
};

inline constexpr bool kDtypeTyped_yes = true;  // the two words of the table's column `typed`
inline constexpr bool kDtypeTyped_no = false;

inline constexpr auto kDtypes = std::to_array<DtypeInfo>({
#define WEIGHTSONLY_DTYPE(enumerator, name, item_bytes, swap_bytes, category, typed) \
  {name, item_bytes, swap_bytes, DtypeCategory::category, kDtypeTyped_##typed},
#include "value/dtype.def"
#undef WEIGHTSONLY_DTYPE
});

[[nodiscard]] inline const DtypeInfo& InfoOf(Dtype dtype) { return kDtypes[static_cast<std::size_t>(dtype)]; }
[[nodiscard]] inline std::string_view DtypeName(Dtype dtype) { return InfoOf(dtype).name; }
[[nodiscard]] inline std::uint64_t ItemBytes(Dtype dtype) { return InfoOf(dtype).item_bytes; }
// QTN-006. Elements that share one byte: 2 for quint4x2, 4 for quint2x4, otherwise 1.
[[nodiscard]] inline std::uint64_t ElementsPerByte(Dtype dtype) {
  return dtype == Dtype::kQUInt4x2 ? 2 : dtype == Dtype::kQUInt2x4 ? 4 : 1;
}

}  // namespace weightsonly
