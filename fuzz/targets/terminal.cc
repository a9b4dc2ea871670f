// What the tool prints about a file: nothing in it moves the cursor, changes colours or hides text, it is UTF-8, a JSON
// document is one, and the exit code is 0 or 1 whatever the file is.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "base/text.h"
#include "container/zip.h"
#include "support/file_on_disk.h"
#include "support/loaded.h"
#include "support/random.h"
#include "support/target.h"
#include "support/variants.h"
#include "tool/commands.h"

namespace weightsonly::fuzz {
namespace {

using tool::Arguments;
using tool::Command;

// Whether `text` begins with U+0080 to U+009F, a mark of direction, or something else that is not seen.
bool BeginsInvisibly(std::string_view text) {
  constexpr auto kInvisible = std::to_array<std::string_view>(
      {"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
       "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf"});
  switch (static_cast<unsigned char>(text[0])) {
    case 0xC2:
      return text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0;
    case 0xE2:
    case 0xEF:
      return std::ranges::any_of(kInvisible, [&](std::string_view each) { return text.starts_with(each); });
    default:
      return false;
  }
}

void RequireHarmless(std::string_view text) {
  Require(IsUtf8(text), "the tool prints what is not UTF-8", text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
    Require(!control && !BeginsInvisibly(text.substr(i)), "the tool prints a control character", text);
  }
}

// torch's defaults, or others that a command line can say: a function it cannot.
Options OptionsOf(Bytes file, Random& random) {
  if (random.OneIn(2)) return DefaultOptions();
  Options options = VariantOf(file);
  if (std::holds_alternative<LocationFunction>(options.map_location)) options.map_location = std::monostate();
  return options;
}

// The options of the commands that change what they print.
Arguments ArgumentsOf(Command command, const std::string& path, Bytes file, Random& random) {
  Arguments arguments;
  arguments.command = command;
  arguments.operands = {path};
  arguments.color = tool::ColorMode::kNever;
  arguments.json = random.OneIn(2);
  arguments.options = OptionsOf(file, random);
  arguments.options.strict |= random.OneIn(4);
  arguments.sha256 = random.OneIn(2);
  arguments.torchscript = command == Command::kLs && random.OneIn(4);
  arguments.all_bytes = random.OneIn(2);
  arguments.torch_message = random.OneIn(2);
  arguments.whole = random.OneIn(2);
  if (command == Command::kDis && random.OneIn(4)) arguments.record = "data.pkl";
  return arguments;
}

void RunOne(const Arguments& arguments) {
  std::string printed;
  std::string said;
  tool::Exit exit = tool::Exit::kInternal;
  {
    tool::Stream out(printed);
    tool::Stream err(said);
    exit = tool::RunCommand({arguments, out, err});
  }
  Require(exit == tool::Exit::kAccepted || exit == tool::Exit::kRefused, "the exit code is not 0 or 1", said + printed);
  RequireHarmless(said);
  if (!arguments.json) return RequireHarmless(printed);
  Require(printed.ends_with('\n'), "a document does not end in a line feed");
  printed.pop_back();
  RequireJson(printed, "the document of a command is no JSON");
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  const FileOnDisk on_disk(file);
  Random random(weightsonly::container::Crc32(file));
  for (const Command command : {Command::kLs, Command::kLoad, Command::kGlobals, Command::kInspect, Command::kDis}) {
    RunOne(ArgumentsOf(command, on_disk.path(), file, random));
  }
  return 0;
}
