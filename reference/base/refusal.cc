// Floor 0. The table of refusal kinds, and how one is thrown.
#include "base/refusal.h"

#include <array>
#include <cstddef>

namespace weightsonly {
namespace {

struct KindRow {
  std::string_view name;
  bool in_use;
  std::string_view sentence;
  std::string_view advice;
};

constexpr bool now = true;     // the two words of the table's column `when`
constexpr bool later = false;  // NOLINT(readability-identifier-naming)

constexpr std::array<KindRow, kRefusalKindCount> kKinds = {{
#define WEIGHTSONLY_REFUSAL(enumerator, name, when, sentence, advice) {name, when, sentence, advice},
#include "base/refusal.def"
#undef WEIGHTSONLY_REFUSAL
}};

const KindRow& RowOf(RefusalKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view KindName(RefusalKind kind) { return RowOf(kind).name; }
std::string_view KindSentence(RefusalKind kind) { return RowOf(kind).sentence; }
std::string_view KindAdvice(RefusalKind kind) { return RowOf(kind).advice; }
bool KindInUse(RefusalKind kind) { return RowOf(kind).in_use; }

std::optional<RefusalKind> KindFromName(std::string_view name) {
  for (int i = 0; i < kRefusalKindCount; ++i) {
    if (kKinds[static_cast<std::size_t>(i)].name == name) return static_cast<RefusalKind>(i);
  }
  return std::nullopt;
}

void Refuse(RefusalKind kind, std::string_view record, std::uint64_t offset, std::string detail,
            std::vector<std::string> subject) {
  throw Refusal{kind, std::string(record), offset, std::move(detail), std::move(subject)};
}

void RefuseInternal(std::string_view what) { Refuse(RefusalKind::kInternal, {}, 0, std::string(what)); }

}  // namespace weightsonly
