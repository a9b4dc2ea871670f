// Fuzz targets: every value of an accepted checkpoint, through the handles that users have.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "support/loaded.h"
#include "support/target.h"
#include "support/uncovered.h"
#include "value/graph.h"
#include "value/ndarray.h"
#include "value/subclass.h"
#include "value/value.h"

WEIGHTSONLY_UNCOVERED_BEGIN

namespace weightsonly::fuzz {
namespace {

// Each value once, whatever refers to it.
class Walk {
 public:
  explicit Walk(const Checkpoint& checkpoint) : met_(checkpoint.graph()->node_count()) { Meet(checkpoint.root()); }

  void Run() {
    while (!waiting_.empty()) {
      const Value value = waiting_.back();
      waiting_.pop_back();
      CheckPlain(value);
      MeetItems(value);
      MeetParts(value);
    }
  }

 private:
  void Meet(const Value& value) {
    Require(value.node() < met_.size(), "a value refers to one that does not exist");
    if (met_[value.node()]) return;
    met_[value.node()] = true;
    waiting_.push_back(value);
  }
  void Meet(const std::optional<Value>& value) {
    if (value) Meet(*value);
  }

  static void CheckPlain(const Value& value) {
    switch (value.type()) {
      case ValueType::kStr:
        return Require(IsUtf8WithSurrogates(value.AsStr()), "a str is not UTF-8", value.AsStr());
      case ValueType::kInt:
        return Require(!value.IntText().empty(), "an int has no digits");
      case ValueType::kDtype:
        return Require(value.AsDtype().has_value() && !value.name().empty(), "a dtype has no name");
      case ValueType::kNdarray: {
        const auto array = value.AsNdarray();
        std::vector<std::byte> copy(array->nbytes());
        Require(array->numel() * array->item_bytes() == array->nbytes(), "an array has other bytes than elements");
        return Require(array->CopyTo(copy).has_value(), "an array cannot be copied");
      }
      default:
        return;
    }
  }

  void MeetItems(const Value& value) {
    const bool has_pairs = IsDict(value.type());
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (has_pairs) {
        const auto [key, item] = value.pair(i);
        Meet(key);
        Meet(item);
      } else {
        Meet(value.item(i));
      }
    }
    Meet(value.attributes());
  }

  void MeetParts(const Value& value) {
    if (const auto object = value.AsObject()) {
      Meet(object->arguments());
      Meet(object->state());
      Meet(object->items());
      Meet(object->pairs());
      Require(object->constructed() == nullptr, "an object was made that nobody asked for");
    }
    if (const auto subclass = value.AsSubclass()) {
      Meet(subclass->data().value());
      Meet(subclass->attributes());
      Meet(subclass->state());
    }
    if (const auto sparse = value.AsSparse()) Meet(sparse->values().value());
    if (const auto storage = value.AsStorage()) Require(!storage->device().empty(), "a storage is on no device");
  }

  std::vector<bool> met_;
  std::vector<Value> waiting_;
};

}  // namespace

void CheckValues(const Checkpoint& checkpoint) { Walk(checkpoint).Run(); }

}  // namespace weightsonly::fuzz

WEIGHTSONLY_UNCOVERED_END
