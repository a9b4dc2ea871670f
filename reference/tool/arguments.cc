// Floor 8. Parsing of the command line: the options of each command, help, and what is said about mistakes. SPEC.md
// chapter 8.
#include "tool/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "tool/commands.h"
#include "tool/help.h"
#include "tool/limit_table.h"
#include "tool/suggest.h"

namespace weightsonly::tool {
namespace {

// Usage and examples first, then the options as CLI11 lists them.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(const CommandHelp& command) : command_(command) { column_width(22); }

  std::string make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode mode) const override {
    std::string out = "Usage: weightsonly ";
    out.append(command_.name).append(" [OPTION]... ").append(command_.operand).append("\n\nExamples:\n");
    out.append(command_.examples).append("\n").append(command_.description);
    return out + make_groups(app, mode);
  }

 private:
  const CommandHelp& command_;
};

std::string MainHelp() {
  std::string out(kMainHelpHead);
  for (const CommandHelp& command : kCommands) {
    out += "  ";
    AppendLeft(out, command.name, 10);
    out.append(command.summary).append("\n");
  }
  return out.append(kMainHelpFoot);
}

// Options whose words are looked at after parsing, as they were given.
struct Choices {
  std::string color = "auto";
  std::string endianness = "little";
  std::optional<std::string> weights_only;
  std::vector<std::string> locations;
  std::vector<std::string> allowed;
  std::vector<std::string> allowed_as;
  bool allow_numpy = false;
};

// Looks `given` up among `words`; returns what is wrong with it, or "".
template <typename T>
std::string Choose(std::string_view flag, const std::string& given,
                   std::initializer_list<std::pair<std::string_view, T>> words, T& target) {
  std::string known;
  for (const auto& [word, value] : words) {
    if (given == word) {
      target = value;
      return {};
    }
    known.append(known.empty() ? "" : ", ").append(word);
  }
  return std::string(flag) + ": " + EscapeForTerminal(given) + " is none of " + known;
}

// CLI-019. `--map-location WHERE`, once, or `--map-location FROM=TO`, as often as one likes.
std::string TakeLocations(const std::vector<std::string>& words, MapLocation& map_location) {
  LocationTable table;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      if (words.size() > 1) return "--map-location: either one location for all storages, or FROM=TO for each";
      map_location = word;
      return {};
    }
    if (!table.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return "--map-location: " + EscapeForTerminal(word.substr(0, equals)) + " is mapped twice";
    }
  }
  if (!table.empty()) map_location = std::move(table);
  return {};
}

// CLI-022, CLI-024. `--allow PATH` and `--allow-as PATH=NAME`, as often as one likes.
std::string TakeAllowed(const Choices& choices, Options& options) {
  for (const std::string& path : choices.allowed) options.allowlist.Add(path);
  for (const std::string& word : choices.allowed_as) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return "--allow-as: " + EscapeForTerminal(word) + " is not PATH=NAME";
    options.allowlist.Add(word.substr(0, equals), word.substr(equals + 1));
  }
  if (choices.allow_numpy && options.numpy.empty()) return "--allow-numpy: which release of numpy, says --numpy";
  if (choices.allow_numpy) options.allowlist.AddNumpy(options.numpy);
  return {};
}

std::string TakeChoices(const Choices& choices, Arguments& arguments) {
  std::string mistake = Choose<ColorMode>(
      "--color", choices.color,
      {{"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}}, arguments.color);
  if (mistake.empty()) mistake = TakeAllowed(choices, arguments.options);
  if (mistake.empty()) mistake = TakeLocations(choices.locations, arguments.options.map_location);
  if (mistake.empty() && choices.weights_only) {
    mistake = Choose<std::optional<bool>>("--weights-only", *choices.weights_only, {{"true", true}, {"false", false}},
                                          arguments.options.weights_only);
  }
  if (!mistake.empty()) return mistake;
  return Choose<Endianness>(
      "--endianness", choices.endianness,
      {{"little", Endianness::kLittle}, {"big", Endianness::kBig}, {"native", Endianness::kNative}},
      arguments.options.default_load_endianness);
}

// CLI-018. One option for each member of Limits.
void AddLimits(CLI::App* app, Limits& limits) {
  for (const NamedLimit& limit : kLimitTable) {
    std::string text(limit.what);
    text.append(" (").append(std::to_string(limits.*limit.member)).append(")");
    app->add_option(LimitFlag(limit), limits.*limit.member, text)->option_text("N")->group("Limits");
  }
}

// CLI-022, CLI-024. What may be named, of `ls`, `load` and `globals`.
void AddPolicy(CLI::App* app, Arguments& arguments, Choices& choices) {
  app->add_option(
         "--allow", choices.allowed,
         "Also allow this function or class, as an object that nothing is called for (module.name, repeatable)")
      ->option_text("PATH")
      ->allow_extra_args(false);
  app->add_option("--allow-as", choices.allowed_as, "Also allow PATH where the file says NAME (PATH=NAME, repeatable)")
      ->option_text("PATH=NAME")
      ->allow_extra_args(false);
  app->add_option("--torch", arguments.options.torch,
                  "Whose allowlist and opcodes: 1.13, 2.0, 2.6, 2.10, 2.13, 2.15 (the default)")
      ->option_text("RELEASE");
  app->add_option("--numpy", arguments.options.numpy,
                  "Make values of what the names of numpy give, as this release does (1.20 to 2.x); allows nothing")
      ->option_text("RELEASE");
  app->add_flag("--allow-numpy", choices.allow_numpy,
                "Also allow all names that arrays and scalars of numpy need (with --numpy)");
}

// CLI-041, CLI-042
void AddDisOptions(CLI::App* app, Arguments& arguments) {
  app->add_flag("--whole", arguments.whole, "Contents in full, so that the recipe is that of the whole file");
  app->add_option("--record", arguments.record,
                  "Only this record, without the archive's folder: data.pkl; of a legacy stream legacy/object")
      ->option_text("NAME");
}

// CLI-043, CLI-045
void AddAsmOptions(CLI::App* app, Arguments& arguments) {
  app->add_option("-o,--output", arguments.output,
                  "Where the file goes: a path, an existing folder, - for standard output")
      ->option_text("FILE");
  app->add_option("--max-bytes", arguments.most_bytes,
                  "Bytes that a recipe may make (" + std::to_string(arguments.most_bytes) + ")")
      ->option_text("N");
}

void AddOptions(CLI::App* app, Arguments& arguments, Choices& choices) {
  const Command command = arguments.command;
  if (command == Command::kServe) return;  // SRV-004: what a load is asked with stands in its line
  const bool reads = command != Command::kExplain && command != Command::kTables && command != Command::kAsm;
  // CLI-025: `globals` takes what a load takes, so that one line of options serves the three.
  const bool loads = command == Command::kLs || command == Command::kLoad || command == Command::kGlobals;
  if (loads) arguments.options = Options::FromEnvironment();  // ENV-007
  app->add_flag("--json", arguments.json,
                reads || command == Command::kAsm ? "One JSON document for each FILE, one on a line"
                                                  : "One JSON document for each topic");
  if (command == Command::kExplain) {
    app->add_option("--suite", arguments.suite, "Where cases are looked up (conformance/suite.json)")
        ->option_text("FILE");
  }
  if (command == Command::kLs) {
    app->add_flag("--sha256", arguments.sha256, "Digests of the elements, row-major, little-endian");
    app->add_flag("--torchscript", arguments.torchscript,
                  "FILE is a TorchScript archive: its tensors and attributes; none of its code runs");
  }
  if (command == Command::kLoad) {
    app->add_flag("--bytes", arguments.all_bytes, "With --json: every storage in full");
    app->add_flag("--torch-message", arguments.torch_message,
                  "Of a refused file also what torch 2.15.0 says: its exception and text, on standard output");
  }
  if (command == Command::kLoad || command == Command::kGlobals) {
    app->add_flag("-q,--quiet", arguments.quiet, "Say nothing about the file: the exit code tells");
  }
  if (loads) {
    AddPolicy(app, arguments, choices);
    app->add_flag(
        "--strict", arguments.options.strict,
        "Refuse also what torch.save never writes: wrong CRCs, unused records, bytes behind the archive and others");
    app->add_option("--endianness", choices.endianness,
                    "Byte order of an archive that does not say it: little (the default), big, native")
        ->option_text("ORDER");
    app->add_option(
           "--map-location", choices.locations,
           "Say that all storages are on this device (WHERE), or those tagged FROM on TO (FROM=TO, repeatable)")
        ->option_text("WHERE|FROM=TO")
        ->allow_extra_args(false);
    app->add_flag("--calculate-storage-offsets", arguments.options.calculate_storage_offsets,
                  "Refuse storages that do not lie where torch's writer puts them");
    app->add_option("--weights-only", choices.weights_only,
                    "torch.load's argument: true, or false, which is refused (without it, what the environment says)")
        ->option_text("BOOL");
  }
  if (loads || command == Command::kInspect) {  // CLI-021
    app->add_option("--encoding", arguments.options.encoding,
                    "What Python 2 wrote its strings in: utf-8 (the default), ascii, latin1; bytes leaves them bytes")
        ->option_text("NAME");
  }
  if (command == Command::kDis) AddDisOptions(app, arguments);
  if (command == Command::kAsm) AddAsmOptions(app, arguments);
  if (reads) {
    app->add_flag_callback(
        "--no-mmap", [&arguments] { arguments.options.mmap = false; }, "Read files instead of mapping them");
    app->add_flag("--mmap-shared", arguments.options.mmap_shared, "Map files shared instead of privately");
    AddLimits(app, arguments.options.limits);
  }
  app->add_option("--color", choices.color, "auto (the default: on a terminal, unless NO_COLOR is set), always, never")
      ->option_text("WHEN");
}

// What is wrong with a word that looks like an option, with the nearest option that the command has.
std::string DescribeUnknown(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view nearest = Nearest(word.substr(0, word.find('=')), candidates);
  std::string out = "unknown option " + EscapeForTerminal(word);
  if (!nearest.empty()) out.append("; did you mean ").append(nearest).append("?");
  return out;
}

Exit UsageError(Stream& err, std::string_view message, std::string_view help) {
  err << "weightsonly: " << message << "\ntry: weightsonly " << help << "\n";
  return Exit::kUsage;
}

Exit UnknownCommand(Stream& err, std::string_view word) {
  std::vector<std::string_view> candidates = {"help"};
  for (const CommandHelp& command : kCommands) candidates.push_back(command.name);
  std::string message = "unknown command " + EscapeForTerminal(word);
  const std::string_view nearest = Nearest(word, candidates);
  if (!nearest.empty()) message.append("; did you mean ").append(nearest).append("?");
  return UsageError(err, message, "--help");
}

bool AreOperandsOptional(Command command) { return command == Command::kTables || command == Command::kServe; }

// CLI-043. What is wrong with the place that `asm` shall write to, or "".
std::string OutputMistake(const Arguments& arguments) {
  if (arguments.output.empty()) return "where to write is missing: -o FILE";
  if (arguments.json && arguments.output == "-") return "--json and the file cannot both go to standard output";
  std::error_code error;
  if (arguments.operands.size() > 1 && !std::filesystem::is_directory(arguments.output, error)) {
    return "several recipes go into a folder, and " + EscapeForTerminal(arguments.output) + " is none";
  }
  std::set<std::string> names;
  for (const std::string& recipe : arguments.operands) {
    const std::string name = AssembledName(recipe);
    if (!names.insert(name).second) return "two recipes would both be written to " + EscapeForTerminal(name);
  }
  return "";
}

// Parses `words` into `arguments`; returns what is wrong with them, or "". Throws what CLI11 throws for --help and bad
// values. CLI11 itself only sees options: as operands it would take a file called "[a,b]" for two.
std::string ParseWords(CLI::App& app, std::vector<std::string> words, Arguments& arguments) {
  const auto dashes = std::ranges::find(words, "--");
  std::vector<std::string> behind(dashes == words.end() ? dashes : dashes + 1, words.end());
  words.erase(dashes, words.end());
  std::ranges::reverse(words);  // as CLI11 takes them
  app.allow_extras();
  app.parse(std::move(words));
  for (std::string& word : app.remaining()) {
    if (word.starts_with("-") && word != "-") return DescribeUnknown(app, word);
    arguments.operands.push_back(std::move(word));
  }
  std::ranges::move(behind, std::back_inserter(arguments.operands));
  if (arguments.command == Command::kServe && !arguments.operands.empty()) {
    return "serve takes no operand: it is asked on standard input";
  }
  const bool missing = arguments.operands.empty() && !AreOperandsOptional(arguments.command);
  if (missing) return "what to look at is missing";
  return arguments.command == Command::kAsm ? OutputMistake(arguments) : "";
}

std::expected<Arguments, Exit> ParseCommand(const CommandHelp& help, std::vector<std::string> words, Stream& out,
                                            Stream& err) {
  Arguments arguments;
  arguments.command = help.command;
  CLI::App app;
  app.set_help_flag("-h,--help", "This help");
  app.formatter(std::make_shared<HelpFormatter>(help));
  Choices choices;
  AddOptions(&app, arguments, choices);
  std::string mistake;
  try {
    mistake = ParseWords(app, std::move(words), arguments);
    if (mistake.empty()) mistake = TakeChoices(choices, arguments);
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return std::unexpected(Exit::kAccepted);
  } catch (const CLI::ParseError& error) {
    mistake = EscapeForTerminal(error.what());
  }
  if (!mistake.empty()) return std::unexpected(UsageError(err, mistake, std::string("help ").append(help.name)));
  return arguments;
}

// `weightsonly help` and `weightsonly help COMMAND`.
std::expected<Arguments, Exit> Help(std::vector<std::string> words, Stream& out, Stream& err) {
  if (words.empty() || words.front().starts_with("-")) {
    out << MainHelp();
    return std::unexpected(Exit::kAccepted);
  }
  const CommandHelp* help = FindCommand(words.front());
  if (help == nullptr) return std::unexpected(UnknownCommand(err, words.front()));
  return ParseCommand(*help, {"--help"}, out, err);
}

}  // namespace

std::expected<Arguments, Exit> ParseArguments(int argc, const char* const* argv, Stream& out, Stream& err) {
  if (argc < 2) {
    err << MainHelp();
    return std::unexpected(Exit::kUsage);
  }
  const std::string first = argv[1];
  const std::vector<std::string> rest(argv + 2, argv + argc);
  if (first == "help" || first == "-h" || first == "--help") return Help(rest, out, err);
  if (first == "--version") {
    out << "weightsonly " WEIGHTSONLY_VERSION "\n";
    return std::unexpected(Exit::kAccepted);
  }
  if (const CommandHelp* help = FindCommand(first)) return ParseCommand(*help, rest, out, err);
  if (first.starts_with("-")) {
    return std::unexpected(UsageError(err, "the command comes first, then " + EscapeForTerminal(first), "--help"));
  }
  return std::unexpected(UnknownCommand(err, first));
}

}  // namespace weightsonly::tool
