// Floor 8. How a refusal is told: to people like a compiler error, to programs as JSON members. SPEC.md chapter 8.
#pragma once

#include <string>

#include "base/refusal.h"
#include "output/torch_message.h"
#include "tool/arguments.h"
#include "tool/json.h"
#include "tool/stream.h"

namespace weightsonly::tool {

// Starts a document: {"schema":"weightsonly.COMMAND/1", and "file" unless it is null.
JsonWriter BeginDocument(Stream& out, std::string_view command, const std::string* file);

// CLI-007. The members verdict, kind, record, offset, detail, advice. The verdict is "error" when the file was not
// judged (exit 3 and 70), otherwise "reject".
void WriteRefusal(JsonWriter& json, const Refusal& refusal);
// The same as an object of its own under `key`.
void WriteFault(JsonWriter& json, std::string_view key, const Refusal& refusal);

// MSG-006. The member "torch": {"exception":…,"message":…} with torch's text as it is, or null where it is not known.
void WriteTorchMessage(JsonWriter& json, const Refusal& refusal);
// Appends "EXCEPTION: TEXT", line by line, made harmless for a terminal.
void AppendTorchText(std::string& out, const TorchText& text);
// For people: that of a refusal on `out`, or on `err` that it is not known.
void PrintTorchMessage(Stream& out, Stream& err, const Refusal& refusal);

// Tells people why `file` was turned down:
//   model.pt: data.pkl:0x1a2: policy.global-not-allowed: 'os.mkdir' …
// and below it, indented and wrapped, the kind's sentence, its advice and where to read more.
void PrintRefusal(Stream& err, ColorMode color, const std::string& file, const Refusal& refusal);

// Tells it in whichever way the arguments ask for (JSON on `out`, words on `err`, nothing when quiet) and returns the
// exit code.
Exit ReportRefusal(const Arguments& arguments, std::string_view command, const std::string& file,
                   const Refusal& refusal, Stream& out, Stream& err);

}  // namespace weightsonly::tool
