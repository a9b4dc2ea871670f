// Floor 5. How a device name is told from a mistake. SPEC.md chapter 5.
#include "machine/device.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/refusal.h"
#include "base/text.h"

namespace weightsonly::machine {
namespace {

constexpr auto kDeviceTypes = std::to_array<std::string_view>(
    {"cpu",  "cuda", "ipu", "xpu",  "mkldnn", "opengl", "opencl", "ideep", "hip",  "ve",
     "fpga", "maia", "xla", "lazy", "vulkan", "mps",    "meta",   "hpu",   "mtia", "privateuseone"});

constexpr auto kLocationTypes = std::to_array<std::string_view>({"cuda", "mps", "xpu", "hpu", "mtia", "privateuseone"});

// An index without leading zeros, at most 127: torch keeps it in 8 signed bits (DEV-507).
bool IsIndex(std::string_view digits) {
  if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) return false;
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return false;
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value <= 127;
}

Device Parse(std::string_view text, std::span<const std::string_view> types) {
  const std::size_t colon = text.find(':');
  const std::string_view type = text.substr(0, colon);
  if (std::ranges::find(types, type) == types.end()) return {};
  if (colon != std::string_view::npos && !IsIndex(text.substr(colon + 1))) return {};
  return {.valid = true, .name = std::string(text)};
}

}  // namespace

Device ParseLocation(std::string_view tag) {
  if (tag == "cpu" || tag == "meta") return {.valid = true, .name = std::string(tag)};
  return Parse(tag, kLocationTypes);
}

void RefuseLocation(std::string_view tag, std::uint64_t offset) {
  Refuse(RefusalKind::kStorageLocation, "data.pkl", offset,
         "no device of torch has the tag '" + EscapeForTerminal(tag) + "'");
}

Device ParseDevice(std::string_view text) { return Parse(text, kDeviceTypes); }

}  // namespace weightsonly::machine
