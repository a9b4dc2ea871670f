// Fuzz targets: the values that a shaped state of the machine is made of, as pickles.
#pragma once

#include <cstddef>
#include <string_view>

#include "support/machine_setting.h"

namespace weightsonly::fuzz {

// How many values the menu has.
[[nodiscard]] std::size_t MenuSize();
// Instructions that push value `index`, below MenuSize(), and change nothing else; they ask nothing of the state. Where
// the setting does not have such a value (one of numpy, of TorchScript, of the user's list), they push None.
[[nodiscard]] std::string_view MenuItem(std::size_t index, const MachineSetting& setting);

}  // namespace weightsonly::fuzz
