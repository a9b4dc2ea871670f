// Floor 7. The table of torch's messages, and torch.load's wrapper around those of its unpickler. SPEC.md chapter 7.
#include "output/torch_message.h"

#include <array>
#include <cstddef>
#include <span>

#include "base/text.h"

namespace weightsonly {
namespace {

// MSG-001. One message. `words` names what the refusal's subject holds, in order; {0} and {1} stand for them.
struct Row {
  RefusalKind kind;
  std::string_view exception;
  bool wrapped;  // by torch.load, which does so with what its unpickler raises
  std::string_view text;
  std::array<std::string_view, 2> words;
};

constexpr std::string_view kUnsafe =
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. "
    "Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in arbitrary "
    "code "
    "execution. Do it only if you got the file from a trusted source.";
constexpr std::string_view kDocs =
    "\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
    "https://pytorch.org/docs/stable/generated/torch.load.html.";
constexpr std::string_view kUnpickling = "UnpicklingError";
constexpr std::string_view kRuntime = "RuntimeError";

// Two rows of a kind differ in their number of words. {U} is kUnsafe.
constexpr auto kRows = std::to_array<Row>({
    {RefusalKind::kPolicyGlobalNotAllowed,
     kUnpickling,
     true,
     "Unsupported global: GLOBAL {0} was not an allowed global by default. Please use "
     "`torch.serialization.add_safe_globals([{0}])` or the `torch.serialization.safe_globals([{0}])` context manager "
     "to "
     "allowlist this global if you trust this class/function.",
     {"{module.name}"}},
    {RefusalKind::kPolicyModuleBlocked,
     kUnpickling,
     true,
     "Trying to load unsupported GLOBAL {0} whose module {1} is blocked.",
     {"{module.name}", "{module}"}},
    {RefusalKind::kPolicyNotImported,
     kUnpickling,
     true,
     "``torch.distributed.tensor`` must be imported to load DTensors",
     {}},
    {RefusalKind::kPolicyReduce,
     kUnpickling,
     true,
     "Trying to call reduce for unrecognized function {0}",
     {"{str(value)}"}},
    {RefusalKind::kPolicyReduce, "TypeError", false, "'{0}' object is not callable", {"{type}", "{}"}},
    {RefusalKind::kPolicyNewobj,
     kUnpickling,
     true,
     "Can only create new object for nn.Parameter or classes allowlisted via `add_safe_globals` but got {0}",
     {"{str(value)}"}},
    {RefusalKind::kPolicyBuild,
     kUnpickling,
     true,
     "Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, but got {0}",
     {"{type(value)}"}},
    {RefusalKind::kPolicyAppendTarget,
     kUnpickling,
     true,
     "Can only {0} lists, but got {1}",
     {"{append to|extend}", "{type(value)}"}},
    {RefusalKind::kPolicySetitemTarget,
     kUnpickling,
     true,
     "Can only {0} for dict, collections.OrderedDict, collections.Counter, but got {1}",
     {"{SETITEM|SETITEMS}", "{type(value)}"}},
    {RefusalKind::kContainerTorchscript,
     kRuntime,
     false,
     "Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``. {U}",
     {}},
    {RefusalKind::kContainerTar,
     kRuntime,
     false,
     "Cannot use ``weights_only=True`` with files saved in the legacy .tar format. {U}",
     {}},
    {RefusalKind::kPolicyEnvironment,
     kRuntime,
     false,
     "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, but both were "
     "set.",
     {}},
    {RefusalKind::kContainerByteorder, "ValueError", false, "Unknown endianness type: {0}", {"{text}"}},
    {RefusalKind::kStorageSizeMismatch,
     kRuntime,
     false,
     "record size ({0} bytes) does not match expected size ({1} bytes = {1} elements * 1 bytes/element) for dtype Byte",
     {"{record}", "{expected}"}},
});

std::size_t WordsOf(const Row& row) {
  std::size_t count = 0;
  while (count < row.words.size() && !row.words[count].empty()) ++count;
  return count;
}

// The row's text with `words` in their places.
std::string Filled(std::string_view text, std::span<const std::string> words) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool place = text[at] == '{';
    if (!place) {
      out += text[at];
      continue;
    }
    const char which = text[at + 1];
    out.append(which == 'U' ? kUnsafe : std::string_view(words[static_cast<std::size_t>(which - '0')]));
    at += 2;
  }
  return out;
}

// What Python's \s matches, as UTF-8. The number of bytes at `at`, or 0.
std::size_t SpaceAt(std::string_view text, std::size_t at) {
  static constexpr auto kWide =
      std::to_array<std::string_view>({"\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9",
                                       "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"});
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return byte == ' ' || (byte >= 9 && byte <= 13) || (byte >= 0x1C && byte <= 0x1F) ? 1 : 0;
  const std::string_view rest = text.substr(at);
  for (const std::string_view wide : kWide) {
    if (rest.starts_with(wide)) return wide.size();
  }
  const bool quad = rest.size() >= 3 && rest.starts_with("\xE2\x80") && static_cast<unsigned char>(rest[2]) <= 0x8A;
  return quad ? 3 : 0;  // U+2000 to U+200A
}

// Behind a run of non-spaces at `start` and the `after` behind it, which starts with a space; npos: they are not there.
std::size_t BehindRun(std::string_view text, std::size_t start, std::string_view after) {
  std::size_t end = start;
  while (end < text.size() && SpaceAt(text, end) == 0) ++end;
  const bool there = end > start && text.substr(end).starts_with(after);
  return there ? end + after.size() : std::string_view::npos;
}

// Torch's patterns `before(\S+)after`. Linear, because `before` ends with a space: no run is looked at twice. `more`:
// any character but a line feed must follow.
bool HasBetween(std::string_view text, std::string_view before, std::string_view after, bool more = false) {
  for (std::size_t found = text.find(before); found != std::string_view::npos; found = text.find(before, found + 1)) {
    const std::size_t end = BehindRun(text, found + before.size(), after);
    if (end != std::string_view::npos && (!more || (end < text.size() && text[end] != '\n'))) return true;
  }
  return false;
}

// `GLOBAL (\S+) was not an allowed global by default.`: the last dot stands for any character.
bool NamesUnsafeGlobal(std::string_view text) {
  return HasBetween(text, "GLOBAL ", " was not an allowed global by default", true);
}

bool EndsWithSpace(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    if (SpaceAt(text, text.size() - back) == back) return true;
  }
  return text.empty();
}

// `(\S+) must be (\S+) to load`
bool NamesImport(std::string_view text) {
  constexpr std::string_view kMust = " must be ";
  for (std::size_t found = text.find(kMust); found != std::string_view::npos; found = text.find(kMust, found + 1)) {
    if (EndsWithSpace(text.substr(0, found))) continue;
    if (BehindRun(text, found + kMust.size(), " to load") != std::string_view::npos) return true;
  }
  return false;
}

// MSG-003. The wrapper looks for its words in the whole message, names from the file included.
std::string Wrapped(const std::string& inner) {
  std::string out = "Weights only load failed. ";
  if (NamesUnsafeGlobal(inner)) {
    out.append(
        "This file can still be loaded, to do so you have two options, \x1b[1mdo those steps only if you trust the "
        "source of the checkpoint\x1b[0m. \n\t(1) ");
    out.append(kUnsafe);
    out.append(
        "\n\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps in the "
        "following error message.\n\tWeightsUnpickler error: ");
    return out.append(inner).append(kDocs);
  }
  if (NamesImport(inner)) return out.append(inner).append("\n ").append(kUnsafe).append("\n");
  out.append(kUnsafe).append("\n");
  if (!HasBetween(inner, "whose module ", " is blocked")) {
    out.append(
        "Please file an issue with the following so that we can make `weights_only=True` compatible with your use "
        "case: WeightsUnpickler error: ");
  }
  return out.append("\n\n").append(inner).append(kDocs);
}

TorchText TextOf(const Row& row, std::span<const std::string> words) {
  std::string inner = Filled(row.text, words);
  return {.exception = row.exception, .message = row.wrapped ? Wrapped(inner) : std::move(inner)};
}

}  // namespace

std::optional<TorchText> TorchMessage(const Refusal& refusal) {
  for (const Row& row : kRows) {
    if (row.kind != refusal.kind || WordsOf(row) != refusal.subject.size()) continue;
    TorchText text = TextOf(row, refusal.subject);
    if (!IsUtf8(text.message)) return std::nullopt;  // MSG-002: no text that Python could write
    return text;
  }
  return std::nullopt;
}

std::vector<TorchText> TorchTemplates(RefusalKind kind) {
  std::vector<TorchText> texts;
  for (const Row& row : kRows) {
    if (row.kind != kind) continue;
    const std::vector<std::string> words(row.words.begin(), row.words.end());
    texts.push_back(TextOf(row, words));
  }
  return texts;
}

}  // namespace weightsonly
