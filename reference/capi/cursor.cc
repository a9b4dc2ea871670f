// The C interface: cursors over the tensors of a checkpoint. SPEC.md chapter 7 (CAP-003, CAP-004, CAP-008).
#include <map>
#include <variant>

#include "capi/handles.h"

// Every handle of a range is a share of the checkpoint (CAP-002).
struct weightsonly_cursor {
  explicit weightsonly_cursor(const weightsonly::Checkpoint& checkpoint)
      : range(checkpoint.tensors()), at(range.begin()) {}

  weightsonly::TensorRange range;
  weightsonly::TensorRange::iterator at;
  bool started = false;
  std::optional<std::string> text;           // the path for people, once it was asked for
  std::map<std::size_t, std::string> names;  // steps with keys that are neither str nor int, once they were asked for
};

namespace weightsonly::capi {
namespace {

// CAP-004. What a name may add to a path's text, and behind which length no further step is added: a path of long keys
// that stand in many dicts would be of any length.
constexpr std::size_t kMaxName = std::size_t{32} << 10;

struct PathText {
  std::string& out;

  static std::string Escaped(std::string_view name) { return EscapeForTerminal(name, kMaxName); }
  void operator()(std::string_view key) const {
    if (!out.empty()) out += '.';
    out += key.empty() ? "\"\"" : Escaped(key);
  }
  void operator()(std::int64_t number) const { out += '[' + std::to_string(number) + ']'; }
  void operator()(const AttributeName& attribute) const {
    if (!attribute.of_object) {
      out += '@';
    } else if (!out.empty()) {
      out += '.';
    }
    out += Escaped(attribute.name);
  }
  void operator()(const Value& key) const {
    std::string json;
    AppendPathElement(json, key);
    out += '[' + Escaped(json) + ']';
  }
};

std::string TextOf(std::span<const PathElement> path) {
  if (path.empty()) return "(root)";
  std::string out;
  for (const PathElement& element : path) {
    if (out.size() > kMaxName) return out += "\xe2\x80\xa6";
    std::visit(PathText{out}, element);
  }
  return out;
}

bool HasTensor(const weightsonly_cursor* cursor) {
  return cursor != nullptr && cursor->started && cursor->at != std::default_sentinel;
}

// The step, or nothing.
const PathElement* StepOf(const weightsonly_cursor* cursor, std::size_t step) {
  if (!HasTensor(cursor)) return nullptr;
  const auto path = (*cursor->at).path;
  return step < path.size() ? &path[step] : nullptr;
}

// A canonical JSON that is made when it is asked for, and kept until the cursor moves.
std::string_view OtherName(weightsonly_cursor* cursor, std::size_t step, const PathElement& element) {
  const auto [place, first] = cursor->names.try_emplace(step);
  if (first) AppendPathElement(place->second, element);
  return place->second;
}

const weightsonly_cursor* NeedTensor(const weightsonly_cursor* cursor) {
  if (!HasTensor(Need(cursor, "cursor"))) RefuseArgument("the cursor stands at no tensor");
  return cursor;
}

}  // namespace
}  // namespace weightsonly::capi

using weightsonly::AttributeName;
using weightsonly::capi::Guarded;
using weightsonly::capi::HasTensor;
using weightsonly::capi::Make;
using weightsonly::capi::Need;
using weightsonly::capi::NeedTensor;
using weightsonly::capi::StepOf;

weightsonly_cursor* weightsonly_cursor_open(const weightsonly_checkpoint* checkpoint,
                                            weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] { return Make<weightsonly_cursor>(Need(checkpoint, "checkpoint")->checkpoint); });
}

int weightsonly_cursor_next(weightsonly_cursor* cursor, weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&]() -> int {
    Need(cursor, "cursor");
    cursor->text.reset();
    cursor->names.clear();
    if (cursor->started && cursor->at != std::default_sentinel) ++cursor->at;
    cursor->started = true;
    return cursor->at != std::default_sentinel ? WEIGHTSONLY_OK : WEIGHTSONLY_END;
  });
}

int weightsonly_cursor_truncated(const weightsonly_cursor* cursor) noexcept {
  return cursor != nullptr && cursor->range.truncated() ? 1 : 0;
}

void weightsonly_cursor_close(weightsonly_cursor* cursor) noexcept { delete cursor; }

weightsonly_tensor* weightsonly_cursor_tensor(const weightsonly_cursor* cursor,
                                              weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] { return Make<weightsonly_tensor>((*NeedTensor(cursor)->at).tensor); });
}

weightsonly_sparse* weightsonly_cursor_sparse(const weightsonly_cursor* cursor,
                                              weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    const auto sparse = NeedTensor(cursor)->range.sparse();
    return sparse ? Make<weightsonly_sparse>(*sparse) : nullptr;
  });
}

size_t weightsonly_cursor_path_length(const weightsonly_cursor* cursor) noexcept {
  return HasTensor(cursor) ? (*cursor->at).path.size() : 0;
}

int weightsonly_cursor_path_kind(const weightsonly_cursor* cursor, size_t step) noexcept {
  const auto* element = StepOf(cursor, step);
  if (element == nullptr) return WEIGHTSONLY_PATH_NONE;
  if (std::holds_alternative<std::string_view>(*element)) return WEIGHTSONLY_PATH_KEY;
  if (std::holds_alternative<std::int64_t>(*element)) return WEIGHTSONLY_PATH_NUMBER;
  const auto* attribute = std::get_if<AttributeName>(element);
  if (attribute == nullptr) return WEIGHTSONLY_PATH_OTHER;
  return attribute->of_object ? WEIGHTSONLY_PATH_MEMBER : WEIGHTSONLY_PATH_ATTRIBUTE;
}

// CAP-003. A view of the arena, where names end in no NUL: without `length` nobody could use it.
const char* weightsonly_cursor_path_name(weightsonly_cursor* cursor, size_t step, size_t* length) noexcept {
  if (length == nullptr) return nullptr;
  *length = 0;
  const auto* element = StepOf(cursor, step);
  if (element == nullptr || std::holds_alternative<std::int64_t>(*element)) return nullptr;
  std::string_view name;
  if (const auto* key = std::get_if<std::string_view>(element)) {
    name = *key;
  } else if (const auto* attribute = std::get_if<AttributeName>(element)) {
    name = attribute->name;
  } else {
    try {
      name = weightsonly::capi::OtherName(cursor, step, *element);
    } catch (const std::exception&) {  // std::bad_alloc
      return nullptr;
    }
  }
  *length = name.size();
  return name.data() != nullptr ? name.data() : "";
}

int64_t weightsonly_cursor_path_number(const weightsonly_cursor* cursor, size_t step) noexcept {
  const auto* element = StepOf(cursor, step);
  const auto* number = element != nullptr ? std::get_if<std::int64_t>(element) : nullptr;
  return number != nullptr ? *number : 0;
}

const char* weightsonly_cursor_path_text(weightsonly_cursor* cursor) noexcept {
  if (!HasTensor(cursor)) return "";
  try {
    if (!cursor->text) cursor->text = weightsonly::capi::TextOf((*cursor->at).path);
    return cursor->text->c_str();
  } catch (const std::exception&) {  // std::bad_alloc
    return nullptr;
  }
}
