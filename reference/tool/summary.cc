// Floor 8. The value tree for people, cut to a screenful. SPEC.md chapter 8.
#include "tool/summary.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tool/screen.h"
#include "tool/value_text.h"

namespace weightsonly::tool {
namespace {

constexpr std::size_t kMaxLevels = 3;
constexpr std::size_t kMaxEntries = 12;
constexpr std::size_t kMaxLines = 60;

// A container on its way to the page: entries before `next` are printed.
struct Open {
  Value container;
  std::size_t next = 0;
};

class Tree {
 public:
  explicit Tree(Stream& out) : out_(out) {}

  void Print(const Value& root) {
    Line(0, ShortValue(root));
    Enter(root);
    while (!open_.empty()) Step();
  }

 private:
  void Line(std::size_t level, std::string_view text) {
    out_ << std::string(2 + 2 * level, ' ') << text << "\n";
    ++lines_;
  }

  void Enter(const Value& value) {
    if (IsContainer(value.type()) && value.size() != 0 && open_.size() < kMaxLevels) open_.push_back({value});
  }

  // One entry of the innermost container, or its end.
  void Step() {
    Open& open = open_.back();
    const std::size_t level = open_.size();
    const std::size_t size = open.container.size();
    const std::size_t shown = std::min(size, lines_ < kMaxLines ? kMaxEntries : 1);
    if (open.next >= shown) {
      if (open.next < size) Line(level, "\xe2\x80\xa6 " + GroupedDigits(size - open.next) + " more");
      open_.pop_back();
      return;
    }
    const std::size_t index = open.next++;
    const Value container = open.container;  // Enter may move what `open` refers to
    if (IsDict(container.type())) {
      const auto [key, value] = container.pair(index);
      Line(level, ShortValue(key) + ": " + ShortValue(value));
      Enter(value);
    } else {
      const Value item = container.item(index);
      Line(level, ShortValue(item));
      Enter(item);
    }
  }

  Stream& out_;
  std::vector<Open> open_;
  std::size_t lines_ = 0;
};

}  // namespace

void PrintSummary(const Context& context, const std::string& file, const Checkpoint& checkpoint) {
  const Style style(context.arguments.color, context.out);
  context.out << style.bold << DisplayName(file) << style.reset << ": " << style.green << "accepted" << style.reset
              << ", contents checked; " << ReadableBytes(checkpoint.file_bytes()) << ", "
              << Count(checkpoint.storage_count(), "storage") << "\n";
  Tree(context.out).Print(checkpoint.root());
}

}  // namespace weightsonly::tool
