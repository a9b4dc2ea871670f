// Floor 8. What the tool's exit code says. SPEC.md chapter 8.
#pragma once

#include "base/refusal.h"

namespace weightsonly::tool {

// CLI-001. The codes are an interface: scripts depend on them.
enum class Exit : int {
  kAccepted = 0,
  kRefused = 1,   // the file's fault
  kUsage = 2,     // the caller's
  kUnread = 3,    // could not be read, or the answer could not be written
  kInternal = 70  // a bug of ours
};

// The code for one file that was turned down.
[[nodiscard]] inline Exit ExitOf(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::kIoOpen:
    case RefusalKind::kIoRead:
    case RefusalKind::kIoNotAFile:
    case RefusalKind::kHostMemory:
      return Exit::kUnread;
    case RefusalKind::kOptionsInvalid:
      return Exit::kUsage;
    case RefusalKind::kInternal:
      return Exit::kInternal;
    default:
      return Exit::kRefused;
  }
}

// The code for several files: the worst of 70 > 3 > 2 > 1 > 0 (CLI-002).
[[nodiscard]] inline Exit Worse(Exit a, Exit b) { return static_cast<int>(a) < static_cast<int>(b) ? b : a; }

}  // namespace weightsonly::tool
