/* CAP-001. No function of the C interface crashes for NULL, for a number out of range or for a region of the wrong
 * size. */
#include <string.h>
#include <weightsonly/weightsonly_c.h>

#include "check.h"

static weightsonly_refusal* refusal = NULL;

/* The last call was refused as misuse, and the detail has `part` in it. */
static void Refused(const char* part) {
  CHECK(refusal != NULL);
  CHECK(strcmp(weightsonly_refusal_kind(refusal), "options.invalid") == 0);
  if (strstr(weightsonly_refusal_detail(refusal), part) == NULL) {
    fprintf(stderr, "\"%s\" does not say \"%s\"\n", weightsonly_refusal_detail(refusal), part);
    exit(1);
  }
  weightsonly_refusal_free(refusal);
  refusal = NULL;
}

static int Never(void* context, const char* piece, size_t length) {
  (void)context, (void)piece, (void)length;
  CHECK(!"called");
  return 0;
}

static void FreeNothing(void) {
  weightsonly_options_free(NULL);
  weightsonly_refusal_free(NULL);
  weightsonly_close(NULL);
  weightsonly_cursor_close(NULL);
  weightsonly_tensor_free(NULL);
  weightsonly_storage_free(NULL);
  weightsonly_sparse_free(NULL);
  weightsonly_text_free(NULL);
}

static void NullRefusalsAndTags(void) {
  size_t length = 7;
  CHECK(strcmp(weightsonly_refusal_kind(NULL), "") == 0);
  CHECK(strcmp(weightsonly_refusal_record(NULL, &length), "") == 0 && length == 0);
  CHECK(strcmp(weightsonly_refusal_record(NULL, NULL), "") == 0);
  CHECK(weightsonly_refusal_offset(NULL) == 0);
  CHECK(strcmp(weightsonly_refusal_detail(NULL), "") == 0);
  CHECK(strcmp(weightsonly_refusal_sentence(NULL), "") == 0);
  CHECK(strcmp(weightsonly_refusal_advice(NULL), "") == 0);
  length = 7;
  CHECK(strcmp(weightsonly_storage_tag_location(NULL, &length), "") == 0 && length == 0);
  CHECK(strcmp(weightsonly_storage_tag_record(NULL, NULL), "") == 0);
  CHECK(strcmp(weightsonly_storage_tag_dtype(NULL), "") == 0);
  CHECK(weightsonly_storage_tag_nbytes(NULL) == 0);
}

static void NullOptions(void) {
  CHECK(weightsonly_options_set_mmap(NULL, 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_mmap_shared(NULL, 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_calculate_storage_offsets(NULL, 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_strict(NULL, 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_default_load_endianness(NULL, "big") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_encoding(NULL, "ascii") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_allow(NULL, "a.b") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_numpy(NULL, "2.4") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_allow_numpy(NULL, "2.4") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_torch(NULL, "2.15") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_weights_only(NULL, 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_force_weights_only_load(NULL, "1") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_force_no_weights_only_load(NULL, "1") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_limit(NULL, "nodes", 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_map_location(NULL, "cpu") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_add_map_location(NULL, "cuda", "cpu") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_map_location_function(NULL, NULL, NULL) == WEIGHTSONLY_INVALID);
  weightsonly_options* options = weightsonly_options_new();
  CHECK(options != NULL);
  CHECK(weightsonly_options_set_default_load_endianness(options, NULL) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_default_load_endianness(options, "middle") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_encoding(options, NULL) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_limit(options, NULL, 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_limit(options, "no-such-limit", 1) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_add_map_location(options, NULL, "cpu") == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_add_map_location(options, "cuda", NULL) == WEIGHTSONLY_INVALID);
  CHECK(weightsonly_options_set_map_location_function(options, NULL, NULL) == WEIGHTSONLY_INVALID);
  weightsonly_options_free(options);
}

static void NullCheckpoints(void) {
  size_t length = 7;
  CHECK(weightsonly_open(NULL, NULL, &refusal) == NULL);
  Refused("path is NULL");
  CHECK(weightsonly_open(NULL, NULL, NULL) == NULL);
  CHECK(weightsonly_open_bytes(NULL, 5, NULL, &refusal) == NULL);
  Refused("bytes is NULL");
  CHECK(weightsonly_open_bytes(NULL, 0, NULL, &refusal) == NULL); /* no bytes are a file without bytes */
  CHECK(strcmp(weightsonly_refusal_kind(refusal), "container.empty") == 0);
  weightsonly_refusal_free(refusal);
  CHECK(weightsonly_verify(NULL, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("checkpoint is NULL");
  CHECK(weightsonly_materialize(NULL, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("checkpoint is NULL");
  CHECK(weightsonly_foreign_byte_order(NULL) == 0);
  CHECK(weightsonly_file_bytes(NULL) == 0);
  CHECK(weightsonly_pickle_bytes(NULL) == 0);
  CHECK(weightsonly_json(NULL, 0, &length, &refusal) == NULL && length == 0);
  Refused("checkpoint is NULL");
  CHECK(weightsonly_write_json(NULL, 0, Never, NULL, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("checkpoint is NULL");
  CHECK(weightsonly_storage_count(NULL) == 0);
  CHECK(weightsonly_storage_at(NULL, 0, &refusal) == NULL);
  Refused("checkpoint is NULL");
  CHECK(weightsonly_copy_storages(NULL, 0, NULL, NULL, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("checkpoint is NULL");
}

static void NullCursors(void) {
  size_t length = 7;
  CHECK(weightsonly_cursor_open(NULL, &refusal) == NULL);
  Refused("checkpoint is NULL");
  CHECK(weightsonly_cursor_next(NULL, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("cursor is NULL");
  CHECK(weightsonly_cursor_truncated(NULL) == 0);
  CHECK(weightsonly_cursor_tensor(NULL, &refusal) == NULL);
  Refused("cursor is NULL");
  CHECK(weightsonly_cursor_sparse(NULL, &refusal) == NULL);
  Refused("cursor is NULL");
  CHECK(weightsonly_cursor_path_length(NULL) == 0);
  CHECK(weightsonly_cursor_path_kind(NULL, 0) == WEIGHTSONLY_PATH_NONE);
  CHECK(weightsonly_cursor_path_name(NULL, 0, &length) == NULL && length == 0);
  CHECK(weightsonly_cursor_path_number(NULL, 0) == 0);
  CHECK(strcmp(weightsonly_cursor_path_text(NULL), "") == 0);
}

static void NullTensors(void) {
  const void* data = "";
  size_t size = 7;
  char digest[65] = "?";
  double number = 0;
  int64_t integer = 0;
  CHECK(strcmp(weightsonly_tensor_dtype(NULL), "") == 0);
  CHECK(weightsonly_tensor_item_bytes(NULL) == 0 && weightsonly_tensor_ndim(NULL) == 0);
  CHECK(weightsonly_tensor_shape(NULL) == NULL && weightsonly_tensor_stride(NULL) == NULL);
  CHECK(weightsonly_tensor_storage_offset(NULL) == 0 && weightsonly_tensor_numel(NULL) == 0);
  CHECK(weightsonly_tensor_nbytes(NULL) == 0 && strcmp(weightsonly_tensor_device(NULL), "") == 0);
  CHECK(!weightsonly_tensor_requires_grad(NULL) && !weightsonly_tensor_is_parameter(NULL));
  CHECK(!weightsonly_tensor_is_conj(NULL) && !weightsonly_tensor_is_neg(NULL));
  CHECK(!weightsonly_tensor_is_meta(NULL) && !weightsonly_tensor_is_contiguous(NULL));
  CHECK(weightsonly_tensor_same(NULL, NULL) == 0);
  CHECK(weightsonly_tensor_data(NULL, &data, &size, &refusal) == WEIGHTSONLY_REFUSED && data == NULL && size == 0);
  Refused("tensor is NULL");
  CHECK(weightsonly_tensor_data(NULL, NULL, NULL, NULL) == WEIGHTSONLY_REFUSED);
  CHECK(weightsonly_tensor_copy(NULL, digest, 65, &refusal) == WEIGHTSONLY_REFUSED && digest[0] == '?');
  Refused("tensor is NULL");
  CHECK(weightsonly_tensor_sha256(NULL, digest, &refusal) == WEIGHTSONLY_REFUSED && digest[0] == '\0');
  Refused("tensor is NULL");
  CHECK(weightsonly_tensor_storage(NULL, &refusal) == NULL);
  Refused("tensor is NULL");
  CHECK(weightsonly_copy_tensors(0, NULL, NULL, NULL, 0, &refusal) == WEIGHTSONLY_OK && refusal == NULL);
  CHECK(weightsonly_copy_tensors(1, NULL, NULL, NULL, 0, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("tensors is NULL");
  CHECK(strcmp(weightsonly_tensor_qscheme(NULL), "") == 0 && weightsonly_tensor_q_scale(NULL) == 0);
  CHECK(weightsonly_tensor_q_zero_point(NULL) == 0 && weightsonly_tensor_q_axis(NULL) == 0);
  CHECK(weightsonly_tensor_q_channels(NULL) == 0);
  CHECK(weightsonly_tensor_q_scales(NULL, &number, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("tensor is NULL");
  CHECK(weightsonly_tensor_q_zero_points(NULL, &integer, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("tensor is NULL");
  CHECK(weightsonly_tensor_q_float_zero_points(NULL, &number, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("tensor is NULL");
}

static void NullStoragesAndSparse(void) {
  const void* data = "";
  size_t size = 7;
  CHECK(weightsonly_storage_index(NULL) == 0 && weightsonly_storage_nbytes(NULL) == 0);
  CHECK(strcmp(weightsonly_storage_device(NULL), "") == 0);
  CHECK(strcmp(weightsonly_storage_record(NULL, &size), "") == 0 && size == 0);
  CHECK(!weightsonly_storage_is_meta(NULL) && !weightsonly_storage_in_place(NULL));
  CHECK(weightsonly_storage_data(NULL, &data, &size, &refusal) == WEIGHTSONLY_REFUSED && data == NULL);
  Refused("storage is NULL");
  CHECK(weightsonly_storage_copy(NULL, &size, sizeof size, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("storage is NULL");
  CHECK(strcmp(weightsonly_sparse_layout(NULL), "") == 0 && strcmp(weightsonly_sparse_dtype(NULL), "") == 0);
  CHECK(weightsonly_sparse_ndim(NULL) == 0 && weightsonly_sparse_shape(NULL) == NULL);
  CHECK(!weightsonly_sparse_requires_grad(NULL) && !weightsonly_sparse_is_parameter(NULL));
  CHECK(!weightsonly_sparse_is_coalesced(NULL));
  CHECK(weightsonly_sparse_part(NULL, "values", &refusal) == NULL);
  Refused("sparse is NULL");
}

/* Regions of the wrong size, with a byte behind them that must stay. */
static void WrongRegions(const weightsonly_checkpoint* checkpoint, const weightsonly_tensor* tensor) {
  unsigned char out[64];
  memset(out, 0xee, sizeof out);
  const size_t nbytes = (size_t)weightsonly_tensor_nbytes(tensor);
  CHECK(nbytes == 24 && weightsonly_storage_count(checkpoint) == 2);
  const size_t wrong[] = {0, 1, nbytes - 1, nbytes + 1};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    CHECK(weightsonly_tensor_copy(tensor, out, wrong[i], &refusal) == WEIGHTSONLY_REFUSED);
    Refused("24");
    const weightsonly_tensor* tensors[] = {tensor};
    void* const regions[] = {out};
    CHECK(weightsonly_copy_tensors(1, tensors, regions, &wrong[i], 1, &refusal) == WEIGHTSONLY_REFUSED);
    Refused("24");
    void* const both[] = {out, out + 32};
    const size_t sizes[] = {wrong[i], 8};
    CHECK(weightsonly_copy_storages(checkpoint, 2, both, sizes, 1, &refusal) == WEIGHTSONLY_REFUSED);
    Refused("24");
    weightsonly_storage* storage = weightsonly_storage_at(checkpoint, 0, NULL);
    CHECK(weightsonly_storage_copy(storage, out, wrong[i], &refusal) == WEIGHTSONLY_REFUSED);
    Refused("24");
    weightsonly_storage_free(storage);
  }
  for (size_t i = 0; i < 32; ++i) CHECK(out[i] == 0xee);
  CHECK(weightsonly_tensor_copy(tensor, NULL, nbytes, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("out is NULL");
  CHECK(weightsonly_copy_storages(checkpoint, 1, NULL, NULL, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("1 regions are given for 2 storages");
  CHECK(weightsonly_copy_storages(checkpoint, 2, NULL, NULL, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("out is NULL");
  CHECK(weightsonly_storage_at(checkpoint, 2, &refusal) == NULL);
  Refused("there is no storage 2 of 2");
  CHECK(weightsonly_storage_at(checkpoint, (size_t)-1, &refusal) == NULL);
  Refused("there is no storage");
  double number = 0;
  CHECK(weightsonly_tensor_q_scales(tensor, &number, 1, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("0 channels");
  CHECK(weightsonly_tensor_sha256(tensor, NULL, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("out is NULL");
  CHECK(weightsonly_write_json(checkpoint, 0, NULL, NULL, &refusal) == WEIGHTSONLY_REFUSED);
  Refused("write is NULL");
}

void CheckMisuse(const char* corpus) {
  FreeNothing();
  NullRefusalsAndTags();
  NullOptions();
  NullCheckpoints();
  NullCursors();
  NullTensors();
  NullStoragesAndSparse();
  char file[4096];
  snprintf(file, sizeof file, "%s/torch-2.15.0/linear.pt", corpus);
  weightsonly_checkpoint* checkpoint = weightsonly_open(file, NULL, &refusal);
  CHECK(checkpoint != NULL && refusal == NULL);
  weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
  CHECK(weightsonly_cursor_tensor(cursor, &refusal) == NULL); /* it stands before the first */
  Refused("stands at no tensor");
  CHECK(weightsonly_cursor_sparse(cursor, &refusal) == NULL);
  Refused("stands at no tensor");
  CHECK(strcmp(weightsonly_cursor_path_text(cursor), "") == 0 && weightsonly_cursor_path_length(cursor) == 0);
  CHECK(weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK);
  CHECK(weightsonly_cursor_path_name(cursor, 0, NULL) == NULL);
  size_t length = 7;
  CHECK(weightsonly_cursor_path_name(cursor, 1, &length) == NULL && length == 0);
  CHECK(weightsonly_cursor_path_number(cursor, 0) == 0); /* it is a name */
  weightsonly_tensor* tensor = weightsonly_cursor_tensor(cursor, NULL);
  WrongRegions(checkpoint, tensor);
  while (weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK) continue;
  CHECK(weightsonly_cursor_tensor(cursor, &refusal) == NULL);
  Refused("stands at no tensor");
  weightsonly_tensor_free(tensor);
  weightsonly_cursor_close(cursor);
  weightsonly_close(checkpoint);
}
