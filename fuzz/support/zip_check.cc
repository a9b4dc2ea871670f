// Fuzz target zip: end record, directory and names.
#include "support/zip_check.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "container/zip_format.h"
#include "support/refusals.h"
#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

using container::Archive;
using container::Entry;

// Names that are looked up: a look at every name costs as many steps as there are entries.
constexpr std::size_t kMostNames = 24;

// A little-endian number of the file, which has these bytes.
std::uint64_t NumberAt(Bytes file, std::uint64_t at, unsigned width) {
  std::uint64_t number = 0;
  for (unsigned i = width; i-- > 0;) number = number << 8 | static_cast<std::uint64_t>(file[at + i]);
  return number;
}

// ZIP-018, ZIP-040: `narrow` is a 32-bit field; the wide ones of the first zip64 field follow each other. Nothing where
// the field has none left, or where there is none: then the entry keeps a mark.
class WideNumbers {
 public:
  explicit WideNumbers(Bytes extra) {
    while (extra.size() >= container::kExtraHeaderSize) {
      const std::uint64_t size = NumberAt(extra, 2, 2);
      const bool found = NumberAt(extra, 0, 2) == container::kExtraZip64;
      extra = extra.subspan(container::kExtraHeaderSize);
      if (size > extra.size()) return;
      if (found) {
        rest_ = extra.first(size);
        return;
      }
      extra = extra.subspan(size);
    }
  }

  std::optional<std::uint64_t> Next(std::uint64_t narrow) {
    if (narrow != container::kMarker32) return narrow;
    if (rest_.size() < 8) return std::nullopt;
    const std::uint64_t wide = NumberAt(rest_, 0, 8);
    rest_ = rest_.subspan(8);
    return wide;
  }

 private:
  Bytes rest_;
};

void CheckNumbers(Bytes file, std::uint64_t at, const Entry& entry, std::uint64_t name_size) {
  const std::uint64_t extra = NumberAt(file, at + container::kCentralExtraLength, 2);
  WideNumbers wide(file.subspan(at + container::kCentralSize + name_size, extra));
  const auto size = wide.Next(NumberAt(file, at + container::kCentralUncompressedSize, 4));
  const auto compressed = wide.Next(NumberAt(file, at + container::kCentralCompressedSize, 4));
  const auto header = wide.Next(NumberAt(file, at + container::kCentralHeaderOffset, 4));
  const bool marked = (entry.marks & (container::kMarkZip64Short | container::kMarkZip64Missing)) != 0;
  Require(marked == (!size || !compressed || !header), "a zip64 field is complete by one way to read it only");
  if (marked) return;
  Require(entry.size == *size && entry.compressed_size == *compressed && entry.header_offset == *header,
          "an entry has other numbers than the directory");
}

// ZIP-013 to ZIP-015, ZIP-025, ZIP-026. Returns where the next entry begins.
std::uint64_t CheckEntry(Bytes file, std::uint64_t at, const Archive& archive, const Entry& entry) {
  Require(archive.DirectoryOffsetOf(entry) == at, "an entry does not begin where the one before it ends");
  Require(NumberAt(file, at, 4) == container::kCentralSignature, "an entry has no signature");
  const std::uint64_t name_size = NumberAt(file, at + container::kCentralNameLength, 2);
  const std::string_view name = AsText(file.subspan(at + container::kCentralSize, name_size));
  std::string whole(archive.prefix());
  whole.append("/").append(archive.NameOf(entry));
  Require(name == whole, "an entry has another name than the directory", name);
  Require(name.find('\0') == std::string_view::npos, "a name holds a NUL", name);
  Require(entry.method == NumberAt(file, at + container::kCentralMethod, 2) &&
              entry.flags == NumberAt(file, at + container::kCentralFlags, 2) &&
              entry.crc == NumberAt(file, at + container::kCentralCrc, 4),
          "an entry has another method, other flags or another CRC than the directory");
  CheckNumbers(file, at, entry, name_size);
  return at + container::kCentralSize + name_size + NumberAt(file, at + container::kCentralExtraLength, 2) +
         NumberAt(file, at + container::kCentralCommentLength, 2);
}

// ZIP-028
bool SameLetters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Find(name) in a form that can be compared: the entry, null, or nothing for a refusal.
template <typename Find>
std::optional<const Entry*> Answer(Find find) {
  try {
    return find();
  } catch (const Refusal& refusal) {
    CheckRefusal(refusal);
    Require(refusal.kind == RefusalKind::kZipDuplicateName, "a name is refused for another reason than a second one",
            KindName(refusal.kind));
    return std::nullopt;
  }
}

void CheckName(const Archive& archive, std::string_view name) {
  const Entry* first = nullptr;
  const Entry* exact = nullptr;
  std::size_t same = 0;
  for (const Entry& entry : archive.entries()) {
    const std::string_view its = archive.NameOf(entry);
    if (exact == nullptr && its == name) exact = &entry;
    if (!SameLetters(its, name)) continue;
    if (same++ == 0) first = &entry;
  }
  // Of two with one name there is none, and the answer is a refusal.
  const auto right = [&](std::optional<const Entry*> answer) {
    return same > 1 ? !answer.has_value() : answer.has_value() && *answer == first;
  };
  Require(right(Answer([&] { return archive.Find(name); })), "Find gives another record than a look at each", name);
  Require(archive.FindExactly(name) == exact, "FindExactly gives another record than a look at each", name);
  for (const std::size_t guess : {std::size_t{0}, archive.entries().size() - 1, archive.entries().size()}) {
    Require(right(Answer([&] { return archive.FindNear(guess, name); })),
            "FindNear gives another record than a look at each", name);
  }
}

}  // namespace

void CheckDirectory(Bytes file, const Archive& archive) {
  const std::string_view text = AsText(file);
  Require(archive.comment_size() + container::kEndSize <= archive.end_offset() && archive.end_offset() <= file.size(),
          "the end record lies outside of the file");
  const std::uint64_t end = archive.end_offset() - archive.comment_size() - container::kEndSize;
  // ZIP-001. The last signature that has room for an end record behind it.
  Require(text.rfind("PK\5\6", file.size() - container::kEndSize) == end,
          "another end record stands behind the one read");
  Require(archive.directory_offset() <= file.size() &&
              archive.directory_size() <= file.size() - archive.directory_offset() &&
              archive.directory_size() / container::kCentralSize >= archive.entries().size(),
          "the directory lies outside of the file, or is too short");
  Require(!archive.entries().empty(), "an archive without entries is open");
  Require(archive.prefix().size() <= 510 && archive.prefix().find('/') == std::string_view::npos,
          "the archive's name is none", archive.prefix());
  std::uint64_t at = archive.directory_offset();
  for (const Entry& entry : archive.entries()) {
    Require(&archive.entries()[archive.IndexOf(entry)] == &entry, "an entry has another index");
    at = CheckEntry(file, at, archive, entry);
  }
  Require(at <= archive.directory_offset() + archive.directory_size(), "the entries reach out of the directory");
}

void CheckNames(const Archive& archive) {
  const auto entries = archive.entries();
  for (const Entry& entry : entries.first(std::min(entries.size(), kMostNames))) {
    std::string name(archive.NameOf(entry));
    CheckName(archive, name);
    CheckName(archive, name + '\0');
    for (char& c : name) c = static_cast<char>((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c ^ 0x20 : c);
    CheckName(archive, name);
    if (name.empty()) continue;
    name.back() = static_cast<char>(name.back() ^ 0x20);  // a letter: the one of the entry; '@' and '`' are not
    CheckName(archive, name);
    name.pop_back();
    CheckName(archive, name);
  }
}

}  // namespace weightsonly::fuzz
