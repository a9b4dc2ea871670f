// Floor 0. The members of Limits by name: for those who set them by a text (the tool, the C interface). Public.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/limits.h"

namespace weightsonly {

struct NamedLimit {
  std::string_view name;  // the member's
  std::uint64_t Limits::* member;
  std::string_view what;  // what it counts, for --help
};

// In the order of their declaration.
inline constexpr std::array<NamedLimit, 11> kLimitTable = {{
    {"nodes", &Limits::nodes, "values that one file may make"},
    {"inflated_base", &Limits::inflated_base, "bytes of data.pkl after inflation: this, and"},
    {"inflated_factor", &Limits::inflated_factor, "… this for each compressed byte"},
    {"steps_base", &Limits::steps_base, "items that calls may walk over: this, and"},
    {"steps_per_byte", &Limits::steps_per_byte, "… this for each byte of data.pkl"},
    {"derived_base", &Limits::derived_base, "bytes that calls may make out of values: this, and"},
    {"derived_per_byte", &Limits::derived_per_byte, "… this for each byte of data.pkl"},
    {"stream_bytes", &Limits::stream_bytes, "bytes read from standard input or a pipe"},
    {"walk_base", &Limits::walk_base, "edges that a walk over paths follows: this, and"},
    {"walk_per_node", &Limits::walk_per_node, "… this for each value"},
    {"logical_bytes", &Limits::logical_bytes, "bytes of one tensor that --sha256 walks over"},
}};

}  // namespace weightsonly
