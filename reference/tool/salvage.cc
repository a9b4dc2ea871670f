// Floor 8. Local headers found by their signature. SPEC.md chapter 8.
#include "tool/salvage.h"

#include <array>
#include <cstring>
#include <string_view>

#include "base/checked.h"
#include "container/zip_format.h"

namespace weightsonly::tool {

std::vector<LocalHeader> FindLocalHeaders(Bytes file, std::size_t most) {
  constexpr std::string_view kSignature = "PK\3\4";
  std::vector<LocalHeader> found;
  const std::string_view text = AsText(file);
  for (std::size_t at = text.find(kSignature); at != std::string_view::npos && found.size() < most;
       at = text.find(kSignature, at + kSignature.size())) {
    if (file.size() - at < container::kLocalSize) break;
    std::array<std::byte, container::kLocalSize> header;
    std::memcpy(header.data(), file.data() + at, header.size());
    const std::uint64_t name_size = Load16(header.data() + container::kLocalNameLength);
    const std::uint64_t extra_size = Load16(header.data() + container::kLocalExtraLength);
    const std::uint64_t name_at = at + container::kLocalSize;
    if (!Fits(name_at, name_size + extra_size, file.size())) continue;
    found.push_back({at, name_at + name_size + extra_size, std::string(text.substr(name_at, name_size))});
  }
  return found;
}

}  // namespace weightsonly::tool
