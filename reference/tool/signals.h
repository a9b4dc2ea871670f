// Floor 8. Signals: a file that shrinks under its mapping, a reader that went away, ^C. SPEC.md chapter 8.
#pragma once

#include <string>

namespace weightsonly::tool {

// CLI-006. SIGBUS (a mapped file was cut while it was read) becomes one line on standard error and exit 3; SIGINT (^C)
// exit 130; SIGPIPE and SIGXFSZ (a limit on the size of files) are ignored, so that the write fails and says so. Call
// once, before any file is opened.
void InstallSignalHandlers();

// The name that the line about SIGBUS gives. Call before a file is opened; not while another thread reads files.
void SetFileInHand(const std::string& file);

}  // namespace weightsonly::tool
