// Floor 8. Refusals for people and for programs. SPEC.md chapter 8.
#include "tool/report.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "output/torch_message.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

// A line of torch's text is as long as the file makes it; so much of it is shown.
constexpr std::size_t kMostLineBytes = 4096;

}  // namespace

JsonWriter BeginDocument(Stream& out, std::string_view command, const std::string* file) {
  JsonWriter json(out);
  json.BeginObject().Member("schema", "weightsonly." + std::string(command) + "/1");
  if (file != nullptr) json.Member("file", *file);
  return json;
}

void WriteRefusal(JsonWriter& json, const Refusal& refusal) {
  const Exit exit = ExitOf(refusal.kind);
  json.Member("verdict", exit == Exit::kRefused ? "reject" : "error");
  json.Member("kind", KindName(refusal.kind));
  json.Member("record", refusal.record);
  json.Member("offset", refusal.offset);
  json.Member("detail", refusal.detail);
  json.Member("advice", KindAdvice(refusal.kind));
}

void WriteFault(JsonWriter& json, std::string_view key, const Refusal& refusal) {
  json.Key(key).BeginObject();
  WriteRefusal(json, refusal);
  json.EndObject();
}

void WriteTorchMessage(JsonWriter& json, const Refusal& refusal) {
  const std::optional<TorchText> text = TorchMessage(refusal);
  json.Key("torch");
  if (!text) {
    json.Null();
    return;
  }
  json.BeginObject().Member("exception", text->exception).Member("message", text->message).EndObject();
}

void AppendTorchText(std::string& out, const TorchText& text) {
  out.append(text.exception).append(": ");
  std::string_view rest = text.message;
  while (true) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    for (; line.starts_with('\t'); line.remove_prefix(1)) out += "    ";
    out.append(EscapeForTerminal(line, kMostLineBytes)).append("\n");
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
  }
}

void PrintTorchMessage(Stream& out, Stream& err, const Refusal& refusal) {
  if (const std::optional<TorchText> text = TorchMessage(refusal)) {
    AppendTorchText(out.buffer(), *text);
  } else {
    err << "  (The text that torch says here is not known to this version.)\n";
  }
}

void PrintRefusal(Stream& err, ColorMode color, const std::string& file, const Refusal& refusal) {
  const Style style(color, err);
  const std::size_t columns = err.Columns();
  std::string& out = err.buffer();
  out.append(style.bold).append(DisplayName(file)).append(style.reset).append(": ");
  if (!refusal.record.empty()) {
    out.append(EscapeForTerminal(refusal.record)).append(":").append(HexOffset(refusal.offset)).append(": ");
  } else if (refusal.offset != 0) {
    out.append(HexOffset(refusal.offset)).append(": ");
  }
  out.append(style.red).append(KindName(refusal.kind)).append(style.reset);
  if (!refusal.detail.empty()) out.append(": ").append(EscapeForTerminal(refusal.detail, 4096));
  out += '\n';
  AppendWrapped(out, KindSentence(refusal.kind), 2, columns);
  AppendWrapped(out, KindAdvice(refusal.kind), 2, columns);
  out.append(style.dim)
      .append("  try: weightsonly explain ")
      .append(KindName(refusal.kind))
      .append(style.reset)
      .append("\n");
  err.Flush();
}

Exit ReportRefusal(const Arguments& arguments, std::string_view command, const std::string& file,
                   const Refusal& refusal, Stream& out, Stream& err) {
  if (arguments.json && !arguments.quiet) {
    JsonWriter json = BeginDocument(out, command, &file);
    WriteRefusal(json, refusal);
    if (arguments.torch_message) WriteTorchMessage(json, refusal);
    json.EndObject();
    out << "\n";
  } else if (!arguments.quiet || ExitOf(refusal.kind) != Exit::kRefused) {
    out.Flush();
    PrintRefusal(err, arguments.color, file, refusal);
    if (arguments.torch_message && !arguments.quiet) PrintTorchMessage(out, err, refusal);
  }
  return ExitOf(refusal.kind);
}

}  // namespace weightsonly::tool
