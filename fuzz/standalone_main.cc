// A main for fuzz targets without an engine: replays files. Needs no particular compiler.
//
//   TARGET FILE|FOLDER...      every file once, in the order of their names; each lies in a buffer of exactly its size,
//   so that a
//                              sanitizer sees a read beyond its end. Words that begin with '-' are for engines and mean
//                              nothing here.
//
// Prints what it replayed and exits 0; a finding ends the process after the name of the file. Exit 2: nothing to
// replay, or unreadable.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "support/target.h"

// Of targets that have one.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) __attribute__((weak));

namespace {

namespace files = std::filesystem;

// The regular files under `path`, sorted; the path itself when it is no folder.
std::vector<files::path> FilesUnder(const files::path& path) {
  if (!files::is_directory(path)) return {path};
  std::vector<files::path> found;
  for (const files::directory_entry& entry : files::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

bool Replay(const files::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return false;
  const auto exact = std::make_unique<std::uint8_t[]>(content.size());
  std::memcpy(exact.get(), content.data(), content.size());
  LLVMFuzzerTestOneInput(exact.get(), content.size());
  return true;
}

int Main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    for (const files::path& path : FilesUnder(argv[i])) {
      // What ends the process leaves this as the last line.
      std::fprintf(stderr, "\r\033[K%s: ", path.filename().c_str());
      if (!Replay(path)) {
        std::fprintf(stderr, "\n%s cannot be read\n", path.c_str());
        return 2;
      }
      ++count;
    }
  }
  std::fprintf(stderr, "\r\033[K");
  std::printf("%s: replayed %zu inputs\n", files::path(argv[0]).filename().c_str(), count);
  return count == 0 ? 2 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "\n%s\n", error.what());
    return 2;
  }
}
