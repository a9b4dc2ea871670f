/* What the C programs of this folder share: a check that ends the program, and their parts. C11. */
#ifndef WEIGHTSONLY_TESTS_CAPI_CHECK_H_
#define WEIGHTSONLY_TESTS_CAPI_CHECK_H_

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: this is false: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                       \
    }                                                                                \
  } while (0)

/* The example of the documents, for the file `model`. */
int Example(const char* model);
/* Prints what the library says of a file, in lines that dump.c describes and answers_test.py reads. */
void Dump(const char* file);
/* Every function with NULL for everything, and with what is wrong otherwise. `corpus`: the folder. */
void CheckMisuse(const char* corpus);
/* What handles are good for when others are gone, options, callbacks, copies. */
void CheckUse(const char* corpus);

#endif /* WEIGHTSONLY_TESTS_CAPI_CHECK_H_ */
