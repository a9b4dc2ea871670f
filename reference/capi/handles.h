// The C interface. What its handles are, and the boundary where every fault becomes a refusal. SPEC.md chapter 7
// (CAP-001, CAP-002).
#pragma once

#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weightsonly.h"
#include "weightsonly_c.h"

struct weightsonly_options {
  weightsonly::Options options;
};

struct weightsonly_refusal {
  weightsonly::Refusal refusal;
};

struct weightsonly_checkpoint {
  weightsonly::Checkpoint checkpoint;
};

struct weightsonly_tensor {
  explicit weightsonly_tensor(weightsonly::Tensor t) : tensor(std::move(t)), device(tensor.device()) {}
  weightsonly::Tensor tensor;
  std::string device;  // ends in a NUL, which a name in the arena does not
};

struct weightsonly_storage {
  explicit weightsonly_storage(weightsonly::Storage s)
      : storage(std::move(s)), device(storage.device()), record(storage.record()) {}
  weightsonly::Storage storage;
  std::string device, record;
};

struct weightsonly_sparse {
  weightsonly::SparseTensor sparse;
};

struct weightsonly_storage_tag {
  std::string location, record;
  weightsonly::Dtype dtype;
  std::uint64_t nbytes;
};

namespace weightsonly::capi {

// The handle behind *refusal, or the one that is there when there is no memory for another.
weightsonly_refusal* NewRefusal(Refusal refusal) noexcept;

[[noreturn]] inline void RefuseArgument(std::string detail) {
  throw Refusal{.kind = RefusalKind::kOptionsInvalid, .record = {}, .offset = 0, .detail = std::move(detail)};
}

// CAP-001. Refuses a NULL that is no answer.
template <typename Pointer>
Pointer Need(Pointer pointer, const char* name) {
  if (pointer == nullptr) RefuseArgument(std::string(name) + " is NULL");
  return pointer;
}

// The value, or its refusal thrown.
template <typename Value>
Value Take(std::expected<Value, Refusal> result) {
  if (!result) throw std::move(result.error());
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

// A handle of the caller. May throw std::bad_alloc, which Guarded catches.
template <typename Handle, typename... Parts>
Handle* Make(Parts&&... parts) {
  return new Handle{std::forward<Parts>(parts)...};
}

// CAP-001. Runs `body`, which returns a handle or a status; what it throws becomes *refusal, and NULL or
// WEIGHTSONLY_REFUSED is returned.
template <typename Body>
auto Guarded(weightsonly_refusal** refusal, Body body) noexcept {
  using Result = std::invoke_result_t<Body>;
  Refusal why;
  try {
    if (refusal != nullptr) *refusal = nullptr;
    return body();
  } catch (Refusal& thrown) {
    why = std::move(thrown);
  } catch (const std::bad_alloc&) {
    why.kind = RefusalKind::kHostMemory;
  } catch (const std::length_error&) {
    why.kind = RefusalKind::kHostMemory;
  } catch (...) {
    why.kind = RefusalKind::kInternal;
  }
  if (refusal != nullptr) *refusal = NewRefusal(std::move(why));
  if constexpr (std::is_pointer_v<Result>) {
    return Result{nullptr};
  } else {
    return Result{WEIGHTSONLY_REFUSED};
  }
}

// Gives *data and *size what `bytes` is; both may be NULL.
inline void Give(std::span<const std::byte> bytes, const void** data, std::size_t* size) {
  if (data != nullptr) *data = bytes.data();
  if (size != nullptr) *size = bytes.size();
}

// The caller's region. NULL counts as a region of no bytes only.
inline std::span<std::byte> Region(void* out, std::size_t size) {
  if (size != 0) Need(out, "out");
  return {static_cast<std::byte*>(out), size};
}

// *data and *size become the bytes that `bytes` answers with; nothing when it refuses.
template <typename Bytes>
int GiveData(weightsonly_refusal** refusal, const void** data, std::size_t* size, Bytes bytes) noexcept {
  Give({}, data, size);
  return Guarded(refusal, [&] {
    Give(Take(bytes()), data, size);
    return WEIGHTSONLY_OK;
  });
}

// The caller's region is filled from the Storage or Tensor that `source` answers with.
template <typename Source>
int CopyInto(weightsonly_refusal** refusal, void* out, std::size_t size, Source source) noexcept {
  return Guarded(refusal, [&] {
    Take(source().CopyTo(Region(out, size)));
    return WEIGHTSONLY_OK;
  });
}

// A name from one of the library's tables, whose texts are literals and end in a NUL.
inline const char* Literal(std::string_view text) { return text.data(); }

// CAP-003. A text that ends in a NUL, and its length.
inline const char* Text(const std::string& text, std::size_t* length) {
  if (length != nullptr) *length = text.size();
  return text.c_str();
}
inline const char* NoText(std::size_t* length) {
  if (length != nullptr) *length = 0;
  return "";
}

}  // namespace weightsonly::capi
