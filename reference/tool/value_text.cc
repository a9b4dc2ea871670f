// Floor 8. Values for people. SPEC.md chapter 8.
#include "tool/value_text.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

constexpr std::size_t kMaxText = 60;

void AppendFloat(std::string& out, double value) {
  std::array<char, 32> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  const std::string_view text(digits.data(), static_cast<std::size_t>(result.ptr - digits.data()));
  out += text;
  if (text.find_first_not_of("-0123456789") == std::string_view::npos) out += ".0";
}

std::string ComplexText(std::complex<double> value) {
  std::string out = "complex(";
  AppendFloat(out, value.real());
  out += ", ";
  AppendFloat(out, value.imag());
  return out += ')';
}

std::string TensorText(const Tensor& tensor) {
  std::string out = tensor.is_parameter() ? "Parameter " : "tensor ";
  out += DtypeName(tensor.dtype());
  out += ' ';
  out += ShapeText(tensor.shape());
  if (tensor.device() != "cpu") out += " " + EscapeForTerminal(tensor.device());
  return out;
}

// What has neither items nor a dtype and a shape.
std::string ScalarText(const Value& value) {
  switch (value.type()) {
    case ValueType::kNone:
      return "None";
    case ValueType::kBool:
      return value.AsBool() ? "True" : "False";
    case ValueType::kInt:
      return EscapeForTerminal(value.IntText(), kMaxText);
    case ValueType::kFloat: {
      std::string out;
      AppendFloat(out, value.AsFloat());
      return out;
    }
    case ValueType::kComplex:
      return ComplexText(value.AsComplex());
    case ValueType::kStr:
      return "'" + EscapeForTerminal(value.AsStr(), kMaxText) + "'";
    case ValueType::kBytes:
    case ValueType::kBytearray:
      return std::string(TypeName(value.type())) + " of " + Count(value.AsBytes().size(), "byte");
    default:
      return EscapeForTerminal(value.name());
  }
}

}  // namespace

bool IsContainer(ValueType type) { return type >= ValueType::kTuple && type <= ValueType::kCounter; }

std::string_view TypeName(ValueType type) {
  switch (type) {
    case ValueType::kTuple:
      return "tuple";
    case ValueType::kList:
      return "list";
    case ValueType::kSize:
      return "torch.Size";
    case ValueType::kSet:
      return "set";
    case ValueType::kDict:
      return "dict";
    case ValueType::kOrderedDict:
      return "OrderedDict";
    case ValueType::kCounter:
      return "Counter";
    case ValueType::kBytes:
      return "bytes";
    case ValueType::kBytearray:
      return "bytearray";
    default:
      return "value";
  }
}

std::string ShapeText(std::span<const std::int64_t> shape) {
  std::string out = "[";
  for (const std::int64_t size : shape) {
    if (out.size() > 1) out += ", ";
    if (out.size() > 256) return out += "\xe2\x80\xa6]";
    AppendDecimal(out, size);
  }
  return out += ']';
}

std::string ShortValue(const Value& value) {
  if (IsContainer(value.type())) return std::string(TypeName(value.type())) + " of " + GroupedDigits(value.size());
  if (const auto tensor = value.AsTensor()) return TensorText(*tensor);
  if (const auto storage = value.AsStorage()) return "storage of " + ReadableBytes(storage->nbytes());
  return ScalarText(value);
}

}  // namespace weightsonly::tool
