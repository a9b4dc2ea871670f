// Fuzz target canonical: the text against the values. Walks over both side by side, without recursion, in the order in
// which they are written.
#include "support/canonical_reader.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "output/sha256.h"
#include "support/target.h"
#include "value/graph.h"
#include "value/sparse_tensor.h"
#include "value/subclass.h"

namespace weightsonly::fuzz {
namespace {

using Json = nlohmann::ordered_json;

std::string HexOf(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::byte byte : bytes) {
    hex += kDigits[static_cast<unsigned>(byte) >> 4];
    hex += kDigits[static_cast<unsigned>(byte) & 15];
  }
  return hex;
}

double DoubleOf(const Json& json) {
  const auto& hex = json.get_ref<const std::string&>();
  std::uint64_t bits = 0;
  const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  Require(hex.size() == 16 && read.ptr == hex.data() + hex.size(), "the bits of a float are no 16 hex digits", hex);
  return std::bit_cast<double>(bits);
}

bool SameBits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

// OUT-002: a number, or its digits.
bool SaysInteger(const Json& json, std::int64_t value) {
  constexpr std::int64_t kExact = (std::int64_t{1} << 53) - 1;
  if (value > kExact || value < -kExact) return json.is_string() && json.get<std::string>() == std::to_string(value);
  return json.is_number_integer() && json.get<std::int64_t>() == value;
}

bool SaysIntegers(const Json& json, std::span<const std::int64_t> values) {
  return json.is_array() && std::ranges::equal(json, values, SaysInteger);
}

class Walk {
 public:
  explicit Walk(const Json& storages) : storages_(storages) {}

  void Run(const Json& root, const Value& value) {
    todo_.push_back({&root, value});
    while (!todo_.empty()) {
      const Pending next = todo_.back();
      todo_.pop_back();
      Take(*next.json, next.value);
      todo_.insert(todo_.end(), children_.rbegin(), children_.rend());
      children_.clear();
    }
    Require(numbers_.size() <= storages_.size(), "a storage that a tensor names is not written");
  }

 private:
  struct Pending {
    const Json* json;
    Value value;
  };

  // OUT-003. False for a reference to what was written before.
  bool TakeId(const Json& json, const Value& value) {
    const auto id = json.find("id");
    const bool reference = json.at("t") == "ref";
    if (id == json.end()) {
      Require(!reference, "a reference says nothing");
      return true;
    }
    const auto number = id->get<std::size_t>();
    if (reference) {
      Require(hidden_ || (number < ids_.size() && ids_[number] == value.node()), "a reference is to another value");
      return false;
    }
    Require(hidden_ || number == ids_.size(), "an id is not the next one");
    ids_.push_back(value.node());
    return true;
  }

  void Child(const Json& json, const Value& value) { children_.push_back({&json, value}); }

  void Items(const Json& json, const Value& value) {
    Require(json.size() == value.size(), "a sequence is written with another number of items");
    for (std::size_t i = 0; i < value.size(); ++i) Child(json[i], value.item(i));
  }

  void Pairs(const Json& json, const Value& value) {
    Require(json.size() == value.size(), "a dict is written with another number of pairs");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto [key, its] = value.pair(i);
      Require(json[i].size() == 2, "a pair of a dict is none");
      Child(json[i][0], key);
      Child(json[i][1], its);
    }
  }

  void Text(const Json& json, std::string_view text, bool may_be_text) {
    if (may_be_text && IsUtf8(text)) {
      Require(json.at("v").get_ref<const std::string&>() == text, "a text is written as another one", text);
    } else {
      Require(json.at("x").get_ref<const std::string&>() == HexOf(AsBytes(text)), "bytes are written as others", text);
    }
  }

  void Integer(const Json& json, const Value& value) {
    const auto& digits = json.at("v").get_ref<const std::string&>();
    if (const auto number = value.AsInt()) {
      Require(digits == std::to_string(*number), "an int is written as another one", digits);
      return;
    }
    const Graph& graph = *value.graph();
    CheckDigits(digits, graph.TextOf(graph[value.node()]));
  }

  void Geometry(const Json& json, const Tensor& tensor) {
    Require(json.at("dtype") == DtypeName(tensor.dtype()), "a tensor is written with another dtype");
    Require(SaysIntegers(json.at("shape"), tensor.shape()) && SaysIntegers(json.at("stride"), tensor.stride()) &&
                SaysInteger(json.at("offset"), tensor.storage_offset()),
            "a tensor is written with another geometry");
    if (tensor.is_meta()) {
      Require(json.at("device") == tensor.device(), "a tensor without bytes is written with another device");
    } else {
      StorageBytes(json.at("storage").get<std::size_t>(), *tensor.storage());
    }
  }

  // OUT-007.
  void StorageBytes(std::size_t number, const Storage& storage) {
    const auto [place, first] = numbers_.try_emplace(storage.index(), number);
    Require(place->second == number, "a storage has two numbers");
    if (!first) return;
    Require(hidden_ || number + 1 == numbers_.size(), "a storage does not have the next number");
    Require(number < storages_.size(), "a storage is not written");
    const Json& json = storages_[number];
    Require(json.at("device") == storage.device(), "a storage is written with another device");
    Require(SaysInteger(json.at("nbytes"), static_cast<std::int64_t>(storage.nbytes())),
            "a storage is written with another size");
    if (storage.is_meta()) return;
    const auto bytes = *storage.data();
    if (storage.nbytes() <= kMaxInlineStorageBytes) {
      Require(json.at("x").get_ref<const std::string&>() == HexOf(bytes), "a storage is written with other bytes");
      return;
    }
    output::Sha256 digest;
    digest.Update(bytes);
    Require(json.at("sha256") == digest.Finish(), "a storage is written with another digest");
  }

  void AnyTensor(const Json& json, const Value& value) {
    const Tensor tensor = *value.AsTensor();
    Geometry(tensor.is_parameter() ? json.at("data") : json, tensor);
    Require(json.at("requires_grad") == tensor.requires_grad(), "a tensor is written with another requires_grad");
    Attributes(json, value);
  }

  void Attributes(const Json& json, const Value& value) {
    const auto attributes = value.attributes();
    const bool some = attributes && attributes->size() != 0;
    Require(json.contains("attrs") == some, "attributes are written where there are none, or left out");
    if (some) Pairs(json.at("attrs").at("v"), *attributes);
  }

  void AnyObject(const Json& json, const Object& object) {
    const auto part = [&](const char* name, const std::optional<Value>& value) {
      Require(json.contains(name) == value.has_value(), "a part of an object is left out, or made up", name);
      return value.has_value();
    };
    if (part("args", object.arguments())) Child(json.at("args"), *object.arguments());
    if (part("state", object.state())) Child(json.at("state"), *object.state());
    if (part("items", object.items())) Items(json.at("items"), *object.items());
    if (part("pairs", object.pairs())) Pairs(json.at("pairs"), *object.pairs());
  }

  void Take(const Json& json, const Value& value) {
    if (!TakeId(json, value)) return;
    const bool sparse_parameter = value.type() == ValueType::kSparse && value.AsSparse()->is_parameter();
    Require(json.at("t") == (sparse_parameter ? "parameter" : TypeTag(value.type())),
            "a value is written as another type");
    switch (value.type()) {
      case ValueType::kNone:
        return;
      case ValueType::kBool:
        return Require(json.at("v") == value.AsBool(), "a bool is written as the other one");
      case ValueType::kInt:
        return Integer(json, value);
      case ValueType::kFloat:
        return Require(SameBits(DoubleOf(json.at("v")), value.AsFloat()), "a float is written as another one");
      case ValueType::kComplex:
        return Require(SameBits(DoubleOf(json.at("v").at(0)), value.AsComplex().real()) &&
                           SameBits(DoubleOf(json.at("v").at(1)), value.AsComplex().imag()),
                       "a complex number is written as another one");
      case ValueType::kStr:
        return Text(json, value.AsStr(), true);
      case ValueType::kBytes:
      case ValueType::kBytearray:
        return Text(json, AsText(value.AsBytes()), false);
      case ValueType::kTuple:
      case ValueType::kList:
      case ValueType::kSize:
        return Items(json.at("v"), value);
      case ValueType::kSet:
        // Members stand in an order of their own (OUT-005): from here on ids and numbers are those of others.
        hidden_ |= value.size() != 0;
        return Require(json.at("v").size() == value.size(), "a set is written with another number of members");
      case ValueType::kDict:
      case ValueType::kOrderedDict:
      case ValueType::kCounter:
        Pairs(json.at("v"), value);
        return Attributes(json, value);
      case ValueType::kTensor:
      case ValueType::kParameter:
        return AnyTensor(json, value);
      case ValueType::kObject:
        return AnyObject(json, *value.AsObject());
      case ValueType::kSparse:
      case ValueType::kSubclass:
      case ValueType::kStorage:
        hidden_ = true;
        return;
      case ValueType::kNdarray:
      case ValueType::kNumpyDtype:
        return;
      default:
        return Require(json.at("v").get_ref<const std::string&>() == value.name(), "a name is written as another one");
    }
  }

  const Json& storages_;
  std::vector<Pending> todo_;
  std::vector<Pending> children_;  // of the value that is being looked at
  std::vector<std::uint32_t> ids_;
  std::map<std::size_t, std::size_t> numbers_;  // by storage
  bool hidden_ = false;                         // values that carry ids or name storages were passed over
};

}  // namespace

Json ReadJsonText(std::string_view text) {
  Require(IsUtf8(text), "a canonical text is not UTF-8");
  Require(std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
          "a canonical text holds a control character");
  Json json = Json::parse(text, nullptr, false);
  Require(!json.is_discarded(), "a canonical text is no JSON");
  Require(json.dump() == text, "a canonical text is another one when it is written again");
  return json;
}

void CheckDocument(const Json& document, const Checkpoint& checkpoint) {
  try {
    Walk(document.at("storages")).Run(document.at("root"), checkpoint.root());
  } catch (const Json::exception& error) {
    Fail("a canonical text has another form than it must have", error.what());
  }
}

void CheckDigits(std::string_view digits, std::string_view bytes) {
  const bool negative = digits.starts_with('-');
  const std::string_view magnitude = digits.substr(negative ? 1 : 0);
  Require(!magnitude.empty() && (magnitude == "0" || magnitude[0] != '0'), "the digits of an int are not its shortest",
          digits);
  // times ten, plus a digit, again and again, in one byte more than there are
  std::vector<unsigned> number(bytes.size() + 1, 0);
  for (const char digit : magnitude) {
    auto carry = static_cast<unsigned>(digit - '0');
    for (unsigned& byte : number) {
      carry += byte * 10;
      byte = carry & 0xFF;
      carry >>= 8;
    }
    Require(carry == 0, "the digits of an int say a larger one", digits);
  }
  unsigned carry = negative ? 1 : 0;
  for (unsigned& byte : number) {
    carry += negative ? 0xFF - byte : byte;
    byte = carry & 0xFF;
    carry >>= 8;
  }
  const unsigned sign = !bytes.empty() && static_cast<unsigned char>(bytes.back()) >= 0x80 ? 0xFF : 0;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const unsigned right = i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : sign;
    Require(number[i] == right, "the digits of an int say another one", digits);
  }
}

}  // namespace weightsonly::fuzz
