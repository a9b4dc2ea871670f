// Files, mapped and read, streams, and what is neither. The second source is what the operating system itself says of
// them.
#include "container/source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "container/zip.h"
#include "tests/catch.h"
#include "tests/container/zip_builder.h"

namespace weightsonly::testing {
namespace {

// A folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "weightsonly-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path(const std::string& name = "") const { return path_ / name; }
  std::string Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

std::string ReadAt(const container::Source& source, std::uint64_t offset, std::size_t size) {
  std::string out(size, '?');
  source.ReadAt(offset, std::as_writable_bytes(std::span(out)));
  return out;
}

std::string Open(const std::string& path, const Limits& limits = {}) {
  return Outcome([&] { container::OpenPath(path, container::Mapping::kPrivate, limits); });
}

}  // namespace

TEST_CASE("a file has the same bytes mapped, read and lent") {
  const Folder folder;
  const std::string path = folder.Write("x", "0123456789");
  const std::string lent = "0123456789";
  const std::shared_ptr<const container::Source> sources[] = {
      container::OpenPath(path, container::Mapping::kPrivate, {}),
      container::OpenPath(path, container::Mapping::kNone, {}), container::OpenSpan(AsBytes(lent)),
      container::OpenPath(path, container::Mapping::kShared, {})};
  for (const auto& source : sources) {
    CHECK(AsText(source->bytes()) == "0123456789");
    CHECK(ReadAt(*source, 3, 4) == "3456");
    CHECK(ReadAt(*source, 10, 0).empty());
    CHECK(Outcome([&] { ReadAt(*source, 9, 2); }) == At("internal", 0));
  }
  CHECK(sources[0]->mapped());
  CHECK_FALSE(sources[1]->mapped());
  CHECK_FALSE(sources[2]->mapped());
  CHECK(sources[3]->mapped());
  CHECK(sources[2]->bytes().data() == AsBytes(lent).data());
}

TEST_CASE("an empty file has no bytes") {
  const Folder folder;
  CHECK(container::OpenPath(folder.Write("empty", ""), container::Mapping::kPrivate, {})->bytes().empty());
}

TEST_CASE("without a standard input a file takes its number and is a file like any other") {
  const Folder folder;
  const std::string path = folder.Write("x", "0123456789");
  const int kept = dup(STDIN_FILENO);
  close(STDIN_FILENO);
  const std::string opened = Open(path);
  dup2(kept, STDIN_FILENO);
  close(kept);
  CHECK(opened == "accepted");
}

TEST_CASE("what cannot be opened is refused, with its name made harmless") {
  const Folder folder;
  CHECK(Open(folder.path("missing")) == At("io.open", 0));
  CHECK(Open(folder.path()) == At("io.not-a-file", 0));
  CHECK(Open(folder.Write("x", "?") + std::string("\0y", 2)) == At("io.open", 0));
  const auto refusal =
      RefusalOf([&] { container::OpenPath(folder.path("\x1b[31m"), container::Mapping::kPrivate, {}); });
  REQUIRE(refusal);
  CHECK_THAT(refusal->detail, Catch::Contains("\\x1b[31m"));
}

#ifdef __linux__
TEST_CASE("a file that gives no bytes is refused") {
  CHECK(Open("/proc/self/mem") == At("io.read", 0));  // nothing is mapped at address 0
}

TEST_CASE("a file that claims no size is read to its end") {
  CHECK_THAT(std::string(AsText(container::OpenPath("/proc/self/status", container::Mapping::kPrivate, {})->bytes())),
             Catch::StartsWith("Name:"));
}
#endif

TEST_CASE("a mapped file that was cut is refused where it is read") {
  const Folder folder;
  const std::string path = folder.Write("x", std::string(10000, 'x'));
  const auto source = container::OpenPath(path, container::Mapping::kPrivate, {});
  CHECK(ReadAt(*source, 9999, 1) == "x");
  REQUIRE(truncate(path.c_str(), 5000) == 0);
  CHECK(ReadAt(*source, 4999, 1) == "x");
  CHECK(Outcome([&] { ReadAt(*source, 4999, 2); }) == At("io.read", 0));
}

TEST_CASE("a pipe is read to its end, up to the limit") {
  const Folder folder;
  const std::string path = folder.path("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const std::string text(3000000, 'p');
  const auto through = [&](std::uint64_t limit) {
    Limits limits;
    limits.stream_bytes = limit;
    std::thread writer([&] { std::ofstream(path, std::ios::binary) << text; });
    std::size_t size = 0;
    const std::string outcome =
        Outcome([&] { size = container::OpenPath(path, container::Mapping::kPrivate, limits)->bytes().size(); });
    writer.join();
    return outcome == "accepted" ? std::to_string(size) : outcome;
  };
  std::signal(SIGPIPE, SIG_IGN);
  CHECK(through(3000000) == "3000000");
  CHECK(through(2999999) == At("limit.record-size", 0));
}

TEST_CASE("standard input is read under the name of a dash") {
  const Folder folder;
  const std::string path = folder.Write("x", "from standard input");
  const int saved = dup(STDIN_FILENO);
  REQUIRE(std::freopen(path.c_str(), "rb", stdin) != nullptr);
  const auto source = container::OpenPath("-", container::Mapping::kPrivate, {});
  CHECK(AsText(source->bytes()) == "from standard input");
  CHECK_FALSE(source->mapped());
  dup2(saved, STDIN_FILENO);
  close(saved);
}

// The second source is the same archive in memory, where no header is read through the descriptor.
TEST_CASE("a header before a long payload is judged alike, read or where it lies") {
  const Folder folder;
  const std::string payload(70000, 'p');
  const Record records[] = {
      {.name = "a/x", .payload = payload},
      {.name = "a/" + std::string(700, 'n'), .payload = payload},
      {.name = "a/x", .payload = payload, .local_name = "a/y"},
      {.name = "a/x", .payload = payload, .local_method = 8},
      {.name = "a/x", .payload = payload, .local_size = 1},
      {.name = "a/x", .payload = payload, .local_signature = 1},
      {.name = "a/x", .payload = payload, .header_offset = 70200},
      {.name = "a/x", .payload = payload, .header_offset = 0x7fffffff},
  };
  const auto read = [](const auto& file) {
    std::uint64_t offset = 0;
    const std::string outcome = Outcome([&] {
      const container::Archive archive(file);
      offset = archive.Locate(archive.entries()[0]).offset;
    });
    return outcome == "accepted" ? std::to_string(offset) : outcome;
  };
  for (const Record& record : records) {
    const Zip zip = BuildZip({record});
    const auto source = container::OpenPath(folder.Write("zip", zip.bytes), container::Mapping::kPrivate, {});
    REQUIRE(source->mapped());
    CHECK(read(*source) == read(AsBytes(zip.bytes)));
  }
  const std::string cut = folder.Write("cut", BuildZip({records[0]}).bytes);
  const auto source = container::OpenPath(cut, container::Mapping::kPrivate, {});
  const container::Archive archive(*source);
  std::filesystem::resize_file(cut, 10);
  CHECK(Outcome([&] { static_cast<void>(archive.Locate(archive.entries()[0])); }) == At("io.read", 0));
}

}  // namespace weightsonly::testing
