// Floor 8. What a line of the conformance suite's protocol asks for. SPEC.md chapter 8 (SRV-003 to SRV-006);
// conformance/FORMAT.md, section 5.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "checkpoint/options.h"

namespace weightsonly::tool {

enum class Ask : std::uint8_t { kHello, kLoad, kBye };

struct Request {
  Ask ask = Ask::kBye;
  // The rest is of kLoad.
  std::uint64_t seq = 0;
  std::string path = {};
  int level = 0;
  Options options = {};
  std::string skip = {};  // why the file cannot be asked about in this way; empty: it can
};

// A line that asks for nothing that we know.
struct BadRequest {
  std::string what;
  std::optional<std::uint64_t> seq;  // where the line has one
};

[[nodiscard]] std::expected<Request, BadRequest> ParseRequest(std::string_view line);

}  // namespace weightsonly::tool
