// Fuzz targets: every value of an accepted checkpoint, through the handles that users have.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "support/loaded.h"
#include "support/target.h"
#include "value/graph.h"
#include "value/ndarray.h"
#include "value/sparse_tensor.h"
#include "value/subclass.h"
#include "value/value.h"

namespace weightsonly::fuzz {
namespace {

// SPR-001: which of the parts there are follows from the layout.
void CheckSparse(const SparseTensor& sparse) {
  const SparseLayout layout = sparse.layout();
  const bool coo = layout == SparseLayout::kCoo;
  const bool columns = layout == SparseLayout::kCsc || layout == SparseLayout::kBsc;
  Require(sparse.indices().has_value() == coo, "a sparse tensor has the indices of another layout");
  Require(sparse.crow().has_value() == (!coo && !columns) && sparse.col().has_value() == (!coo && !columns),
          "a sparse tensor has the rows of another layout");
  Require(sparse.ccol().has_value() == columns && sparse.row().has_value() == columns,
          "a sparse tensor has the columns of another layout");
  Require(SparseLayoutName(layout) != "?", "a sparse tensor has no layout");
  Require(coo || sparse.shape().size() >= 2, "a compressed tensor has no rows and columns");
}

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
        const bool first_text = i == 0 && key.type() == ValueType::kStr;
        Require(!first_text || value.Find(key.AsStr()).has_value(), "a dict does not find its first key");
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
      Require(!object->class_name().empty() && value.name() == object->class_name(), "an object has another class");
      Require(object->constructed() == nullptr, "an object was made that nobody asked for");
    }
    if (const auto subclass = value.AsSubclass()) {
      Require(value.name() == subclass->class_name(), "a tensor is of another class");
      Meet(subclass->data().value());
      Meet(subclass->attributes());
      Meet(subclass->state());
    }
    if (const auto sparse = value.AsSparse()) {
      CheckSparse(*sparse);
      Meet(sparse->values().value());
    }
    if (const auto storage = value.AsStorage()) Require(!storage->device().empty(), "a storage is on no device");
  }

  std::vector<bool> met_;
  std::vector<Value> waiting_;
};

}  // namespace

void CheckValues(const Checkpoint& checkpoint) { Walk(checkpoint).Run(); }

}  // namespace weightsonly::fuzz
