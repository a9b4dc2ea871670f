// Floor 8. `weightsonly dis`: a file as a recipe. SPEC.md chapter 8; the language is that of conformance/FORMAT.md.
#include <string>
#include <string_view>

#include "checkpoint/open_archive.h"
#include "recipe/disassemble.h"
#include "tool/commands.h"
#include "tool/dis_record.h"
#include "tool/json.h"
#include "tool/report.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

constexpr std::uint64_t kMostShown = 4096;  // CLI-041: bytes of one content

recipe::Disassembly Disassemble(const Context& context, Bytes file, const recipe::LineSink& sink) {
  recipe::LineOptions options{.offsets = !context.arguments.json};
  if (!context.arguments.whole) options.most_shown = kMostShown;
  return recipe::Disassemble(file, options, sink);
}

void WriteDocument(const Context& context, const std::string& file, Bytes bytes) {
  JsonWriter json = BeginDocument(context.out, "dis", &file);
  json.Key("recipe").BeginArray();
  const recipe::Disassembly result = Disassemble(context, bytes, [&](std::string_view line) {
    json.Text(line);
    context.out.FlushWhenLarge();
  });
  json.EndArray().MemberBool("whole", result.left_out == 0).Member("left_out", result.left_out).EndObject();
  context.out << "\n";
}

void Print(const Context& context, const std::string& file, Bytes bytes) {
  if (context.arguments.operands.size() > 1) context.out << "# " << DisplayName(file) << "\n";
  const recipe::Disassembly result =
      Disassemble(context, bytes, [&](std::string_view line) { context.out << line << "\n"; });
  if (result.left_out == 0) return;
  context.err << DisplayName(file) << ": " << GroupedDigits(result.left_out)
              << " bytes of contents are left out, without which the recipe makes another file; --whole shows them\n";
}

}  // namespace

// CLI-040
Exit RunDis(const Context& context, const std::string& file) {
  if (context.arguments.record) return RunDisRecord(context, file);
  const auto source = OpenFile(file, context.arguments.options);
  if (context.arguments.json) {
    WriteDocument(context, file, source->bytes());
  } else {
    Print(context, file, source->bytes());
  }
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
