// Floor 8. The texts of --help. The options stand in arguments.cc, where they are declared. SPEC.md chapter 8.
#include "tool/help.h"

namespace weightsonly::tool {

const std::array<CommandHelp, 9> kCommands = {{
    {Command::kLs, "ls", "FILE...", "the tensors: name, dtype, shape, bytes",
     "  weightsonly ls model.pt\n"
     "  weightsonly ls --json --sha256 model.pt\n"
     "  weightsonly ls --torchscript scripted.pt\n",
     "Lists every tensor under every path that reaches it, and the storages behind them. Reads the structure of the "
     "file only;\n"
     "with --sha256 also all contents.\n"},
    {Command::kLoad, "load", "FILE...", "verdict, and the value as canonical JSON",
     "  weightsonly load model.pt\n"
     "  weightsonly load --json model.pt\n"
     "  weightsonly load -q *.pt && echo all fine\n",
     "Says whether torch.load(weights_only=True) would load the file, after everything in it was checked, and shows "
     "what is in\n"
     "it, or why it is refused.\n"},
    {Command::kGlobals, "globals", "FILE...",
     "what the pickle names, what is allowed, the lines that would allow the rest", "  weightsonly globals model.pt\n",
     "Lists the functions and classes that the pickle names, without executing it. Exit 1 when one of them is not "
     "allowed.\n"},
    {Command::kInspect, "inspect", "FILE...", "the archive: records, offsets, alignment, byte order, oddities",
     "  weightsonly inspect model.pt\n",
     "Shows the archive record by record, and whatever torch.save would not have written so. Exit 0 on whatever can be "
     "read,\n"
     "damaged or not. Of a TorchScript archive also its code files, its constants and the calls whose meaning its "
     "version decides.\n"},
    {Command::kDis, "dis", "FILE...", "the recipe: the whole file as text, one instruction per line",
     "  weightsonly dis model.pt | head\n"
     "  weightsonly dis --record data.pkl model.pt\n"
     "  weightsonly dis --whole model.pt > model.recipe\n",
     "Prints the file as a recipe: the parts of the archive, the pickles in it one instruction per line, everything "
     "else "
     "as\n"
     "text or bytes. `weightsonly asm` turns what --whole prints into the same file. Exit 0 on whatever can be "
     "read.\n"},
    {Command::kAsm, "asm", "RECIPE... -o FILE", "the file that a recipe describes",
     "  weightsonly asm model.recipe -o model.pt\n"
     "  weightsonly dis --whole model.pt | weightsonly asm - -o - | cmp - model.pt\n"
     "  weightsonly asm recipes/*.txt -o folder\n",
     "Writes the bytes that the recipe describes. conformance/FORMAT.md has the language. Exit 1 when the recipe is "
     "wrong: the\n"
     "message names the line. Several recipes go into a folder, each to its own name with .pt at the end.\n"},
    {Command::kExplain, "explain", "TOPIC...", "a refusal kind, a rule of SPEC.md, or a case of the suite",
     "  weightsonly explain policy.global-not-allowed\n"
     "  weightsonly explain CLI-001\n",
     "A topic is a refusal kind, the beginning of one (container.zip), the number of a rule, or the id of a case of "
     "the "
     "conformance\n"
     "suite, which is looked up in conformance/suite.json.\n"},
    {Command::kTables, "tables", "[TABLE...]",
     "the tables behind it all: opcodes, kinds, dtypes, globals, rules, limits",
     "  weightsonly tables --json\n"
     "  weightsonly tables opcodes\n",
     "Prints the tables that the loader walks: opcodes, kinds, dtypes, globals, deviations, rules, limits. All of them "
     "without\n"
     "an operand.\n"},
    {Command::kServe, "serve", "", "answers the runner of the conformance suite, line by line",
     "  echo '{\"cmd\":\"load\",\"seq\":1,\"path\":\"model.pt\",\"level\":1}' | weightsonly serve\n",
     "Reads requests from standard input, one JSON object on a line, and answers each with one line on standard "
     "output: "
     "the\n"
     "adapter of this loader. What can be asked stands in conformance/FORMAT.md.\n"},
}};

const CommandHelp* FindCommand(std::string_view name) {
  for (const CommandHelp& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

const std::string_view kMainHelpHead =
    "Usage: weightsonly COMMAND [OPTION]... FILE...\n"
    "\n"
    "Examples:\n"
    "  weightsonly ls model.pt                 the tensors of a checkpoint\n"
    "  weightsonly load model.pt               is it what torch.load(weights_only=True) accepts, and what is in it\n"
    "  weightsonly explain container.zip.crc   what a refusal means\n"
    "\n"
    "Reads PyTorch checkpoints by the rules of torch.load(weights_only=True), without torch. Nothing in a file is ever "
    "executed.\n"
    "\n"
    "Commands:\n";

const std::string_view kMainHelpFoot =
    "  help      the help of a command\n"
    "\n"
    "FILE can be - for standard input. Output for people goes to standard output, messages to standard error; --json "
    "writes one\n"
    "document for each FILE, one on a line.\n"
    "\n"
    "Exit: 0 accepted, 1 refused, 2 usage, 3 cannot read or write, 70 a bug of ours; with several FILEs the worst.\n"
    "`weightsonly help COMMAND` shows the options of a command, `weightsonly --version` the version.\n";

}  // namespace weightsonly::tool
