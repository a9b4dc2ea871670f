/* What the C interface promises besides the values: lifetimes (CAP-002), options (CAP-005), functions of the caller
 * (CAP-006), copies (CAP-007), parts of sparse tensors (CAP-008). */
#include <string.h>
#include <weightsonly/weightsonly_c.h>

#include "check.h"

static const char* folder;

static const char* FileOf(const char* name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static weightsonly_checkpoint* Open(const char* name, const weightsonly_options* options) {
  weightsonly_refusal* refusal = NULL;
  weightsonly_checkpoint* checkpoint = weightsonly_open(FileOf(name), options, &refusal);
  if (refusal != NULL) fprintf(stderr, "%s: %s\n", name, weightsonly_refusal_detail(refusal));
  CHECK(checkpoint != NULL && refusal == NULL);
  return checkpoint;
}

/* The tensor at `number` from 0. */
static weightsonly_tensor* TensorOf(const weightsonly_checkpoint* checkpoint, int number) {
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
  for (int i = 0; i <= number; ++i) CHECK(weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK);
  weightsonly_tensor* tensor = weightsonly_cursor_tensor(cursor, NULL);
  CHECK(tensor != NULL);
  weightsonly_cursor_close(cursor);
  return tensor;
}

/* Opening `name` is refused, with this kind and with `detail` in the detail. */
static void Refuses(const char* name, const weightsonly_options* options, const char* kind, const char* detail) {
  weightsonly_refusal* refusal = NULL;
  weightsonly_checkpoint* checkpoint = weightsonly_open(FileOf(name), options, &refusal);
  if (checkpoint != NULL && weightsonly_verify(checkpoint, &refusal) == WEIGHTSONLY_OK) CHECK(!"accepted");
  if (strcmp(weightsonly_refusal_kind(refusal), kind) != 0 ||
      strstr(weightsonly_refusal_detail(refusal), detail) == NULL) {
    fprintf(stderr, "%s: %s: %s\n", name, weightsonly_refusal_kind(refusal), weightsonly_refusal_detail(refusal));
    exit(1);
  }
  weightsonly_refusal_free(refusal);
  weightsonly_close(checkpoint);
}

static void Lifetimes(void) {
  static const char kLinear[] = "torch-2.15.0/linear.pt";
  weightsonly_checkpoint* checkpoint = Open(kLinear, NULL);
  weightsonly_tensor* tensor = TensorOf(checkpoint, 0);
  weightsonly_storage* storage = weightsonly_tensor_storage(tensor, NULL);
  const void *data = NULL, *again = NULL;
  size_t size = 0;
  unsigned char before[24];
  CHECK(weightsonly_tensor_data(tensor, &data, &size, NULL) == WEIGHTSONLY_OK && size == 24);
  memcpy(before, data, 24);
  weightsonly_close(checkpoint);
  CHECK(memcmp(before, data, 24) == 0);
  weightsonly_tensor_free(tensor); /* the storage alone keeps the file */
  CHECK(memcmp(before, data, 24) == 0);
  CHECK(weightsonly_storage_data(storage, &again, &size, NULL) == WEIGHTSONLY_OK && again == data && size == 24);
  CHECK(weightsonly_storage_in_place(storage));
  CHECK(strcmp(weightsonly_storage_record(storage, NULL), "data/0") == 0);
  weightsonly_storage_free(storage);

  /* Two loads are two checkpoints: the same place in another one is not the same tensor. */
  weightsonly_checkpoint* one = Open("torch-2.15.0/alias-parameter.pt", NULL);
  weightsonly_checkpoint* two = Open("torch-2.15.0/alias-parameter.pt", NULL);
  weightsonly_tensor *a = TensorOf(one, 0), *b = TensorOf(one, 1), *c = TensorOf(two, 0);
  CHECK(weightsonly_tensor_same(a, a) && weightsonly_tensor_same(a, b));
  CHECK(!weightsonly_tensor_same(a, c) && !weightsonly_tensor_same(a, NULL));
  weightsonly_close(two);
  weightsonly_close(one);
  weightsonly_tensor_free(b);
  weightsonly_tensor_free(c);
  weightsonly_tensor_free(a);
}

static void Bytes(void) {
  FILE* file = fopen(FileOf("torch-2.15.0/linear.pt"), "rb");
  CHECK(file != NULL);
  static unsigned char bytes[1 << 16];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  CHECK(size > 0 && size < sizeof bytes);
  weightsonly_checkpoint* checkpoint = weightsonly_open_bytes(bytes, size, NULL, NULL);
  CHECK(weightsonly_file_bytes(checkpoint) == size && weightsonly_pickle_bytes(checkpoint) > 0);
  weightsonly_tensor* tensor = TensorOf(checkpoint, 0);
  weightsonly_close(checkpoint);
  const void* data = NULL;
  size_t length = 0;
  CHECK(weightsonly_tensor_data(tensor, &data, &length, NULL) == WEIGHTSONLY_OK);
  const unsigned char* first = data;
  CHECK(first >= bytes && first + length <= bytes + size); /* not copied */
  weightsonly_tensor_free(tensor);
  CHECK(weightsonly_open_bytes(bytes, size / 2, NULL, NULL) == NULL);
}

static void Flags(void) {
  weightsonly_options* options = weightsonly_options_new();
  Refuses("torch-2.15.0/no-such-file.pt", options, "io.open", "");
  CHECK(weightsonly_options_set_strict(options, 1) == WEIGHTSONLY_OK);
  Refuses("forged/zip-wrong-crc.pt", options, "container.zip.crc", "");
  CHECK(weightsonly_options_set_strict(options, 0) == WEIGHTSONLY_OK);
  weightsonly_close(Open("forged/zip-wrong-crc.pt", options));

  CHECK(weightsonly_options_set_mmap(options, 0) == WEIGHTSONLY_OK);
  weightsonly_close(Open("torch-2.15.0/linear.pt", options));
  CHECK(weightsonly_options_set_mmap_shared(options, 1) == WEIGHTSONLY_OK);
  Refuses("torch-2.15.0/linear.pt", options, "options.invalid", "mmap");
  CHECK(weightsonly_options_set_mmap(options, 1) == WEIGHTSONLY_OK);
  weightsonly_close(Open("torch-2.15.0/linear.pt", options));

  CHECK(weightsonly_options_set_encoding(options, "utf-7") == WEIGHTSONLY_OK);
  Refuses("torch-2.15.0/linear.pt", options, "options.invalid", "utf-7");
  CHECK(weightsonly_options_set_encoding(options, "bytes") == WEIGHTSONLY_OK);
  weightsonly_close(Open("torch-2.15.0/linear.pt", options));

  CHECK(weightsonly_options_set_limit(options, "nodes", 3) == WEIGHTSONLY_OK);
  Refuses("torch-2.15.0/linear.pt", options, "limit.nodes", "");
  weightsonly_options_free(options);

  options = weightsonly_options_new();
  CHECK(weightsonly_options_set_limit(options, "walk_base", 1) == WEIGHTSONLY_OK);
  CHECK(weightsonly_options_set_limit(options, "walk_per_node", 0) == WEIGHTSONLY_OK);
  weightsonly_checkpoint* checkpoint = Open("torch-2.15.0/linear.pt", options);
  weightsonly_options_free(options); /* was copied */
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
  CHECK(weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK && !weightsonly_cursor_truncated(cursor));
  CHECK(weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_END && weightsonly_cursor_truncated(cursor));
  weightsonly_cursor_close(cursor);
  weightsonly_close(checkpoint);
}

struct Asked {
  int calls, answer;
  const char* device;
  char seen[128];
};

static int Answer(void* context, const weightsonly_storage_tag* storage, const char** device) {
  struct Asked* asked = context;
  ++asked->calls;
  size_t location = 0, record = 0;
  snprintf(asked->seen, sizeof asked->seen, "%s %s %s %d", weightsonly_storage_tag_location(storage, &location),
           weightsonly_storage_tag_record(storage, &record), weightsonly_storage_tag_dtype(storage),
           (int)weightsonly_storage_tag_nbytes(storage));
  CHECK(location == 6 && record == 6);
  *device = asked->device;
  return asked->answer;
}

static void HasDevice(const weightsonly_options* options, const char* device) {
  weightsonly_checkpoint* checkpoint = Open("forged/location-cuda-0.pt", options);
  weightsonly_storage* storage = weightsonly_storage_at(checkpoint, 0, NULL);
  CHECK(strcmp(weightsonly_storage_device(storage), device) == 0);
  weightsonly_storage_free(storage);
  weightsonly_close(checkpoint);
}

static void Locations(void) {
  static const char kFile[] = "forged/location-cuda-0.pt";
  weightsonly_options* options = weightsonly_options_new();
  HasDevice(options, "cuda:0");
  CHECK(weightsonly_options_set_map_location(options, "cpu") == WEIGHTSONLY_OK);
  HasDevice(options, "cpu");
  CHECK(weightsonly_options_add_map_location(options, "cuda:1", "cpu") == WEIGHTSONLY_OK);
  HasDevice(options, "cuda:0"); /* a table without this entry has taken the place of the text */
  CHECK(weightsonly_options_add_map_location(options, "cuda:0", "cuda:3") == WEIGHTSONLY_OK);
  HasDevice(options, "cuda:3");
  struct Asked asked = {.answer = 1, .device = "cuda:5"};
  CHECK(weightsonly_options_set_map_location_function(options, Answer, &asked) == WEIGHTSONLY_OK);
  HasDevice(options, "cuda:5");
  CHECK(asked.calls == 1 && strncmp(asked.seen, "cuda:0 data/0 float32 ", 22) == 0);
  asked.answer = 2;
  HasDevice(options, "cuda:0");
  asked.answer = 0;
  Refuses(kFile, options, "options.callback", "returned 0");
  asked.answer = -7;
  Refuses(kFile, options, "options.callback", "returned -7");
  asked.answer = 1;
  asked.device = NULL;
  Refuses(kFile, options, "options.callback", "without a device");
  asked.device = "no such device";
  Refuses(kFile, options, "options.invalid", "no such device");
  CHECK(weightsonly_options_set_map_location(options, NULL) == WEIGHTSONLY_OK);
  HasDevice(options, "cuda:0");
  weightsonly_options_free(options);
}

static void ByteOrders(void) {
  static const char kOld[] = "torch-1.13.1/checkpoint-Adam.pt"; /* has no record that says its order */
  weightsonly_options* options = weightsonly_options_new();
  int foreign[3];
  const char* orders[] = {"little", "big", "native"};
  for (int i = 0; i < 3; ++i) {
    CHECK(weightsonly_options_set_default_load_endianness(options, orders[i]) == WEIGHTSONLY_OK);
    weightsonly_checkpoint* checkpoint = Open(kOld, options);
    foreign[i] = weightsonly_foreign_byte_order(checkpoint);
    CHECK(weightsonly_materialize(checkpoint, 2, NULL) == WEIGHTSONLY_OK);
    weightsonly_close(checkpoint);
  }
  CHECK(foreign[0] != foreign[1] && foreign[2] == 0);
  weightsonly_options_free(options);
}

struct Text {
  char* text;
  size_t length;
  int pieces;
};

static int Append(void* context, const char* piece, size_t length) {
  struct Text* all = context;
  if (all->pieces-- == 0) return 0;
  char* longer = realloc(all->text, all->length + length);
  CHECK(longer != NULL);
  memcpy(longer + all->length, piece, length);
  all->text = longer;
  all->length += length;
  return 1;
}

static void Json(void) {
  weightsonly_checkpoint* checkpoint = Open("torch-2.15.0/view-narrow-large.pt", NULL);
  size_t length = 0, with_bytes = 0;
  char* json = weightsonly_json(checkpoint, 0, &length, NULL);
  struct Text all = {.pieces = 1000};
  CHECK(weightsonly_write_json(checkpoint, 0, Append, &all, NULL) == WEIGHTSONLY_OK);
  CHECK(all.length == length && memcmp(all.text, json, length) == 0);
  weightsonly_refusal* refusal = NULL;
  all.pieces = 0;
  CHECK(weightsonly_write_json(checkpoint, 0, Append, &all, &refusal) == WEIGHTSONLY_REFUSED);
  CHECK(strcmp(weightsonly_refusal_kind(refusal), "options.callback") == 0);
  weightsonly_refusal_free(refusal);
  free(all.text);
  weightsonly_text_free(json);
  json = weightsonly_json(checkpoint, 1, &with_bytes, NULL);
  CHECK(with_bytes > 2 * length && strstr(json, "sha256") == NULL);
  weightsonly_text_free(json);
  weightsonly_close(checkpoint);
}

/* All tensors of a checkpoint at once are those of one after the other. */
static void Copies(void) {
  enum { kTensors = 16, kBytes = 48 };
  weightsonly_checkpoint* checkpoint = Open("torch-2.15.0/checkpoint-Adam.pt", NULL);
  static unsigned char together[kTensors][kBytes], alone[kTensors][kBytes];
  const weightsonly_tensor* tensors[kTensors];
  void* regions[kTensors];
  size_t sizes[kTensors];
  for (int i = 0; i < kTensors; ++i) {
    weightsonly_tensor* tensor = TensorOf(checkpoint, i);
    tensors[i] = tensor;
    regions[i] = together[i];
    sizes[i] = (size_t)weightsonly_tensor_nbytes(tensor);
    CHECK(sizes[i] <= kBytes && weightsonly_tensor_numel(tensor) * weightsonly_tensor_item_bytes(tensor) == sizes[i]);
    CHECK(weightsonly_tensor_copy(tensor, alone[i], sizes[i], NULL) == WEIGHTSONLY_OK);
  }
  weightsonly_close(checkpoint);
  CHECK(weightsonly_copy_tensors(kTensors, tensors, regions, sizes, 3, NULL) == WEIGHTSONLY_OK);
  CHECK(memcmp(together, alone, sizeof alone) == 0);
  unsigned any = 0;
  for (int i = 0; i < kBytes; ++i) any |= alone[0][i];
  CHECK(any != 0);
  for (int i = 0; i < kTensors; ++i) weightsonly_tensor_free((weightsonly_tensor*)tensors[i]);
}

static void SparseParts(void) {
  weightsonly_checkpoint* checkpoint = Open("torch-2.15.0/sparse-csr.pt", NULL);
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
  int parts = 0;
  while (weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK) {
    weightsonly_sparse* sparse = weightsonly_cursor_sparse(cursor, NULL);
    if (sparse == NULL) continue;
    const size_t last = weightsonly_cursor_path_length(cursor) - 1;
    size_t length = 0;
    const char* name = weightsonly_cursor_path_name(cursor, last, &length);
    char copy[16] = {0};
    CHECK(length < sizeof copy && weightsonly_cursor_path_kind(cursor, last) == WEIGHTSONLY_PATH_MEMBER);
    memcpy(copy, name, length);
    weightsonly_tensor* listed = weightsonly_cursor_tensor(cursor, NULL);
    weightsonly_tensor* part = weightsonly_sparse_part(sparse, copy, NULL);
    CHECK(weightsonly_tensor_same(listed, part));
    weightsonly_tensor_free(part);
    weightsonly_tensor_free(listed);
    weightsonly_refusal* refusal = NULL;
    CHECK(weightsonly_sparse_part(sparse, "indices", &refusal) == NULL && refusal == NULL);
    CHECK(weightsonly_sparse_part(sparse, "nothing", &refusal) == NULL && refusal == NULL);
    CHECK(weightsonly_sparse_part(sparse, NULL, &refusal) == NULL && refusal != NULL);
    weightsonly_refusal_free(refusal);
    weightsonly_sparse_free(sparse);
    ++parts;
  }
  CHECK(parts >= 3 && parts % 3 == 0);
  weightsonly_cursor_close(cursor);
  weightsonly_close(checkpoint);
}

void CheckUse(const char* corpus) {
  folder = corpus;
  CHECK(weightsonly_c_api() == WEIGHTSONLY_C_API);
  Lifetimes();
  Bytes();
  Flags();
  Locations();
  ByteOrders();
  Json();
  Copies();
  SparseParts();
}
