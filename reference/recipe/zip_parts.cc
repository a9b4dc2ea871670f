// Recipes: the parts of an archive found. The layouts are those of container/zip_format.h.
#include "recipe/zip_parts.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/checked.h"
#include "container/zip_extra.h"
#include "container/zip_format.h"

namespace weightsonly::recipe {
namespace {

constexpr std::string_view kLocalMark = "PK\3\4";
constexpr std::string_view kCentralMark = "PK\1\2";
constexpr std::string_view kDescriptorMark = "PK\7\10";

bool Has(Bytes file, std::uint64_t at, std::string_view mark, std::size_t size) {
  return Fits(at, size, file.size()) && AsText(file).substr(at, mark.size()) == mark;
}

std::string TextAt(Bytes file, std::uint64_t at, std::uint64_t size) {
  return std::string(AsText(file).substr(at, size));
}

container::WideFields Resolved(const Header& header, std::uint64_t offset) {
  container::WideFields wide = {
      .size = header[Field::kSize], .compressed_size = header[Field::kCompressed], .header_offset = offset};
  if (container::NeedsZip64(wide)) container::ResolveZip64(AsBytes(header.extra), &wide);
  return wide;
}

class Finder {
 public:
  explicit Finder(Bytes file) : file_(file) {}

  ZipParts Run() {
    FindEnds();
    FindEntries();
    FindMembers();
    return std::move(parts_);
  }

 private:
  void FindEnds() {
    const std::size_t end = AsText(file_).rfind("PK\5\6");
    if (end == std::string_view::npos || file_.size() - end < container::kEndSize) return;
    parts_.end = end;
    parts_.end_header = Unpack(kEndLayout, file_.subspan(end));
    parts_.end_header.comment = TextAt(file_, end + container::kEndSize, parts_.end_header[Field::kCommentLength]);
    limit_ = end;
    if (limit_ < container::kLocatorSize ||
        !Has(file_, limit_ - container::kLocatorSize, "PK\6\7", container::kLocatorSize)) {
      return;
    }
    limit_ -= container::kLocatorSize;
    parts_.locator = limit_;
    const std::uint64_t said = Load64(file_.data() + limit_ + container::kLocatorOffset);
    for (const std::uint64_t at : {said, limit_ - container::kEnd64Size}) {
      if (parts_.end64 || !Fits(at, container::kEnd64Size, limit_) || !Has(file_, at, "PK\6\6", 4)) continue;
      parts_.end64 = at;
    }
    if (parts_.end64) limit_ = *parts_.end64;
  }

  // The directory is where the end records say, or else right in front of them.
  void FindEntries() {
    if (!parts_.end) return;
    const Header said = parts_.end64 ? Unpack(kEnd64Layout, file_.subspan(*parts_.end64)) : parts_.end_header;
    const std::uint64_t size = said[Field::kDirectorySize];
    for (const std::uint64_t start : {said[Field::kDirectoryOffset], size <= limit_ ? limit_ - size : limit_}) {
      std::uint64_t at = start;
      while (AddEntry(at)) at = parts_.entries.back().end;
      if (!parts_.entries.empty()) return;
    }
  }

  bool AddEntry(std::uint64_t at) {
    if (!Fits(at, container::kCentralSize, limit_) || !Has(file_, at, kCentralMark, container::kCentralSize)) {
      return false;
    }
    CentralEntry entry;
    entry.offset = at;
    entry.header = Unpack(kCentralLayout, file_.subspan(at));
    Header& header = entry.header;
    const std::uint64_t name = header[Field::kNameLength];
    const std::uint64_t extra = header[Field::kExtraLength];
    const std::uint64_t comment = header[Field::kCommentLength];
    at += container::kCentralSize;
    if (!Fits(at, name + extra + comment, limit_)) return false;
    header.name = TextAt(file_, at, name);
    header.extra = TextAt(file_, at + name, extra);
    header.comment = TextAt(file_, at + name + extra, comment);
    entry.end = at + name + extra + comment;
    const container::WideFields wide = Resolved(header, header[Field::kOffset]);
    entry.compressed = wide.compressed_size;
    entry.local_offset = wide.header_offset;
    parts_.entries.push_back(std::move(entry));
    return true;
  }

  // Behind a member another one can follow that the directory does not list. Without a directory they are looked for.
  void FindMembers() {
    for (const CentralEntry& entry : parts_.entries) listed_.emplace_back(entry.local_offset, entry.compressed);
    std::ranges::sort(listed_);
    std::uint64_t at = 0;
    while (at < file_.size()) {
      if (AddMember(at)) {
        at = parts_.members.back().end;
      } else {
        at = NextCandidate(at);
      }
    }
  }

  // The first place behind `at` where a local header may begin.
  [[nodiscard]] std::uint64_t NextCandidate(std::uint64_t at) const {
    if (parts_.entries.empty()) return AsText(file_).find(kLocalMark, at + 1);
    const auto next = std::ranges::upper_bound(listed_, at, {}, &Listed::first);
    return next == listed_.end() ? file_.size() : next->first;
  }

  // Where the bytes end that may belong to a member at `at`: at the next other part. `at` itself inside of one: there.
  [[nodiscard]] std::uint64_t LimitAt(std::uint64_t at) const {
    std::uint64_t limit = file_.size();
    const auto block = [&](std::uint64_t start, std::uint64_t end) {
      if (at < end) limit = std::min(limit, std::max(start, at));
    };
    if (!parts_.entries.empty()) block(parts_.entries.front().offset, parts_.entries.back().end);
    if (parts_.end64) block(*parts_.end64, *parts_.end64 + container::kEnd64Size);
    if (parts_.locator) block(*parts_.locator, *parts_.locator + container::kLocatorSize);
    if (parts_.end) block(*parts_.end, *parts_.end + container::kEndSize + parts_.end_header.comment.size());
    return limit;
  }

  bool AddMember(std::uint64_t at) {
    std::uint64_t limit = LimitAt(at);
    if (!Fits(at, container::kLocalSize, limit) || !Has(file_, at, kLocalMark, container::kLocalSize)) return false;
    Member member;
    member.offset = at;
    member.local = Unpack(kLocalLayout, file_.subspan(at));
    const std::uint64_t name = member.local[Field::kNameLength];
    const std::uint64_t extra = member.local[Field::kExtraLength];
    member.payload = at + container::kLocalSize + name + extra;
    if (member.payload > limit) return false;
    if (const std::uint64_t next = NextCandidate(at); !parts_.entries.empty() && next >= member.payload) {
      limit = std::min(limit, next);
    }
    member.local.name = TextAt(file_, at + container::kLocalSize, name);
    member.local.extra = TextAt(file_, at + container::kLocalSize + name, extra);
    FindPayload(limit, member);
    FindDescriptor(limit, member);
    parts_.members.push_back(std::move(member));
    return true;
  }

  void FindPayload(std::uint64_t limit, Member& member) const {
    const std::uint64_t room = limit - member.payload;
    const auto listed = std::ranges::lower_bound(listed_, member.offset, {}, &Listed::first);
    if (listed != listed_.end() && listed->first == member.offset && listed->second <= room) {
      member.payload_size = listed->second;
      return;
    }
    const bool has_descriptor = (member.local[Field::kFlags] & container::kFlagDescriptor) != 0;
    const std::uint64_t said = Resolved(member.local, 0).compressed_size;
    if (!has_descriptor && said <= room) {
      member.payload_size = said;
      return;
    }
    member.payload_size = has_descriptor ? DistanceToDescriptor(member.payload, limit) : NextMark(member, limit);
  }

  // Without a size: as far as a descriptor that counts exactly the bytes before it, or as the next header.
  [[nodiscard]] std::uint64_t DistanceToDescriptor(std::uint64_t start, std::uint64_t limit) const {
    const std::string_view text = AsText(file_).substr(0, limit);
    std::size_t at = text.find("PK", start);
    for (; at != std::string_view::npos; at = text.find("PK", at + 1)) {
      if (text.substr(at, 4) == kLocalMark || text.substr(at, 4) == kCentralMark) return at - start;
      const bool is_descriptor = text.substr(at, 4) == kDescriptorMark && limit - at >= SizeOf(kSignedLayout);
      if (is_descriptor && Load32(file_.data() + at + 8) == at - start) return at - start;
    }
    return limit - start;
  }

  [[nodiscard]] std::uint64_t NextMark(const Member& member, std::uint64_t limit) const {
    const std::size_t next = AsText(file_).substr(0, limit).find(kLocalMark, member.payload);
    return std::min<std::uint64_t>(next, limit) - member.payload;
  }

  // The form that ends where the next part begins, or else the first that counts the payload rightly.
  void FindDescriptor(std::uint64_t limit, Member& member) const {
    const std::uint64_t at = member.payload + member.payload_size;
    member.end = at;
    for (const Layout layout : {kSignedLayout, kWideLayout, kPlainLayout}) {
      const std::size_t size = SizeOf(layout);
      if (!Fits(at, size, limit)) continue;
      const Header found = Unpack(layout, file_.subspan(at));
      const bool is_signed = AsText(file_).substr(at, 4) == kDescriptorMark;
      const bool counts = found[Field::kCompressed] == member.payload_size;
      const bool is_announced = (member.local[Field::kFlags] & container::kFlagDescriptor) != 0;
      const bool fits = counts && (layout.size() == kPlainLayout.size() ? !is_signed && is_announced : is_signed);
      if (!fits || (member.end != at && at + size != limit)) continue;
      member.descriptor = layout;
      member.end = at + size;
    }
  }

  using Listed = std::pair<std::uint64_t, std::uint64_t>;  // offset of the local header, size of the payload

  Bytes file_;
  std::uint64_t limit_ = 0;  // where the directory ends at the latest
  std::vector<Listed> listed_;
  ZipParts parts_;
};

}  // namespace

ZipParts FindZipParts(Bytes file) { return Finder(file).Run(); }

}  // namespace weightsonly::recipe
