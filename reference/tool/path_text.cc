// Floor 8. Paths for people. SPEC.md chapter 8.
#include "tool/path_text.h"

#include <variant>

#include "base/text.h"
#include "tool/value_text.h"

namespace weightsonly::tool {
namespace {

struct Appender {
  std::string& out;

  void operator()(std::string_view key) const {
    if (!out.empty()) out += '.';
    out += key.empty() ? "\"\"" : EscapeForTerminal(key);
  }
  void operator()(std::int64_t index) const {
    out += '[';
    AppendDecimal(out, index);
    out += ']';
  }
  void operator()(const AttributeName& attribute) const {
    if (!attribute.of_object) {
      out += '@';
    } else if (!out.empty()) {
      out += '.';
    }
    out += EscapeForTerminal(attribute.name);
  }
  void operator()(const Value& key) const {
    out += '[';
    out += ShortValue(key);
    out += ']';
  }
};

}  // namespace

std::string PathText(std::span<const PathElement> path, std::size_t max_bytes) {
  if (path.empty()) return "(root)";
  std::string out;
  for (const PathElement& element : path) {
    std::visit(Appender{out}, element);
    if (out.size() > max_bytes) return out += "\xe2\x80\xa6";
  }
  return out;
}

}  // namespace weightsonly::tool
