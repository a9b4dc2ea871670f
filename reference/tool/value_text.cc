// Floor 8. Values for people. SPEC.md chapter 8.
#include "tool/value_text.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "tool/screen.h"
#include "value/ndarray.h"
#include "value/quantizer.h"
#include "value/sparse_tensor.h"
#include "value/subclass.h"

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
  std::string out(TypeWord(tensor.value().type()));
  out += ' ';
  out += DtypeName(tensor.dtype());
  out += ' ';
  out += ShapeText(tensor.shape());
  if (const auto quantizer = tensor.quantizer()) out.append(" ").append(QschemeName(quantizer->scheme()).substr(6));
  if (tensor.device() != "cpu") out += " " + EscapeForTerminal(tensor.device());
  return out;
}

// "training.Tagged float32 [2, 3]"
std::string SubclassText(const Subclass& subclass) {
  const std::string data = TensorText(subclass.data());
  return EscapeForTerminal(subclass.class_name(), 2 * kMaxText) + data.substr(data.find(' '));
}

// "numpy array <f4 [2, 3]", "numpy scalar <f8".
std::string NdarrayText(const Ndarray& array) {
  if (array.is_scalar()) return "numpy scalar " + EscapeForTerminal(array.dtype());
  return std::string(TypeWord(ValueType::kNdarray)) + " " + EscapeForTerminal(array.dtype()) + " " +
         ShapeText(array.shape());
}

std::string ObjectText(const Object& object) {
  const std::string name = EscapeForTerminal(object.class_name(), 2 * kMaxText);
  if (object.made() == Object::Made::kClass) return "class " + name;
  return (object.made() == Object::Made::kReduce ? "call of " : "object of ") + name;
}

// "1, 2, 3" or "'a': 1, 'b': 2".
std::string ItemsText(const Value& value) {
  const bool pairs = value.type() >= ValueType::kDict;
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i != 0) out += ", ";
    if (out.size() > kMaxText) return out += "\xe2\x80\xa6";
    out +=
        pairs ? ShortValue(value.pair(i).first) + ": " + ShortValue(value.pair(i).second) : ShortValue(value.item(i));
  }
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
      return std::string(TypeWord(value.type())) + " of " + Count(value.AsBytes().size(), "byte");
    default:
      return EscapeForTerminal(value.name());
  }
}

}  // namespace

bool IsContainer(ValueType type) { return type >= ValueType::kTuple && type <= ValueType::kCounter; }

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
  if (IsContainer(value.type())) return std::string(TypeWord(value.type())) + " of " + GroupedDigits(value.size());
  if (const auto tensor = value.AsTensor()) return TensorText(*tensor);
  if (const auto sparse = value.AsSparse()) {
    return std::string(sparse->is_parameter() ? "Parameter " : "tensor ")
        .append(SparseLayoutName(sparse->layout()).substr(6))
        .append(" ")
        .append(DtypeName(sparse->dtype()))
        .append(" ")
        .append(ShapeText(sparse->shape()));
  }
  if (const auto subclass = value.AsSubclass()) return SubclassText(*subclass);
  if (const auto storage = value.AsStorage())
    return "storage of " + ReadableBytes(storage->nbytes()) + (storage->is_meta() ? " meta" : "");
  if (const auto array = value.AsNdarray()) return NdarrayText(*array);
  if (value.type() == ValueType::kNumpyDtype) return "numpy dtype " + EscapeForTerminal(value.name());
  if (const auto object = value.AsObject()) return ObjectText(*object);
  return ScalarText(value);
}

std::string PreviewValue(const Value& value) {
  if (const auto object = value.AsObject(); object && object->made() == Object::Made::kReduce) {
    return EscapeForTerminal(object->class_name(), 2 * kMaxText) + "(" + ShortValue(*object->arguments()) + ")";
  }
  switch (value.type()) {
    case ValueType::kTuple:
      return "(" + ItemsText(value) + (value.size() == 1 ? ",)" : ")");
    case ValueType::kList:
      return "[" + ItemsText(value) + "]";
    case ValueType::kDict:
      return "{" + ItemsText(value) + "}";
    default:
      return ShortValue(value);
  }
}

}  // namespace weightsonly::tool
