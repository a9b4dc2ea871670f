// Floor 3. The types of values and their names, generated from value_type.def. Public. SPEC.md chapter 3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weightsonly {

// VAL-001. What a value is. Parameters are tensors: see Tensor::is_parameter().
enum class ValueType : std::uint8_t {
#define WEIGHTSONLY_VALUE_TYPE(enumerator, python, tag, shown) enumerator,
#include "value/value_type.def"
#undef WEIGHTSONLY_VALUE_TYPE
};

// One row of value_type.def. Static storage.
struct ValueTypeInfo {
  std::string_view python;
  std::string_view tag;
  std::string_view shown;
};

inline constexpr auto kValueTypes = std::to_array<ValueTypeInfo>({
#define WEIGHTSONLY_VALUE_TYPE(enumerator, python, tag, shown) {python, tag, shown},
#include "value/value_type.def"
#undef WEIGHTSONLY_VALUE_TYPE
});

// "int", "torch.Tensor", "collections.OrderedDict": Python's name of the type.
[[nodiscard]] inline std::string_view TypeName(ValueType type) {
  return kValueTypes[static_cast<std::size_t>(type)].python;
}
// "int", "tensor", "odict": the member "t" of the canonical value.
[[nodiscard]] inline std::string_view TypeTag(ValueType type) {
  return kValueTypes[static_cast<std::size_t>(type)].tag;
}
// "int", "tensor", "OrderedDict": for people.
[[nodiscard]] inline std::string_view TypeWord(ValueType type) {
  return kValueTypes[static_cast<std::size_t>(type)].shown;
}

// The kinds whose values Value::item, Value::pair and Value::AsTensor hand out.
[[nodiscard]] constexpr bool IsSequence(ValueType type) {
  return type == ValueType::kTuple || type == ValueType::kList || type == ValueType::kSize || type == ValueType::kSet;
}
[[nodiscard]] constexpr bool IsDict(ValueType type) {
  return type == ValueType::kDict || type == ValueType::kOrderedDict || type == ValueType::kCounter;
}
[[nodiscard]] constexpr bool IsTensor(ValueType type) {
  return type == ValueType::kTensor || type == ValueType::kParameter;
}

}  // namespace weightsonly
