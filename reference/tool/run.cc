// Floor 8. A parsed command line, run: each FILE goes to its command, and what is thrown becomes a report. SPEC.md
// chapter 8.
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

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

}  // namespace

Exit RunCommand(const Context& context) {
  switch (context.arguments.command) {
    case Command::kExplain:
      return RunExplain(context);
    case Command::kTables:
      return RunTables(context);
    case Command::kServe:
      return RunServe(context);
    default:
      return RunFiles(context);
  }
}

}  // namespace weightsonly::tool
