// Recipes: what a file is shown as. conformance/FORMAT.md, chapter 1.
#include "recipe/disassemble.h"

#include <array>
#include <optional>
#include <string_view>

#include "base/refusal.h"
#include "container/recognise.h"
#include "pickle/decoder.h"
#include "recipe/assemble.h"
#include "recipe/zip_parts.h"
#include "recipe/zip_text.h"

namespace weightsonly::recipe {
namespace {

constexpr std::uint64_t kMostChecked = std::uint64_t{16} << 20;

Form FormOf(Bytes file) {
  try {
    return container::Recognise(file) == container::Format::kZip ? Form::kZip : Form::kLegacy;
  } catch (const Refusal& refusal) {
    switch (refusal.kind) {
      case RefusalKind::kZipEocd:
        return Form::kZip;
      case RefusalKind::kContainerText:
        return Form::kText;
      case RefusalKind::kContainerTar:
      case RefusalKind::kContainerSafetensors:
      case RefusalKind::kContainerCompressed:
        return Form::kRaw;
      default:
        return Form::kPickle;
    }
  }
}

// Behind the STOP of the pickle at `at`, or the end of the file where it has none.
std::uint64_t EndOfPickle(Bytes file, std::uint64_t at) {
  pickle::Instruction instruction;
  while (pickle::Decode(file, at, instruction) == pickle::DecodeStatus::kOk) {
    at = instruction.end;
    if (instruction.info->opcode == pickle::Opcode::kStop) return at;
  }
  return file.size();
}

void WriteLegacy(Bytes file, Lines& lines) {
  constexpr std::array<std::string_view, 5> kPickles = {"magic", "protocol", "sys_info", "object", "keys"};
  std::uint64_t at = 0;
  for (const std::string_view name : kPickles) {
    if (at == file.size()) return;
    lines.Line("# legacy/" + std::string(name));
    const std::uint64_t end = EndOfPickle(file, at);
    lines.Instructions(file.subspan(at, end - at));
    at = end;
  }
  if (at == file.size()) return;
  lines.Line("# the storages: of each the number of its elements in eight bytes, then the elements");
  lines.Raw(file.subspan(at));
}

void Write(Bytes file, Form form, Lines& lines) {
  switch (form) {
    case Form::kZip:
      return WriteZip(file, FindZipParts(file), lines);
    case Form::kLegacy:
      return WriteLegacy(file, lines);
    case Form::kPickle:
      return lines.Instructions(file);
    case Form::kText:
      return IsShortText(file) ? lines.Text(file) : lines.Raw(file);
    case Form::kRaw:
      return lines.Raw(file);
  }
}

bool ComesBack(Bytes file, Form form) {
  Assembler assembler(file.size());
  const LineSink sink = [&](std::string_view line) { assembler.Line(line); };
  Lines lines(sink, {});
  Write(file, form, lines);
  const auto bytes = assembler.Finish();
  return bytes && *bytes == AsText(file);
}

}  // namespace

Disassembly Disassemble(Bytes file, LineOptions options, const LineSink& sink) {
  Form form = FormOf(file);
  if (file.size() <= kMostChecked && form != Form::kRaw && !ComesBack(file, form)) form = Form::kRaw;
  Lines lines(sink, options);
  Write(file, form, lines);
  return {.form = form, .left_out = lines.left_out()};
}

std::string Disassemble(Bytes file) {
  std::string text;
  Disassemble(file, {}, [&](std::string_view line) { text.append(line).append("\n"); });
  return text;
}

}  // namespace weightsonly::recipe
