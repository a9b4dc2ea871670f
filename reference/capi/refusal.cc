// The C interface: refusals, and the version. SPEC.md chapter 7.
#include "capi/handles.h"

namespace weightsonly::capi {
namespace {

// CAP-001. Is never freed; what tells that there is no memory must not need any.
weightsonly_refusal* NoMemory() noexcept {
  static weightsonly_refusal no_memory{{.kind = RefusalKind::kHostMemory, .record = {}, .offset = 0, .detail = {}}};
  return &no_memory;
}

}  // namespace

weightsonly_refusal* NewRefusal(Refusal refusal) noexcept {
  auto* made = new (std::nothrow) weightsonly_refusal{std::move(refusal)};
  return made != nullptr ? made : NoMemory();
}

}  // namespace weightsonly::capi

using weightsonly::capi::Literal;
using weightsonly::capi::NoText;
using weightsonly::capi::Text;

// CAP-009.
int weightsonly_c_api(void) noexcept { return WEIGHTSONLY_C_API; }
const char* weightsonly_version(void) noexcept { return WEIGHTSONLY_VERSION; }

const char* weightsonly_refusal_kind(const weightsonly_refusal* refusal) noexcept {
  return refusal != nullptr ? Literal(weightsonly::KindName(refusal->refusal.kind)) : "";
}

const char* weightsonly_refusal_record(const weightsonly_refusal* refusal, size_t* length) noexcept {
  return refusal != nullptr ? Text(refusal->refusal.record, length) : NoText(length);
}

uint64_t weightsonly_refusal_offset(const weightsonly_refusal* refusal) noexcept {
  return refusal != nullptr ? refusal->refusal.offset : 0;
}

const char* weightsonly_refusal_detail(const weightsonly_refusal* refusal) noexcept {
  return refusal != nullptr ? refusal->refusal.detail.c_str() : "";
}

const char* weightsonly_refusal_sentence(const weightsonly_refusal* refusal) noexcept {
  return refusal != nullptr ? Literal(weightsonly::KindSentence(refusal->refusal.kind)) : "";
}

const char* weightsonly_refusal_advice(const weightsonly_refusal* refusal) noexcept {
  return refusal != nullptr ? Literal(weightsonly::KindAdvice(refusal->refusal.kind)) : "";
}

void weightsonly_refusal_free(weightsonly_refusal* refusal) noexcept {
  if (refusal != weightsonly::capi::NoMemory()) delete refusal;
}
