// weightsonly-soak: many loads in one process. Each file is loaded again and again, and then with every combination of
// options (soak_options.h). The answer must always be the first one, must not depend on how the bytes got in, and what
// strict accepts must be accepted with the same value without it; memory, mappings and descriptors must be as they
// were.
//
// An answer is the canonical value after Verify, or all that a refusal says. A TorchScript archive is read as one.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "soak_options.h"
#include "weightsonly.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace weightsonly::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: weightsonly-soak [OPTION…] FILE…\n"
    "  --repeats N     loads of each FILE with the default options (10000)\n"
    "  --stride N      each FILE with every Nth combination of options (1: all); 0: none\n"
    "  --max-drift N   KiB that the process may be larger in the end than after the first round (4096); 0: any,\n"
    "                  and lost blocks are not looked for. Wants GLIBC_TUNABLES=glibc.malloc.tcache_count=0\n"
    "  --leak N        lose N bytes in each load, to see that it is noticed\n";

// Less than the smallest block in each load: what a leak cannot be below.
constexpr std::int64_t kHeapBytesPerLoad = 8;
constexpr std::uint64_t kWarmUp = 50;
constexpr std::uint64_t kShownFaults = 20;

struct Arguments {
  std::uint64_t repeats = 10000, stride = 1, max_drift = 4096, leak = 0;
  std::vector<std::string> files;
};

[[noreturn]] void Usage(std::string_view mistake) {
  std::cerr << "weightsonly-soak: " << mistake << '\n' << kUsage;
  std::exit(2);
}

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  const std::map<std::string_view, std::uint64_t*> numbers = {{"--repeats", &arguments.repeats},
                                                              {"--stride", &arguments.stride},
                                                              {"--max-drift", &arguments.max_drift},
                                                              {"--leak", &arguments.leak}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) {
      arguments.files.emplace_back(word);
      continue;
    }
    const auto option = numbers.find(word);
    if (option == numbers.end() || i + 1 == argc) Usage(std::string(word) + ": unknown, or its value is missing");
    const std::string_view value = argv[++i];
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *option->second);
    if (error != std::errc() || end != value.data() + value.size()) Usage(std::string(word) + " takes a number");
  }
  if (arguments.files.empty()) Usage("no FILE");
  return arguments;
}

// What the process holds.
struct Held {
  std::int64_t heap = 0;      // bytes of malloc that are in use
  std::int64_t resident = 0;  // bytes
  std::int64_t mapped = 0;    // bytes of address space
  int descriptor = 0;         // the lowest one that is free
};

Held HeldNow() {
  Held held;
#ifdef __GLIBC__
  const struct mallinfo2 info = mallinfo2();
  held.heap = static_cast<std::int64_t>(info.uordblks + info.hblkhd);
#endif
  std::int64_t mapped = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> mapped >> resident;
  const auto page = static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
  held.mapped = mapped * page;
  held.resident = resident * page;
  held.descriptor = open(".", O_RDONLY | O_CLOEXEC);
  close(held.descriptor);
  return held;
}

// FNV-1a over what a load gave.
struct Answer {
  bool accepted = false, internal = false;
  std::uint64_t digest = 0xcbf29ce484222325;
  bool operator==(const Answer&) const = default;

  void Add(std::string_view text) {
    for (const char c : text) digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  void Refuse(const Refusal& refusal) {
    accepted = false;
    internal = refusal.kind == RefusalKind::kInternal;
    Add(KindName(refusal.kind));
    Add(refusal.record);
    Add(std::to_string(refusal.offset));
    Add(refusal.detail);
  }
  void Take(const Checkpoint& checkpoint) {
    accepted = true;
    if (const auto verified = checkpoint.Verify(); !verified) return Refuse(verified.error());
    const auto written = WriteCanonical(checkpoint, {}, [this](std::string_view piece) {
      Add(piece);
      return true;
    });
    if (!written) Refuse(written.error());
  }
};

struct File {
  std::string path, bytes;
  std::vector<std::string> names;  // the functions and classes that it names
};

File ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  File file{.path = path, .bytes = {std::istreambuf_iterator<char>(stream), {}}, .names = {}};
  if (!stream) Usage("cannot read " + path);
  if (const auto globals = GlobalsIn(path)) {
    for (const NamedGlobal& named : *globals) file.names.push_back(named.path);
  }
  return file;
}

Answer AnswerOf(const File& file, Entrance entrance, const Options& options) {
  Answer answer;
  const std::span bytes = std::as_bytes(std::span(file.bytes));
  const bool lent = entrance == Entrance::kLent;
  const auto loaded = lent ? Load(bytes, options) : Load(file.path, options);
  if (loaded) {
    answer.Take(*loaded);
    return answer;
  }
  answer.Refuse(loaded.error());
  if (loaded.error().kind != RefusalKind::kContainerTorchscript) return answer;
  const auto script = lent ? LoadTorchScript(bytes, options) : LoadTorchScript(file.path, options);
  if (!script) {
    answer.Refuse(script.error());
    return answer;
  }
  answer.Take(script->data);
  if (answer.accepted) answer.Take(script->constants);
  return answer;
}

class Soak {
 public:
  explicit Soak(const Arguments& arguments) : arguments_(arguments) {}

  int Run() {
    for (const std::string& path : arguments_.files) WarmUp(ReadFile(path));
    const Held before = HeldNow();
    for (const std::string& path : arguments_.files) {
      const File file = ReadFile(path);
      Repeat(file);
      Combine(file);
    }
    return Print(before, HeldNow());
  }

 private:
  Answer Ask(const File& file, Entrance entrance, const Options& options) {
    const Answer answer = AnswerOf(file, entrance, options);
    ++loads_;
    accepted_ += answer.accepted ? 1 : 0;
    if (answer.internal) Fault(file, "an internal refusal");
    if (arguments_.leak != 0) lost_ = std::malloc(arguments_.leak);
    return answer;
  }

  void WarmUp(const File& file) {
    for (const Entrance entrance : kEntrances) {
      for (const std::size_t number : {0, 1}) Ask(file, entrance, CombinationOf(number, entrance, file.names));
    }
  }

  void Repeat(const File& file) {
    if (arguments_.repeats == 0) return;
    const Options options;
    const Answer first = Ask(file, Entrance::kMapped, options);
    for (std::uint64_t i = 0; i < kWarmUp; ++i) Ask(file, Entrance::kMapped, options);
    const Held before = HeldNow();
    std::uint64_t other = 0;
    for (std::uint64_t i = 0; i < arguments_.repeats; ++i) {
      other += Ask(file, Entrance::kMapped, options) == first ? 0 : 1;
    }
    if (other != 0) Differ(file, std::to_string(other) + " answers are not the first one");
    const Held after = HeldNow();
    const std::int64_t grown = after.heap - before.heap;
    most_grown_ = std::max(most_grown_, grown);
    if (arguments_.max_drift != 0 && grown > kHeapBytesPerLoad * static_cast<std::int64_t>(arguments_.repeats)) {
      Fault(file, std::to_string(grown) + " bytes are lost");
    }
    if (after.descriptor != before.descriptor) Fault(file, "descriptors stay open");
  }

  void Combine(const File& file) {
    if (arguments_.stride == 0) return;
    // Files begin at different numbers, so that together they meet every combination.
    for (std::size_t pair = files_++ % arguments_.stride; 2 * pair < CombinationCount(); pair += arguments_.stride) {
      const Answer usual = AnswerToAll(file, 2 * pair);
      if (2 * pair + 1 == CombinationCount()) return;
      const Answer strict = AnswerToAll(file, 2 * pair + 1);
      if (HasStrictTwin(2 * pair) && strict.accepted && strict != usual) {
        Differ(file, "strict accepts another value in combination " + std::to_string(2 * pair));
      }
    }
  }

  // The answer to one combination, which must be the same through every entrance.
  Answer AnswerToAll(const File& file, std::size_t number) {
    ++combinations_;
    Options options = CombinationOf(number, kEntrances[0], file.names);
    const Answer first = Ask(file, kEntrances[0], options);
    for (const Entrance entrance : std::span(kEntrances).subspan(1)) {
      options.mmap = entrance == Entrance::kShared;
      options.mmap_shared = options.mmap;
      if (Ask(file, entrance, options) == first) continue;
      Differ(file, "the answer to combination " + std::to_string(number) + " depends on how the bytes get in");
    }
    return first;
  }

  void Differ(const File& file, const std::string& what) {
    ++differing_;
    Fault(file, what);
  }
  void Fault(const File& file, const std::string& what) {
    if (++faults_ <= kShownFaults) std::cerr << "FAILED " << file.path << ": " << what << '\n';
  }

  int Print(const Held& before, const Held& after) {
    const std::int64_t resident = after.resident - before.resident, mapped = after.mapped - before.mapped;
    const auto most = static_cast<std::int64_t>(arguments_.max_drift << 10);
    if (most != 0 && (resident > most || mapped > most)) {
      ++faults_;
      std::cerr << "FAILED the process grew\n";
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << "files " << arguments_.files.size() << ", loads " << loads_ << ", combinations " << combinations_
              << ", accepted " << accepted_ << ", differing " << differing_ << ", failed " << faults_
              << ", lost-in-a-file " << most_grown_ << " B, resident " << resident / 1024 << " KiB, mapped "
              << mapped / 1024 << " KiB, peak " << usage.ru_maxrss / 1024 << " MiB\n";
    return faults_ == 0 ? 0 : 1;
  }

  const Arguments& arguments_;
  std::uint64_t files_ = 0, loads_ = 0, combinations_ = 0, accepted_ = 0, differing_ = 0, faults_ = 0;
  std::int64_t most_grown_ = 0;
  void* volatile lost_ = nullptr;
};

}  // namespace
}  // namespace weightsonly::bench

int main(int argc, char** argv) {
  const weightsonly::bench::Arguments arguments = weightsonly::bench::ParseArguments(argc, argv);
  return weightsonly::bench::Soak(arguments).Run();
}
