/* The example of weightsonly_c.h and README.md, compiled as it stands there; documents_test.py compares and runs it. */
#include <stdio.h>
#include <weightsonly/weightsonly_c.h>

#include "check.h"

int Example(const char* model) {
#define weightsonly_open(path, options, refusal) weightsonly_open(model, options, refusal) /* it names "model.pt" */
  /* EXAMPLE begins */
  weightsonly_refusal* refusal = NULL;
  weightsonly_checkpoint* checkpoint = weightsonly_open("model.pt", NULL, &refusal);
  if (checkpoint == NULL) {
    fprintf(stderr, "%s: %s\n%s\n", weightsonly_refusal_kind(refusal), weightsonly_refusal_detail(refusal),
            weightsonly_refusal_advice(refusal));
    weightsonly_refusal_free(refusal);
    return 1;
  }
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
  while (weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK) {
    weightsonly_tensor* tensor = weightsonly_cursor_tensor(cursor, NULL);
    const void* bytes = NULL; /* where they lie in the file: no copy */
    size_t size = 0;
    if (weightsonly_tensor_data(tensor, &bytes, &size, NULL) == WEIGHTSONLY_OK) {
      printf("%s %s %zu\n", weightsonly_cursor_path_text(cursor), weightsonly_tensor_dtype(tensor), size);
    }
    weightsonly_tensor_free(tensor);
  }
  weightsonly_cursor_close(cursor);
  weightsonly_close(checkpoint);
  /* EXAMPLE ends */
  return 0;
}
