// Every file of the corpus through the public interface: mapped, read and lent, default and strict. The second source
// is torch 2.15.0's answer, written by fixtures-gen/canonical.py, byte for byte.
#include <weightsonly/weightsonly.h>

#include "tests/api/corpus.h"

namespace weightsonly::testing {
namespace {

// The canonical text, or everything that a refusal says.
std::string Answer(const std::expected<Checkpoint, Refusal>& loaded) {
  std::string out;
  const auto refusal = [](const Refusal& why) {
    return "refused " + std::string(KindName(why.kind)) + " " + why.record + "@" + std::to_string(why.offset) + " " +
           why.detail;
  };
  if (!loaded) return refusal(loaded.error());
  const auto written = WriteCanonical(*loaded, {}, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  return written ? out : refusal(written.error());
}

Options With(bool mmap, bool strict) {
  Options options;
  options.mmap = mmap;
  options.strict = strict;
  return options;
}

Options Shared() {
  Options options;
  options.mmap_shared = true;
  return options;
}

Options Calculated(bool mmap) {
  Options options = With(mmap, false);
  options.calculate_storage_offsets = true;
  return options;
}

bool Refused(const std::string& answer) { return answer.starts_with("refused "); }

std::span<const std::byte> BytesOf(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST_CASE(
    "a file has the same answer mapped privately or shared, read and lent, and its value is torch's to the byte") {
  int accepted = 0, compared = 0;
  for (const auto& file : CorpusFiles()) {
    INFO(file.filename().string());
    const std::string mapped = Answer(Load(file.string(), With(true, false)));
    CHECK(Answer(Load(file.string(), With(false, false))) == mapped);
    const std::string bytes = ReadFile(file);
    CHECK(Answer(Load(BytesOf(bytes))) == mapped);
    CHECK(Answer(Load(file.string(), Shared())) == mapped);
    if (Refused(mapped)) continue;
    ++accepted;
    const std::string torch = TorchSaid(file);
    // A device is a label here (VAL-008), and torch's answer is that of a machine without it.
    if (torch.find(R"("deviation_verdict":"accept")") != std::string::npos) continue;
    CHECK(torch.starts_with(R"({"verdict":"accept","value":)" + mapped + ","));
    ++compared;
  }
  CHECK(accepted >= 1000);
  CHECK(compared >= 1000);
}

TEST_CASE("what strict accepts, the default accepts with the same value") {
  int accepted = 0;
  for (const auto& file : CorpusFiles()) {
    INFO(file.filename().string());
    const std::string strict = Answer(Load(file.string(), With(true, true)));
    if (Refused(strict)) continue;
    ++accepted;
    CHECK(Answer(Load(file.string(), With(true, false))) == strict);
  }
  CHECK(accepted >= 1000);
}

TEST_CASE("strict accepts every file of a torch release that the default accepts") {
  int accepted = 0;
  for (const auto& file : CorpusFiles()) {
    if (!file.parent_path().filename().string().starts_with("torch-")) continue;
    INFO(file.parent_path().filename().string() << "/" << file.filename().string());
    if (Refused(Answer(Load(file.string(), With(true, false))))) continue;
    ++accepted;
    CHECK_FALSE(Refused(Answer(Load(file.string(), With(true, true)))));
  }
  CHECK(accepted >= 690);
}

TEST_CASE("computed offsets are the directory's in every file that torch wrote, and change no answer") {
  int written = 0, accepted = 0, repacked = 0;
  for (const auto& file : CorpusFiles()) {
    INFO(file.parent_path().filename().string() << "/" << file.filename().string());
    const std::string expected = Answer(Load(file.string()));
    const std::string mapped = Answer(Load(file.string(), Calculated(true)));
    CHECK(Answer(Load(file.string(), Calculated(false))) == mapped);
    const bool by_torch = file.parent_path().filename().string().starts_with("torch-");
    if (mapped.starts_with("refused storage.offset ")) {
      CHECK_FALSE(by_torch);
      ++repacked;
      continue;
    }
    CHECK(mapped == expected);
    written += by_torch ? 1 : 0;
    accepted += Refused(mapped) ? 0 : 1;
  }
  CHECK(written >= 700);
  CHECK(accepted >= 1000);
  INFO(repacked << " forged files are laid out otherwise");
}

}  // namespace weightsonly::testing
