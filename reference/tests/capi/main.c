/* The C program that uses the C interface. `dump` reads names of files from standard input, one a line. */
#include <string.h>

#include "check.h"

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "misuse") == 0) {
    CheckMisuse(argv[2]);
  } else if (argc == 3 && strcmp(argv[1], "use") == 0) {
    CheckUse(argv[2]);
  } else if (argc == 3 && strcmp(argv[1], "example") == 0) {
    return Example(argv[2]);
  } else if (argc == 2 && strcmp(argv[1], "dump") == 0) {
    char line[4096];
    while (fgets(line, sizeof line, stdin) != NULL) {
      line[strcspn(line, "\n")] = '\0';
      Dump(line);
    }
  } else {
    fprintf(stderr, "usage: %s misuse|use CORPUS, example FILE, or dump\n", argv[0]);
    return 2;
  }
  return fflush(stdout) == 0 ? 0 : 3;
}
