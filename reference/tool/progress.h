// Floor 8. A line on standard error that shows long work to a person at a terminal.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace weightsonly::tool {

// While it lives, and when standard error is a terminal and the work takes longer than half a second: "verb file … 3
// s", renewed four times a second and wiped in the end. Nothing at all otherwise. Write nothing to a terminal
// meanwhile.
class Progress {
 public:
  // `verb` is ours ("checking"), `file` a path as it was given.
  Progress(std::string_view verb, const std::string& file);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void Run();
  void Show();  // may throw std::bad_alloc

  std::string text_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace weightsonly::tool
