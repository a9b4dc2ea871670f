// Floor 8. The texts of --help: usage and examples for each command. SPEC.md chapter 8.
#pragma once

#include <array>
#include <string_view>

#include "tool/arguments.h"

namespace weightsonly::tool {

struct CommandHelp {
  Command command;
  std::string_view name;
  std::string_view operand;      // what follows the options: "FILE..."
  std::string_view summary;      // one line, for the list of commands
  std::string_view examples;     // lines, each with its indentation and line feed
  std::string_view description;  // lines
};

// One row for each command, in the order of the list of commands.
extern const std::array<CommandHelp, 9> kCommands;

// The row of a name, or null.
[[nodiscard]] const CommandHelp* FindCommand(std::string_view name);

extern const std::string_view kMainHelpHead;  // usage and examples of `weightsonly --help`
extern const std::string_view kMainHelpFoot;  // what follows the list of commands

}  // namespace weightsonly::tool
