// The C interface: opening, checking and writing down a checkpoint. SPEC.md chapter 7 (CAP-001, CAP-002, CAP-006).
#include <cstring>
#include <functional>

#include "capi/handles.h"

using weightsonly::capi::Guarded;
using weightsonly::capi::Make;
using weightsonly::capi::Need;
using weightsonly::capi::Take;

namespace weightsonly::capi {
namespace {

Options OptionsOf(const weightsonly_options* options) { return options != nullptr ? options->options : Options{}; }

[[noreturn]] void RefuseCallback(const char* detail) {
  throw Refusal{.kind = RefusalKind::kOptionsCallback, .record = {}, .offset = 0, .detail = detail};
}

void WriteJson(const weightsonly_checkpoint* checkpoint, int all_bytes, const TextSink& sink) {
  Take(WriteCanonical(Need(checkpoint, "checkpoint")->checkpoint, {.all_bytes = all_bytes != 0}, sink));
}

// A text of the caller, with the NUL.
char* CopyOf(const std::string& text) {
  char* out = new char[text.size() + 1];
  std::memcpy(out, text.c_str(), text.size() + 1);
  return out;
}

// CAP-006. A C++ function of the caller may throw, which nobody above expects.
bool WritePiece(weightsonly_write_function write, void* context, std::string_view piece) {
  try {
    return write(context, piece.data(), piece.size()) == 1;
  } catch (...) {
    RefuseCallback("the function that writes threw");
  }
}

}  // namespace
}  // namespace weightsonly::capi

weightsonly_checkpoint* weightsonly_open(const char* path, const weightsonly_options* options,
                                         weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    const std::string name = Need(path, "path");
    return Make<weightsonly_checkpoint>(Take(weightsonly::Load(name, weightsonly::capi::OptionsOf(options))));
  });
}

weightsonly_checkpoint* weightsonly_open_bytes(const void* bytes, size_t size, const weightsonly_options* options,
                                               weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    if (size != 0) Need(bytes, "bytes");
    const std::span lent(static_cast<const std::byte*>(bytes), size);
    return Make<weightsonly_checkpoint>(Take(weightsonly::Load(lent, weightsonly::capi::OptionsOf(options))));
  });
}

void weightsonly_close(weightsonly_checkpoint* checkpoint) noexcept { delete checkpoint; }

int weightsonly_verify(const weightsonly_checkpoint* checkpoint, weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    Take(Need(checkpoint, "checkpoint")->checkpoint.Verify());
    return WEIGHTSONLY_OK;
  });
}

int weightsonly_materialize(const weightsonly_checkpoint* checkpoint, unsigned threads,
                            weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    Take(Need(checkpoint, "checkpoint")->checkpoint.Materialize(threads));
    return WEIGHTSONLY_OK;
  });
}

int weightsonly_foreign_byte_order(const weightsonly_checkpoint* checkpoint) noexcept {
  return checkpoint != nullptr && checkpoint->checkpoint.foreign_byte_order() ? 1 : 0;
}

uint64_t weightsonly_file_bytes(const weightsonly_checkpoint* checkpoint) noexcept {
  return checkpoint != nullptr ? checkpoint->checkpoint.file_bytes() : 0;
}

uint64_t weightsonly_pickle_bytes(const weightsonly_checkpoint* checkpoint) noexcept {
  return checkpoint != nullptr ? checkpoint->checkpoint.pickle_bytes() : 0;
}

char* weightsonly_json(const weightsonly_checkpoint* checkpoint, int all_bytes, size_t* length,
                       weightsonly_refusal** refusal) noexcept {
  if (length != nullptr) *length = 0;
  return Guarded(refusal, [&] {
    std::string text;
    weightsonly::capi::WriteJson(checkpoint, all_bytes, [&](std::string_view piece) {
      text += piece;
      return true;
    });
    char* out = weightsonly::capi::CopyOf(text);
    if (length != nullptr) *length = text.size();
    return out;
  });
}

void weightsonly_text_free(char* text) noexcept { delete[] text; }

int weightsonly_write_json(const weightsonly_checkpoint* checkpoint, int all_bytes, weightsonly_write_function write,
                           void* context, weightsonly_refusal** refusal) noexcept {
  return Guarded(refusal, [&] {
    Need(write, "write");
    bool stopped = false;
    weightsonly::capi::WriteJson(checkpoint, all_bytes, [&](std::string_view piece) {
      stopped = stopped || !weightsonly::capi::WritePiece(write, context, piece);
      return !stopped;
    });
    if (stopped) weightsonly::capi::RefuseCallback("the function that writes stopped");
    return WEIGHTSONLY_OK;
  });
}
