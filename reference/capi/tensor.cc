// The C interface: tensors and their quantizers. SPEC.md chapter 7 (CAP-001, CAP-007).
#include <algorithm>
#include <functional>
#include <memory>

#include "capi/handles.h"

using weightsonly::CopyJob;
using weightsonly::Quantizer;
using weightsonly::Tensor;
using weightsonly::capi::CopyInto;
using weightsonly::capi::GiveData;
using weightsonly::capi::Guarded;
using weightsonly::capi::Literal;
using weightsonly::capi::Make;
using weightsonly::capi::Need;
using weightsonly::capi::Region;
using weightsonly::capi::Take;

namespace weightsonly::capi {
namespace {

// What `ask` says of a tensor; for NULL what is no answer: 0 or false.
template <typename Ask>
auto Of(const weightsonly_tensor* tensor, Ask ask) noexcept {
  using Answer = std::invoke_result_t<Ask, const Tensor&>;
  return tensor != nullptr ? std::invoke(ask, tensor->tensor) : Answer{};
}

// The same of its quantizer.
template <typename Ask>
auto OfQuantizer(const weightsonly_tensor* tensor, Ask ask) noexcept {
  using Answer = std::invoke_result_t<Ask, const Quantizer&>;
  const auto quantizer = tensor != nullptr ? tensor->tensor.quantizer() : std::nullopt;
  return quantizer ? std::invoke(ask, *quantizer) : Answer{};
}

// Fills `out` with what `ask` gives for each channel.
template <typename Number, typename Ask>
int FillChannels(const weightsonly_tensor* tensor, Number* out, std::size_t count, weightsonly_refusal** refusal,
                 Ask ask) noexcept {
  return Guarded(refusal, [&] {
    const auto quantizer = Need(tensor, "tensor")->tensor.quantizer();
    if (!quantizer || quantizer->channels() != count) {
      RefuseArgument(std::to_string(count) + " numbers are asked for, and there are " +
                     std::to_string(quantizer ? quantizer->channels() : 0) + " channels");
    }
    const std::vector<Number> numbers = Take(std::invoke(ask, *quantizer));
    if (numbers.size() != count) RefuseArgument("the tensor's scheme has no such numbers");
    if (count != 0) std::ranges::copy(numbers, Need(out, "out"));
    return WEIGHTSONLY_OK;
  });
}

}  // namespace
}  // namespace weightsonly::capi

using weightsonly::capi::FillChannels;
using weightsonly::capi::Of;
using weightsonly::capi::OfQuantizer;

void weightsonly_tensor_free(weightsonly_tensor* tensor) noexcept { delete tensor; }

const char* weightsonly_tensor_dtype(const weightsonly_tensor* tensor) noexcept {
  return tensor != nullptr ? Literal(weightsonly::DtypeName(tensor->tensor.dtype())) : "";
}

size_t weightsonly_tensor_item_bytes(const weightsonly_tensor* tensor) noexcept {
  return tensor != nullptr ? static_cast<size_t>(weightsonly::ItemBytes(tensor->tensor.dtype())) : 0;
}

size_t weightsonly_tensor_ndim(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, [](const Tensor& t) { return t.shape().size(); });
}

const int64_t* weightsonly_tensor_shape(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, [](const Tensor& t) { return t.shape().data(); });
}

const int64_t* weightsonly_tensor_stride(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, [](const Tensor& t) { return t.stride().data(); });
}

int64_t weightsonly_tensor_storage_offset(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, &Tensor::storage_offset);
}

uint64_t weightsonly_tensor_numel(const weightsonly_tensor* tensor) noexcept { return Of(tensor, &Tensor::numel); }
uint64_t weightsonly_tensor_nbytes(const weightsonly_tensor* tensor) noexcept { return Of(tensor, &Tensor::nbytes); }

const char* weightsonly_tensor_device(const weightsonly_tensor* tensor) noexcept {
  return tensor != nullptr ? tensor->device.c_str() : "";
}

int weightsonly_tensor_requires_grad(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, &Tensor::requires_grad) ? 1 : 0;
}

int weightsonly_tensor_is_parameter(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, &Tensor::is_parameter) ? 1 : 0;
}

int weightsonly_tensor_is_conj(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, &Tensor::is_conj) ? 1 : 0;
}

int weightsonly_tensor_is_neg(const weightsonly_tensor* tensor) noexcept { return Of(tensor, &Tensor::is_neg) ? 1 : 0; }

int weightsonly_tensor_is_meta(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, &Tensor::is_meta) ? 1 : 0;
}

int weightsonly_tensor_is_contiguous(const weightsonly_tensor* tensor) noexcept {
  return Of(tensor, &Tensor::is_contiguous) ? 1 : 0;
}

int weightsonly_tensor_same(const weightsonly_tensor* one, const weightsonly_tensor* other) noexcept {
  return one != nullptr && other != nullptr && one->tensor.value().Is(other->tensor.value()) ? 1 : 0;
}

int weightsonly_tensor_data(const weightsonly_tensor* tensor, const void** data, size_t* size,
                            weightsonly_refusal** refusal) noexcept {
  return GiveData(refusal, data, size, [&] { return Need(tensor, "tensor")->tensor.data(); });
}

int weightsonly_tensor_copy(const weightsonly_tensor* tensor, void* out, size_t size,
                            weightsonly_refusal** refusal) noexcept {
  return CopyInto(refusal, out, size, [&] { return Need(tensor, "tensor")->tensor; });
}

int weightsonly_copy_tensors(size_t count, const weightsonly_tensor* const* tensors, void* const* out,
                             const size_t* sizes, unsigned threads, weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    std::vector<CopyJob> jobs;
    if (count != 0) {
      Need(tensors, "tensors");
      Need(out, "out");
      Need(sizes, "sizes");
    }
    for (size_t i = 0; i < count; ++i) {
      const auto* tensor = Need(tensors[i], "a tensor");
      jobs.push_back({.tensor = tensor->tensor, .out = Region(out[i], sizes[i])});
    }
    Take(weightsonly::CopyAll(jobs, threads));
    return WEIGHTSONLY_OK;
  });
}

int weightsonly_tensor_sha256(const weightsonly_tensor* tensor, char out[65], weightsonly_refusal** refusal) noexcept {
  if (out != nullptr) *out = '\0';
  return Guarded(refusal, [&] {
    Need(out, "out");
    const std::string digest = Take(weightsonly::LogicalSha256(Need(tensor, "tensor")->tensor));
    std::ranges::copy_n(digest.c_str(), 65, out);
    return WEIGHTSONLY_OK;
  });
}

weightsonly_storage* weightsonly_tensor_storage(const weightsonly_tensor* tensor,
                                                weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    auto storage = Need(tensor, "tensor")->tensor.storage();
    return storage ? Make<weightsonly_storage>(*std::move(storage)) : nullptr;
  });
}

const char* weightsonly_tensor_qscheme(const weightsonly_tensor* tensor) noexcept {
  const auto scheme = OfQuantizer(tensor, [](const Quantizer& q) { return std::optional(q.scheme()); });
  return scheme ? Literal(weightsonly::QschemeName(*scheme)) : "";
}

double weightsonly_tensor_q_scale(const weightsonly_tensor* tensor) noexcept {
  return OfQuantizer(tensor, &Quantizer::scale);
}

int64_t weightsonly_tensor_q_zero_point(const weightsonly_tensor* tensor) noexcept {
  return OfQuantizer(tensor, &Quantizer::zero_point);
}

int64_t weightsonly_tensor_q_axis(const weightsonly_tensor* tensor) noexcept {
  return OfQuantizer(tensor, &Quantizer::axis);
}

size_t weightsonly_tensor_q_channels(const weightsonly_tensor* tensor) noexcept {
  return static_cast<size_t>(OfQuantizer(tensor, &Quantizer::channels));
}

int weightsonly_tensor_q_scales(const weightsonly_tensor* tensor, double* out, size_t count,
                                weightsonly_refusal** refusal) noexcept {
  return FillChannels(tensor, out, count, refusal, &Quantizer::scales);
}

int weightsonly_tensor_q_zero_points(const weightsonly_tensor* tensor, int64_t* out, size_t count,
                                     weightsonly_refusal** refusal) noexcept {
  return FillChannels(tensor, out, count, refusal, &Quantizer::zero_points);
}

int weightsonly_tensor_q_float_zero_points(const weightsonly_tensor* tensor, double* out, size_t count,
                                           weightsonly_refusal** refusal) noexcept {
  return FillChannels(tensor, out, count, refusal, &Quantizer::float_zero_points);
}
