// Floor 8. `weightsonly ls`: the tensors of a checkpoint, as JSON here and as a table in ls_table.cc. SPEC.md
// chapter 8.
#include <optional>
#include <string>

#include "output/canonical.h"
#include "tool/commands.h"
#include "tool/digests.h"
#include "tool/json.h"
#include "tool/listing.h"
#include "tool/ls_script.h"
#include "tool/ls_table.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "value/quantizer.h"
#include "value/subclass.h"

namespace weightsonly::tool {
namespace {

void WriteNumbers(JsonWriter& json, std::string_view key, std::span<const std::int64_t> numbers) {
  json.Key(key).BeginArray();
  for (const std::int64_t number : numbers) json.Number(number);
  json.EndArray();
}

// CLI-010, CLI-030. One element of "tensors".
void WriteTensor(JsonWriter& json, const TensorEntry& entry, const Digests* digests) {
  const Tensor& tensor = entry.tensor;
  json.BeginObject().Key("path").BeginArray();
  for (const PathElement& element : entry.path) {
    json.Raw("");
    AppendPathElement(json.stream().buffer(), element);
  }
  json.EndArray().Member("dtype", DtypeName(tensor.dtype()));
  WriteNumbers(json, "shape", tensor.shape());
  WriteNumbers(json, "stride", tensor.stride());
  json.Key("offset").Number(tensor.storage_offset());
  const auto storage = tensor.is_meta() ? std::nullopt : tensor.storage();
  if (storage) {
    json.Member("storage", storage->index());
  } else {
    json.Key("storage").Null();
  }
  json.Member("device", tensor.device());
  json.Member("nbytes", tensor.nbytes());
  json.MemberBool("requires_grad", tensor.requires_grad());
  const auto quantizer = tensor.quantizer();
  const auto subclass = tensor.subclass();
  if (subclass) json.Member("class", subclass->class_name());  // SUB-007
  if (quantizer) json.Member("qscheme", QschemeName(quantizer->scheme()));
  if (digests != nullptr) {
    const std::string& digest = digests->of(tensor);
    if (subclass) {
      json.Key("sha256").Null().Member("sha256_omitted", "subclass");
    } else if (quantizer) {
      json.Key("sha256").Null().Member("sha256_omitted", "quantized");
    } else if (digest.empty()) {
      const RefusalKind why = tensor.is_meta() ? RefusalKind::kStorageMeta : RefusalKind::kLimitOutput;
      json.Key("sha256").Null().Member("sha256_omitted", KindName(why));
    } else {
      json.Member("sha256", digest);
    }
  }
  json.EndObject();
}

void WriteDocument(Stream& out, const std::string& file, const Checkpoint& checkpoint, const Digests* digests) {
  JsonWriter json = BeginDocument(out, "ls", &file);
  json.Member("verdict", "accept").Member("checked", digests != nullptr ? "content" : "structure");
  const bool truncated = WriteTensors(json, checkpoint, digests);
  json.MemberBool("truncated", truncated).EndObject();
  out << "\n";
}

}  // namespace

bool WriteTensors(JsonWriter& json, const Checkpoint& checkpoint, const Digests* digests) {
  json.Key("tensors").BeginArray();
  ListingBudget budget(checkpoint);
  TensorRange tensors = checkpoint.tensors();
  for (const TensorEntry& entry : tensors) {
    if (!budget.Take(entry)) break;
    WriteTensor(json, entry, digests);
  }
  json.EndArray();
  return budget.exhausted() || tensors.truncated();
}

std::expected<Digests, Refusal> ReadContents(const Context& context, const std::string& file,
                                             const Checkpoint& checkpoint) {
  const Progress progress("checking", file);
  if (const auto verified = checkpoint.Verify(); !verified) return std::unexpected(verified.error());
  if (const auto ready = checkpoint.Materialize(); !ready) return std::unexpected(ready.error());
  return Digests::Of(checkpoint, context.arguments.options.limits);
}

Exit RunLs(const Context& context, const std::string& file) {
  const Arguments& arguments = context.arguments;
  const auto refused = [&](const Refusal& refusal) {
    return ReportRefusal(arguments, "ls", file, refusal, context.out, context.err);
  };
  if (arguments.torchscript) return RunScriptLs(context, file);
  const auto checkpoint = Load(file, arguments.options);
  if (!checkpoint) return refused(checkpoint.error());
  std::optional<Digests> digests;
  if (arguments.sha256) {
    auto made = ReadContents(context, file, *checkpoint);
    if (!made) return refused(made.error());
    digests = std::move(*made);
  }
  if (arguments.json) {
    WriteDocument(context.out, file, *checkpoint, digests.has_value() ? &*digests : nullptr);
  } else {
    PrintTensorTable(context, file, *checkpoint, digests.has_value() ? &*digests : nullptr);
  }
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
