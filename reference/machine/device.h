// Floor 5. The names of devices: labels, nothing is moved anywhere. SPEC.md chapter 5 (DVC-001 to DVC-003).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weightsonly::machine {

struct Device {
  bool valid = false;
  std::string name;  // "cpu", "cuda:0": what str(torch.device(…)) prints
};

// DVC-001. A storage's location tag: exactly `cpu` or `meta`, or `cuda`, `mps`, `xpu`, `hpu`, `mtia`, `privateuseone`,
// each with or without an index, `:0` to `:127` without leading zeros.
Device ParseLocation(std::string_view tag);

// Refuses storage.location at data.pkl offset `offset`: no device has this tag.
[[noreturn]] void RefuseLocation(std::string_view tag, std::uint64_t offset);

// DVC-002. The argument of torch.device: any of the 20 device types of torch, with or without an index as above.
Device ParseDevice(std::string_view text);

}  // namespace weightsonly::machine
