// Floor 3. The handle of a tensor of a class of the user's. Public. SPEC.md chapter 5 (SUB-002 to SUB-006).
//
// The class is named and never looked up: nothing of it runs, and what it makes of its data and attributes is not known
// here. The data are those of the file, which such a class may show in another way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/export.h"
#include "value/value.h"

namespace weightsonly {

// A handle as Tensor is.
class WEIGHTSONLY_EXPORT Subclass {
 public:
  // Module, dot, name: "training.Tagged". Raw bytes of the file or of the user's list: escape before printing.
  [[nodiscard]] std::string_view class_name() const;
  // The tensor that the class is put over; quantized or on the meta device as any other. Of a wrapper it is what the
  // wrapper looks like from outside: dtype, shape, stride, offset and device, and no elements (Tensor::is_meta()); the
  // tensors inside are among the attributes.
  [[nodiscard]] Tensor data() const;
  // What the state sets, `__dict__` and slots together, as a kDict with str keys. Nothing when it sets nothing.
  [[nodiscard]] std::optional<Value> attributes() const;
  // A state that is not made of attributes, which only a `__setstate__` of the class can read. Nothing otherwise.
  [[nodiscard]] std::optional<Value> state() const;

  // The tensor as a Value again (kSubclass).
  [[nodiscard]] Value value() const { return {graph_, node_}; }

  Subclass(std::shared_ptr<const Graph> graph, std::uint32_t node) : graph_(std::move(graph)), node_(node) {}
  [[nodiscard]] std::uint32_t node() const { return node_; }

 private:
  std::shared_ptr<const Graph> graph_;
  std::uint32_t node_;
};

}  // namespace weightsonly
