// Floor 8. `weightsonly asm`: the file that a recipe describes. SPEC.md chapter 8; the language is that of
// conformance/FORMAT.md.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "base/text.h"
#include "checkpoint/open_archive.h"
#include "recipe/assemble.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

// CLI-043. Where the file of `recipe` goes.
std::string TargetOf(const std::string& recipe, const std::string& output) {
  std::error_code error;
  if (output == "-" || !std::filesystem::is_directory(output, error)) return output;
  return (std::filesystem::path(output) / AssembledName(recipe)).string();
}

// CLI-047. False, with errno set, when it cannot be written; what is there of it by then is removed, unless it is a
// device.
bool WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  if (!stream) return false;
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (stream) return true;
  const int why = errno;
  std::error_code ignored;
  const std::filesystem::path file = std::filesystem::canonical(path, ignored);
  if (std::filesystem::is_regular_file(file, ignored)) std::filesystem::remove(file, ignored);
  errno = why;
  return false;
}

Exit Accept(const Context& context, const std::string& file, const std::string& bytes) {
  const std::string target = TargetOf(file, context.arguments.output);
  if (target == "-") {
    context.out << bytes;
    return Exit::kAccepted;
  }
  errno = 0;
  if (!WriteFile(target, bytes)) {
    Refuse(RefusalKind::kIoOpen, {}, 0, EscapeForTerminal(target) + " cannot be written: " + std::strerror(errno));
  }
  if (context.arguments.json) {
    JsonWriter json = BeginDocument(context.out, "asm", &file);
    json.Member("verdict", "accept").Member("output", target).Member("size", bytes.size()).EndObject();
    context.out << "\n";
  }
  return Exit::kAccepted;
}

// CLI-044
Exit Reject(const Context& context, const std::string& file, const recipe::RecipeError& error) {
  if (context.arguments.json) {
    JsonWriter json = BeginDocument(context.out, "asm", &file);
    json.Member("verdict", "reject").Member("line", error.line).Member("detail", error.text).EndObject();
    context.out << "\n";
    return Exit::kRefused;
  }
  context.err << "asm: ";
  if (context.arguments.operands.size() > 1) context.err << DisplayName(file) << ": ";
  context.err << "line " << std::to_string(error.line) << ": " << error.text << "\n";
  return Exit::kRefused;
}

}  // namespace

std::string AssembledName(const std::string& recipe) {
  return (recipe == "-" ? "stdin" : std::filesystem::path(recipe).stem().string()) + ".pt";
}

Exit RunAsm(const Context& context, const std::string& file) {
  Options options;
  options.mmap = false;  // what is parsed must not change under us
  const auto source = OpenFile(file, options);
  const auto bytes = recipe::Assemble(AsText(source->bytes()), context.arguments.most_bytes);
  return bytes ? Accept(context, file, *bytes) : Reject(context, file, bytes.error());
}

}  // namespace weightsonly::tool
