// weightsonly-hostile: what the library does with damaged files and with random ones. Every input must be accepted or
// refused, never with `internal`, within a time and a memory, and every refusal must be fit to be shown.
//
// An accepted input goes the whole way: its contents are verified, its tensors listed and the small ones digested, its
// canonical value written. A TorchScript archive, which Load refuses, goes through LoadTorchScript and ScriptCodeIn and
// then the same way. What ends the process (a signal, a sanitizer, a hang) is named on stderr before it does.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hostile_inputs.h"
#include "weightsonly.h"

// The sanitizers' own name; null without them.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace weightsonly::bench {
namespace {

constexpr std::uint64_t kDigestedBytes = 64 << 10;  // larger tensors are listed, not digested
constexpr std::size_t kDetailBytes = 2048;          // base/refusal.h promises about 1 KiB
constexpr std::uint64_t kShownFailures = 20;
constexpr unsigned kHangSeconds = 60;

constexpr std::string_view kUsage =
    "usage: weightsonly-hostile [OPTION…] [FILE…]\n"
    "  --cut N        each FILE cut at every byte, at N places when it has more\n"
    "  --flip N       each FILE with one byte inverted, every byte or N of them\n"
    "  --bits N       each FILE with one bit inverted, every bit or N of them\n"
    "  --scatter N    N times each FILE with 1 to 16 random bytes written into it\n"
    "  --noise N      N inputs of random bytes, up to 1 MiB\n"
    "  --pickles N    N archives around a random pickle, up to 1 MiB\n"
    "  --seed N       for everything that is random\n"
    "  --max-ms N     processor time that one input may take (1000); 0: any\n"
    "  --max-mib N    highest resident size of the process (256); 0: any\n"
    "  --keep FOLDER  write the inputs that failed into FOLDER\n";

struct Arguments {
  std::uint64_t cut = 0, flip = 0, bits = 0, scatter = 0, noise = 0, pickles = 0;
  std::uint64_t seed = 1, max_ms = 1000, max_mib = 256;
  std::string keep;
  std::vector<std::string> files;
};

[[noreturn]] void Usage(std::string_view mistake) {
  std::cerr << "weightsonly-hostile: " << mistake << '\n' << kUsage;
  std::exit(2);
}

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  const std::map<std::string_view, std::uint64_t*> numbers = {
      {"--cut", &arguments.cut},     {"--flip", &arguments.flip},       {"--bits", &arguments.bits},
      {"--noise", &arguments.noise}, {"--pickles", &arguments.pickles}, {"--scatter", &arguments.scatter},
      {"--seed", &arguments.seed},   {"--max-ms", &arguments.max_ms},   {"--max-mib", &arguments.max_mib}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) {
      arguments.files.emplace_back(word);
      continue;
    }
    if (i + 1 == argc) Usage(std::string(word) + ": unknown, or its value is missing");
    const std::string_view value = argv[++i];
    if (word == "--keep") {
      arguments.keep = value;
      continue;
    }
    const auto option = numbers.find(word);
    if (option == numbers.end()) Usage("unknown option " + std::string(word));
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *option->second);
    if (error != std::errc() || end != value.data() + value.size()) Usage(std::string(word) + " takes a number");
  }
  return arguments;
}

// The input that is being tried, for whoever ends the process.
char current[512] = "before the first input";

void SayCurrent() {
  constexpr std::string_view kText = "\nweightsonly-hostile: ended while trying ";
  if (write(STDERR_FILENO, kText.data(), kText.size()) < 0 || write(STDERR_FILENO, current, std::strlen(current)) < 0 ||
      write(STDERR_FILENO, "\n", 1) < 0) {
    return;
  }
}

void OnSignal(int number) {
  SayCurrent();
  _exit(128 + number);
}

void InstallHandlers() {
  std::signal(SIGALRM, OnSignal);
  if (&__sanitizer_set_death_callback != nullptr) return __sanitizer_set_death_callback(SayCurrent);
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(number, OnSignal);
}

double ProcessorSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::uint64_t PeakMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) >> 10;
}

// The whole way of what was loaded. The first refusal on it, or nothing.
std::expected<void, Refusal> WalkCheckpoint(const Checkpoint& checkpoint) {
  if (auto verified = checkpoint.Verify(); !verified) return verified;
  for (const auto& [path, tensor] : checkpoint.tensors()) {
    if (tensor.nbytes() > kDigestedBytes) continue;
    if (const auto digest = LogicalSha256(tensor); !digest) return std::unexpected(digest.error());
  }
  const auto written = WriteCanonical(checkpoint, {}, [](std::string_view) { return true; });
  if (!written) return std::unexpected(written.error());
  return {};
}

// The same for the code and the two pickles of a TorchScript archive.
std::expected<void, Refusal> WalkScript(std::span<const std::byte> input) {
  if (const auto code = ScriptCodeIn(input); !code) return std::unexpected(code.error());
  const auto script = LoadTorchScript(input);
  if (!script) return std::unexpected(script.error());
  if (auto walked = WalkCheckpoint(script->data); !walked) return walked;
  return WalkCheckpoint(script->constants);
}

struct Outcome {
  std::expected<void, Refusal> walked;
  bool script = false;  // Load refused the input as a TorchScript archive, and it was read as one
};

Outcome Walk(std::span<const std::byte> input) {
  const auto checkpoint = Load(input);
  if (checkpoint) return {.walked = WalkCheckpoint(*checkpoint)};
  const Refusal& refusal = checkpoint.error();
  if (refusal.kind == RefusalKind::kContainerTorchscript) return {.walked = WalkScript(input), .script = true};
  return {.walked = std::unexpected(refusal)};
}

// What is wrong with a refusal itself; "" when nothing is.
std::string FaultOf(const Refusal& refusal, std::size_t input_size) {
  if (refusal.kind == RefusalKind::kInternal) return "internal: " + refusal.detail;
  if (!KindInUse(refusal.kind)) return "a kind that is not in use: " + std::string(KindName(refusal.kind));
  if (refusal.record.empty() && refusal.offset > input_size) return "an offset outside the file";
  if (refusal.detail.size() > kDetailBytes) return "a detail of " + std::to_string(refusal.detail.size()) + " bytes";
  const bool control = std::ranges::any_of(refusal.detail, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control || !IsUtf8(refusal.detail)) return "a detail that is not fit for a terminal";
  return "";
}

class Trial {
 public:
  explicit Trial(const Arguments& arguments) : arguments_(arguments) {}

  void Try(std::string_view input, const std::string& name) {
    std::snprintf(current, sizeof current, "%s", name.c_str());
    alarm(kHangSeconds);
    const double start = ProcessorSeconds();
    const auto [result, script] = Walk(std::as_bytes(std::span(input)));
    const double seconds = ProcessorSeconds() - start;
    ++inputs_;
    std::string fault;
    if (result) {
      ++accepted_;
      accepted_scripts_ += script ? 1 : 0;
    } else {
      ++refused_[std::string(KindName(result.error().kind))];
      fault = FaultOf(result.error(), input.size());
    }
    if (seconds > slowest_) {
      slowest_ = seconds;
      slowest_name_ = name;
    }
    if (arguments_.max_ms != 0 && seconds * 1e3 > static_cast<double>(arguments_.max_ms)) {
      fault = std::to_string(seconds) + " s";
    }
    const std::uint64_t peak = PeakMib();
    if (arguments_.max_mib != 0 && peak > arguments_.max_mib && !memory_reported_) {
      memory_reported_ = true;
      fault = std::to_string(peak) + " MiB resident";
    }
    if (!fault.empty()) Report(input, name, fault);
  }

  int Print() const {
    std::uint64_t refused = 0;
    for (const auto& [kind, count] : refused_) {
      std::cout << "  " << kind << ": " << count << '\n';
      refused += count;
    }
    std::cout << "  (accepted-torchscript): " << accepted_scripts_ << '\n';
    std::cout << "inputs " << inputs_ << ", accepted " << accepted_ << ", refused " << refused << ", failed " << failed_
              << ", slowest " << slowest_ * 1e3 << " ms (" << slowest_name_ << "), peak " << PeakMib() << " MiB\n";
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void Report(std::string_view input, const std::string& name, const std::string& fault) {
    ++failed_;
    if (failed_ <= kShownFailures) std::cerr << "FAILED " << name << ": " << EscapeForTerminal(fault) << '\n';
    if (arguments_.keep.empty()) return;
    std::ofstream file(arguments_.keep + "/hostile-" + std::to_string(failed_) + ".pt", std::ios::binary);
    file.write(input.data(), static_cast<std::streamsize>(input.size()));
  }

  const Arguments& arguments_;
  std::uint64_t inputs_ = 0, accepted_ = 0, accepted_scripts_ = 0, failed_ = 0;
  std::map<std::string, std::uint64_t> refused_;
  double slowest_ = 0;
  std::string slowest_name_;
  bool memory_reported_ = false;
};

// Calls run(place) for every place below `places`, or for `wanted` of them, one in each of equal parts.
template <typename Run>
void Places(Random& random, std::uint64_t places, std::uint64_t wanted, Run run) {
  if (wanted >= places) {
    for (std::uint64_t place = 0; place < places; ++place) run(place);
    return;
  }
  for (std::uint64_t i = 0; i < wanted; ++i) {
    const std::uint64_t first = places * i / wanted;
    run(first + Below(random, places * (i + 1) / wanted - first));
  }
}

void TryFile(Trial& trial, const Arguments& arguments, const std::string& path, Random& random) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) Usage("cannot read " + path);
  trial.Try(bytes, path);
  Places(random, bytes.size(), arguments.cut, [&](std::uint64_t at) {
    // A copy of exactly that size: a sanitizer sees every byte that is read beyond it.
    trial.Try(std::string(bytes, 0, at), path + " cut at " + std::to_string(at));
  });
  Places(random, bytes.size(), arguments.flip, [&](std::uint64_t at) {
    bytes[at] = static_cast<char>(~bytes[at]);
    trial.Try(bytes, path + " byte " + std::to_string(at) + " inverted");
    bytes[at] = static_cast<char>(~bytes[at]);
  });
  Places(random, bytes.size() * 8, arguments.bits, [&](std::uint64_t at) {
    bytes[at / 8] = static_cast<char>(bytes[at / 8] ^ 1 << at % 8);
    trial.Try(bytes, path + " byte " + std::to_string(at / 8) + " bit " + std::to_string(at % 8) + " inverted");
    bytes[at / 8] = static_cast<char>(bytes[at / 8] ^ 1 << at % 8);
  });
  for (std::uint64_t i = 0; i < arguments.scatter && !bytes.empty(); ++i) {
    std::string damaged = bytes;
    for (std::uint64_t left = 1 + Below(random, 16); left > 0; --left) {
      damaged[Below(random, damaged.size())] = static_cast<char>(random());
    }
    trial.Try(damaged, path + " scatter " + std::to_string(i) + " seed " + std::to_string(arguments.seed));
  }
}

// Each input has a generator of its own: `number` and the seed name it.
template <typename Make>
void TryRandom(Trial& trial, const Arguments& arguments, std::string_view what, std::uint64_t count, Make make) {
  for (std::uint64_t number = 0; number < count; ++number) {
    std::seed_seq seeds{arguments.seed, number, std::uint64_t{what.size()}};
    Random random(seeds);
    trial.Try(make(random),
              std::string(what) + " " + std::to_string(number) + " seed " + std::to_string(arguments.seed));
  }
}

int Run(const Arguments& arguments) {
  Trial trial(arguments);
  Random random(arguments.seed);
  for (const std::string& path : arguments.files) TryFile(trial, arguments, path, random);
  TryRandom(trial, arguments, "noise", arguments.noise, RandomNoise);
  TryRandom(trial, arguments, "pickle", arguments.pickles,
            [](Random& own) { return ArchiveAround(RandomPickle(own)); });
  alarm(0);
  return trial.Print();
}

}  // namespace
}  // namespace weightsonly::bench

int main(int argc, char** argv) {
  const weightsonly::bench::Arguments arguments = weightsonly::bench::ParseArguments(argc, argv);
  weightsonly::bench::InstallHandlers();
  return weightsonly::bench::Run(arguments);
}
