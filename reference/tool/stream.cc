// Floor 8. Buffered writing with errors seen, and what the terminal is. SPEC.md chapter 8.
#include "tool/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "tool/exit_codes.h"

namespace weightsonly::tool {
namespace {

// Writes all of `text`; returns 0 or the errno that stopped it. A descriptor that does not block is waited for.
int WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd wanted{descriptor, POLLOUT, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void Stream::Flush() {
  if (memory_ != nullptr) memory_->append(buffer_);
  const int error = memory_ != nullptr ? 0 : WriteAll(descriptor_, buffer_);
  flushed_ += buffer_.size();
  buffer_.clear();
  if (error == 0 || on_error_ == OnWriteError::kIgnore) return;
  // CLI-003. Nothing is unwound: no destructor may try to write again.
  const std::string line = std::string("weightsonly: cannot write the output: ") + std::strerror(error) + "\n";
  WriteAll(STDERR_FILENO, line);
  ::_exit(static_cast<int>(Exit::kUnread));
}

bool Stream::DropSince(std::uint64_t position) {
  if (position < flushed_) return false;
  buffer_.resize(position - flushed_);
  return true;
}

bool Stream::IsTerminal() const { return ::isatty(descriptor_) == 1; }

std::size_t Stream::Columns() const {
  winsize size{};
  if (::ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return std::clamp<std::size_t>(size.ws_col, 40, 120);
}

void OccupyStandardDescriptors() {
  for (const int descriptor : {0, 1, 2}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // Opened the wrong way round on purpose: using it fails, as using a closed descriptor does.
    const int opened = ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
    if (opened >= 0 && opened != descriptor) {
      ::dup2(opened, descriptor);
      ::close(opened);
    }
  }
}

}  // namespace weightsonly::tool
