// Makes files out of files with the mutator of the fuzz targets.
//
//   mutate --seed N --count M --out FOLDER FILE...
//
// Writes M files m<seed>-<number>.pt to FOLDER, which must be there: mostly each of a FILE with a few changes,
// sometimes of two. The same words give the same files. Exit 2: wrong words, or something cannot be read or written.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/mutator.h"
#include "support/random.h"

namespace {

using weightsonly::fuzz::CrossOver;
using weightsonly::fuzz::Mutate;
using weightsonly::fuzz::Random;

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr const char* kUsage = "usage: mutate --seed N --count M --out FOLDER FILE...";

struct Request {
  std::uint64_t seed = 1;
  std::uint64_t count = 0;
  std::string out;
  std::vector<std::string> files;
};

std::uint64_t NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument(kUsage);
  return number;
}

Request RequestOf(const std::vector<std::string>& words) {
  Request request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("--")) {
      request.files.push_back(words[i]);
      continue;
    }
    if (i + 1 == words.size()) throw std::invalid_argument(kUsage);
    const std::string& value = words[i + 1];
    if (words[i] == "--seed") {
      request.seed = NumberOf(value);
    } else if (words[i] == "--count") {
      request.count = NumberOf(value);
    } else if (words[i] == "--out") {
      request.out = value;
    } else {
      throw std::invalid_argument(kUsage);
    }
    ++i;
  }
  if (request.out.empty() || request.files.empty()) throw std::invalid_argument(kUsage);
  return request;
}

std::string Read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::runtime_error(path + " cannot be read");
  return content;
}

void Write(const std::string& path, std::string_view content) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!stream.flush()) throw std::runtime_error(path + " cannot be written");
}

// The file of this number: it depends on nothing else that is made.
std::string Made(const std::vector<std::string>& contents, std::uint64_t seed, std::uint64_t number) {
  Random random(seed ^ (number * 0xd6e8feb86659fd93));
  const std::string& file = random.Pick(contents);
  if (random.OneIn(8)) return CrossOver(file, random.Pick(contents), random.Next(), kLargestFile);
  return Mutate(file, random.Next(), kLargestFile);
}

void Run(const Request& request) {
  std::vector<std::string> contents;
  for (const std::string& path : request.files) contents.push_back(Read(path));
  const std::string front = request.out + "/m" + std::to_string(request.seed) + "-";
  for (std::uint64_t i = 0; i < request.count; ++i) {
    Write(front + std::to_string(i) + ".pt", Made(contents, request.seed, i));
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Run(RequestOf({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
