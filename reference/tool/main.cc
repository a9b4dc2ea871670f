// Floor 8. The command-line tool: sets the process up, hands each FILE to its command, turns faults into exit codes.
// SPEC.md chapter 8.
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <new>
#include <string>

#include "tool/arguments.h"
#include "tool/commands.h"
#include "tool/help.h"
#include "tool/report.h"
#include "tool/signals.h"

namespace weightsonly::tool {
namespace {

Exit RunOne(const Context& context, const std::string& file) {
  switch (context.arguments.command) {
    case Command::kLs:
      return RunLs(context, file);
    case Command::kLoad:
      return RunLoad(context, file);
    case Command::kGlobals:
      return RunGlobals(context, file);
    case Command::kInspect:
      return RunInspect(context, file);
    case Command::kDis:
      return RunDis(context, file);
    case Command::kAsm:
      return RunAsm(context, file);
    default:
      return Exit::kInternal;  // Unreachable: the others take no FILE
  }
}

std::string_view NameOf(Command command) {
  for (const CommandHelp& row : kCommands) {
    if (row.command == command) return row.name;
  }
  return {};
}

// CLI-002. Every FILE is looked at, whatever became of those before it.
Exit RunFiles(const Context& context) {
  Exit worst = Exit::kAccepted;
  const std::string_view name = NameOf(context.arguments.command);
  for (const std::string& file : context.arguments.operands) {
    SetFileInHand(file);
    const std::uint64_t start = context.out.position();
    const auto report = [&](const Refusal& refusal) {
      if (context.out.DropSince(start)) {
        return ReportRefusal(context.arguments, name, file, refusal, context.out, context.err);
      }
      context.out << "\n";
      PrintRefusal(context.err, context.arguments.color, file, refusal);
      return ExitOf(refusal.kind);
    };
    try {
      worst = Worse(worst, RunOne(context, file));
    } catch (const Refusal& refusal) {
      worst = Worse(worst, report(refusal));
    } catch (const std::bad_alloc&) {
      worst = Worse(worst, report({RefusalKind::kHostMemory, "", 0, "the tool ran out of memory"}));
    }
    context.out.Flush();
  }
  return worst;
}

Exit Run(int argc, const char* const* argv, Stream& out, Stream& err) {
  const auto arguments = ParseArguments(argc, argv, out, err);
  if (!arguments) return arguments.error();
  const Context context{*arguments, out, err};
  if (arguments->command == Command::kExplain) return RunExplain(context);
  if (arguments->command == Command::kTables) return RunTables(context);
  if (arguments->command == Command::kServe) return RunServe(context);
  return RunFiles(context);
}

int Main(int argc, const char* const* argv) {
  OccupyStandardDescriptors();
  InstallSignalHandlers();
  Stream out(STDOUT_FILENO, OnWriteError::kExit);
  Stream err(STDERR_FILENO, OnWriteError::kIgnore);
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
