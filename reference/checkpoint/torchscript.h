// Floor 6. TorchScript archives, which Load refuses: what torch.jit.save put in beside the code, read without running
// or compiling any of it. Public. SPEC.md chapter 6 (TSC-001 to TSC-009).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/export.h"
#include "base/refusal.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/options.h"

namespace weightsonly {

// The two pickles of a TorchScript archive, each with its own storages. Modules are inert objects (Value::AsObject),
// their attributes the dict that is the object's state; Checkpoint::tensors() lists tensors under attribute names.
struct TorchScript {
  std::uint64_t version = 0;  // of the archive, 1 to 10
  Checkpoint data;            // data.pkl: the module
  Checkpoint constants;       // constants.pkl: a tuple, whose item N the code calls CONSTANTS.cN
};

// Reads both pickles. Path and bytes as Load takes them. Refuses what Load refuses, but for TorchScript itself; an
// archive that has no record `constants.pkl` with container.record-missing. The record of a refusal tells which pickle
// it is about.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<TorchScript, Refusal> LoadTorchScript(const std::string& path,
                                                                                     const Options& options = {});
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<TorchScript, Refusal> LoadTorchScript(std::span<const std::byte> bytes,
                                                                                     const Options& options = {});

// A call in the archive's code whose meaning the archive's version decides (TSC-008, TSC-009).
struct ScriptCall {
  std::string record;        // the code file, without the archive's prefix: "code/__torch__.py"
  std::uint64_t line = 0;    // from 1
  std::string name;          // "torch.div", "torch.div_" or "torch.full"
  std::string text;          // the line without the blanks around it, at most kMaxScriptLineBytes; raw bytes
  std::string_view meaning;  // one sentence; static storage
};

struct ScriptCodeFile {
  std::string record;
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;  // 0 when it was not read
  std::string fault;        // why it was not read, or ""
};

struct ScriptCode {
  std::uint64_t version = 0;          // of the archive, 1 to 10
  std::vector<ScriptCodeFile> files;  // in the order of the directory
  std::vector<ScriptCall> calls;      // file by file, line by line; at most kMaxScriptCalls
  std::uint64_t calls_left_out = 0;
};

// Reads the records code/….py as text. A file that cannot be read, or that would make more than kMaxScriptCodeBytes of
// all, is listed with its fault. Linear. Refuses as LoadTorchScript does before it comes to the pickles.
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<ScriptCode, Refusal> ScriptCodeIn(const std::string& path,
                                                                                 const Options& options = {});
[[nodiscard]] WEIGHTSONLY_EXPORT std::expected<ScriptCode, Refusal> ScriptCodeIn(std::span<const std::byte> bytes,
                                                                                 const Options& options = {});

}  // namespace weightsonly
