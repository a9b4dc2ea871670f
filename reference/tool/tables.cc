// Floor 8. `weightsonly tables`: what the loader walks, for other programs and for people. SPEC.md chapter 8.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/refusal.h"
#include "base/text.h"
#include "pickle/instruction.h"
#include "policy/globals.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/limit_table.h"
#include "tool/report.h"
#include "tool/screen.h"
#include "tool/spec_rules.h"
#include "tool/suggest.h"
#include "value/dtype.h"

namespace weightsonly::tool {
namespace {

std::string_view OperandName(pickle::Operand operand) {
  constexpr std::array<std::string_view, 12> kNames = {"none", "u8",    "u16",   "i32",   "u32",  "u64",
                                                       "f64",  "text1", "text4", "text8", "line", "two-lines"};
  static_assert(static_cast<std::size_t>(pickle::Operand::kTwoLines) + 1 == kNames.size());
  return kNames[static_cast<std::size_t>(operand)];
}

std::string_view CategoryName(DtypeCategory category) {
  constexpr std::array<std::string_view, 6> kNames = {"float", "complex", "integer", "bool", "quantized", "bits"};
  static_assert(static_cast<std::size_t>(DtypeCategory::Bits) + 1 == kNames.size());
  return kNames[static_cast<std::size_t>(category)];
}

struct LimitValue {
  std::string_view name;
  std::uint64_t value;
};

// What a caller may change, then what is fixed.
std::vector<LimitValue> AllLimits() {
  const Limits limits;
  std::vector<LimitValue> all;
  for (const NamedLimit& limit : kLimitTable) all.push_back({limit.name, limits.*limit.member});
  all.insert(all.end(), {{"max_pickle_bytes", kMaxPickleBytes},
                         {"max_small_record_bytes", kMaxSmallRecordBytes},
                         {"max_global_line_bytes", kMaxGlobalLineBytes},
                         {"max_dimensions", kMaxDimensions},
                         {"max_script_code_bytes", kMaxScriptCodeBytes},
                         {"max_script_calls", kMaxScriptCalls},
                         {"max_script_nesting", kMaxScriptNesting},
                         {"max_script_line_bytes", kMaxScriptLineBytes},
                         {"max_printed_depth", kMaxPrintedDepth},
                         {"max_inline_storage_bytes", kMaxInlineStorageBytes}});
  return all;
}

void WriteOpcodes(JsonWriter& json) {
  for (const pickle::OpcodeInfo& opcode : pickle::kOpcodes) {
    json.BeginObject().Member("name", opcode.name).Member("byte", opcode.byte);
    json.Member("operand", OperandName(opcode.operand)).MemberBool("accepted", opcode.accepted).EndObject();
  }
}

void WriteKinds(JsonWriter& json) {
  for (int i = 0; i < kRefusalKindCount; ++i) {
    const auto kind = static_cast<RefusalKind>(i);
    json.BeginObject().Member("name", KindName(kind)).MemberBool("in_use", KindInUse(kind));
    json.Member("sentence", KindSentence(kind)).Member("advice", KindAdvice(kind)).EndObject();
  }
}

void WriteDtypes(JsonWriter& json) {
  for (const DtypeInfo& dtype : kDtypes) {
    json.BeginObject().Member("name", dtype.name).Member("item_bytes", dtype.item_bytes);
    json.Member("swap_bytes", dtype.swap_bytes).Member("category", CategoryName(dtype.category));
    json.MemberBool("typed_storage", dtype.typed).EndObject();
  }
}

void WriteGlobals(JsonWriter& json) {
  for (const policy::Global& global : policy::DefaultAllowlist()) {
    json.BeginObject().Member("path", global.path);
    if (global.dtype.has_value()) json.Member("dtype", DtypeName(*global.dtype));
    json.Member("added", policy::ReleaseName(global.added));
    if (global.removed.has_value()) json.Member("removed", policy::ReleaseName(*global.removed));
    json.EndObject();
  }
}

struct CoveredDeviation {
  std::string_view id;
  std::uint64_t cases;  // of the conformance suite
};

constexpr CoveredDeviation kCoveredDeviations[] = {
#define WEIGHTSONLY_DEVIATION(id, cases) {id, cases},
#include "tool/deviation_cases.def"
#undef WEIGHTSONLY_DEVIATION
};

// CLI-060
std::uint64_t CasesOf(const Rule& deviation) {
  const auto* const found = std::ranges::find(kCoveredDeviations, deviation.id, &CoveredDeviation::id);
  return found == std::end(kCoveredDeviations) ? 0 : found->cases;
}

void WriteRules(JsonWriter& json, bool deviations) {
  for (const Rule& rule : RulesIn(kSpecText)) {
    if (IsDeviation(rule) != deviations) continue;
    json.BeginObject().Member("id", rule.id).Member("chapter", rule.chapter).Member("text", rule.text);
    if (deviations) json.Member("cases", CasesOf(rule));
    json.EndObject();
  }
}

void WriteLimits(JsonWriter& json) {
  for (const LimitValue& limit : AllLimits()) {
    json.BeginObject().Member("name", limit.name).Member("value", limit.value).EndObject();
  }
}

void PrintOpcodes(Stream& out) {
  for (const pickle::OpcodeInfo& opcode : pickle::kOpcodes) {
    std::string line = "  ";
    AppendLeft(line, HexOffset(opcode.byte), 6);
    AppendLeft(line, opcode.name, 18);
    AppendLeft(line, OperandName(opcode.operand), 11);
    out << line << (opcode.accepted ? "accepted" : "refused") << "\n";
  }
}

void PrintKinds(Stream& out) {
  for (int i = 0; i < kRefusalKindCount; ++i) {
    const auto kind = static_cast<RefusalKind>(i);
    std::string line = "  ";
    AppendLeft(line, KindName(kind), 34);
    out << line << KindSentence(kind) << (KindInUse(kind) ? "" : " (reserved)") << "\n";
  }
}

void PrintDtypes(Stream& out) {
  for (const DtypeInfo& dtype : kDtypes) {
    std::string line = "  ";
    AppendLeft(line, dtype.name, 18);
    AppendLeft(line, Count(dtype.item_bytes, "byte"), 10);
    out << line << CategoryName(dtype.category) << "\n";
  }
}

void PrintGlobals(Stream& out) {
  for (const policy::Global& global : policy::DefaultAllowlist()) {
    std::string line = "  ";
    AppendLeft(line, global.path, 54);
    out << line << "since " << policy::ReleaseName(global.added);
    if (global.removed.has_value()) out << ", not since " << policy::ReleaseName(*global.removed);
    out << "\n";
  }
}

void PrintRules(Stream& out, bool deviations) {
  for (const Rule& rule : RulesIn(kSpecText)) {
    if (IsDeviation(rule) != deviations) continue;
    AppendWrapped(out.buffer(), rule.text, 2, out.Columns());
    if (deviations) out << "  " << Count(CasesOf(rule), "case") << " of the suite\n";
  }
}

void PrintLimits(Stream& out) {
  for (const LimitValue& limit : AllLimits()) {
    std::string line = "  ";
    AppendLeft(line, limit.name, 26);
    AppendRight(line, GroupedDigits(limit.value), 16);
    out << line << "\n";
  }
}

struct Table {
  std::string_view name;
  void (*write)(JsonWriter& json);  // the elements of an array
  void (*print)(Stream& out);
};

constexpr std::array<Table, 7> kTables = {{
    {"opcodes", WriteOpcodes, PrintOpcodes},
    {"kinds", WriteKinds, PrintKinds},
    {"dtypes", WriteDtypes, PrintDtypes},
    {"globals", WriteGlobals, PrintGlobals},
    {"deviations", [](JsonWriter& json) { WriteRules(json, true); }, [](Stream& out) { PrintRules(out, true); }},
    {"rules", [](JsonWriter& json) { WriteRules(json, false); }, [](Stream& out) { PrintRules(out, false); }},
    {"limits", WriteLimits, PrintLimits},
}};

Exit UnknownTable(Stream& err, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Table& table : kTables) names.push_back(table.name);
  const std::string_view nearest = Nearest(name, names);
  err << "weightsonly: there is no table " << EscapeForTerminal(name);
  if (!nearest.empty()) err << "; did you mean " << nearest << "?";
  err << "\ntry: weightsonly help tables\n";
  return Exit::kUsage;
}

}  // namespace

Exit RunTables(const Context& context) {
  const std::vector<std::string>& wanted = context.arguments.operands;
  for (const std::string& name : wanted) {
    const bool known = std::ranges::any_of(kTables, [&](const Table& table) { return table.name == name; });
    if (!known) return UnknownTable(context.err, name);
  }
  const auto is_wanted = [&](const Table& table) {
    return wanted.empty() || std::ranges::find(wanted, table.name) != wanted.end();
  };
  Stream& out = context.out;
  if (!context.arguments.json) {
    for (const Table& table : kTables) {
      if (!is_wanted(table)) continue;
      out << table.name << ":\n";
      table.print(out);
    }
    return Exit::kAccepted;
  }
  JsonWriter json = BeginDocument(out, "tables", nullptr);
  json.Member("version", WEIGHTSONLY_VERSION);
  for (const Table& table : kTables) {
    if (!is_wanted(table)) continue;
    json.Key(table.name).BeginArray();
    table.write(json);
    json.EndArray();
  }
  json.EndObject();
  out << "\n";
  return Exit::kAccepted;
}

}  // namespace weightsonly::tool
