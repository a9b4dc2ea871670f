// The C interface: storages and sparse tensors. SPEC.md chapter 7 (CAP-001, CAP-007, CAP-008).
#include <vector>

#include "capi/handles.h"

using weightsonly::SparseTensor;
using weightsonly::Tensor;
using weightsonly::capi::CopyInto;
using weightsonly::capi::GiveData;
using weightsonly::capi::Guarded;
using weightsonly::capi::Literal;
using weightsonly::capi::Make;
using weightsonly::capi::Need;
using weightsonly::capi::NoText;
using weightsonly::capi::RefuseArgument;
using weightsonly::capi::Region;
using weightsonly::capi::Take;
using weightsonly::capi::Text;

size_t weightsonly_storage_count(const weightsonly_checkpoint* checkpoint) noexcept {
  return checkpoint != nullptr ? checkpoint->checkpoint.storage_count() : 0;
}

weightsonly_storage* weightsonly_storage_at(const weightsonly_checkpoint* checkpoint, size_t index,
                                            weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    const auto& all = Need(checkpoint, "checkpoint")->checkpoint;
    if (index >= all.storage_count()) {
      RefuseArgument("there is no storage " + std::to_string(index) + " of " + std::to_string(all.storage_count()));
    }
    return Make<weightsonly_storage>(all.storage(index));
  });
}

void weightsonly_storage_free(weightsonly_storage* storage) noexcept { delete storage; }

size_t weightsonly_storage_index(const weightsonly_storage* storage) noexcept {
  return storage != nullptr ? storage->storage.index() : 0;
}

uint64_t weightsonly_storage_nbytes(const weightsonly_storage* storage) noexcept {
  return storage != nullptr ? storage->storage.nbytes() : 0;
}

const char* weightsonly_storage_device(const weightsonly_storage* storage) noexcept {
  return storage != nullptr ? storage->device.c_str() : "";
}

const char* weightsonly_storage_record(const weightsonly_storage* storage, size_t* length) noexcept {
  return storage != nullptr ? Text(storage->record, length) : NoText(length);
}

int weightsonly_storage_is_meta(const weightsonly_storage* storage) noexcept {
  return storage != nullptr && storage->storage.is_meta() ? 1 : 0;
}

int weightsonly_storage_in_place(const weightsonly_storage* storage) noexcept {
  return storage != nullptr && storage->storage.in_place() ? 1 : 0;
}

int weightsonly_storage_data(const weightsonly_storage* storage, const void** data, size_t* size,
                             weightsonly_refusal** refusal) noexcept {
  return GiveData(refusal, data, size, [&] { return Need(storage, "storage")->storage.data(); });
}

int weightsonly_storage_copy(const weightsonly_storage* storage, void* out, size_t size,
                             weightsonly_refusal** refusal) noexcept {
  return CopyInto(refusal, out, size, [&] { return Need(storage, "storage")->storage; });
}

int weightsonly_copy_storages(const weightsonly_checkpoint* checkpoint, size_t count, void* const* out,
                              const size_t* sizes, unsigned threads, weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    const auto& all = Need(checkpoint, "checkpoint")->checkpoint;
    if (count != all.storage_count()) {
      RefuseArgument(std::to_string(count) + " regions are given for " + std::to_string(all.storage_count()) +
                     " storages");
    }
    if (count != 0) {
      Need(out, "out");
      Need(sizes, "sizes");
    }
    std::vector<weightsonly::StorageCopyJob> jobs;
    for (size_t i = 0; i < count; ++i) {
      if (out[i] != nullptr) jobs.push_back({.storage = all.storage(i), .out = Region(out[i], sizes[i])});
    }
    Take(weightsonly::CopyStorages(jobs, threads));
    return WEIGHTSONLY_OK;
  });
}

void weightsonly_sparse_free(weightsonly_sparse* sparse) noexcept { delete sparse; }

const char* weightsonly_sparse_layout(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr ? Literal(weightsonly::SparseLayoutName(sparse->sparse.layout())) : "";
}

const char* weightsonly_sparse_dtype(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr ? Literal(weightsonly::DtypeName(sparse->sparse.dtype())) : "";
}

size_t weightsonly_sparse_ndim(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr ? sparse->sparse.shape().size() : 0;
}

const int64_t* weightsonly_sparse_shape(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr ? sparse->sparse.shape().data() : nullptr;
}

int weightsonly_sparse_requires_grad(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr && sparse->sparse.requires_grad() ? 1 : 0;
}

int weightsonly_sparse_is_parameter(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr && sparse->sparse.is_parameter() ? 1 : 0;
}

int weightsonly_sparse_is_coalesced(const weightsonly_sparse* sparse) noexcept {
  return sparse != nullptr && sparse->sparse.is_coalesced() ? 1 : 0;
}

weightsonly_tensor* weightsonly_sparse_part(const weightsonly_sparse* sparse, const char* name,
                                            weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    const SparseTensor& whole = Need(sparse, "sparse")->sparse;
    const std::string_view part = Need(name, "name");
    std::optional<Tensor> found;
    if (part == "values") found = whole.values();
    if (part == "indices") found = whole.indices();
    if (part == "crow") found = whole.crow();
    if (part == "col") found = whole.col();
    if (part == "ccol") found = whole.ccol();
    if (part == "row") found = whole.row();
    return found ? Make<weightsonly_tensor>(*std::move(found)) : nullptr;
  });
}
