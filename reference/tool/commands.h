// Floor 8. The commands, one file each. SPEC.md chapter 8.
#pragma once

#include <string>

#include "tool/arguments.h"
#include "tool/stream.h"

namespace weightsonly::tool {

// What every command gets: the command line, standard output for data, standard error for messages.
struct Context {
  const Arguments& arguments;
  Stream& out;
  Stream& err;
};

// The command that the arguments ask for, for every FILE of theirs. CLI-001, CLI-002.
Exit RunCommand(const Context& context);

// One FILE. A Refusal or std::bad_alloc may be thrown: RunCommand reports it, in place of what was written for this
// FILE if none of that has left the buffer.
Exit RunLs(const Context& context, const std::string& file);
Exit RunLoad(const Context& context, const std::string& file);
Exit RunGlobals(const Context& context, const std::string& file);
Exit RunInspect(const Context& context, const std::string& file);
Exit RunDis(const Context& context, const std::string& file);
Exit RunAsm(const Context& context, const std::string& file);
// CLI-043. The name that the file of this recipe has in a folder.
std::string AssembledName(const std::string& recipe);

// No FILE: topics, tables, and the lines of standard input.
Exit RunExplain(const Context& context);
Exit RunTables(const Context& context);
Exit RunServe(const Context& context);

}  // namespace weightsonly::tool
