// Floor 8. The command-line tool: sets the process up, runs the command line, turns faults into exit codes. SPEC.md
// chapter 8.
#include <unistd.h>

#include <cstddef>
#include <exception>
#include <new>

#include "tool/arguments.h"
#include "tool/commands.h"
#include "tool/signals.h"

namespace weightsonly::tool {
namespace {

// Room for a message that there may be no memory for when it comes.
constexpr std::size_t kLastWords = 1024;

Exit Run(int argc, const char* const* argv, Stream& out, Stream& err) {
  const auto arguments = ParseArguments(argc, argv, out, err);
  if (!arguments) return arguments.error();
  return RunCommand({*arguments, out, err});
}

int Main(int argc, const char* const* argv) {
  OccupyStandardDescriptors();
  InstallSignalHandlers();
  Stream out(STDOUT_FILENO, OnWriteError::kExit);
  Stream err(STDERR_FILENO, OnWriteError::kIgnore);
  err.buffer().reserve(kLastWords);
  Exit exit = Exit::kInternal;
  try {
    exit = Run(argc, argv, out, err);
  } catch (const std::bad_alloc&) {
    err << "weightsonly: this machine has not enough memory\n";
    exit = Exit::kUnread;
  } catch (const std::exception& error) {
    err << "weightsonly: internal: " << error.what() << "\n";
  }
  out.Flush();
  err.Flush();
  return static_cast<int>(exit);
}

}  // namespace
}  // namespace weightsonly::tool

int main(int argc, char** argv) { return weightsonly::tool::Main(argc, argv); }
