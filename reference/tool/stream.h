// Floor 8. Standard output and standard error, written through a buffer with every error seen. SPEC.md chapter 8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weightsonly::tool {

// What happens when nothing more can be written: the reader went away, the disk is full, the descriptor is closed.
enum class OnWriteError {
  kExit,   // one line on standard error and exit 3 (CLI-003): what was written so far is not the whole answer
  kIgnore  // for standard error, where nobody could be told
};

// Not thread-safe. The descriptor stays open.
class Stream {
 public:
  Stream(int descriptor, OnWriteError on_error) : descriptor_(descriptor), on_error_(on_error) {}
  // Appends to `memory`, which must outlive it, what another would write.
  explicit Stream(std::string& memory) : on_error_(OnWriteError::kIgnore), memory_(&memory) {}
  ~Stream() { Flush(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Stream& operator<<(std::string_view text) {
    buffer_ += text;
    FlushWhenLarge();
    return *this;
  }

  // Text can also be appended here directly; call FlushWhenLarge() after every few KiB.
  [[nodiscard]] std::string& buffer() { return buffer_; }
  void FlushWhenLarge() {
    if (buffer_.size() >= kFlushAt) Flush();
  }
  void Flush();

  // Bytes given to it so far. DropSince(position()) takes back what came after, unless some of that was written out:
  // false.
  [[nodiscard]] std::uint64_t position() const { return flushed_ + buffer_.size(); }
  [[nodiscard]] bool DropSince(std::uint64_t position);

  [[nodiscard]] bool IsTerminal() const;
  // Columns of the terminal, or 80 when it is none; 40 to 120.
  [[nodiscard]] std::size_t Columns() const;

 private:
  static constexpr std::size_t kFlushAt = std::size_t{64} << 10;

  int descriptor_ = -1;
  OnWriteError on_error_;
  std::string* memory_ = nullptr;  // instead of the descriptor
  std::string buffer_;
  std::uint64_t flushed_ = 0;
};

// Makes sure that descriptors 0 to 2 are taken, by something that refuses every read and write, so that a file opened
// later is never taken for standard output. Call first in main.
void OccupyStandardDescriptors();

}  // namespace weightsonly::tool
