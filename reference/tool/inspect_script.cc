// Floor 8. What `inspect` tells of a TorchScript archive: its version, its code files, the calls in them whose meaning
// the version decides, and its constants. All of it as text; nothing is run or compiled. SPEC.md chapter 8 (TSC-012).
#include <algorithm>
#include <string>

#include "base/text.h"
#include "tool/inspect.h"
#include "tool/report.h"
#include "tool/value_text.h"

namespace weightsonly::tool {
namespace {

constexpr std::size_t kMaxConstants = 1000;
constexpr std::size_t kMaxShownCalls = 100;

void WriteFiles(JsonWriter& json, const ScriptCode& code) {
  json.Key("code").BeginArray();
  for (const ScriptCodeFile& file : code.files) {
    json.BeginObject().Member("name", file.record).Member("bytes", file.bytes).Member("lines", file.lines);
    if (!file.fault.empty()) json.Member("fault", file.fault);
    json.EndObject();
    json.stream().FlushWhenLarge();
  }
  json.EndArray();
}

void WriteCalls(JsonWriter& json, const ScriptCode& code) {
  json.Key("calls").BeginArray();
  for (const ScriptCall& call : code.calls) {
    json.BeginObject().Member("file", call.record).Member("line", call.line).Member("call", call.name);
    json.Member("meaning", call.meaning).Member("text", call.text).EndObject();
    json.stream().FlushWhenLarge();
  }
  json.EndArray().Member("calls_left_out", code.calls_left_out);
}

// The items of constants.pkl, as the code names them.
void WriteConstants(JsonWriter& json, const Value& constants) {
  const std::size_t shown = std::min(constants.size(), kMaxConstants);
  json.Key("constants").BeginArray();
  for (std::size_t i = 0; i < shown; ++i) {
    json.BeginObject().Member("name", "c" + std::to_string(i)).Member("value", PreviewValue(constants.item(i)));
    json.EndObject();
  }
  json.EndArray().Member("constants_left_out", constants.size() - shown);
}

void PrintFiles(Stream& out, const ScriptCode& code) {
  for (const ScriptCodeFile& file : code.files) {
    out << "  code: " << EscapeForTerminal(file.record) << ", ";
    if (file.fault.empty()) {
      out << Count(file.lines, "line") << ", " << ReadableBytes(file.bytes) << "\n";
    } else {
      out << "not read: " << EscapeForTerminal(file.fault) << "\n";
    }
  }
}

void PrintCalls(Stream& out, const Style& style, const ScriptCode& code) {
  const std::size_t shown = std::min(code.calls.size(), kMaxShownCalls);
  for (std::size_t i = 0; i < shown; ++i) {
    const ScriptCall& call = code.calls[i];
    out << style.yellow << "  call:" << style.reset << " " << EscapeForTerminal(call.record) << ":"
        << std::to_string(call.line) << ": " << EscapeForTerminal(call.text, 2 * kMaxScriptLineBytes) << "\n"
        << "        " << call.name << " " << call.meaning << "\n";
  }
  const std::uint64_t more = code.calls.size() - shown + code.calls_left_out;
  if (more != 0) out << "  call: " << GroupedDigits(more) << " more like these\n";
}

void PrintConstants(Stream& out, const Value& constants) {
  const std::size_t shown = std::min(constants.size(), kMaxConstants);
  for (std::size_t i = 0; i < shown; ++i) {
    out << "  constant: CONSTANTS.c" << std::to_string(i) << " is " << PreviewValue(constants.item(i)) << "\n";
  }
  if (shown != constants.size()) out << "  constant: " << GroupedDigits(constants.size() - shown) << " more\n";
}

void PrintFault(Stream& out, const Refusal& refusal) {
  out << "  cannot be listed: " << EscapeForTerminal(refusal.record) << ": " << KindName(refusal.kind) << ": "
      << EscapeForTerminal(refusal.detail, 4096) << "\n";
}

}  // namespace

void WriteScript(JsonWriter& json, const Inspection& inspection) {
  json.Key("torchscript").BeginObject();
  if (*inspection.code) {
    const ScriptCode& code = **inspection.code;
    json.Member("version", code.version);
    WriteFiles(json, code);
    WriteCalls(json, code);
  }
  if (!*inspection.script) {
    WriteFault(json, "fault", inspection.script->error());
  } else {
    json.Member("class", (*inspection.script)->data.root().name());
    WriteConstants(json, (*inspection.script)->constants.root());
  }
  json.EndObject();
}

void PrintScript(Stream& out, const Style& style, const Inspection& inspection) {
  if (*inspection.code) {
    PrintFiles(out, **inspection.code);
    PrintCalls(out, style, **inspection.code);
  }
  if (!*inspection.script) {
    PrintFault(out, inspection.script->error());
  } else {
    PrintConstants(out, (*inspection.script)->constants.root());
  }
}

}  // namespace weightsonly::tool
