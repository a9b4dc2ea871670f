/* Everything that the C interface says of a file, in lines of words separated by tabs; answers_test.py compares them
 * with what torch loaded. F file R kind record offset                      refused; or J json S index device nbytes
 * record meta bytes   one storage T path dtype shape stride offset storage device nbytes flags scheme parameters sparse
 * bytes sha256   one tensor Bytes are hex, "-" when there are none to show. */
#include <inttypes.h>
#include <string.h>
#include <weightsonly/weightsonly_c.h>

#include "check.h"

enum { kShownBytes = 1 << 16 };

static void PutHex(const void* bytes, size_t size) {
  const unsigned char* byte = bytes;
  for (size_t i = 0; i < size; ++i) printf("%02x", byte[i]);
}

static void PutNumbers(const int64_t* numbers, size_t count) {
  putchar('[');
  for (size_t i = 0; i < count; ++i) printf(i == 0 ? "%" PRId64 : ",%" PRId64, numbers[i]);
  putchar(']');
}

static void PutDouble(double number) {
  uint64_t bits = 0;
  memcpy(&bits, &number, sizeof bits);
  printf("%016" PRIx64, bits);
}

static void PutRefusal(weightsonly_refusal* refusal) {
  CHECK(refusal != NULL);
  size_t length = 0;
  const char* record = weightsonly_refusal_record(refusal, &length);
  CHECK(record[length] == '\0');
  CHECK(strlen(weightsonly_refusal_sentence(refusal)) > 10);
  CHECK(strlen(weightsonly_refusal_advice(refusal)) > 10);
  CHECK(weightsonly_refusal_detail(refusal) != NULL);
  printf("R\t%s\t", weightsonly_refusal_kind(refusal));
  PutHex(record, length);
  printf("\t%" PRIu64 "\n", weightsonly_refusal_offset(refusal));
  weightsonly_refusal_free(refusal);
}

static void PutStorage(const weightsonly_storage* storage) {
  size_t length = 0;
  const char* record = weightsonly_storage_record(storage, &length);
  printf("S\t%zu\t%s\t%" PRIu64 "\t", weightsonly_storage_index(storage), weightsonly_storage_device(storage),
         weightsonly_storage_nbytes(storage));
  PutHex(record, length);
  printf("\t%d\t", weightsonly_storage_is_meta(storage));
  const void* data = NULL;
  size_t size = 0;
  weightsonly_refusal* refusal = NULL;
  if (weightsonly_storage_data(storage, &data, &size, &refusal) == WEIGHTSONLY_OK) {
    CHECK(refusal == NULL && size == weightsonly_storage_nbytes(storage));
    if (size <= kShownBytes) PutHex(data, size);
    if (size > kShownBytes) putchar('-');
  } else {
    CHECK(strcmp(weightsonly_refusal_kind(refusal), "storage.meta") == 0);
    CHECK(weightsonly_storage_is_meta(storage));
    putchar('-');
  }
  weightsonly_refusal_free(refusal);
  putchar('\n');
}

/* All storages at once hold the same bytes as each of them. */
static void CheckCopies(const weightsonly_checkpoint* checkpoint) {
  const size_t count = weightsonly_storage_count(checkpoint);
  void** out = calloc(count + 1, sizeof *out);
  size_t* sizes = calloc(count + 1, sizeof *sizes);
  weightsonly_storage** storages = calloc(count + 1, sizeof *storages);
  CHECK(out != NULL && sizes != NULL && storages != NULL);
  for (size_t i = 0; i < count; ++i) {
    storages[i] = weightsonly_storage_at(checkpoint, i, NULL);
    CHECK(weightsonly_storage_index(storages[i]) == i);
    if (weightsonly_storage_is_meta(storages[i])) continue;
    sizes[i] = (size_t)weightsonly_storage_nbytes(storages[i]);
    out[i] = malloc(sizes[i] + 1);
    CHECK(out[i] != NULL);
  }
  CHECK(weightsonly_copy_storages(checkpoint, count, out, sizes, 2, NULL) == WEIGHTSONLY_OK);
  for (size_t i = 0; i < count; ++i) {
    PutStorage(storages[i]);
    const void* data = NULL;
    size_t size = 0;
    if (out[i] != NULL) {
      CHECK(weightsonly_storage_data(storages[i], &data, &size, NULL) == WEIGHTSONLY_OK);
      CHECK(size == 0 || memcmp(data, out[i], size) == 0);
    }
    free(out[i]);
    weightsonly_storage_free(storages[i]);
  }
  free(out);
  free(sizes);
  free(storages);
}

static void PutPath(weightsonly_cursor* cursor) {
  const size_t steps = weightsonly_cursor_path_length(cursor);
  CHECK(weightsonly_cursor_path_kind(cursor, steps) == WEIGHTSONLY_PATH_NONE);
  const char* text = weightsonly_cursor_path_text(cursor);
  CHECK(text != NULL && text[0] != '\0');
  for (size_t step = 0; step < steps; ++step) {
    const int kind = weightsonly_cursor_path_kind(cursor, step);
    size_t length = 0;
    const char* name = weightsonly_cursor_path_name(cursor, step, &length);
    CHECK(kind >= WEIGHTSONLY_PATH_KEY && kind <= WEIGHTSONLY_PATH_OTHER);
    CHECK((name == NULL) == (kind == WEIGHTSONLY_PATH_NUMBER));
    printf("/%c", "-knamo"[kind]);
    if (name == NULL) printf("%" PRId64, weightsonly_cursor_path_number(cursor, step));
    if (name != NULL) PutHex(name, length);
  }
}

static void PutQuantizer(const weightsonly_tensor* tensor) {
  const char* scheme = weightsonly_tensor_qscheme(tensor);
  const size_t channels = weightsonly_tensor_q_channels(tensor);
  printf("\t%s\t", scheme);
  if (strcmp(scheme, "torch.per_tensor_affine") == 0) {
    PutDouble(weightsonly_tensor_q_scale(tensor));
    printf(",%" PRId64, weightsonly_tensor_q_zero_point(tensor));
  } else if (scheme[0] != '\0') {
    double* numbers = malloc((channels + 1) * sizeof *numbers);
    int64_t* zero_points = malloc((channels + 1) * sizeof *zero_points);
    CHECK(numbers != NULL && zero_points != NULL);
    printf("%" PRId64, weightsonly_tensor_q_axis(tensor));
    CHECK(weightsonly_tensor_q_scales(tensor, numbers, channels, NULL) == WEIGHTSONLY_OK);
    for (size_t i = 0; i < channels; ++i) {
      putchar(',');
      PutDouble(numbers[i]);
    }
    const int floats = weightsonly_tensor_q_float_zero_points(tensor, numbers, channels, NULL) == WEIGHTSONLY_OK;
    if (!floats) CHECK(weightsonly_tensor_q_zero_points(tensor, zero_points, channels, NULL) == WEIGHTSONLY_OK);
    for (size_t i = 0; i < channels; ++i) {
      putchar(',');
      if (floats) PutDouble(numbers[i]);
      if (!floats) printf("%" PRId64, zero_points[i]);
    }
    free(numbers);
    free(zero_points);
  } else {
    CHECK(channels == 0);
  }
}

static void PutSparse(const weightsonly_cursor* cursor) {
  weightsonly_refusal* refusal = NULL;
  weightsonly_sparse* sparse = weightsonly_cursor_sparse(cursor, &refusal);
  CHECK(refusal == NULL);
  putchar('\t');
  if (sparse != NULL) {
    printf("%s,%s,%d,%d,%d,", weightsonly_sparse_layout(sparse), weightsonly_sparse_dtype(sparse),
           weightsonly_sparse_is_coalesced(sparse), weightsonly_sparse_is_parameter(sparse),
           weightsonly_sparse_requires_grad(sparse));
    PutNumbers(weightsonly_sparse_shape(sparse), weightsonly_sparse_ndim(sparse));
  }
  weightsonly_sparse_free(sparse);
}

/* The logical bytes, and that data() has the same where it must. */
static void PutElements(const weightsonly_tensor* tensor) {
  const void* data = NULL;
  size_t size = 0;
  weightsonly_refusal* refusal = NULL;
  const int status = weightsonly_tensor_data(tensor, &data, &size, &refusal);
  CHECK((status == WEIGHTSONLY_OK) == (refusal == NULL));
  putchar('\t');
  if (status != WEIGHTSONLY_OK || weightsonly_tensor_nbytes(tensor) > kShownBytes) {
    printf("-\t-");
  } else {
    const size_t nbytes = (size_t)weightsonly_tensor_nbytes(tensor);
    unsigned char* out = malloc(nbytes + 1);
    CHECK(out != NULL);
    if (weightsonly_tensor_copy(tensor, out, nbytes, &refusal) == WEIGHTSONLY_OK) {
      const int plain = !weightsonly_tensor_is_conj(tensor) && !weightsonly_tensor_is_neg(tensor);
      if (weightsonly_tensor_is_contiguous(tensor)) CHECK(size == nbytes);
      if (weightsonly_tensor_is_contiguous(tensor) && plain && size != 0) CHECK(memcmp(data, out, nbytes) == 0);
      PutHex(out, nbytes);
    } else {
      CHECK(strcmp(weightsonly_refusal_kind(refusal), "unsupported") == 0);
      printf("-");
    }
    weightsonly_refusal_free(refusal);
    char digest[65] = "?";
    const int hashed = weightsonly_tensor_sha256(tensor, digest, &refusal);
    CHECK(strlen(digest) == (hashed == WEIGHTSONLY_OK ? 64 : 0));
    printf("\t%s", hashed == WEIGHTSONLY_OK ? digest : weightsonly_refusal_kind(refusal));
    free(out);
  }
  weightsonly_refusal_free(refusal);
}

static void PutTensor(weightsonly_cursor* cursor) {
  weightsonly_tensor* tensor = weightsonly_cursor_tensor(cursor, NULL);
  CHECK(tensor != NULL);
  printf("T\t");
  PutPath(cursor);
  const size_t ndim = weightsonly_tensor_ndim(tensor);
  printf("\t%s\t", weightsonly_tensor_dtype(tensor));
  PutNumbers(weightsonly_tensor_shape(tensor), ndim);
  putchar('\t');
  PutNumbers(weightsonly_tensor_stride(tensor), ndim);
  weightsonly_storage* storage = weightsonly_tensor_storage(tensor, NULL);
  printf("\t%" PRId64 "\t", weightsonly_tensor_storage_offset(tensor));
  if (storage != NULL) printf("%zu", weightsonly_storage_index(storage));
  weightsonly_storage_free(storage);
  printf("\t%s\t%" PRIu64 "\t", weightsonly_tensor_device(tensor), weightsonly_tensor_nbytes(tensor));
  const int flags[] = {weightsonly_tensor_requires_grad(tensor), weightsonly_tensor_is_parameter(tensor),
                       weightsonly_tensor_is_conj(tensor),       weightsonly_tensor_is_neg(tensor),
                       weightsonly_tensor_is_meta(tensor),       weightsonly_tensor_is_contiguous(tensor)};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i) printf("%d", flags[i]);
  PutQuantizer(tensor);
  PutSparse(cursor);
  PutElements(tensor);
  putchar('\n');
  weightsonly_tensor_free(tensor);
}

void Dump(const char* file) {
  printf("F\t%s\n", file);
  weightsonly_refusal* refusal = NULL;
  weightsonly_checkpoint* checkpoint = weightsonly_open(file, NULL, &refusal);
  CHECK((checkpoint == NULL) == (refusal != NULL));
  if (checkpoint == NULL) {
    PutRefusal(refusal);
    return;
  }
  size_t length = 0;
  char* json = NULL;
  if (weightsonly_verify(checkpoint, &refusal) == WEIGHTSONLY_OK) {
    json = weightsonly_json(checkpoint, 0, &length, &refusal);
  }
  if (json == NULL) {
    PutRefusal(refusal);
    weightsonly_close(checkpoint);
    return;
  }
  CHECK(strlen(json) == length);
  printf("J\t%s\n", json);
  weightsonly_text_free(json);
  CheckCopies(checkpoint);
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, &refusal);
  weightsonly_close(checkpoint); /* the cursor holds a share */
  int status;
  while ((status = weightsonly_cursor_next(cursor, &refusal)) == WEIGHTSONLY_OK) PutTensor(cursor);
  CHECK(status == WEIGHTSONLY_END && refusal == NULL);
  CHECK(weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_END);
  CHECK(weightsonly_cursor_path_length(cursor) == 0);
  printf("E\t%d\n", weightsonly_cursor_truncated(cursor));
  weightsonly_cursor_close(cursor);
}
