// Floor 8. Signal handlers: they only write bytes that were made before, and leave. SPEC.md chapter 8.
#include "tool/signals.h"

#include <signal.h>
#include <unistd.h>

#include <string>

#include "tool/exit_codes.h"
#include "tool/screen.h"

namespace weightsonly::tool {
namespace {

// What the handler of SIGBUS writes: made beforehand, because a handler may not allocate.
std::string& BusErrorLine() {
  static std::string line = "weightsonly: a file was cut while it was read\n";
  return line;
}
const char* volatile bus_error_text = nullptr;
volatile std::size_t bus_error_size = 0;

void OnBusError(int /*signal*/) {
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, bus_error_text, bus_error_size);
  ::_exit(static_cast<int>(Exit::kUnread));
}

void OnInterrupt(int /*signal*/) { ::_exit(128 + SIGINT); }

void Publish() {
  bus_error_text = BusErrorLine().data();
  bus_error_size = BusErrorLine().size();
}

}  // namespace

void InstallSignalHandlers() {
  Publish();
  struct sigaction action{};
  ::sigemptyset(&action.sa_mask);
  action.sa_handler = OnBusError;
  ::sigaction(SIGBUS, &action, nullptr);
  // A program that was started with ^C ignored (nohup, a background job) keeps ignoring it.
  struct sigaction inherited{};
  ::sigaction(SIGINT, nullptr, &inherited);
  action.sa_handler = OnInterrupt;
  if (inherited.sa_handler != SIG_IGN) ::sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigaction(SIGXFSZ, &action, nullptr);
}

void SetFileInHand(const std::string& file) {
  BusErrorLine() = "weightsonly: " + DisplayName(file) + ": the file was cut, or its disk failed, while it was read\n";
  Publish();
}

}  // namespace weightsonly::tool
