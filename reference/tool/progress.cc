// Floor 8. The progress line.
#include "tool/progress.h"

#include <unistd.h>

#include <chrono>
#include <new>
#include <string>
#include <system_error>

#include "tool/screen.h"

namespace weightsonly::tool {

Progress::Progress(std::string_view verb, const std::string& file) {
  if (::isatty(STDERR_FILENO) != 1) return;
  text_ = std::string("\r\x1b[K") + std::string(verb) + " " + DisplayName(file) + " \xe2\x80\xa6 ";
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error&) {
    // The system gives no thread: the work goes on without the line.
  }
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Progress::Run() {
  try {
    Show();
  } catch (const std::bad_alloc&) {
    return;  // a thread has nobody above it who would catch; the work goes on without the line
  }
}

void Progress::Show() {
  using std::chrono::milliseconds;
  const auto start = std::chrono::steady_clock::now();
  Stream terminal(STDERR_FILENO, OnWriteError::kIgnore);
  std::unique_lock lock(mutex_);
  if (wake_.wait_for(lock, milliseconds(500), [this] { return done_; })) return;
  do {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
    terminal << text_ << std::to_string(seconds.count()) << " s";
    terminal.Flush();
  } while (!wake_.wait_for(lock, milliseconds(250), [this] { return done_; }));
  terminal << "\r\x1b[K";
}

}  // namespace weightsonly::tool
