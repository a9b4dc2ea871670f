// The command line, the clock and the JSON line of the benchmark programs.
#include "measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <thread>

namespace weightsonly::bench {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

[[noreturn]] void Usage(const char* program, std::string_view mistake) {
  std::cerr << program << ": " << mistake << "\nusage: " << program
            << " [--mode open|touch|copy] [--threads N] [--repeat N] FILE\n";
  std::exit(2);
}

unsigned NumberArgument(const char* program, std::string_view option, std::string_view text, unsigned highest) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > highest) {
    Usage(program, std::string(option) + " takes a number from 1 to " + std::to_string(highest));
  }
  return value;
}

Mode ModeArgument(const char* program, std::string_view text) {
  if (text == "open") return Mode::kOpen;
  if (text == "touch") return Mode::kTouch;
  if (text == "copy") return Mode::kCopy;
  Usage(program, "--mode takes open, touch or copy");
}

std::string_view ModeName(Mode mode) { return mode == Mode::kOpen ? "open" : mode == Mode::kTouch ? "touch" : "copy"; }

// The highest resident size in KiB. VmHWM where there is one: ru_maxrss also has what the process held before its exec.
std::uint64_t PeakResidentKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + std::strlen("VmHWM:"), nullptr, 10);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) {
      if (!arguments.file.empty()) Usage(argv[0], "one FILE at a time");
      arguments.file = word;
      continue;
    }
    if (i + 1 == argc) Usage(argv[0], std::string(word) + ": unknown, or its value is missing");
    const std::string_view value = argv[++i];
    if (word == "--mode") {
      arguments.mode = ModeArgument(argv[0], value);
    } else if (word == "--threads") {
      arguments.threads = NumberArgument(argv[0], word, value, 256);
    } else if (word == "--repeat") {
      arguments.repeat = NumberArgument(argv[0], word, value, 1'000'000);
    } else {
      Usage(argv[0], "unknown option " + std::string(word));
    }
  }
  if (arguments.file.empty()) Usage(argv[0], "FILE is missing");
  return arguments;
}

std::uint64_t TouchPages(const std::byte* data, std::uint64_t size) {
  std::uint64_t sum = 0;
  for (std::uint64_t at = 0; at < size; at += kPageBytes) sum += static_cast<std::uint64_t>(data[at]);
  return sum;
}

void ForEach(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& run) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) run(i);
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
}

void MeasureAndPrint(std::string_view program, const Arguments& arguments, const std::function<Counts()>& once) {
  std::vector<double> seconds;
  Counts counts;
  for (unsigned i = 0; i < arguments.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    counts = once();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(seconds);
  const std::size_t half = seconds.size() / 2;
  const double median = seconds.size() % 2 == 1 ? seconds[half] : (seconds[half - 1] + seconds[half]) / 2;
  char times[96];
  std::snprintf(times, sizeof times, "{\"median\":%.9f,\"min\":%.9f}", median, seconds.front());
  std::cout << "{\"program\":" << JsonText(program) << ",\"file\":" << JsonText(arguments.file) << ",\"mode\":\""
            << ModeName(arguments.mode) << "\",\"threads\":" << arguments.threads << ",\"repeat\":" << arguments.repeat
            << ",\"seconds\":" << times << ",\"tensors\":" << counts.tensors << ",\"bytes\":" << counts.bytes
            << ",\"peak_rss_kb\":" << PeakResidentKib() << ",\"checksum\":" << counts.checksum << "}\n";
}

int PrintRefusal(std::string_view program, const Arguments& arguments, std::string_view kind, std::string_view detail) {
  std::cout << "{\"program\":" << JsonText(program) << ",\"file\":" << JsonText(arguments.file)
            << ",\"verdict\":\"reject\",\"kind\":" << JsonText(kind) << ",\"detail\":" << JsonText(detail) << "}\n";
  return 1;
}

}  // namespace weightsonly::bench
