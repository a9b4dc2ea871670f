// The ways into the library that faults and threads are tried on.
#include "tests/support/walk.h"

#include <weightsonly/weightsonly_c.h>

#include <array>
#include <new>
#include <span>

namespace weightsonly::testing {
namespace {

// FNV-1a.
class Digest {
 public:
  void Add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  void Add(std::uint64_t number) { Add({reinterpret_cast<const char*>(&number), sizeof number}); }
  void Add(std::span<const std::byte> bytes) { Add({reinterpret_cast<const char*>(bytes.data()), bytes.size()}); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

// What a fault ends a walk with.
struct Refused {
  std::string_view kind;
};

template <typename Result>
void Need(const std::expected<Result, Refusal>& result) {
  if (!result) throw Refused{KindName(result.error().kind)};
}

// Functions that are not noexcept and return no refusal may throw std::bad_alloc.
template <typename Body>
Ending EndingOf(const Body& body) {
  Digest digest;
  try {
    body(digest);
  } catch (const Refused& refused) {
    return {.refused = refused.kind};
  } catch (const std::bad_alloc&) {
    return {.refused = kNoMemory};
  }
  return {.refused = {}, .digest = digest.value()};
}

void AddTensor(const Tensor& tensor, Digest& digest) {
  std::array<std::byte, 4096> room;
  digest.Add(tensor.numel());
  for (const std::int64_t size : tensor.shape()) digest.Add(static_cast<std::uint64_t>(size));
  if (tensor.is_meta()) return;
  const auto data = tensor.data();
  Need(data);
  digest.Add(*data);
  if (tensor.nbytes() > room.size()) return;
  const auto sha256 = LogicalSha256(tensor);
  if (!sha256 && sha256.error().kind == RefusalKind::kUnsupported) return;
  Need(sha256);
  digest.Add(*sha256);
  const auto out = std::span(room).first(tensor.nbytes());
  Need(tensor.CopyTo(out));
  digest.Add(out);
}

void AddCheckpoint(const Checkpoint& checkpoint, Digest& digest) {
  Need(checkpoint.Materialize(2));
  Need(checkpoint.Verify());
  for (std::size_t i = 0; i < checkpoint.storage_count(); ++i) digest.Add(checkpoint.storage(i).record());
  for (const auto& [path, tensor] : checkpoint.tensors()) AddTensor(tensor, digest);
  Need(WriteCanonical(checkpoint, {}, [&](std::string_view piece) {
    digest.Add(piece);
    return true;
  }));
}

// Frees what the C interface gives.
template <typename Handle, void (*kFree)(Handle*)>
struct Owned {
  Handle* handle = nullptr;
  ~Owned() { kFree(handle); }
  Handle* operator()() const { return handle; }
};

// An interface that gave nothing must say why.
void NeedC(bool fine, const weightsonly_refusal* refusal) {
  if (!fine) throw Refused{weightsonly_refusal_kind(refusal)};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Ending& ending) {
  return ending.refused.empty() ? out << "digest " << ending.digest : out << ending.refused;
}

Ending WalkCheckpoint(const Checkpoint& checkpoint) {
  return EndingOf([&](Digest& digest) { AddCheckpoint(checkpoint, digest); });
}

Ending WalkLoaded(const std::expected<Checkpoint, Refusal>& loaded) {
  return loaded ? WalkCheckpoint(*loaded) : Ending{.refused = KindName(loaded.error().kind)};
}

Ending WalkScript(const std::string& path) {
  return EndingOf([&](Digest& digest) {
    const auto code = ScriptCodeIn(path);
    Need(code);
    for (const ScriptCall& call : code->calls) digest.Add(call.text);
    const auto script = LoadTorchScript(path);
    Need(script);
    AddCheckpoint(script->data, digest);
    AddCheckpoint(script->constants, digest);
  });
}

Ending WalkGlobals(const std::string& path, const Options& options) {
  return EndingOf([&](Digest& digest) {
    const auto report = ExamineGlobals(path, options);
    Need(report);
    for (const NamedGlobal& named : report->named) digest.Add(named.path);
    for (const BuiltClass& built : report->built) digest.Add(built.name);
    for (const FilledClass& filled : report->filled) digest.Add(filled.name);
  });
}

Ending WalkByC(const std::string& path) {
  return EndingOf([&](Digest& digest) {
    Owned<weightsonly_refusal, weightsonly_refusal_free> why;
    const Owned<weightsonly_checkpoint, weightsonly_close> checkpoint{
        weightsonly_open(path.c_str(), nullptr, &why.handle)};
    NeedC(checkpoint() != nullptr, why());
    std::size_t size = 0;
    const Owned<char, weightsonly_text_free> json{weightsonly_json(checkpoint(), 0, &size, &why.handle)};
    NeedC(json() != nullptr, why());
    digest.Add(std::string_view(json(), size));
    const Owned<weightsonly_cursor, weightsonly_cursor_close> cursor{
        weightsonly_cursor_open(checkpoint(), &why.handle)};
    NeedC(cursor() != nullptr, why());
    for (;;) {
      const int next = weightsonly_cursor_next(cursor(), &why.handle);
      NeedC(next != WEIGHTSONLY_REFUSED, why());
      if (next == WEIGHTSONLY_END) return;
      const Owned<weightsonly_tensor, weightsonly_tensor_free> tensor{weightsonly_cursor_tensor(cursor(), &why.handle)};
      NeedC(tensor() != nullptr, why());
      digest.Add(weightsonly_tensor_numel(tensor()));
      const char* text = weightsonly_cursor_path_text(cursor());
      if (text == nullptr) throw Refused{kNoMemory};
      digest.Add(std::string_view(text));
    }
  });
}

std::string CorpusPath(std::string_view name) { return std::string(WEIGHTSONLY_SOURCE_DIR "/corpus/").append(name); }

std::vector<Sample> Samples() {
  std::vector<Sample> samples;
  const auto add = [&](std::string_view name) -> Options& {
    samples.push_back({.path = CorpusPath(name), .options = {}});
    return samples.back().options;
  };
  add("torch-2.15.0/checkpoint-Adam.pt");
  add("torch-2.15.0/transformer-encoder-layer.pt").mmap = false;
  add("torch-2.15.0/meta-attributes.pt").strict = true;
  add("torch-2.15.0/sparse-coo-shared.pt");
  add("torch-2.15.0/sparse-bsr.pt");
  add("torch-2.15.0/quantized-state-dict.pt");
  add("torch-2.15.0/strings-lone-surrogates.pt");
  add("torch-2.15.0/legacy-views.pt");
  add("torch-2.15.0/legacy-quantized.pt").mmap = false;
  add("torch-2.15.0/devices.pt").map_location = LocationTable{{"cpu", "cuda:1"}};
  add("cases/zip/zip-deflate-all.pt");
  add("cases/byteorder/byteorder-big.pt");
  add("cases/byteorder/byteorder-deflated-storage.pt");
  Options& numpy = add("torch-2.15.0/np-checkpoint.pt");
  numpy.numpy = "2.4";
  numpy.allowlist.AddNumpy("2.4");
  for (const char* name : {"obj-two-modules", "obj-reduce-items", "subclass-wrapper-two-tensors"}) {
    const std::string path = CorpusPath(std::string("torch-2.15.0/") + name + ".pt");
    Options& options = add(std::string("torch-2.15.0/") + name + ".pt");
    const auto globals = GlobalsIn(path);
    for (const NamedGlobal& named : globals.value()) options.allowlist.Add(named.path);
  }
  // Refused: by the directory, the machine, the policy, and not before the contents are looked at.
  add("cases/zip/zip-central-flag-0.pt");
  add("cases/memo/memo-get-missing.pt");
  add("torch-2.15.0/user-class.pt");
  for (const char* name : {"short", "distance", "long"}) {
    add("cases/zip/zip-inflate-" + std::string(name) + ".pt");
  }
  return samples;
}

}  // namespace weightsonly::testing
