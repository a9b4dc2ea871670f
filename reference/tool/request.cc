// Floor 8. Reads requests: JSON that anybody may have written. SPEC.md chapter 8 (SRV-003 to SRV-006).
#include "tool/request.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace weightsonly::tool {
namespace {

using nlohmann::json;

// What a request needs, and some: the options of a load are three levels down.
constexpr int kDeepest = 16;
constexpr std::uint64_t kMostExact = (std::uint64_t{1} << 53) - 1;  // CLI-004

[[noreturn]] void Bad(std::string what) { throw BadRequest{std::move(what), std::nullopt}; }

json ParseJson(std::string_view line) {
  const auto bounded = [](int depth, json::parse_event_t /*event*/, json& /*parsed*/) {
    if (depth > kDeepest) Bad("the line is nested deeper than a request is");
    return true;
  };
  try {
    return json::parse(line, bounded);
  } catch (const json::exception& error) {
    // Its text begins with a number of the library's own in brackets, and may quote the whole line.
    std::string_view text = error.what();
    text.remove_prefix(std::min(text.find("] ") + 2, text.size()));
    Bad("the line is no JSON: " + EscapeForTerminal(text));
  }
}

// The text of a JSON string; nothing when it is none.
const std::string* TextOf(const json& value) { return value.get_ptr<const std::string*>(); }

bool TakeText(const json& value, std::string& target) {
  const std::string* text = TextOf(value);
  if (text != nullptr) target = *text;
  return text != nullptr;
}

template <typename Target>
bool TakeBool(const json& value, Target& target) {
  if (value.is_boolean()) target = value.get<bool>();
  return value.is_boolean();
}

// SRV-005. The variables that a load reads, from this table only; others are as if they were not there.
bool TakeEnvironment(const json& value, Options& options) {
  if (!value.is_object()) return false;
  for (const auto& [name, text] : value.items()) {
    if (!text.is_string()) return false;
    if (name == kForceVariable) options.force_weights_only_load = text.get<std::string>();
    if (name == kForceNoVariable) options.force_no_weights_only_load = text.get<std::string>();
  }
  return true;
}

bool TakeSafeGlobals(const json& value, Options& options) {
  if (!value.is_array()) return false;
  for (const json& entry : value) {
    if (entry.is_string()) {
      options.allowlist.Add(entry.get<std::string>());
    } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      options.allowlist.Add(entry[0].get<std::string>(), entry[1].get<std::string>());
    } else {
      return false;
    }
  }
  return true;
}

bool TakeEndianness(const json& value, Options& options) {
  constexpr std::array<std::pair<std::string_view, Endianness>, 3> kWords = {
      {{"little", Endianness::kLittle}, {"big", Endianness::kBig}, {"native", Endianness::kNative}}};
  const std::string* text = TextOf(value);
  for (const auto& [word, order] : kWords) {
    if (text == nullptr || *text != word) continue;
    options.default_load_endianness = order;
    return true;
  }
  return false;
}

bool TakeLocation(const json& value, Options& options) {
  if (const std::string* text = TextOf(value)) options.map_location = *text;
  return value.is_string();
}

// SRV-004. How each option is taken; false when that is no value for it. Texts that are the library's to judge are not
// looked at here: Load refuses them with options.invalid.
struct OptionTaker {
  std::string_view name;
  bool (*take)(const json& value, Options& options);
};
constexpr std::array<OptionTaker, 10> kTakers = {{
    {"weights_only", [](const json& value, Options& options) { return TakeBool(value, options.weights_only); }},
    {"env", TakeEnvironment},
    {"safe_globals", TakeSafeGlobals},
    {"numpy", [](const json& value, Options& options) { return TakeText(value, options.numpy); }},
    {"endianness", TakeEndianness},
    {"map_location", TakeLocation},
    {"mmap", [](const json& value, Options& options) { return TakeBool(value, options.mmap); }},
    {"encoding", [](const json& value, Options& options) { return TakeText(value, options.encoding); }},
    {"torch", [](const json& value, Options& options) { return TakeText(value, options.torch); }},
    {"strict", [](const json& value, Options& options) { return TakeBool(value, options.strict); }},
}};

const OptionTaker* TakerOf(std::string_view name) {
  for (const OptionTaker& taker : kTakers) {
    if (taker.name == name) return &taker;
  }
  return nullptr;
}

void TakeOptions(const json& options, Request& request) {
  if (!options.is_object()) Bad("options is no object");
  for (const auto& [name, value] : options.items()) {
    const OptionTaker* taker = TakerOf(name);
    if (taker == nullptr) {
      request.skip = "this loader has no option " + EscapeForTerminal(name);
      return;
    }
    if (!taker->take(value, request.options)) Bad("options." + name + " has no value that this option takes");
  }
  const bool whole_numpy = options.contains("numpy") && !options.contains("safe_globals");
  if (whole_numpy && !request.options.numpy.empty()) request.options.allowlist.AddNumpy(request.options.numpy);
}

const json& Member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) Bad(std::string(name) + " is missing");
  return *found;
}

std::optional<std::uint64_t> SeqOf(const json& object) {
  const auto found = object.find("seq");
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto seq = found->get<std::uint64_t>();
  return seq <= kMostExact ? std::optional(seq) : std::nullopt;
}

Request ParseLoad(const json& object) {
  Request request{.ask = Ask::kLoad};
  Member(object, "seq");
  const auto seq = SeqOf(object);
  if (!seq) Bad("seq is no number from 0 to 2^53 - 1");
  request.seq = *seq;
  if (!TakeText(Member(object, "path"), request.path)) Bad("path is no text");
  if (request.path.find('\0') != std::string::npos) Bad("path has a NUL in it");
  // SRV-006. Load takes it for standard input, where the requests come from.
  if (request.path == "-") request.path = "./-";
  const json& level = Member(object, "level");
  if (!level.is_number_unsigned() || level.get<std::uint64_t>() > 2) Bad("level is none of 0, 1, 2");
  request.level = level.get<int>();
  if (const auto options = object.find("options"); options != object.end()) TakeOptions(*options, request);
  return request;
}

Request ParseHello(const json& object) {
  const json& protocol = Member(object, "protocol");
  if (!protocol.is_number_unsigned() || protocol.get<std::uint64_t>() != 1) Bad("protocol is not 1");
  return {.ask = Ask::kHello};
}

Request ParseObject(const json& object) {
  if (!object.is_object()) Bad("the line is no object");
  std::string command;
  if (!TakeText(Member(object, "cmd"), command)) Bad("cmd is no text");
  if (command == "hello") return ParseHello(object);
  if (command == "load") return ParseLoad(object);
  if (command == "bye") return {.ask = Ask::kBye};
  Bad("cmd " + EscapeForTerminal(command) + " is none of hello, load, bye");
}

}  // namespace

std::expected<Request, BadRequest> ParseRequest(std::string_view line) {
  std::optional<std::uint64_t> seq;
  try {
    const json object = ParseJson(line);
    if (object.is_object()) seq = SeqOf(object);
    return ParseObject(object);
  } catch (const BadRequest& bad) {
    return std::unexpected(BadRequest{bad.what, seq});
  }
}

}  // namespace weightsonly::tool
