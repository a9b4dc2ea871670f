// The C interface says what the C++ interface says: verdict, refusal, storages, the list of tensors with paths and
// bytes, the canonical value.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "output/canonical.h"
#include "support/outcome.h"
#include "support/target.h"
#include "support/variants.h"
#include "value/quantizer.h"
#include "weightsonly_c.h"

namespace weightsonly::fuzz {
namespace {

// Logical bytes that are copied out of one tensor, and tensors that are looked at.
constexpr std::uint64_t kMostCopied = std::uint64_t{16} << 10;
constexpr std::size_t kMostTensors = 128;

template <auto free>
struct Free {
  void operator()(auto* handle) const { free(handle); }
};
using RefusalHandle = std::unique_ptr<weightsonly_refusal, Free<weightsonly_refusal_free>>;
using CheckpointHandle = std::unique_ptr<weightsonly_checkpoint, Free<weightsonly_close>>;
using CursorHandle = std::unique_ptr<weightsonly_cursor, Free<weightsonly_cursor_close>>;
using TensorHandle = std::unique_ptr<weightsonly_tensor, Free<weightsonly_tensor_free>>;
using StorageHandle = std::unique_ptr<weightsonly_storage, Free<weightsonly_storage_free>>;
using SparseHandle = std::unique_ptr<weightsonly_sparse, Free<weightsonly_sparse_free>>;
using OptionsHandle = std::unique_ptr<weightsonly_options, Free<weightsonly_options_free>>;

// What a call of C leaves its refusal in.
class Reason {
 public:
  weightsonly_refusal** out() { return &handle_; }
  // Takes it: the next call can have it again.
  RefusalHandle Take() { return RefusalHandle(std::exchange(handle_, nullptr)); }
  ~Reason() { weightsonly_refusal_free(handle_); }
  Reason() = default;
  Reason(const Reason&) = delete;
  Reason& operator=(const Reason&) = delete;

 private:
  weightsonly_refusal* handle_ = nullptr;
};

void RequireSameRefusal(Reason& reason, const Refusal& refusal) {
  const RefusalHandle handle = reason.Take();
  Require(handle != nullptr, "C has no refusal where C++ has one", refusal.detail);
  std::size_t length = 0;
  const char* record = weightsonly_refusal_record(handle.get(), &length);
  const bool same = weightsonly_refusal_kind(handle.get()) == KindName(refusal.kind) &&
                    std::string_view(record, length) == refusal.record &&
                    weightsonly_refusal_offset(handle.get()) == refusal.offset &&
                    weightsonly_refusal_detail(handle.get()) == refusal.detail;
  Require(same, "C refuses otherwise than C++", refusal.detail);
}

// True when both did it.
template <typename Result>
bool SameEnd(int answer, Reason& reason, const Result& result) {
  Require((answer == WEIGHTSONLY_OK) == result.has_value(), "C and C++ disagree whether something can be done");
  if (!result) RequireSameRefusal(reason, result.error());
  return result.has_value();
}

void CheckBytes(const void* data, std::size_t size, Bytes bytes) {
  Require(size == bytes.size() && (size == 0 || std::memcmp(data, bytes.data(), size) == 0),
          "C and C++ have other bytes");
}

void CheckStorage(const weightsonly_checkpoint& handle, const Checkpoint& checkpoint, std::size_t index) {
  Reason reason;
  const StorageHandle storage(weightsonly_storage_at(&handle, index, reason.out()));
  const Storage expected = checkpoint.storage(index);
  Require(storage != nullptr, "C has no storage where C++ has one");
  std::size_t length = 0;
  const char* record = weightsonly_storage_record(storage.get(), &length);
  Require(std::string_view(record, length) == expected.record() &&
              weightsonly_storage_nbytes(storage.get()) == expected.nbytes() &&
              weightsonly_storage_index(storage.get()) == index &&
              (weightsonly_storage_in_place(storage.get()) == 1) == expected.in_place() &&
              weightsonly_storage_device(storage.get()) == expected.device(),
          "C and C++ describe a storage in two ways", expected.record());
  const void* data = nullptr;
  std::size_t size = 0;
  const auto bytes = expected.data();
  if (SameEnd(weightsonly_storage_data(storage.get(), &data, &size, reason.out()), reason, bytes)) {
    CheckBytes(data, size, *bytes);
  }
}

void CheckShape(const weightsonly_tensor& handle, const Tensor& tensor) {
  const std::size_t ndim = weightsonly_tensor_ndim(&handle);
  Require(ndim == tensor.shape().size() &&
              std::equal(tensor.shape().begin(), tensor.shape().end(), weightsonly_tensor_shape(&handle)) &&
              std::equal(tensor.stride().begin(), tensor.stride().end(), weightsonly_tensor_stride(&handle)) &&
              weightsonly_tensor_storage_offset(&handle) == tensor.storage_offset() &&
              weightsonly_tensor_numel(&handle) == tensor.numel() &&
              weightsonly_tensor_nbytes(&handle) == tensor.nbytes() &&
              weightsonly_tensor_dtype(&handle) == DtypeName(tensor.dtype()) &&
              (weightsonly_tensor_is_conj(&handle) == 1) == tensor.is_conj() &&
              (weightsonly_tensor_is_neg(&handle) == 1) == tensor.is_neg() &&
              (weightsonly_tensor_is_meta(&handle) == 1) == tensor.is_meta() &&
              (weightsonly_tensor_is_contiguous(&handle) == 1) == tensor.is_contiguous() &&
              (weightsonly_tensor_requires_grad(&handle) == 1) == tensor.requires_grad() &&
              weightsonly_tensor_q_channels(&handle) == (tensor.quantizer() ? tensor.quantizer()->channels() : 0),
          "C and C++ describe a tensor in two ways");
}

void CheckTensor(const weightsonly_tensor& handle, const Tensor& tensor) {
  CheckShape(handle, tensor);
  Reason reason;
  const void* data = nullptr;
  std::size_t size = 0;
  const auto bytes = tensor.data();
  if (SameEnd(weightsonly_tensor_data(&handle, &data, &size, reason.out()), reason, bytes)) {
    CheckBytes(data, size, *bytes);
  }
  if (tensor.nbytes() > kMostCopied) return;
  std::vector<std::byte> copy(tensor.nbytes());
  std::vector<std::byte> expected(tensor.nbytes());
  const auto copied = tensor.CopyTo(expected);
  if (SameEnd(weightsonly_tensor_copy(&handle, copy.data(), copy.size(), reason.out()), reason, copied)) {
    Require(copy == expected, "C and C++ copy other bytes");
  }
}

void CheckPath(weightsonly_cursor& cursor, std::span<const PathElement> path) {
  Require(weightsonly_cursor_path_length(&cursor) == path.size(), "C has a path of another length");
  for (std::size_t step = 0; step < path.size(); ++step) {
    std::size_t length = 0;
    const char* name = weightsonly_cursor_path_name(&cursor, step, &length);
    if (const auto* key = std::get_if<std::string_view>(&path[step])) {
      Require(name != nullptr && std::string_view(name, length) == *key, "C has another key on a path", *key);
    } else if (const auto* number = std::get_if<std::int64_t>(&path[step])) {
      Require(weightsonly_cursor_path_number(&cursor, step) == *number, "C has another number on a path");
    } else {
      Require(name != nullptr, "C has no name on a path");
    }
  }
  Require(weightsonly_cursor_path_text(&cursor) != nullptr, "C has no text of a path");
}

void CheckTensors(const weightsonly_checkpoint& handle, const Checkpoint& checkpoint) {
  Reason reason;
  const CursorHandle cursor(weightsonly_cursor_open(&handle, reason.out()));
  Require(cursor != nullptr, "C lists no tensors");
  std::size_t count = 0;
  TensorRange tensors = checkpoint.tensors();
  for (const TensorEntry& entry : tensors) {
    if (++count > kMostTensors) return;
    Require(weightsonly_cursor_next(cursor.get(), reason.out()) == WEIGHTSONLY_OK, "C lists fewer tensors");
    const TensorHandle tensor(weightsonly_cursor_tensor(cursor.get(), reason.out()));
    Require(tensor != nullptr, "C has no tensor where C++ has one");
    CheckTensor(*tensor, entry.tensor);
    CheckPath(*cursor, entry.path);
    const SparseHandle sparse(weightsonly_cursor_sparse(cursor.get(), reason.out()));
    Require((sparse != nullptr) == tensors.sparse().has_value(), "C and C++ disagree about a sparse tensor");
  }
  Require(weightsonly_cursor_next(cursor.get(), reason.out()) == WEIGHTSONLY_END, "C lists more tensors");
  Require((weightsonly_cursor_truncated(cursor.get()) == 1) == tensors.truncated(), "C lists to another end");
}

void CheckValue(const weightsonly_checkpoint& handle, const Checkpoint& checkpoint) {
  std::string expected;
  const auto written = WriteCanonical(checkpoint, {}, [&](std::string_view piece) {
    expected += piece;
    return expected.size() <= kMostText;
  });
  if (expected.size() > kMostText) return;
  Reason reason;
  std::size_t length = 0;
  char* text = weightsonly_json(&handle, 0, &length, reason.out());
  if (SameEnd(text != nullptr ? WEIGHTSONLY_OK : WEIGHTSONLY_REFUSED, reason, written)) {
    Require(std::string_view(text, length) == expected, "C and C++ write another value", expected);
  }
  weightsonly_text_free(text);
}

// DefaultOptions(), with a member or two changed.
OptionsHandle HandleOf(const Options& options) {
  OptionsHandle handle(weightsonly_options_new());
  const bool taken =
      weightsonly_options_set_strict(handle.get(), options.strict ? 1 : 0) == WEIGHTSONLY_OK &&
      weightsonly_options_set_limit(handle.get(), "walk_base", options.limits.walk_base) == WEIGHTSONLY_OK &&
      weightsonly_options_set_encoding(handle.get(), options.encoding.c_str()) == WEIGHTSONLY_OK;
  Require(taken, "C does not take options");
  return handle;
}

void Compare(Bytes file, const Options& options) {
  Reason reason;
  const OptionsHandle handle = HandleOf(options);
  const CheckpointHandle opened(weightsonly_open_bytes(file.data(), file.size(), handle.get(), reason.out()));
  const auto checkpoint = Load(file, options);
  if (!SameEnd(opened != nullptr ? WEIGHTSONLY_OK : WEIGHTSONLY_REFUSED, reason, checkpoint)) return;
  SameEnd(weightsonly_verify(opened.get(), reason.out()), reason, checkpoint->Verify());
  Require(weightsonly_storage_count(opened.get()) == checkpoint->storage_count(), "C has other storages");
  Require(weightsonly_pickle_bytes(opened.get()) == checkpoint->pickle_bytes(), "C has another pickle");
  for (std::size_t i = 0; i < checkpoint->storage_count(); ++i) CheckStorage(*opened, *checkpoint, i);
  CheckTensors(*opened, *checkpoint);
  CheckValue(*opened, *checkpoint);
}

}  // namespace
}  // namespace weightsonly::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weightsonly::fuzz;
  weightsonly::Options options = DefaultOptions();
  options.strict = size % 2 == 1;
  options.encoding = size % 4 < 2 ? "utf-8" : "bytes";
  Compare(BytesOf(data, size), options);
  return 0;
}
