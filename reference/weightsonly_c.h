/* weightsonly_c.h: the C interface of weightsonly, which reads the checkpoints that torch.save writes, as
 * torch.load(weights_only=True) does, without torch and without Python. C11, C++; made to be called from any language.
 *
 *   weightsonly_refusal* refusal = NULL;
 *   weightsonly_checkpoint* checkpoint = weightsonly_open("model.pt", NULL, &refusal);
 *   if (checkpoint == NULL) {
 *     fprintf(stderr, "%s: %s\n%s\n", weightsonly_refusal_kind(refusal), weightsonly_refusal_detail(refusal),
 *             weightsonly_refusal_advice(refusal));
 *     weightsonly_refusal_free(refusal);
 *     return 1;
 *   }
 *   weightsonly_cursor* cursor = weightsonly_cursor_open(checkpoint, NULL);
 *   while (weightsonly_cursor_next(cursor, NULL) == WEIGHTSONLY_OK) {
 *     weightsonly_tensor* tensor = weightsonly_cursor_tensor(cursor, NULL);
 *     const void* bytes = NULL;
 *     size_t size = 0;
 *     if (weightsonly_tensor_data(tensor, &bytes, &size, NULL) == WEIGHTSONLY_OK) {
 *       printf("%s %s %zu\n", weightsonly_cursor_path_text(cursor), weightsonly_tensor_dtype(tensor), size);
 *     }
 *     weightsonly_tensor_free(tensor);
 *   }
 *   weightsonly_cursor_close(cursor);
 *   weightsonly_close(checkpoint);
 *
 * Rules that hold for every function here:
 *
 * OWNERSHIP. A handle that a function returns is yours: free it once with the function named at its type, in any order.
 *   A tensor, storage, sparse tensor or cursor holds a share of the checkpoint and stays valid after weightsonly_close;
 *   the file stays mapped until the last of them is freed. `const char*` and arrays belong to the handle that was asked
 *   and live as long as that handle; text is UTF-8 and ends in a NUL unless its function says otherwise.
 * NULL. A NULL handle, pointer or text, or an index out of range, is never a crash: numbers are 0, texts "" and handles
 *   NULL then, and a function that can refuse refuses with options.invalid. Freeing NULL does nothing.
 * REFUSALS. A function whose last parameter is `weightsonly_refusal** refusal` sets it to NULL when it succeeds, and
 *   otherwise to a handle of yours that says why; pass NULL for `refusal` when you do not want to know.
 *   What a file can be refused with is the closed list in base/refusal.def. `host.memory`: there was no memory.
 * EXCEPTIONS. No function throws, exits or prints. Nothing in a file is ever imported or executed.
 * THREADS. Checkpoints, tensors, storages, sparse tensors and refusals do not change: any number of threads may ask one
 *   at the same time. A cursor, and an options handle, is for one thread at a time. There is no global state.
 * UNITS. Names end in _bytes where a number counts bytes; shapes, strides, offsets and numel count elements.
 * BYTES. Elements come in the host's byte order, whichever the file has.
 */
#ifndef WEIGHTSONLY_C_H_
#define WEIGHTSONLY_C_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(WEIGHTSONLY_SHARED) && defined(WEIGHTSONLY_BUILDING)
#define WEIGHTSONLY_C_EXPORT __declspec(dllexport)
#elif defined(_WIN32) && defined(WEIGHTSONLY_SHARED)
#define WEIGHTSONLY_C_EXPORT __declspec(dllimport)
#elif defined(WEIGHTSONLY_SHARED)
#define WEIGHTSONLY_C_EXPORT __attribute__((visibility("default")))
#else
#define WEIGHTSONLY_C_EXPORT
#endif
#if defined(__cplusplus)
#define WEIGHTSONLY_C_NOEXCEPT noexcept
extern "C" {
#else
#define WEIGHTSONLY_C_NOEXCEPT
#endif

/* ---- Version ----------------------------------------------------------------------------------------------------- */

/* The number of this interface. It grows by one whenever something is added here. Nothing is taken away, and nothing
 * changes its meaning, within one major version of the library. */
#define WEIGHTSONLY_C_API 1
/* The WEIGHTSONLY_C_API of the library that is running: everything in this header is there when it is not smaller. */
WEIGHTSONLY_C_EXPORT int weightsonly_c_api(void) WEIGHTSONLY_C_NOEXCEPT;
/* The library's version, "0.1.0". Static. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_version(void) WEIGHTSONLY_C_NOEXCEPT;

/* ---- Types ------------------------------------------------------------------------------------------------------- */

typedef struct weightsonly_options weightsonly_options;         /* weightsonly_options_free */
typedef struct weightsonly_refusal weightsonly_refusal;         /* weightsonly_refusal_free */
typedef struct weightsonly_checkpoint weightsonly_checkpoint;   /* weightsonly_close */
typedef struct weightsonly_cursor weightsonly_cursor;           /* weightsonly_cursor_close */
typedef struct weightsonly_tensor weightsonly_tensor;           /* weightsonly_tensor_free */
typedef struct weightsonly_storage weightsonly_storage;         /* weightsonly_storage_free */
typedef struct weightsonly_sparse weightsonly_sparse;           /* weightsonly_sparse_free */
typedef struct weightsonly_storage_tag weightsonly_storage_tag; /* lives during one call of your function */

/* What functions that return `int` return, where nothing else is said. */
enum {
  WEIGHTSONLY_OK = 0,
  WEIGHTSONLY_REFUSED = 1,   /* the refusal says why */
  WEIGHTSONLY_END = 2,       /* weightsonly_cursor_next: there are no more tensors */
  WEIGHTSONLY_INVALID = 3,   /* weightsonly_options_set_…: an argument is NULL or no known name; nothing was set */
  WEIGHTSONLY_NO_MEMORY = 4, /* weightsonly_options_set_…: nothing was set */
};

/* ---- Refusals: why a file was turned down, and where ------------------------------------------------------------- */

/* The dotted name from the closed list: "container.zip.eocd". These never change. Static. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_refusal_kind(const weightsonly_refusal* refusal) WEIGHTSONLY_C_NOEXCEPT;
/* The record that holds the guilty byte, "data.pkl"; "" when the offset counts in the file. Raw bytes of the file,
 * which may hold anything, a NUL too: escape them before a terminal sees them. `length` (may be NULL): bytes without
 * the NUL at the end. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_refusal_record(const weightsonly_refusal* refusal,
                                                            size_t* length) WEIGHTSONLY_C_NOEXCEPT;
/* The first byte of the guilty element: in the uncompressed record for faults of a pickle, in the file otherwise. */
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_refusal_offset(const weightsonly_refusal* refusal) WEIGHTSONLY_C_NOEXCEPT;
/* What exactly is wrong; no control characters. The wording is no interface. May be "". */
WEIGHTSONLY_C_EXPORT const char* weightsonly_refusal_detail(const weightsonly_refusal* refusal) WEIGHTSONLY_C_NOEXCEPT;
/* The kind in one sentence, and what the reader of the message can do about it. Static. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_refusal_sentence(const weightsonly_refusal* refusal)
    WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const char* weightsonly_refusal_advice(const weightsonly_refusal* refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT void weightsonly_refusal_free(weightsonly_refusal* refusal) WEIGHTSONLY_C_NOEXCEPT;

/* ---- Options ----------------------------------------------------------------------------------------------------- */

/* All defaults, which are torch's. NULL: no memory. weightsonly_open copies what it is given: one handle serves many
 * files, and may be changed or freed in between. Flags: 0 is false, anything else true. Values that are impossible,
 * alone or together, are refused by weightsonly_open with options.invalid. (Options::packages, functions that take
 * devices of their own, are left to C++.) */
WEIGHTSONLY_C_EXPORT weightsonly_options* weightsonly_options_new(void) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT void weightsonly_options_free(weightsonly_options* options) WEIGHTSONLY_C_NOEXCEPT;

/* Map a regular file instead of reading it (default: yes). A mapped file must not shrink until the last handle on it is
 * freed: the system ends the process with SIGBUS when bytes are asked for that are gone. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_mmap(weightsonly_options* options, int mmap) WEIGHTSONLY_C_NOEXCEPT;
/* Map it MAP_SHARED instead of MAP_PRIVATE (default: no). Read-only either way. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_mmap_shared(weightsonly_options* options,
                                                             int shared) WEIGHTSONLY_C_NOEXCEPT;
/* Also refuse storages that do not lie where torch's writer puts them, as storage.offset (default: no). */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_calculate_storage_offsets(weightsonly_options* options,
                                                                           int calculate) WEIGHTSONLY_C_NOEXCEPT;
/* Also refuse what torch.save never writes: wrong CRCs, comments, bytes after the archive or after STOP, compressed
 * records, records that nobody reads, values left over (default: no). */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_strict(weightsonly_options* options,
                                                        int strict) WEIGHTSONLY_C_NOEXCEPT;
/* The byte order of an archive that does not name its own: "little" (default), "big" or "native". */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_default_load_endianness(weightsonly_options* options,
                                                                         const char* order) WEIGHTSONLY_C_NOEXCEPT;
/* What strings that Python 2 wrote are decoded with: "utf-8" (default), "ascii", "latin1", or "bytes". */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_encoding(weightsonly_options* options,
                                                          const char* encoding) WEIGHTSONLY_C_NOEXCEPT;
/* Also allows the function or class `path` (module.name), as an object for which nothing is ever looked up, called or
 * run: what the file gives to it stands in the canonical JSON. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_allow(weightsonly_options* options,
                                                   const char* path) WEIGHTSONLY_C_NOEXCEPT;
/* The same for the object `path` where a file says `as`, which is torch's tuple form. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_allow_as(weightsonly_options* options, const char* path,
                                                      const char* as) WEIGHTSONLY_C_NOEXCEPT;
/* Whose allowlist and opcodes answer: "1.13", "2.0", "2.6", "2.10", "2.13" or "2.15" (default). */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_torch(weightsonly_options* options,
                                                       const char* release) WEIGHTSONLY_C_NOEXCEPT;
/* Makes numpy's arrays, scalars and dtypes values of their own, by the rules of a numpy release, "1.24" or "2.4"; ""
 * (default): they are objects like any. It allows nothing by itself: weightsonly_options_allow_numpy. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_numpy(weightsonly_options* options,
                                                       const char* release) WEIGHTSONLY_C_NOEXCEPT;
/* Allows every name that arrays and scalars of that numpy release need. WEIGHTSONLY_INVALID: no such release. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_allow_numpy(weightsonly_options* options,
                                                         const char* release) WEIGHTSONLY_C_NOEXCEPT;
/* torch.load's argument weights_only: 1 true, 0 false, -1 not passed (default). False is refused when a file is opened.
 */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_weights_only(weightsonly_options* options,
                                                              int weights_only) WEIGHTSONLY_C_NOEXCEPT;
/* The text of TORCH_FORCE_WEIGHTS_ONLY_LOAD and of TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD; NULL: not set (default). The
 * library itself never reads the environment. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_force_weights_only_load(weightsonly_options* options,
                                                                         const char* text) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_force_no_weights_only_load(weightsonly_options* options,
                                                                            const char* text) WEIGHTSONLY_C_NOEXCEPT;
/* A limit by the name of its member in base/limits.h: "nodes", "inflated_base", "stream_bytes", … Limits count values,
 * steps and bytes. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_limit(weightsonly_options* options, const char* name,
                                                       uint64_t value) WEIGHTSONLY_C_NOEXCEPT;

/* Which devices the storages are said to be on: torch.load's map_location. Devices are labels; nothing is moved. Of
 * these three functions the one that was called last decides. One device for all; NULL: what the file says (default).
 */
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_map_location(weightsonly_options* options,
                                                              const char* device) WEIGHTSONLY_C_NOEXCEPT;
/* An entry of a table: `from` as the file says it, `to` instead. Locations without an entry stay. */
WEIGHTSONLY_C_EXPORT int weightsonly_options_add_map_location(weightsonly_options* options, const char* from,
                                                              const char* to) WEIGHTSONLY_C_NOEXCEPT;
/* Your function is called once for each storage, in the order of their first mention, by the thread that opens the
 * file. It returns 1 after it has set *device to the device's name, which is copied at once, 2 for what the file says,
 * and anything else to end the load: it is refused with options.callback. `context` is what you gave. */
typedef int (*weightsonly_map_location_function)(void* context, const weightsonly_storage_tag* storage,
                                                 const char** device);
WEIGHTSONLY_C_EXPORT int weightsonly_options_set_map_location_function(weightsonly_options* options,
                                                                       weightsonly_map_location_function function,
                                                                       void* context) WEIGHTSONLY_C_NOEXCEPT;
/* What that function is told: the file's location ("cuda:0") and the record ("data/0"), both raw bytes of the file (see
 * weightsonly_refusal_record), the dtype of its first mention, and its size. The texts live during the call. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_storage_tag_location(const weightsonly_storage_tag* storage,
                                                                  size_t* length) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const char* weightsonly_storage_tag_record(const weightsonly_storage_tag* storage,
                                                                size_t* length) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const char* weightsonly_storage_tag_dtype(const weightsonly_storage_tag* storage)
    WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_storage_tag_nbytes(const weightsonly_storage_tag* storage)
    WEIGHTSONLY_C_NOEXCEPT;

/* ---- Checkpoints ------------------------------------------------------------------------------------------------- */

/* Loads a file ("-": standard input). `options` may be NULL: the defaults. NULL: refused. The structure is checked, and
 * nothing big is copied; weightsonly_verify checks the contents. */
WEIGHTSONLY_C_EXPORT weightsonly_checkpoint* weightsonly_open(const char* path, const weightsonly_options* options,
                                                              weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* The same for bytes in memory. They are not copied: keep them, unchanged, until the last handle on them is freed. */
WEIGHTSONLY_C_EXPORT weightsonly_checkpoint* weightsonly_open_bytes(
    const void* bytes, size_t size, const weightsonly_options* options,
    weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT void weightsonly_close(weightsonly_checkpoint* checkpoint) WEIGHTSONLY_C_NOEXCEPT;

/* Checks the contents: inflates what is deflated, and when opened strictly compares every CRC. Refuses
 * container.zip.inflate and container.zip.crc. */
WEIGHTSONLY_C_EXPORT int weightsonly_verify(const weightsonly_checkpoint* checkpoint,
                                            weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* Makes the bytes of storages that are not used where they lie (deflated, foreign byte order), with `threads` threads
 * (0: as many as the machine has). Without it this happens at the first weightsonly_…_data. */
WEIGHTSONLY_C_EXPORT int weightsonly_materialize(const weightsonly_checkpoint* checkpoint, unsigned threads,
                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* 1 when the file's byte order is not the host's. */
WEIGHTSONLY_C_EXPORT int weightsonly_foreign_byte_order(const weightsonly_checkpoint* checkpoint)
    WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_file_bytes(const weightsonly_checkpoint* checkpoint) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_pickle_bytes(const weightsonly_checkpoint* checkpoint) WEIGHTSONLY_C_NOEXCEPT;

/* The whole value, what is no tensor too, as canonical JSON: {"root":…,"storages":[…]}, the same from every conforming
 * writer. `all_bytes` 0: storages above 4 KiB as their SHA-256; 1: all in hex. "null" when values nest deeper than 500.
 * Free it with weightsonly_text_free. `length` (may be NULL): bytes without the NUL at the end. Refuses what
 * weightsonly_verify refuses, and limit.output. NULL: refused. */
WEIGHTSONLY_C_EXPORT char* weightsonly_json(const weightsonly_checkpoint* checkpoint, int all_bytes, size_t* length,
                                            weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT void weightsonly_text_free(char* text) WEIGHTSONLY_C_NOEXCEPT;
/* The same, given to your function piece by piece, so that no memory is needed for it. A piece lives during the call
 * and does not end in a NUL. Your function returns 1 to go on, anything else to stop: refused with options.callback. */
typedef int (*weightsonly_write_function)(void* context, const char* piece, size_t length);
WEIGHTSONLY_C_EXPORT int weightsonly_write_json(const weightsonly_checkpoint* checkpoint, int all_bytes,
                                                weightsonly_write_function write, void* context,
                                                weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;

/* ---- Cursors: every tensor with the path that leads to it -------------------------------------------------------- */

/* Stands before the first tensor. Tensors come in the order of the file, one reached by several paths once for each; a
 * sparse tensor as the tensors that it is made of. Needs no memory that grows with their number. */
WEIGHTSONLY_C_EXPORT weightsonly_cursor* weightsonly_cursor_open(const weightsonly_checkpoint* checkpoint,
                                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* Moves to the next tensor: WEIGHTSONLY_OK, or WEIGHTSONLY_END behind the last, or WEIGHTSONLY_REFUSED. What the
 * functions below said of the tensor before is gone; handles of it stay. */
WEIGHTSONLY_C_EXPORT int weightsonly_cursor_next(weightsonly_cursor* cursor,
                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* 1 at the end of a walk that stopped at its limit of steps: what came is not everything. */
WEIGHTSONLY_C_EXPORT int weightsonly_cursor_truncated(const weightsonly_cursor* cursor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT void weightsonly_cursor_close(weightsonly_cursor* cursor) WEIGHTSONLY_C_NOEXCEPT;

/* The tensor, as a handle of its own. NULL: refused. */
WEIGHTSONLY_C_EXPORT weightsonly_tensor* weightsonly_cursor_tensor(
    const weightsonly_cursor* cursor, weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* The sparse tensor that it is a part of, as a handle of its own. NULL without a refusal: it is no such part. */
WEIGHTSONLY_C_EXPORT weightsonly_sparse* weightsonly_cursor_sparse(
    const weightsonly_cursor* cursor, weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;

/* What a step of a path is. */
enum {
  WEIGHTSONLY_PATH_NONE = 0,      /* there is no such step */
  WEIGHTSONLY_PATH_KEY = 1,       /* a str key of a dict: its name */
  WEIGHTSONLY_PATH_NUMBER = 2,    /* an int key, or a position in a list, tuple or set: its number */
  WEIGHTSONLY_PATH_ATTRIBUTE = 3, /* an attribute of a dict or tensor: its name */
  WEIGHTSONLY_PATH_MEMBER = 4,    /* a part of a sparse tensor or an attribute of an inert object: its name */
  WEIGHTSONLY_PATH_OTHER = 5,     /* a key of any other type: its name is its canonical JSON, cut at about 64 KiB */
};
/* Steps from the root to the tensor; 0 when the tensor is the root. */
WEIGHTSONLY_C_EXPORT size_t weightsonly_cursor_path_length(const weightsonly_cursor* cursor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_cursor_path_kind(const weightsonly_cursor* cursor,
                                                      size_t step) WEIGHTSONLY_C_NOEXCEPT;
/* The bytes of a name, where they lie: DOES NOT END IN A NUL, so `length` must not be NULL (the answer is NULL then, as
 * for a number). They are what the file has: UTF-8, in which a lone surrogate stands as three bytes and a NUL as
 * itself. Until the cursor moves or is closed. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_cursor_path_name(weightsonly_cursor* cursor, size_t step,
                                                              size_t* length) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int64_t weightsonly_cursor_path_number(const weightsonly_cursor* cursor,
                                                            size_t step) WEIGHTSONLY_C_NOEXCEPT;
/* The path for people: keys joined by dots, numbers as [0], attributes as @name, members as .name; escaped; "(root)"
 * for no step. At most about 64 KiB: a longer name or path is cut and ends in "…". Two paths may read the same: a key
 * may have a dot in it. Until the cursor moves or is closed. "" when there is no tensor, NULL when there is no memory.
 */
WEIGHTSONLY_C_EXPORT const char* weightsonly_cursor_path_text(weightsonly_cursor* cursor) WEIGHTSONLY_C_NOEXCEPT;

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

WEIGHTSONLY_C_EXPORT void weightsonly_tensor_free(weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* Torch's name without "torch.": "float32". Static. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_tensor_dtype(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* Bytes of one element; of quint4x2 and quint2x4, where 2 and 4 share one: 1. */
WEIGHTSONLY_C_EXPORT size_t weightsonly_tensor_item_bytes(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT size_t weightsonly_tensor_ndim(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* weightsonly_tensor_ndim entries each, all 0 or more. */
WEIGHTSONLY_C_EXPORT const int64_t* weightsonly_tensor_shape(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const int64_t* weightsonly_tensor_stride(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int64_t weightsonly_tensor_storage_offset(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_tensor_numel(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* numel times the item's bytes: what weightsonly_tensor_copy writes, which can be far more than the storage holds (an
 * expanded view); at most 2^64 - 1. Of quint4x2 and quint2x4: whole bytes, rounded up. */
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_tensor_nbytes(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* "cpu", "cuda:0", "meta", …: a label. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_tensor_device(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_requires_grad(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_is_parameter(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* Torch's lazy conjugate and negative bits: the element is the stored one, conjugated, then negated. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_is_conj(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_is_neg(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* 1 for a tensor on the meta device, which has no elements: data and copy refuse with storage.meta. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_is_meta(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* 1 when the elements lie one after the other in row-major order. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_is_contiguous(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* 1 when both are the same object of the file: Python's `is`. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_same(const weightsonly_tensor* one,
                                                 const weightsonly_tensor* other) WEIGHTSONLY_C_NOEXCEPT;

/* The bytes where they lie, without a copy: from the first element to the end of the last one that the tensor reaches,
 * *size of them; read them by shape and stride. They live as long as any handle of the same checkpoint does; the
 * pointer may be unaligned. Refuses container.zip.inflate, host.memory, io.read, storage.meta. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_data(const weightsonly_tensor* tensor, const void** data, size_t* size,
                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* Writes the elements one after the other in row-major order to `out`; conj and neg are resolved. `size` must be
 * weightsonly_tensor_nbytes (refused with options.invalid, and nothing written). Refuses as data, and with unsupported
 * when elements of quint4x2 or quint2x4 do not lie one after the other; `out` holds anything then. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_copy(const weightsonly_tensor* tensor, void* out, size_t size,
                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* weightsonly_tensor_copy of `count` tensors, tensors[i] to out[i] of sizes[i] bytes, with `threads` threads (0: as
 * many as the machine has). The regions must not overlap. Refuses as the first tensor that does. */
WEIGHTSONLY_C_EXPORT int weightsonly_copy_tensors(size_t count, const weightsonly_tensor* const* tensors,
                                                  void* const* out, const size_t* sizes, unsigned threads,
                                                  weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* SHA-256 of the elements as a little-endian host has them, 64 hex digits and a NUL. Refuses as copy, and with
 * limit.output when they are far more than the file. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_sha256(const weightsonly_tensor* tensor, char out[65],
                                                   weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* The storage that it is a view of, as a handle of its own; tensors that share bytes have storages of one index. NULL
 * without a refusal: a meta tensor without a storage. */
WEIGHTSONLY_C_EXPORT weightsonly_storage* weightsonly_tensor_storage(
    const weightsonly_tensor* tensor, weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;

/* How the elements of a quantized dtype stand for real numbers: (element - zero point) * scale. "" when it is none;
 * else "torch.per_tensor_affine", "torch.per_channel_affine" or "torch.per_channel_affine_float_qparams". Static. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_tensor_qscheme(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* Of torch.per_tensor_affine: any number, torch checks neither. 0 otherwise. */
WEIGHTSONLY_C_EXPORT double weightsonly_tensor_q_scale(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int64_t weightsonly_tensor_q_zero_point(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* Of the other schemes: the dimension of the channels, and their number. 0 otherwise. */
WEIGHTSONLY_C_EXPORT int64_t weightsonly_tensor_q_axis(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT size_t weightsonly_tensor_q_channels(const weightsonly_tensor* tensor) WEIGHTSONLY_C_NOEXCEPT;
/* Fill `out` with one number for each channel; `count` must be weightsonly_tensor_q_channels (options.invalid
 * otherwise, and for a tensor whose scheme has no such numbers). Scales: of both schemes with channels; zero points: of
 * torch.per_channel_affine; float zero points: of torch.per_channel_affine_float_qparams. Refuse as copy. */
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_q_scales(const weightsonly_tensor* tensor, double* out, size_t count,
                                                     weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_q_zero_points(const weightsonly_tensor* tensor, int64_t* out, size_t count,
                                                          weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_tensor_q_float_zero_points(const weightsonly_tensor* tensor, double* out,
                                                                size_t count,
                                                                weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;

/* ---- Sparse tensors ---------------------------------------------------------------------------------------------- */

WEIGHTSONLY_C_EXPORT void weightsonly_sparse_free(weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
/* "torch.sparse_coo", "torch.sparse_csr", "torch.sparse_csc", "torch.sparse_bsr" or "torch.sparse_bsc". Static. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_sparse_layout(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const char* weightsonly_sparse_dtype(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
/* The shape of the whole, weightsonly_sparse_ndim entries. */
WEIGHTSONLY_C_EXPORT size_t weightsonly_sparse_ndim(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const int64_t* weightsonly_sparse_shape(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_sparse_requires_grad(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_sparse_is_parameter(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
/* torch.sparse_coo: elements are in row-major order without repeats. */
WEIGHTSONLY_C_EXPORT int weightsonly_sparse_is_coalesced(const weightsonly_sparse* sparse) WEIGHTSONLY_C_NOEXCEPT;
/* The part "values", "indices" (coo), "crow", "col" (csr, bsr), "ccol" or "row" (csc, bsc), as a handle of its own.
 * NULL without a refusal: this layout has no such part. Indices were checked against the shape. */
WEIGHTSONLY_C_EXPORT weightsonly_tensor* weightsonly_sparse_part(const weightsonly_sparse* sparse, const char* name,
                                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;

/* ---- Storages: the bytes that tensors are views of --------------------------------------------------------------- */

/* The storages that the pickle names, in the order of their first mention; `index` < weightsonly_storage_count. */
WEIGHTSONLY_C_EXPORT size_t weightsonly_storage_count(const weightsonly_checkpoint* checkpoint) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT weightsonly_storage* weightsonly_storage_at(const weightsonly_checkpoint* checkpoint, size_t index,
                                                                 weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT void weightsonly_storage_free(weightsonly_storage* storage) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT size_t weightsonly_storage_index(const weightsonly_storage* storage) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT uint64_t weightsonly_storage_nbytes(const weightsonly_storage* storage) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT const char* weightsonly_storage_device(const weightsonly_storage* storage) WEIGHTSONLY_C_NOEXCEPT;
/* "data/0"; raw bytes of the file, as for weightsonly_refusal_record. */
WEIGHTSONLY_C_EXPORT const char* weightsonly_storage_record(const weightsonly_storage* storage,
                                                            size_t* length) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_storage_is_meta(const weightsonly_storage* storage) WEIGHTSONLY_C_NOEXCEPT;
/* 1 when the bytes are used where they lie in the file. */
WEIGHTSONLY_C_EXPORT int weightsonly_storage_in_place(const weightsonly_storage* storage) WEIGHTSONLY_C_NOEXCEPT;
/* All bytes, as weightsonly_tensor_data and _copy. */
WEIGHTSONLY_C_EXPORT int weightsonly_storage_data(const weightsonly_storage* storage, const void** data, size_t* size,
                                                  weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
WEIGHTSONLY_C_EXPORT int weightsonly_storage_copy(const weightsonly_storage* storage, void* out, size_t size,
                                                  weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;
/* Copies the whole checkpoint: storage i to out[i] of sizes[i] bytes, for each of the weightsonly_storage_count
 * storages, with `threads` threads. A NULL in `out` leaves that storage out (one on the meta device, say). */
WEIGHTSONLY_C_EXPORT int weightsonly_copy_storages(const weightsonly_checkpoint* checkpoint, size_t count,
                                                   void* const* out, const size_t* sizes, unsigned threads,
                                                   weightsonly_refusal** refusal) WEIGHTSONLY_C_NOEXCEPT;

#if defined(__cplusplus)
} /* extern "C" */
#endif
#endif /* WEIGHTSONLY_C_H_ */
