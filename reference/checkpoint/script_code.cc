// Floor 6. The scanner of TorchScript code. SPEC.md chapter 6.
#include "checkpoint/script_code.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"

namespace weightsonly {
namespace {

// TSC-008. The operators of torch's version table that issue a different result, and what they mean on both sides.
struct VersionedCall {
  std::string_view name;
  std::uint64_t changed;  // the first version with the later meaning
  std::string_view before;
  std::string_view since;
};
constexpr std::string_view kDivBefore =
    "before version 4: integers are divided toward zero and give integers, anything else is true division";
constexpr std::string_view kDivSince = "since version 4: true division, integers give a floating-point tensor";
constexpr auto kVersionedCalls = std::to_array<VersionedCall>({
    {"torch.div", 4, kDivBefore, kDivSince},
    {"torch.div_", 4, kDivBefore, kDivSince},
    {"torch.full", 5, "before version 5: an integer fills a floating-point tensor",
     "since version 5: an integer fills a tensor of int64"},
});

bool IsName(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_' ||
         byte == '.' || byte >= 0x80;
}
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// A float that is written out: digits with a point or an exponent.
bool IsFloatLiteral(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (text.empty() || text.size() > kLongest) return false;
  if (text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         text.find_first_not_of("0123456789.eE+-") == std::string_view::npos &&
         text.find_first_of(".eE") != std::string_view::npos;
}

class Scanner {
 public:
  Scanner(std::string_view text, std::string_view record, ScriptCode& code)
      : text_(text), record_(record), code_(code), first_(code.calls.size()) {}

  std::uint64_t Run() {
    while (at_ < text_.size()) Step();
    while (!open_.empty()) Close();
    std::ranges::sort(order_);
    Arrange();
    return text_.empty() || text_.back() == '\n' ? line_ - 1 : line_;
  }

 private:
  // A bracket that is open; `call` is null for one that belongs to none of the calls.
  struct Open {
    const VersionedCall* call;
    std::size_t begin;   // of the name
    std::uint64_t line;  // of the name
    std::size_t line_begin;
    std::size_t second = 0;  // where the second argument begins and ends, when it does
    std::size_t second_end = 0;
    bool independent = false;  // the version does not matter here
  };

  void Step() {
    const char c = text_[at_];
    if (IsName(c)) return Name();
    ++at_;
    if (c == '\n') NewLine();
    if (c == '#') SkipComment();
    if (c == '"' || c == '\'') SkipString(c);
    if (c == '(' || c == '[' || c == '{') Push(nullptr, at_ - 1);
    if (c == ')' || c == ']' || c == '}') Close();
    if (c == ',' && !open_.empty() && too_deep_ == 0) Comma(open_.back());
  }

  void NewLine() {
    ++line_;
    line_begin_ = at_;
  }

  void SkipComment() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  // Behind the first quote. A string ends at its quote or its line, one in three quotes at three.
  void SkipString(char quote) {
    const bool three = text_.substr(at_, 2) == std::string(2, quote);
    if (three) at_ += 2;
    while (at_ < text_.size()) {
      if (!three && text_[at_] == '\n') return;
      const char c = text_[at_++];
      if (c == '\n') NewLine();
      if (c == '\\' && at_ < text_.size() && text_[at_] != '\n') ++at_;
      if (c != quote) continue;
      if (!three) return;
      if (text_.substr(at_, 2) != std::string(2, quote)) continue;
      at_ += 2;
      return;
    }
  }

  // A name with its dots, and what the character behind it makes of it: a call, or the keyword of an argument.
  void Name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsName(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    const char next = at_ < text_.size() ? text_[at_] : '\n';
    if (next == '(') {
      ++at_;
      const auto* call = std::ranges::find(kVersionedCalls, name, &VersionedCall::name);
      Push(call == kVersionedCalls.end() ? nullptr : call, begin);
    } else if (next == '=' && !open_.empty() && too_deep_ == 0 && open_.back().call != nullptr) {
      Keyword(open_.back(), name);
    }
  }

  void Push(const VersionedCall* call, std::size_t begin) {
    if (open_.size() < kMaxScriptNesting) {
      open_.push_back({.call = call, .begin = begin, .line = line_, .line_begin = line_begin_});
      return;
    }
    ++too_deep_;
    if (call != nullptr) ++code_.calls_left_out;
  }

  void Comma(Open& open) const {
    if (open.second == 0) {
      open.second = at_;
    } else if (open.second_end == 0) {
      open.second_end = at_ - 1;
    }
  }

  // TSC-009. Arguments with which both meanings are the same.
  void Keyword(Open& open, std::string_view name) const {
    if (open.call->changed == 4) {
      open.independent = open.independent || name == "rounding_mode";
      return;
    }
    const std::string_view value = Trimmed(text_.substr(at_ + 1, 8));
    const bool number =
        !value.empty() && value.front() >= '0' && value.front() <= '9';  // None or a variable tells nothing
    open.independent = open.independent || name == "out" || (name == "dtype" && number);
  }

  void Close() {
    if (too_deep_ != 0) {
      --too_deep_;
      return;
    }
    if (open_.empty()) return;
    const Open open = open_.back();
    open_.pop_back();
    if (open.call == nullptr || open.independent) return;
    const std::size_t end = open.second_end != 0 ? open.second_end : std::min(at_, text_.size()) - 1;
    const bool has_second = open.second != 0 && end > open.second;
    if (open.call->changed == 5 && has_second &&
        IsFloatLiteral(Trimmed(text_.substr(open.second, end - open.second)))) {
      return;
    }
    Add(open);
  }

  void Add(const Open& open) {
    if (code_.calls.size() >= kMaxScriptCalls) {
      ++code_.calls_left_out;
      return;
    }
    order_.push_back({open.begin, code_.calls.size()});
    const bool far = open.begin - open.line_begin > kMaxScriptLineBytes / 2;
    std::string_view line = text_.substr(far ? open.begin : open.line_begin, kMaxScriptLineBytes);
    line = Trimmed(line.substr(0, line.find('\n')));
    code_.calls.push_back({.record = std::string(record_),
                           .line = open.line,
                           .name = std::string(open.call->name),
                           .text = std::string(line),
                           .meaning = code_.version < open.call->changed ? open.call->before : open.call->since});
  }

  // Inner calls close before outer ones: puts the calls of this file into the order in which they begin.
  void Arrange() {
    std::vector<ScriptCall> sorted;
    sorted.reserve(order_.size());
    for (const Place& place : order_) sorted.push_back(std::move(code_.calls[place.call]));
    std::ranges::move(sorted, code_.calls.begin() + static_cast<std::ptrdiff_t>(first_));
  }

  struct Place {
    std::size_t begin;
    std::size_t call;
    auto operator<=>(const Place&) const = default;
  };

  std::string_view text_;
  std::string_view record_;
  ScriptCode& code_;
  std::size_t first_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::vector<Open> open_;
  std::uint64_t too_deep_ = 0;  // brackets that are open beyond kMaxScriptNesting
  std::vector<Place> order_;
};

}  // namespace

std::uint64_t ScanScriptCode(std::string_view text, std::string_view record, ScriptCode& code) {
  return Scanner(text, record, code).Run();
}

}  // namespace weightsonly
