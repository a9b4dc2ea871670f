/* A user's program in C: counts the tensors of a checkpoint. Knows nothing of this project but what is installed. */
#include <stdio.h>
#include <weightsonly/weightsonly_c.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  weightsonly_refusal* refusal = NULL;
  weightsonly_checkpoint* checkpoint = weightsonly_open(argv[1], NULL, &refusal);
  if (checkpoint == NULL) {
    printf("refused: %s: %s\n", weightsonly_refusal_kind(refusal), weightsonly_refusal_detail(refusal));
    weightsonly_refusal_free(refusal);
    return 1;
  }
  int count = 0;
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
  while (weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK) {
    weightsonly_tensor* tensor = weightsonly_cursor_tensor(cursor, NULL);
    const void* data = NULL;
    if (weightsonly_tensor_data(tensor, &data, NULL, NULL) == WEIGHTSONLY_OK) ++count;
    weightsonly_tensor_free(tensor);
  }
  weightsonly_cursor_close(cursor);
  weightsonly_close(checkpoint);
  printf("%d tensors\n", count);
  return 0;
}
