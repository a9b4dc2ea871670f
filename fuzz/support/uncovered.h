// Fuzz targets: checks that an engine does not learn from. Between these two lines of a file the compiler counts no
// coverage: what holds of every input tells an engine nothing about any, and counting it makes a target slower.
//
//   WEIGHTSONLY_UNCOVERED_BEGIN   behind the last #include
//   WEIGHTSONLY_UNCOVERED_END     at the end of the file
#pragma once

#if defined(__clang__)
#define WEIGHTSONLY_UNCOVERED_BEGIN \
  _Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
#define WEIGHTSONLY_UNCOVERED_END _Pragma("clang attribute pop")
#else
#define WEIGHTSONLY_UNCOVERED_BEGIN
#define WEIGHTSONLY_UNCOVERED_END
#endif
