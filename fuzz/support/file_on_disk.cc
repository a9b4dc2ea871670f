// Fuzz targets: bytes under a path.
#include "support/file_on_disk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/target.h"

namespace weightsonly::fuzz {
namespace {

class Kept {
 public:
  Kept() {
    descriptor_ = ::memfd_create("weightsonly-fuzz", MFD_CLOEXEC);
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
    if (descriptor_ >= 0 && ::access(path_.c_str(), R_OK) == 0) return;
    path_ = (std::filesystem::temp_directory_path() / "weightsonly-fuzz-XXXXXX").string();
    descriptor_ = ::mkostemp(path_.data(), O_CLOEXEC);
    Require(descriptor_ >= 0, "the harness can make no file");
    in_folder_ = true;
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() {
    ::close(descriptor_);
    if (in_folder_) ::unlink(path_.c_str());
  }

  void Fill(Bytes bytes) {
    Require(::ftruncate(descriptor_, 0) == 0, "the harness cannot cut its file");
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      Require(count > 0, "the harness cannot write its file");
      done += static_cast<std::size_t>(count);
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  int descriptor_ = -1;
  std::string path_;
  bool in_folder_ = false;
};

Kept& TheFile() {
  static Kept kept;
  return kept;
}

}  // namespace

FileOnDisk::FileOnDisk(Bytes bytes) { TheFile().Fill(bytes); }

const std::string& FileOnDisk::path() const { return TheFile().path(); }

}  // namespace weightsonly::fuzz
