// Floor 8. Reading lines without waiting for more than one. SPEC.md chapter 8 (SRV-002).
#include "tool/lines.h"

#include <errno.h>
#include <sys/poll.h>
#include <unistd.h>

#include <algorithm>

namespace weightsonly::tool {

std::ptrdiff_t LineReader::Fill() {
  while (true) {
    const ssize_t count = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (count >= 0) {
      pending_ = std::string_view(buffer_.data(), static_cast<std::size_t>(count));
      return count;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd wanted{descriptor_, POLLIN, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      return -1;
    }
  }
}

LineReader::Found LineReader::Next(std::string& line) {
  line.clear();
  bool too_long = false;
  while (true) {
    const std::size_t size = std::min(pending_.find('\n'), pending_.size());
    if (size > most_ - line.size()) {
      too_long = true;
      line.clear();
    }
    if (!too_long) line.append(pending_.substr(0, size));
    if (size < pending_.size()) {
      pending_.remove_prefix(size + 1);
      return too_long ? Found::kTooLong : Found::kLine;
    }
    const std::ptrdiff_t count = Fill();
    if (count > 0) continue;
    pending_ = {};
    if (count < 0) {
      line.clear();
      return Found::kBroken;
    }
    if (too_long) return Found::kTooLong;
    return line.empty() ? Found::kEnd : Found::kLine;
  }
}

}  // namespace weightsonly::tool
