// Floor 8. `weightsonly ls --torchscript`: tensors and attributes of a TorchScript archive. SPEC.md chapter 8.
#include "tool/ls_script.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/boundary.h"
#include "checkpoint/torchscript.h"
#include "output/canonical.h"
#include "output/document.h"
#include "tool/ls_table.h"
#include "tool/path_text.h"
#include "tool/report.h"
#include "tool/screen.h"
#include "tool/script_attributes.h"
#include "tool/value_text.h"

namespace weightsonly::tool {
namespace {

constexpr std::size_t kMaxNameColumn = 60;

// What is listed: the archive and, with --sha256, the digests of its two pickles.
struct Listed {
  TorchScript archive;
  std::optional<Digests> data_digests, constant_digests;
};

// TSC-011. {"path":…, "value":…}: the canonical value, whose storages count from 0.
void WriteAttribute(JsonWriter& json, std::span<const PathElement> path, const Value& value, std::uint64_t& text_left) {
  json.BeginObject().Key("path").BeginArray();
  for (const PathElement& element : path) {
    json.Raw("");
    AppendPathElement(json.stream().buffer(), element);
  }
  json.EndArray().Key("value").Raw("");
  std::string& out = json.stream().buffer();
  const auto written = AtBoundary<void>([&] { output::AppendValue(out, *value.graph(), value.node(), text_left); });
  if (!written) out += R"({"omitted":"limit.output"})";
  json.EndObject();
  json.stream().FlushWhenLarge();
}

// The members "tensors", "attributes" and "truncated" of one pickle.
void WritePickle(JsonWriter& json, const Checkpoint& checkpoint, const std::optional<Digests>& digests) {
  const bool truncated = WriteTensors(json, checkpoint, digests.has_value() ? &*digests : nullptr);
  json.Key("attributes").BeginArray();
  std::uint64_t text_left = (std::uint64_t{1} << 28) + 64 * checkpoint.pickle_bytes();
  const bool complete = ForEachAttribute(checkpoint, [&](std::span<const PathElement> path, const Value& value) {
    WriteAttribute(json, path, value, text_left);
  });
  json.EndArray().MemberBool("truncated", truncated || !complete);
}

void WriteDocument(Stream& out, const std::string& file, const Listed& listed) {
  JsonWriter json = BeginDocument(out, "ls", &file);
  json.Member("verdict", "accept");
  json.Member("checked", listed.data_digests.has_value() ? "content" : "structure");
  json.Member("version", listed.archive.version);
  json.Member("class", listed.archive.data.root().name());
  WritePickle(json, listed.archive.data, listed.data_digests);
  json.Key("constants").BeginObject();
  WritePickle(json, listed.archive.constants, listed.constant_digests);
  json.EndObject().EndObject();
  out << "\n";
}

void PrintAttributes(const Context& context, const Style& style, const Checkpoint& checkpoint) {
  std::vector<std::pair<std::string, std::string>> rows;
  const bool complete = ForEachAttribute(checkpoint, [&](std::span<const PathElement> path, const Value& value) {
    rows.emplace_back(PathText(path), PreviewValue(value));
  });
  std::size_t column = 9;
  for (const auto& [name, text] : rows) column = std::max(column, std::min(kMaxNameColumn, Width(name)));
  std::string& out = context.out.buffer();
  if (!rows.empty()) {
    AppendLeft(out.append(style.bold), "ATTRIBUTE", column);
    out.append("  VALUE").append(style.reset).append("\n");
  }
  for (const auto& [name, text] : rows) {
    AppendLeft(out, name, column);
    out.append("  ").append(text).append("\n");
    context.out.FlushWhenLarge();
  }
  if (!complete) context.out << "note: there are more attributes than are listed here\n";
}

void Print(const Context& context, const std::string& file, const Listed& listed) {
  const Style style(context.arguments.color, context.out);
  const auto& [archive, data_digests, constant_digests] = listed;
  context.out << style.bold << DisplayName(file) << style.reset << ": TorchScript of version "
              << std::to_string(archive.version) << ", " << PreviewValue(archive.data.root()) << "\n";
  PrintTensors(context, archive.data, data_digests.has_value() ? &*data_digests : nullptr);
  PrintAttributes(context, style, archive.data);
  if (archive.constants.root().size() != 0) {
    context.out << "constants.pkl, whose [N] the code calls CONSTANTS.cN:\n";
    PrintTensors(context, archive.constants, constant_digests.has_value() ? &*constant_digests : nullptr);
    PrintAttributes(context, style, archive.constants);
  }
  if (context.arguments.operands.size() > 1) context.out << "\n";
}

}  // namespace

// TSC-010.
Exit RunScriptLs(const Context& context, const std::string& file) {
  const auto refused = [&](const Refusal& refusal) {
    return ReportRefusal(context.arguments, "ls", file, refusal, context.out, context.err);
  };
  auto archive = LoadTorchScript(file, context.arguments.options);
  if (!archive) return refused(archive.error());
  Listed listed{.archive = std::move(*archive), .data_digests = {}, .constant_digests = {}};
  if (context.arguments.sha256) {
    auto data = ReadContents(context, file, listed.archive.data);
    if (!data) return refused(data.error());
    auto constants = ReadContents(context, file, listed.archive.constants);
    if (!constants) return refused(constants.error());
    listed.data_digests = std::move(*data);
    listed.constant_digests = std::move(*constants);
  }
  if (context.arguments.json) {
    WriteDocument(context.out, file, listed);
  } else {
    Print(context, file, listed);
  }
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
