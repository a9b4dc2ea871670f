// TorchScript archives: both pickles with their storages, and the code as text.
#include "checkpoint/torchscript.h"
#include "base/text.h"
#include "support/loaded.h"
#include "support/refusals.h"
#include "support/target.h"
#include "support/variants.h"

namespace weightsonly::fuzz {
namespace {

void CheckCode(Bytes file) {
  const auto code = ScriptCodeIn(file, DefaultOptions());
  if (!code) return CheckRefusal(code.error(), file.size());
  Require(code->calls.size() <= kMaxScriptCalls, "more calls than the limit");
  std::uint64_t bytes = 0;
  for (const ScriptCodeFile& each : code->files) {
    if (each.fault.empty()) bytes += each.bytes;
    Require(each.lines <= each.bytes + 1, "a file has more lines than bytes", each.record);
  }
  Require(bytes <= kMaxScriptCodeBytes, "more code was read than the limit");
  for (const ScriptCall& call : code->calls) {
    Require(call.text.size() <= kMaxScriptLineBytes && call.line > 0, "a call is longer than the limit", call.text);
    Require(!call.meaning.empty() && !call.name.empty(), "a call has no name or no meaning", call.text);
  }
}

void CheckPickles(Bytes file, const Options& options) {
  const auto script = LoadTorchScript(file, options);
  if (!script) return CheckRefusal(script.error(), file.size());
  CheckLoaded(script->data, file);
  CheckLoaded(script->constants, file);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  const auto file = BytesOf(data, size);
  CheckCode(file);
  CheckPickles(file, DefaultOptions());
  CheckPickles(file, VariantOf(file));
  return 0;
}
