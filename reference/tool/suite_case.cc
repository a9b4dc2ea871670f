// Floor 8. Reads suite.json, and says how a row is asked of this tool. SPEC.md chapter 8 (CLI-050, CLI-052).
#include "tool/suite_case.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "checkpoint/options.h"

namespace weightsonly::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "weightsonly.suite/1";

std::string TextOf(const Json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> TextsOf(const Json& row, const char* name) {
  std::vector<std::string> texts;
  const auto found = row.find(name);
  if (found == row.end() || !found->is_array()) return texts;
  for (const Json& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

// A word for a shell of POSIX.
std::string Quoted(std::string_view word) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out += '\'';
}

// How one entry of safe_globals is written on the command line; empty when it is none.
std::string AllowWords(const Json& entry) {
  if (entry.is_string()) return " --allow " + Quoted(entry.get<std::string>());
  if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string()) return {};
  return " --allow-as " + Quoted(entry[0].get<std::string>() + "=" + entry[1].get<std::string>());
}

// CLI-052. The options of a row (conformance/FORMAT.md, section 5) as words of `load`.
std::string OptionWords(const Json& options) {
  std::string words;
  for (const auto& [name, value] : options.items()) {
    if (name == "weights_only" && value.is_boolean())
      words += value.get<bool>() ? " --weights-only true" : " --weights-only false";
    if (name == "mmap" && value == false) words += " --no-mmap";
    if (name == "strict" && value == true) words += " --strict";
    if (name == "safe_globals" && value.is_array()) {
      for (const Json& entry : value) words += AllowWords(entry);
    }
    const bool is_text =
        name == "numpy" || name == "endianness" || name == "map_location" || name == "encoding" || name == "torch";
    if (!is_text || !value.is_string()) continue;
    std::string flag = name;
    std::ranges::replace(flag, '_', '-');
    words += " --" + flag + " " + Quoted(value.get<std::string>());
  }
  return words;
}

// The variables that stand before the command. A load reads these two and no others.
std::string VariableWords(const Json& options) {
  std::string words;
  const auto variables = options.find("env");
  if (variables == options.end() || !variables->is_object()) return words;
  for (const char* name : {kForceVariable, kForceNoVariable}) {
    const auto text = variables->find(name);
    if (text != variables->end() && text->is_string())
      words += std::string(name) + "=" + Quoted(text->get<std::string>()) + " ";
  }
  return words;
}

std::string CommandOf(const Json& row, const std::string& file) {
  const auto found = row.find("options");
  const Json options = found != row.end() && found->is_object() ? *found : Json::object();
  return VariableWords(options) + "weightsonly load" + OptionWords(options) + " " + Quoted(file);
}

// `suite` is FOLDER/conformance/suite.json, and the paths in it begin at FOLDER.
std::string FileFrom(const std::string& suite, const std::string& file) {
  return (std::filesystem::path(suite).parent_path() / ".." / file).lexically_normal().string();
}

SuiteCase CaseOf(const Json& row, const std::string& suite) {
  SuiteCase found = {.id = TextOf(row, "id"),
                     .title = TextOf(row, "title"),
                     .why = TextOf(row, "why"),
                     .area = TextOf(row, "area"),
                     .since = TextOf(row, "since"),
                     .expect = TextOf(row, "expect"),
                     .policy = TextOf(row, "policy"),
                     .kind = TextOf(row, "kind"),
                     .fault = TextOf(row, "fault"),
                     .record = TextOf(row, "record"),
                     .deviation = TextOf(row, "deviation"),
                     .recipe = TextOf(row, "recipe"),
                     .python = TextOf(row, "python"),
                     .torch = TextOf(row, "torch"),
                     .offset = {},
                     .rules = TextsOf(row, "rules"),
                     .flags = TextsOf(row, "flags"),
                     .needs = TextsOf(row, "needs"),
                     .file = {},
                     .command = {},
                     .json = row.dump(-1, ' ', false, Json::error_handler_t::replace)};
  const auto offset = row.find("offset");
  if (offset != row.end() && offset->is_number_unsigned()) found.offset = std::to_string(offset->get<std::uint64_t>());
  if (const std::string file = TextOf(row, "file"); !file.empty()) {
    found.file = FileFrom(suite, file);
    found.command = CommandOf(row, *found.file);
  }
  return found;
}

}  // namespace

std::expected<SuiteSearch, std::string> FindSuiteCase(const std::string& path, std::string_view id) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::unexpected("it cannot be opened");
  const Json suite = Json::parse(stream, nullptr, false);
  if (!suite.is_object() || TextOf(suite, "schema") != kSchema) {
    return std::unexpected("it is no JSON of the schema " + std::string(kSchema));
  }
  const auto cases = suite.find("cases");
  if (cases == suite.end() || !cases->is_array()) return std::unexpected("it has no cases");
  SuiteSearch search;
  for (const Json& row : *cases) {
    std::string name = row.is_object() ? TextOf(row, "id") : std::string();
    if (name == id && !name.empty()) search.found = CaseOf(row, path);
    search.ids.push_back(std::move(name));
  }
  return search;
}

}  // namespace weightsonly::tool
